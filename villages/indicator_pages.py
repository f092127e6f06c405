"""指标填报: the grid of a township's villages and indicators, and what was typed into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from qianjiang_portal.foundation.periods import Period
from villages import indicators
from villages.indicators import Key, Typed
from villages.models import Indicator, IndicatorValue, Township, Village
from villages.models.indicators import is_jump

LIMIT = Decimal(10) ** 12
PLAIN = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


@dataclass(frozen=True)
class Cell:
    name: str
    label: str
    text: str
    earlier: str
    note: str = ""
    problem: str = ""
    asks_note: bool = False


@dataclass(frozen=True)
class Row:
    village: Village
    cells: tuple[Cell, ...]

    @property
    def filled(self) -> int:
        return sum(1 for cell in self.cells if cell.text)


@dataclass(frozen=True)
class Grid:
    """A page of cells. `problems` are the cells that keep it from being saved."""

    indicators: tuple[Indicator, ...]
    rows: tuple[Row, ...]
    totals: tuple[str, ...] = ()
    given: Mapping[Key, Typed] = field(default_factory=dict)

    @property
    def cells(self) -> list[Cell]:
        return [cell for row in self.rows for cell in row.cells]

    @property
    def problems(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.problem]

    @property
    def notes(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.asks_note or cell.note]

    @property
    def filled(self) -> int:
        return sum(1 for row in self.rows if row.filled == len(self.indicators))


def stored(villages: Iterable[Village], period: Period) -> Grid:
    """The grid as it is kept."""
    found, kinds = list(villages), tuple(Indicator.objects.in_use().in_order())
    rows = IndicatorValue.objects.filter(village__in=found, period=period.slug)
    kept = {(row.village_id, row.indicator_id): row for row in rows}
    earlier = indicators.before([village.pk for village in found], period)

    def cell(village: Village, kind: Indicator) -> Cell:
        row, key = kept.get((village.pk, kind.pk)), (village.pk, kind.pk)
        return _cell(village, kind, show(row.value if row else None, kind), earlier.get(key), row.note if row else "")

    return Grid(kinds, _rows(found, kinds, cell), _totals(kinds, kept.values()))


def typed(villages: Iterable[Village], period: Period, given: Mapping[str, str]) -> Grid:
    """The grid as it was sent, with what is wrong beside each cell and the cells that can be kept in `given`."""
    found, kinds = list(villages), tuple(Indicator.objects.in_use().in_order())
    earlier = indicators.before([village.pk for village in found], period)
    read: dict[Key, Typed] = {}

    def cell(village: Village, kind: Indicator) -> Cell:
        key, name = (village.pk, kind.pk), f"{village.pk}-{kind.pk}"
        text, note = given.get(f"v-{name}", "").strip(), given.get(f"n-{name}", "").strip()[:120]
        value, problem = understand(text, kind)
        jump = not problem and value is not None and is_jump(value, earlier.get(key))
        if jump and not note:
            problem = f"{show(value, kind)}{kind.unit}，上季度 {show(earlier.get(key), kind)}{kind.unit}，写明原因"
        if not problem:
            read[key] = Typed(value, note if jump else "")
        return _cell(village, kind, text, earlier.get(key), note, problem, asks_note=jump)

    return Grid(kinds, _rows(found, kinds, cell), given=read)


def understand(text: str, kind: Indicator) -> tuple[Decimal | None, str]:
    """A figure as people type it, or what is wrong with it."""
    plain = text.translate(PLAIN).replace(",", "").removesuffix(kind.unit).strip()
    if not plain:
        return None, ""
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None, "只填数字"
    if not value.is_finite() or not 0 <= value < LIMIT:
        return None, "填 0 或更大的数"
    if value != round(value, kind.decimals):
        return None, f"最多 {kind.decimals} 位小数" if kind.decimals else "填整数"
    return value, ""


def show(value: Decimal | None, kind: Indicator) -> str:
    """A figure with the decimals its indicator has, and none that say nothing."""
    if value is None:
        return ""
    text = f"{value:.{kind.decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Standing:
    """How far a township is with a quarter's figures."""

    township: Township
    villages: int
    filled: int
    is_late: bool

    @property
    def is_done(self) -> bool:
        return self.filled == self.villages


def standings(villages: Iterable[Village], period: Period, today: Any) -> list[Standing]:
    """Townships in code order with the number of villages whose every figure is there."""
    found = list(villages)
    wanted = Indicator.objects.in_use().count()
    rows = IndicatorValue.objects.filter(village__in=found, period=period.slug, indicator__is_active=True)
    counts: dict[int, int] = {}
    for pk in rows.values_list("village", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    groups: dict[Township, list[int]] = {}
    for village in found:
        groups.setdefault(village.township, []).append(village.pk)
    late = today > indicators.reporting_due(period)
    full = {pk for pk, count in counts.items() if wanted and count >= wanted}
    return [
        Standing(township, len(ids), len(full & set(ids)), late and len(full & set(ids)) < len(ids))
        for township, ids in groups.items()
    ]


def _rows(villages: list[Village], kinds: tuple[Indicator, ...], cell: Any) -> tuple[Row, ...]:
    return tuple(Row(village, tuple(cell(village, kind) for kind in kinds)) for village in villages)


def _cell(
    village: Village,
    kind: Indicator,
    text: str,
    earlier: Decimal | None,
    note: str = "",
    problem: str = "",
    *,
    asks_note: bool = False,
) -> Cell:
    return Cell(
        name=f"{village.pk}-{kind.pk}",
        label=f"{village.short_name} {kind.name}",
        text=text,
        earlier=show(earlier, kind),
        note=note,
        problem=problem,
        asks_note=asks_note,
    )


def _totals(kinds: tuple[Indicator, ...], rows: Iterable[IndicatorValue]) -> tuple[str, ...]:
    sums: dict[int, Decimal] = {}
    for row in rows:
        sums[row.indicator_id] = sums.get(row.indicator_id, Decimal(0)) + row.value
    return tuple(show(sums.get(kind.pk), kind) for kind in kinds)
