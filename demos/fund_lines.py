"""经费 as a list: money of villages that came in or went out, laid beside the lines there are."""

import datetime as dt
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from demos.models import FundLine
from villages import lists
from villages.lists import SAME, WRONG, Compared, Line, Places, Unclear
from villages.models import Village

COLUMNS = ("村", "日期", "来源·用途", "摘要", "金额(元)", "凭证号")
MOST = 300
KINDS = {label: FundLine.Kind(value) for value, label in FundLine.Kind.choices}
MOST_YUAN = Decimal("9999999999.99")
CENT = Decimal("0.01")
Key = tuple[int, str, dt.date, str, Decimal, str]


@dataclass(frozen=True)
class Money:
    """What `funding.book` takes of a line."""

    village: Village
    kind: FundLine.Kind
    on: dt.date
    what: str
    amount: Decimal
    receipt: str

    @property
    def key(self) -> Key:
        """What makes two lines the same money."""
        return self.village.pk, self.kind, self.on, self.what, self.amount, self.receipt


def compare(text: str, villages: Iterable[Village], today: dt.date) -> Compared[Money]:
    """What each line would do, among the villages a person keeps the money of. One query."""
    places = Places.of((), villages)
    lines = lists.read(text, COLUMNS, lambda cells: _understood(cells, places, today))
    homes, days = (
        {line.given.village.pk for line in lines if line.given},
        {line.given.on for line in lines if line.given},
    )
    booked = FundLine.objects.filter(village__in=homes, on__in=days, reverses=None, reversed_by=None)
    known: set[Key] = set(booked.values_list("village", "kind", "on", "what", "amount", "receipt"))
    seen: dict[Key, int] = {}
    done = []
    for line in lines:
        done.append(_judged(line, line.given, known, seen) if line.given else line)
    return Compared(tuple(done))


def _judged(line: Line[Money], given: Money, known: set[Key], seen: dict[Key, int]) -> Line[Money]:
    if given.key in seen:
        why = f"和第 {seen[given.key]} 行完全一样：是同一笔就删掉，不是就在摘要里写出不同"
        return replace(line, does=WRONG, why=why)
    seen[given.key] = line.number
    return replace(line, does=SAME, why="已登记过") if given.key in known else line


def _understood(cells: list[str], places: Places, today: dt.date) -> Money:
    place, on, kind, what, amount, receipt = cells
    if not place:
        raise Unclear("写明是哪个村的")
    village = places.village(place, "本岗位登记经费的村里没有“{}”")
    day = lists.day(on, "日期写成 2026-11-30 这样")
    if day > today:
        raise Unclear(f"日期晚于今天，改为 {today} 或更早")
    if kind not in KINDS:
        raise Unclear(f"来源·用途写这几个之一：{'、'.join(KINDS)}")
    for name, text, most in (("摘要", what, 80), ("凭证号", receipt, 40)):
        if not text or len(text) > most:
            raise Unclear(f"{name}没有填写" if not text else f"{name}最多 {most} 个字")
    return Money(village, KINDS[kind], day, what, _yuan(amount), receipt)


def _yuan(text: str) -> Decimal:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip("¥元 ")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise Unclear("金额只填数字，如 1200.50") from None
    # A sum worked out in a workbook may end in a trace of binary fractions.
    if not amount.is_finite() or not 0 < amount <= MOST_YUAN:
        raise Unclear(
            "金额要大于 0；退回的钱用“冲销”登记" if amount.is_finite() and amount <= 0 else "金额太大了，核对一下"
        )
    rounded = amount.quantize(CENT)
    if abs(rounded - amount) > Decimal("0.000001") or rounded <= 0:
        raise Unclear("金额最多 2 位小数")
    return rounded
