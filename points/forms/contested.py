from django import forms

from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers


class SettleForm(worded.Form):
    """How the check of one row ended, and why: the reason stays with the row."""

    claim = forms.IntegerField(widget=forms.HiddenInput)
    uphold = forms.TypedChoiceField(
        choices=[("1", "维持"), ("0", "撤销")],
        coerce=lambda value: value == "1",
        error_messages={"required": "选维持或撤销"},
    )
    reason = forms.CharField(
        max_length=120,
        validators=[without_numbers("核实结果")],
        error_messages={"required": "写明核实结果", "max_length": "核实结果最多 120 个字"},
    )

    @property
    def first_error(self) -> str:
        return next(iter(self.errors.values()))[0]
