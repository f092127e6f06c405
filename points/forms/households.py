from typing import Any

from django import forms

from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers


class ChangeForm(worded.Form):
    """Why a household changes; it stands in both passbooks."""

    reason = forms.CharField(
        label="原因",
        max_length=60,
        validators=[without_numbers("原因")],
        help_text="如“搬到三门社区居住”“父子两户合并”",
        error_messages={"required": "原因没有写", "max_length": "原因最多 60 个字"},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class MergerForm(worded.Form):
    """The paper behind a merger of villages; the name is typed again, since it cannot be taken back."""

    paper = forms.CharField(
        label="批复文号",
        max_length=60,
        validators=[without_numbers("批复文号")],
        error_messages={"required": "批复文号没有写", "max_length": "批复文号最多 60 个字"},
    )
    name = forms.CharField(label="再写一遍撤并的村名", max_length=30, error_messages={"required": "再写一遍村名"})
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, expected: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.expected:
            raise forms.ValidationError(f"和“{self.expected}”不一样")
        return name
