"""What the district types for a circular: the inspection, and each problem with its place and day."""

from typing import Any

from django import forms

from qianjiang_portal.foundation import calendar, worded
from reports import circular_pages
from reports.circulars import Facts, Where
from reports.models import Circular
from villages.forms import day_field


def words(label: str, most: int, *, rows: int = 0) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    told = {"required": f"{label}没有填写", "max_length": f"{label}最多 {most} 个字"}
    return forms.CharField(label=label, max_length=most, widget=widget, error_messages=told)


class CircularForm(worded.Form):
    subject = words("事由", 60)
    inspected_from = day_field("督查开始日期")
    inspected_to = day_field("督查结束日期")
    inspectors = words("督查人员", 60)
    text = words("总体情况", 4000, rows=8)
    audience = forms.ChoiceField(label="发送范围", choices=Circular.Audience.choices, initial=Circular.Audience.NAMED)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        begins, ends = given.get("inspected_from"), given.get("inspected_to")
        if begins and ends and ends < begins:
            self.add_error("inspected_to", "督查结束日期早于开始日期")
        elif ends and ends > calendar.today():
            self.add_error("inspected_to", "督查结束日期还没有到")
        return given

    def facts(self) -> Facts:
        return Facts(**self.cleaned_data)


class FindingForm(worded.Form):
    place = forms.ChoiceField(
        label="单位或村", error_messages={"required": "单位或村没有选", "invalid_choice": "单位或村从列表里选"}
    )
    text = words("问题", 300, rows=3)
    due_on = day_field("整改期限")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", "选一个"), *circular_pages.places()]  # type: ignore[attr-defined]

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on < calendar.today():
            raise forms.ValidationError("整改期限已经过了，填今天以后的日期")
        return due_on

    def where(self) -> Where:
        found = circular_pages.place(self.cleaned_data["place"])
        assert found  # the choices are made of the same rows
        return Where.of(found)
