from typing import Any

from django import forms

from points import rules, stars
from points.models import RuleSet
from points.rules import Adoption, Filing
from qianjiang_portal.foundation import calendar, uploads, worded
from villages.forms import day_field


class BeginForm(worded.Form):
    place = forms.ChoiceField(
        label="适用范围", error_messages={"required": "选一个范围", "invalid_choice": "选一个范围"}
    )
    year = forms.IntegerField(
        label="版本年份",
        min_value=2020,
        max_value=2100,
        error_messages={
            "required": "年份没有填写",
            "invalid": "年份写成 2027 这样",
            "min_value": "年份从 2020 起",
            "max_value": "年份到 2100 止",
        },
    )

    def __init__(self, places: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", "选一个"), *places]  # type: ignore[attr-defined]


class ScaleForm(worded.Form):
    """From how many points of a year there are one to five stars, and which items' points never expire."""

    star_points = forms.CharField(
        label="一星到五星各要多少分",
        max_length=60,
        required=False,
        help_text="五个数，用顿号隔开，如 20、50、100、150、200；不写就用区里的设置",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    lasting_codes = forms.CharField(
        label="年末不清零的事项",
        max_length=300,
        required=False,
        help_text="加分事项的编码，用顿号隔开，如 D03、D08；这些事项的积分年末不清零",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    @classmethod
    def shown(cls, version: RuleSet) -> dict[str, str]:
        numbers = "、".join(str(points) for points in version.star_points)
        return {"star_points": numbers, "lasting_codes": "、".join(version.lasting_codes)}

    def clean_star_points(self) -> list[int]:
        words = _split(self.cleaned_data["star_points"])
        if not all(word.isdecimal() and len(word) < 7 for word in words):
            raise forms.ValidationError("只写数字，用顿号隔开")
        numbers = [int(word) for word in words]
        if numbers and (shortfall := stars.shortfall(numbers)):
            raise forms.ValidationError(shortfall)
        return numbers

    def clean_lasting_codes(self) -> list[str]:
        return [word.upper() for word in _split(self.cleaned_data["lasting_codes"])]


def _split(text: str) -> list[str]:
    for mark in ",，;； ":
        text = text.replace(mark, "、")
    return [word for word in text.split("、") if word]


class ConsultForm(worded.Form):
    until = day_field("征求意见到")


def _heads(label: str) -> forms.IntegerField:
    told = {"required": f"{label}没有填写", "invalid": f"{label}只填数字", "min_value": f"{label}不能小于 0"}
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(
        label=label, min_value=0, max_value=99_999, widget=widget, error_messages=told | {"max_value": f"{label}太大了"}
    )


class AdoptForm(worded.Form):
    """The meeting, and for a village's version the township's receipt, which may follow later."""

    meeting = forms.ChoiceField(
        label="会议",
        choices=RuleSet.Meeting,
        error_messages={"required": "选一种会议"},
        help_text="村民会议到会过半，户代表会议、村民代表会议到会达到三分之二；同意的超过到会一半",
    )
    held_on = day_field("会议日期")
    expected = _heads("应到人数")
    attended = _heads("到会人数")
    agreed = _heads("同意人数")
    decision = forms.CharField(label="会议记录编号", max_length=80, error_messages={"required": "会议记录编号没有填写"})
    minutes = forms.FileField(
        label="会议记录",
        required=False,
        widget=forms.FileInput(attrs={"accept": uploads.ACCEPT}),
        error_messages={"empty": "文件是空的，请换一个文件"},
    )
    filed_on = day_field("报乡镇备案日期", required=False)
    received_by = forms.CharField(label="备案收件人", max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].help_text = f"签过字的会议记录，{uploads.limits()}。不传就留着上次传的"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        if shortfall := self.adoption.shortfall():
            raise forms.ValidationError(shortfall)
        if bool(given.get("filed_on")) != bool(given.get("received_by")):
            self.add_error("received_by" if given.get("filed_on") else "filed_on", "备案日期和收件人一起填写")
        return given

    @property
    def adoption(self) -> Adoption:
        names = ("meeting", "held_on", "expected", "attended", "agreed", "decision")
        return Adoption(*(self.cleaned_data[name] for name in names))

    @property
    def filing(self) -> Filing | None:
        day = self.cleaned_data.get("filed_on")
        return Filing(day, self.cleaned_data["received_by"]) if day else None


class PublishForm(worded.Form):
    effective_from = day_field("从哪天起生效")
    deductions_checked = forms.BooleanField(label="新增或改动的减分项已逐条核对，不涉及法定待遇", required=False)

    def __init__(self, rule_set: RuleSet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not rules.own_deductions(rule_set):
            del self.fields["deductions_checked"]

    def clean_effective_from(self) -> Any:
        day = self.cleaned_data["effective_from"]
        if day < calendar.today().replace(day=1):
            raise forms.ValidationError("生效日期不早于本月 1 日")
        return day
