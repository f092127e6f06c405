from django import forms

from qianjiang_portal.foundation.personal import without_numbers


class ChangeForm(forms.Form):
    """Why a household changes; it stands in both passbooks."""

    reason = forms.CharField(
        label="原因",
        max_length=60,
        validators=[without_numbers("原因")],
        help_text="如“搬到三门社区居住”“父子两户合并”",
        error_messages={"required": "原因没有写", "max_length": "原因最多 60 个字"},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
