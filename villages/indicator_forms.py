"""The form of an indicator's definition."""

from typing import Any

from django import forms

from qianjiang_portal.foundation import worded
from villages import indicator_kinds
from villages.indicator_kinds import LONGEST, Facts
from villages.models import Indicator


def _words(label: str, most: int, hint: str, *, required: bool = True) -> forms.CharField:
    told = {"required": f"{label}没有填写", "max_length": f"{label}最多 {most} 个字"}
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint, error_messages=told)


class IndicatorForm(worded.Form):
    code = forms.CharField(
        label="代码",
        max_length=30,
        help_text="小写字母、数字和下划线，字母开头，如 village_income。报表和考核按代码取数，建好以后不能改",
        error_messages={"required": "代码没有填写", "max_length": "代码最多 30 个字"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = _words("名称", LONGEST["name"], "如“村集体经济收入”")
    unit = _words("单位", LONGEST["unit"], "如 元、万元、亩、件、户")
    kind = forms.ChoiceField(
        label="类别",
        choices=Indicator.Kind,
        help_text="本季发生数一年里加起来，季末数取最后一个季度的",
        error_messages={"required": "类别没有选", "invalid_choice": "类别选本季发生数或季末数"},
    )
    decimals = forms.TypedChoiceField(
        label="小数位",
        coerce=int,
        choices=[(0, "0"), (1, "1"), (2, "2")],
        error_messages={"required": "小数位没有选", "invalid_choice": "小数位是 0、1 或 2"},
    )
    source = _words("数据来源", LONGEST["source"], "数从哪本台账来，如“土地流转合同台账”")
    meaning = _words("口径", LONGEST["meaning"], "哪些算、哪些不算", required=False)
    position = forms.IntegerField(
        label="排序",
        min_value=0,
        max_value=999,
        help_text="小的排在前面",
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), "排序填 0 到 999 的整数"),
    )
    is_active = forms.BooleanField(label="在用", required=False, initial=True)

    def __init__(self, indicator: Indicator | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if indicator is None:
            return
        del self.fields["code"]
        if indicator_kinds.is_reported(indicator):
            for name, label in indicator_kinds.BOUND.items():
                self.fields[name].disabled = True
                self.fields[name].help_text = f"已有村报过数，{label}不能改；要换就停用这个指标，另建一个"

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not indicator_kinds.CODE.fullmatch(code):
            raise forms.ValidationError("代码用 2 到 30 个小写字母、数字和下划线，字母开头")
        return code

    @property
    def facts(self) -> Facts:
        return Facts(**{name: value for name, value in self.cleaned_data.items() if name != "code"})
