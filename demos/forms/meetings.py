import datetime as dt
import uuid
from typing import Any

from django import forms

from demos.forms.pairings import words
from demos.meetings import Decided
from demos.models import Meeting
from qianjiang_portal.foundation import worded
from villages.forms import PaperField, day_field
from villages.models import Unit

LINES = 5
OPENED_BEFORE = dict.fromkeys(("required", "invalid"), "这一页打开得太久，看过再保存一次")


class MeetingForm(worded.Form):
    """Type, day and decisions are what counts; the rest may be left for later."""

    kind = forms.ChoiceField(label="类型", choices=Meeting.Kind)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label="牵头单位", required=False, to_field_name="code", empty_label="联席会议不选"
    )
    on = day_field("日期")
    is_planned = forms.BooleanField(label="只是计划，还没有开", required=False)
    place = words("地点", 60, required=False)
    host = words("主持", 30, required=False)
    topic = words("议题", 200, required=False)
    attendees = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label="参会单位", required=False, widget=forms.CheckboxSelectMultiple
    )
    minutes = words("纪要", 4000, required=False, rows=6)
    key = forms.UUIDField(widget=forms.HiddenInput, error_messages=OPENED_BEFORE)

    def __init__(self, units: list[Unit], own: list[Unit], joint: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"key": uuid.uuid4()} | kwargs.pop("initial", {}), **kwargs)
        every = Unit.objects.filter(pk__in=[unit.pk for unit in units]).order_by("position", "code")
        self.fields["attendees"].queryset = every  # type: ignore[attr-defined]
        mine = Unit.objects.filter(pk__in=[unit.pk for unit in own]).order_by("position", "code")
        self.fields["unit"].queryset = mine  # type: ignore[attr-defined]
        if not joint:
            self.fields["kind"].choices = [("special", "专题会")]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        special = given.get("kind") == Meeting.Kind.SPECIAL
        if given.get("kind") and special != bool(given.get("unit")) and "unit" not in self.errors:
            self.add_error("unit", "专题会要选牵头单位" if special else "联席会议不选牵头单位")
        if "key" in self.errors:
            self.renew()
        return given

    def renew(self) -> None:
        """What is typed goes by another key: sent once more, it is a meeting of its own."""
        self.data = self.data.copy()
        self.data["key"] = str(uuid.uuid4())


class DecisionForm(worded.Form):
    text = words("决定事项", 200, required=False)
    unit = forms.ModelChoiceField(Unit.objects.none(), label="责任单位", required=False, empty_label="选一个")
    due_on = day_field("期限", required=False)

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = Unit.objects.filter(pk__in=[unit.pk for unit in units]).order_by("position", "code")
        self.fields["unit"].queryset = every  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors or not any(given.values()):
            return given
        for name, word in (("text", "写明决定事项"), ("unit", "选责任单位"), ("due_on", "填期限")):
            if not given.get(name):
                self.add_error(name, word)
        return given

    def decided(self) -> Decided | None:
        given = self.cleaned_data
        return Decided(given["text"], given["unit"], given["due_on"]) if given.get("text") else None

    def check_after(self, day: dt.date | None) -> None:
        """The form explains what the function refuses and the database makes impossible."""
        due = self.cleaned_data.get("due_on")
        if day and due and due < day:
            self.add_error("due_on", "期限早于会议日期")


class SettleForm(worded.Form):
    result = words("办理结果", 200)


class AttachForm(worded.Form):
    """A paper of a meeting: the signed minutes, the sign-in sheet."""

    caption = words("名称", 40)
    file = PaperField("文件", required=True)
