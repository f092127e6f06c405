"""What a villager or whoever took the call writes down, and what two people find."""

import uuid
from typing import Any

from django import forms

from points.forms.entry import NOT_A_NUMBER, PointsField
from points.models import Objection, ObjectionRow
from points.objections import LONGEST, Finding, Said
from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import personal_data, refuse_no_phone
from villages.forms import day_field, digits

Outcome = ObjectionRow.Outcome

NO_LINE = {
    "required": "填名单上的序号",
    "invalid": "序号只填数字",
    "min_value": "序号从 1 开始",
    "max_value": "序号太大，对照名单再填",
}
MISSING = {"required": "写明有什么不同意见", "max_length": f"说明最多 {LONGEST} 个字"}


def phone_field() -> forms.CharField:
    """Where somebody who objects may be called back."""
    return forms.CharField(
        label="联系电话",
        max_length=30,
        required=False,
        validators=[refuse_no_phone],
        help_text="留了电话，村里可以打电话核实",
    )


class ObjectionForm(worded.Form):
    """Which line, which part of it, why; whom to call back, if anybody."""

    position = forms.IntegerField(
        label="序号",
        min_value=1,
        max_value=100_000,
        widget=digits(),
        help_text="名单上这一户前面的数字",
        error_messages=NO_LINE,
    )
    tail = forms.CharField(
        label="户号尾号",
        max_length=4,
        help_text="名单上这一户的尾号，用来核对",
        error_messages={"required": "填名单上的户号尾号", "max_length": "尾号是两位数字"},
    )
    about = forms.ChoiceField(label="哪一项有意见", choices=Objection.About.choices, required=False)
    text = forms.CharField(
        label="说明", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}), error_messages=MISSING
    )
    name = forms.CharField(label="怎么称呼", max_length=30, required=False)
    phone = phone_field()
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"key": uuid.uuid4()} | kwargs.pop("initial", {}), **kwargs)

    def clean_text(self) -> str:
        return _without_numbers(self.cleaned_data["text"])

    def clean_name(self) -> str:
        return _without_numbers(self.cleaned_data["name"])

    @property
    def said(self) -> Said:
        fields = ("position", "tail", "text", "about", "name", "phone")
        return Said(**{name: self.cleaned_data[name] for name in fields})


class ToldForm(ObjectionForm):
    """An objection made by telephone or in person, with the day it was made."""

    channel = forms.ChoiceField(
        label="怎么提的", choices=[("phone", "电话"), ("visit", "当面")], error_messages={"required": "选电话或当面"}
    )
    raised_on = day_field("提出日期")


class FindingForm(worded.Form):
    """What was found, row by row, and what villagers are told."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    evidence = forms.CharField(
        label="核实情况",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="问了谁、看了什么，只有工作人员看得到",
        error_messages={"required": "写明核实情况", "max_length": f"核实情况最多 {LONGEST} 个字"},
    )
    answer = forms.CharField(
        label="给村民的答复",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="会公开，不写全名、电话、身份证号",
        error_messages={"required": "写明给村民的答复", "max_length": f"答复最多 {LONGEST} 个字"},
    )

    def __init__(self, rows: list[ObjectionRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            self.fields[f"outcome-{row.pk}"] = forms.ChoiceField(
                label="处理",
                choices=_outcomes(row),
                initial=row.outcome or Outcome.UPHELD,
                error_messages={"required": "每一行都要选维持、更正或撤销"},
            )
            if row.claim.reverses_id:
                continue
            self.fields[f"points-{row.pk}"] = PointsField(
                label="更正为", required=False, initial=row.revised_points, error_messages=NOT_A_NUMBER
            )

    @property
    def lines(self) -> list[tuple[ObjectionRow, Any, Any]]:
        """Each row with the field of its outcome, and the one of its points where it has one."""
        return [(row, self[f"outcome-{row.pk}"], self._points(row)) for row in self.rows]

    @property
    def words(self) -> list[Any]:
        return [self["evidence"], self["answer"]]

    @property
    def findings(self) -> dict[int, Finding]:
        given = self.cleaned_data
        return {row.pk: Finding(given[f"outcome-{row.pk}"], given.get(f"points-{row.pk}")) for row in self.rows}

    def clean(self) -> dict[str, Any]:
        """Points that would be passed over are not taken in silence."""
        given = super().clean() or {}
        for row in self.rows:
            outcome, name = given.get(f"outcome-{row.pk}"), f"points-{row.pk}"
            if outcome and outcome != Outcome.REVISED and given.get(name) is not None:
                self.add_error(name, f"选的是{Outcome(outcome).label}，这里不填；要改分值就选更正")
        return given

    def _points(self, row: ObjectionRow) -> Any:
        name = f"points-{row.pk}"
        return self[name] if name in self.fields else None


def _outcomes(row: ObjectionRow) -> list[tuple[str, str]]:
    """A reversal takes the whole entry back or stays away: its points are not revised."""
    fit = [one for one in Outcome if not (row.claim.reverses_id and one == Outcome.REVISED)]
    return [(one.value, one.label) for one in fit]


class VersionForm(worded.Form):
    version = forms.IntegerField()


def _without_numbers(text: str) -> str:
    if kind := personal_data(text):
        raise forms.ValidationError(f"里面像是有{kind}，去掉再提交；电话只填在联系电话一栏")
    return text
