"""Forms an administrator fills in about other people's accounts."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django import forms

from qianjiang_portal.foundation import worded
from villages import staff_lines
from villages.forms import day_field
from villages.list_forms import SentList
from villages.models import Appointment, Township, Unit, User, Village

DISTRICT = ""


def _place_choices() -> Iterator[tuple[str, Any]]:
    """Every place an appointment may have: the district, units, and each township with its villages."""
    yield DISTRICT, "不选地方"
    yield "成员单位", [(f"unit:{unit.code}", unit.name) for unit in Unit.objects.order_by("position", "code")]
    villages = Village.objects.open().in_code_order().select_related("township")
    of_town = {pk: list(found) for pk, found in groupby(villages, lambda village: village.township_id)}
    for town in Township.objects.in_code_order():
        whole = (f"town:{town.code}", f"{town.name}（整个乡镇街道）")
        yield town.name, [whole, *((f"village:{one.code}", one.full_name) for one in of_town.get(town.pk, []))]


class AppointForm(worded.Form):
    """A role, its place and its first day."""

    role = forms.ChoiceField(label="角色", choices=Appointment.Role)
    place = forms.ChoiceField(
        label="地方",
        required=False,
        choices=_place_choices,
        help_text="经办和审核选一个乡镇街道或一个村，分管领导选乡镇街道，联络员选成员单位，其他角色不选",
    )
    begins_on = day_field("从哪天起")

    @property
    def given(self) -> dict[str, Any]:
        """What `appointments.appoint` takes, but for the day."""
        kind, _, code = self.cleaned_data["place"].partition(":")
        found: dict[str, Any] = {"role": self.cleaned_data["role"], "township": None, "village": None, "unit": None}
        if kind == "town":
            found["township"] = Township.objects.get(code=code)
        elif kind == "village":
            found["village"] = Village.objects.select_related("township").get(code=code)
        elif kind == "unit":
            found["unit"] = Unit.objects.get(code=code)
        return found

    @staticmethod
    def place_of(post: Appointment) -> str:
        """The choice an appointment's place is."""
        if post.township:
            return f"town:{post.township.code}"
        if post.village:
            return f"village:{post.village.code}"
        return f"unit:{post.unit.code}" if post.unit else DISTRICT


class ListForm(SentList):
    """People as an office sends them: pasted, or in a workbook."""

    columns, most = staff_lines.COLUMNS, staff_lines.MOST
    hint = "账号空着就按拼音起，开始空着就是今天；一个人兼两条任职就写两行"


class EndForm(worded.Form):
    on = day_field("最后一天")


class SureForm(worded.Form):
    """The second question before an account is closed: its name, typed."""

    sure = forms.CharField(label="再输一遍账号", max_length=40, error_messages={"required": "输入账号，确认是这个人"})

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_sure(self) -> str:
        sure: str = self.cleaned_data["sure"]
        if sure != self.user.username:
            raise forms.ValidationError("和这个人的账号不一样")
        return sure
