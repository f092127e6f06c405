from typing import Any

from django import forms

from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers

NOT_A_NUMBER = dict.fromkeys(("required", "invalid", "min_value", "max_value"), "分值只填数字，如 5 或 -2")
SIGNS = str.maketrans("＋－−—–", "+----")


class PointsField(forms.IntegerField):
    """Whole points as people type them: 5, +5, −2, digits and signs of any width."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        return super().to_python(value.translate(SIGNS) if isinstance(value, str) else value)


class RowForm(worded.Form):
    """One row as the grid posts it; places and people are looked up in scope by the view."""

    batch = forms.CharField(max_length=64)
    number = forms.CharField(max_length=12, required=False)
    key = forms.UUIDField()
    village = forms.CharField(max_length=12)
    rule = forms.IntegerField()
    date = forms.DateField(input_formats=["%Y-%m-%d"], error_messages={"invalid": "日期写成 2026-11-30 这样"})
    household = forms.IntegerField(error_messages={"required": "户主还没选定"})
    member = forms.IntegerField(required=False)
    points = forms.IntegerField(min_value=-99999, max_value=99999, error_messages=NOT_A_NUMBER)
    note = forms.CharField(
        max_length=60,
        required=False,
        validators=[without_numbers("备注")],
        error_messages={"max_length": "备注最多 60 个字"},
    )
    version = forms.IntegerField(required=False)
    # The day of the sheet where one household has many rules: its rows may have days of their own.
    visit = forms.DateField(input_formats=["%Y-%m-%d"], required=False)

    @property
    def first_error(self) -> str:
        return next(iter(self.errors.values()))[0]


class RowKeyForm(worded.Form):
    """Which row of which batch, for taking it out or putting it back."""

    batch = forms.CharField(max_length=64)
    number = forms.CharField(max_length=12, required=False)
    key = forms.UUIDField()


class ReturnedRowForm(worded.Form):
    """A returned row, corrected on the batch page."""

    points = PointsField(label="分值", min_value=-99999, max_value=99999, error_messages=NOT_A_NUMBER)
    note = forms.CharField(label="备注", max_length=60, required=False, validators=[without_numbers("备注")])
    version = forms.IntegerField(widget=forms.HiddenInput)
