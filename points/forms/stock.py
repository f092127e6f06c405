import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from points.forms.store import AGAIN
from points.models import Item, Outlet, StockMove
from points.models.store import WEEKDAYS
from points.stock_pages import SheetLine
from qianjiang_portal.foundation import worded
from villages.forms import day_field, digits
from villages.models import User, Village

_LINE = re.compile(r"(quantity|note)-(\d{1,9})")
TYPED_BY_HAND = (StockMove.Kind.RECEIPT, StockMove.Kind.LOSS, StockMove.Kind.COUNT)


def _words(label: str, most: int, *, required: bool = True, hint: str = "") -> forms.CharField:
    told = {"required": f"{label}没有填写", "max_length": f"{label}最多 {most} 个字"}
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint, error_messages=told)


def _number(label: str, least: int) -> forms.IntegerField:
    told = {"required": f"{label}没有填写", "invalid": f"{label}只填数字", "min_value": f"{label}至少 {least}"}
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=99999,
        error_messages=told | {"max_value": f"{label}太大了，核对一下"},
        widget=digits(),
    )


class ItemForm(worded.Form):
    """Goods on the price list; how many there are is moved apart."""

    code = _words("编码", 12, hint="柜台上按它找，如 XYY 或 A01")
    name = _words("物品", 40, hint="连规格写，如“洗衣液 2kg”")
    unit = _words("单位", 6)
    points = _number("单价(分)", 1)
    barcode = _words("条码", 20, required=False, hint="光标放在这里，用扫码枪扫一下")
    restock_on = day_field("预计到货", required=False)
    is_listed = forms.BooleanField(label="可兑换", required=False, initial=True)

    @classmethod
    def of(cls, item: Item) -> "ItemForm":
        return cls(initial={name: getattr(item, name) for name in cls.base_fields})


class MoveForm(worded.Form):
    """One receipt, loss or count of one thing."""

    kind = forms.ChoiceField(label="类别", choices=[(kind.value, kind.label) for kind in TYPED_BY_HAND])
    quantity = _number("数量", 0)
    note = _words("说明", 60, required=False, hint="损耗和盘点有差的要写原因")
    key = forms.UUIDField(widget=forms.HiddenInput, error_messages=AGAIN)


class SheetForm(worded.Form):
    """A sheet of receipts or counts: `quantity-<item>` and `note-<item>`; a blank quantity is no line."""

    key = forms.UUIDField(error_messages=AGAIN)

    def lines(self, items: Iterable[Item]) -> list[SheetLine]:
        """What was typed beside each of `items`, as it was typed."""
        given: dict[int, dict[str, str]] = {}
        for name, value in self.data.items():
            if match := _LINE.fullmatch(name):
                given.setdefault(int(match[2]), {})[match[1]] = value.strip()[:60]
        return [SheetLine(item, **given[item.pk]) for item in items if item.pk in given]


class OutletForm(worded.Form):
    """Where an outlet stands, whom it serves, when it is open, and who stands behind the counter."""

    village = forms.ModelChoiceField(
        Village.objects.none(),
        label="所在村",
        empty_label="选一个",
        to_field_name="code",
        error_messages={"required": "选一个村"},
    )
    name = _words("名称", 40, hint="如“桐木村积分超市”")
    serves = forms.ModelMultipleChoiceField(
        Village.objects.none(),
        label="服务的村",
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "服务的村至少选一个"},
    )
    days = forms.MultipleChoiceField(
        label="开放的星期",
        choices=[(str(at), word) for at, word in enumerate(WEEKDAYS, 1)],
        widget=forms.CheckboxSelectMultiple,
        initial=list("1234567"),
        error_messages={"required": "开放的星期至少选一天"},
    )
    opens_at = forms.TimeField(
        label="开门",
        initial=dt.time(8),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"required": "开门时间没有填写", "invalid": "时间写成 08:00 这样"},
    )
    closes_at = forms.TimeField(
        label="关门",
        initial=dt.time(18),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"required": "关门时间没有填写", "invalid": "时间写成 18:00 这样"},
    )
    keepers = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="兑换经办",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="这里只列有“兑换经办”任职的账号，没有的请系统管理员任命",
    )
    closed_on = day_field("停用日期", required=False, help_text="保存后马上停用，柜台不再办理；旧账还在")

    def __init__(
        self, villages: QuerySet[Village], counters: QuerySet[User], outlet: Outlet | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial=self.initial_of(outlet) if outlet else None, **kwargs)
        self.outlet = outlet
        if outlet:
            del self.fields["village"]
        else:
            self.fields["village"].queryset = villages  # type: ignore[attr-defined]
        self.fields["serves"].queryset = villages  # type: ignore[attr-defined]
        self.fields["keepers"].queryset = counters  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(outlet: Outlet) -> dict[str, Any]:
        return {
            "name": outlet.name,
            "serves": outlet.villages.all(),
            "days": list(outlet.weekdays),
            "opens_at": outlet.opens_at,
            "closes_at": outlet.closes_at,
            "keepers": outlet.keepers.all(),
            "closed_on": outlet.closed_on,
        }

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments of `stock.keep_outlet`."""
        given = dict(self.cleaned_data)
        weekdays = "".join(sorted(given.pop("days")))
        village = self.outlet.village if self.outlet else given["village"]
        return given | {"weekdays": weekdays, "village": village}
