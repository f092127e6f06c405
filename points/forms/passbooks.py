from django import forms

from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers


class CorrectionForm(worded.Form):
    """Why a line is to be reversed; villagers read it on the notice and in the passbook."""

    reason = forms.CharField(
        label="冲正原因",
        max_length=60,
        validators=[without_numbers("冲正原因")],
        help_text="写清哪里错了，如“重复录入，与批次 2610-003 第4行是同一次”。会印在存折上，评议时也看这一句",
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "写明冲正的原因", "max_length": "冲正原因最多 60 个字"},
    )
