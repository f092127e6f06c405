"""The results of a day's re-check: a line a place, empty where nobody was."""

from typing import Any

from django import forms

from demos.forms.pairings import past, words
from demos.models import Candidate
from demos.rechecks import Result
from qianjiang_portal.foundation import worded
from villages.forms import day_field

UNTOUCHED = ("", "没有查")


class DayForm(worded.Form):
    on = day_field("复核日期")

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])


class ResultForm(worded.Form):
    standing = forms.ChoiceField(
        label="结果",
        required=False,
        choices=[UNTOUCHED, *[(one.value, one.label) for one in list(Candidate.Standing)[1:]]],
    )
    note = words("说明", 300, required=False)
    mend_by = day_field("整改期限", required=False)

    def __init__(self, candidate: Candidate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"c{candidate.pk}", **kwargs)
        self.candidate = candidate
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{candidate.name}{field.label}"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        standing = given.get("standing")
        if standing == Candidate.Standing.MEND and not given.get("mend_by") and "mend_by" not in self.errors:
            self.add_error("mend_by", "整改要填期限")
        if standing in (Candidate.Standing.MEND, Candidate.Standing.REVOKED) and not given.get("note"):
            self.add_error("note", "整改和撤销要写明原因")
        return given

    @property
    def result(self) -> Result | None:
        given = self.cleaned_data
        if not given["standing"]:
            return None
        return Result(self.candidate, given["standing"], given["note"], given["mend_by"])
