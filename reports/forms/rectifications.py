"""What a township or unit sends about a problem: words, and photographs or PDFs."""

from typing import Any

from django import forms

from qianjiang_portal.foundation import uploads, worded
from reports.forms.circulars import words
from reports.rectifications import MOST_FILES


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class SeveralField(forms.FileField):
    """Some photographs or PDFs; how large each may be is a setting and said when the form is shown."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False, widget=SeveralFiles(attrs={"accept": uploads.ACCEPT}))

    def __deepcopy__(self, memo: Any) -> Any:
        field = super().__deepcopy__(memo)
        field.help_text = f"{uploads.limits()}，最多 {MOST_FILES} 个"
        return field

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each as one file; an empty one is left to the sieve, whose words say what to send instead."""
        return [one for one in data or [] if one]


class RectificationForm(worded.Form):
    text = words("整改情况", 1000, rows=5)
    files = SeveralField("佐证")

    def clean_files(self) -> list[Any]:
        sent: list[Any] = self.cleaned_data["files"]
        if len(sent) > MOST_FILES:
            raise forms.ValidationError(f"佐证最多 {MOST_FILES} 个文件")
        return sent
