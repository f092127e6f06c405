"""An objection to an honour or to a year's end, and its answer."""

import uuid
from typing import Any

from django import forms

from points.doubts import LONGEST, Words
from points.forms.objections import MISSING, NO_LINE, phone_field
from points.models import Doubt
from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers
from villages.forms import digits


class DoubtForm(worded.Form):
    """Why, and whom to call back, if anybody."""

    text = forms.CharField(
        label="说明",
        max_length=LONGEST,
        validators=[without_numbers("说明")],
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=MISSING,
    )
    name = forms.CharField(label="怎么称呼", max_length=30, required=False, validators=[without_numbers("怎么称呼")])
    phone = phone_field()
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"key": uuid.uuid4()} | kwargs.pop("initial", {}), **kwargs)

    @property
    def words(self) -> Words:
        return Words(*(self.cleaned_data[name] for name in ("text", "name", "phone")))


class LineDoubtForm(DoubtForm):
    """Which line of the list besides."""

    field_order = ("position", "tail", "text", "name", "phone", "key")

    position = forms.IntegerField(
        label="序号",
        min_value=1,
        max_value=100_000,
        widget=digits(),
        help_text="名单上这一户前面的数字",
        error_messages=NO_LINE,
    )
    tail = forms.CharField(
        label="户号尾号",
        max_length=4,
        help_text="名单上这一户的尾号，用来核对",
        error_messages={"required": "填名单上的户号尾号", "max_length": "尾号是两位数字"},
    )


class AnswerForm(worded.Form):
    outcome = forms.ChoiceField(
        label="处理",
        choices=Doubt.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "选维持或撤下"},
    )
    answer = forms.CharField(
        label="答复",
        max_length=LONGEST,
        help_text="凭编号能查到，不写全名和电话",
        validators=[without_numbers("答复")],
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "写明给村民的答复", "max_length": f"答复最多 {LONGEST} 个字"},
    )
