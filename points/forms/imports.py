from typing import Any

from django import forms

from points.workbooks import BadWorkbook, limits
from qianjiang_portal.foundation import calendar, worded
from villages.models import Village


class SheetForm(worded.Form):
    """A workbook and the village it is for."""

    village = forms.ChoiceField(label="村", error_messages={"required": "先选村", "invalid_choice": "先选村"})
    file = forms.FileField(
        label="表格文件",
        help_text=".xlsx、.xls 或 .csv，最大 20 MB",
        error_messages={"required": "选一个表格文件", "empty": "文件是空的，请换一个文件"},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.xlsm,.csv"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *, villages: list[Village], chosen: str = "") -> None:
        only = villages[0].code if len(villages) == 1 else chosen
        super().__init__(data, files, initial={"village": only, "day": calendar.today()})
        several = len({village.township_id for village in villages}) > 1
        choices = [(one.code, one.full_name if several else one.short_name) for one in villages]
        self.fields["village"].choices = choices if len(choices) == 1 else [("", "选一个村"), *choices]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            limits.check_size(file.size)
        except BadWorkbook as bad:
            raise forms.ValidationError(str(bad), bad.code) from None
        return file


class UploadForm(SheetForm):
    """The same, and the day for lines that have none."""

    day = forms.DateField(
        label="日期",
        help_text="表里没有日期的行用这一天",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "日期写成 2026-11-30 这样", "invalid": "日期写成 2026-11-30 这样"},
    )


class OpeningForm(UploadForm):
    """Brought-over points and the day they stand for."""

    def __init__(self, *given: Any, **rest: Any) -> None:
        super().__init__(*given, **rest)
        self.fields["day"].label, self.fields["day"].help_text = "积分截至", "原来的账算到哪一天"


class WordForm(worded.Form):
    """A word of the sheet and the item it means; without one it is asked for again."""

    word = forms.CharField(max_length=80)
    code = forms.CharField(max_length=8, required=False)


class FixForm(worded.Form):
    """One cell of a line: typed anew (`field`, `value`), or a suggestion taken over.

    `pick` is field|everywhere|value, with 1 or nothing in the middle.
    """

    row = forms.IntegerField()
    line = forms.IntegerField(required=False)
    field = forms.CharField(max_length=10, required=False)
    value = forms.CharField(max_length=200, required=False)
    pick = forms.CharField(max_length=240, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("pick", "").count("|") >= 2:
            given["field"], everywhere, given["value"] = given["pick"].split("|", 2)
            given["everywhere"] = everywhere == "1"
        return given
