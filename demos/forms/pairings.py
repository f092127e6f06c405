from decimal import Decimal
from typing import Any

from django import forms

from demos.models import Pairing, Problem, Support
from demos.models.pairings import MOST_PHOTOS
from qianjiang_portal.foundation import calendar, uploads, worded
from qianjiang_portal.foundation.personal import number_only
from villages.forms import PapersField, day_field
from villages.models import Unit, Village


def words(label: str, most: int, *, required: bool = True, rows: int = 0) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "data-long": ""}) if rows else forms.TextInput()
    told = {"required": f"{label}没有填写", "max_length": f"{label}最多 {most} 个字"}
    return forms.CharField(label=label, max_length=most, required=required, widget=widget, error_messages=told)


def money(label: str, *, required: bool = True) -> forms.DecimalField:
    told = {
        "required": f"{label}没有填写",
        "invalid": f"{label}只填数字",
        "min_value": f"{label}要大于 0",
        "max_decimal_places": f"{label}最多 2 位小数",
        "max_digits": f"{label}太大了，核对一下",
        "max_whole_digits": f"{label}太大了，核对一下",
    }
    return forms.DecimalField(
        label=label,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        required=required,
        error_messages=told,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class PairForm(worded.Form):
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label="成员单位", empty_label="选一个", error_messages={"required": "选一个成员单位"}
    )
    village = forms.ModelChoiceField(
        Village.objects.none(),
        label="结对村",
        to_field_name="code",
        empty_label="选一个",
        error_messages={"required": "选一个村"},
    )
    role = forms.ChoiceField(label="分工", choices=Pairing.Role, initial=Pairing.Role.LEAD)
    begins_on = day_field("开始")
    ends_on = day_field("结束", required=False)
    contact = words("单位联系人", 30)
    phone = words("联系电话", 30, required=False)
    phone.validators.append(number_only("联系电话"))
    village_contact = words("村联系人", 30, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.order_by("position", "code")  # type: ignore[attr-defined]
        villages = Village.objects.open().select_related("township").in_code_order()
        self.fields["village"].queryset = villages  # type: ignore[attr-defined]
        self.fields["village"].label_from_instance = lambda village: village.full_name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("ends_on") and given.get("begins_on") and given["ends_on"] < given["begins_on"]:
            self.add_error("ends_on", "结束日期早于开始日期")
        return given


class EndForm(worded.Form):
    ends_on = day_field("最后一天")


class PhotosField(PapersField):
    """Photographs taken on the spot or picked from a phone, several at once."""

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(most, **options)
        self.widget.attrs["accept"] = uploads.PHOTOS

    def __deepcopy__(self, memo: Any) -> Any:
        field = super().__deepcopy__(memo)
        field.help_text = f"最多 {self.most} 张，{uploads.photo_limits()}。拍摄地点会自动去掉"
        return field


class VisitForm(worded.Form):
    """Four fields, on a phone: the day stands, the names are pressed, one sentence is typed."""

    on = day_field("日期")
    visitors = words("走访人", 80)
    done = words("做了什么", 300, rows=3)
    support = words("带来的支持", 60, required=False)
    worth = money("折价(元)", required=False)
    photos = PhotosField(MOST_PHOTOS, label="照片")

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and bool(given.get("support")) != (given.get("worth") is not None):
            self.add_error("worth" if given.get("support") else "support", "带来的支持要写内容和折价")
        return given


class SupportForm(worded.Form):
    kind = forms.ChoiceField(label="类别", choices=Support.Kind)
    on = day_field("日期")
    what = words("内容", 60)
    amount = money("数额")
    receipt = words("凭证号", 40, required=False)

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == Support.Kind.MONEY and not given.get("receipt"):
            self.add_error("receipt", "资金要写凭证号")
        return given


class ProblemForm(worded.Form):
    text = words("问题", 200)


class AnswerForm(worded.Form):
    state = forms.ChoiceField(label="状态", choices=[(Problem.State.DOING, "在办"), (Problem.State.SOLVED, "已解决")])
    answer = words("办理情况", 200)


def past(day: Any) -> Any:
    if day > calendar.today():
        raise forms.ValidationError("日期还没有到")
    return day
