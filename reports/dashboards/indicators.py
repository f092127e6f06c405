"""The figures a village reports once a quarter: the newest beside the one before, and one of them drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period
from reports.dashboards.parts import Chart
from villages.indicator_pages import show
from villages.models import Indicator, IndicatorValue, Village

QUARTERS = 6


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    code: str
    name: str
    unit: str
    value: str
    earlier: str
    note: str
    is_drawn: bool


@dataclass(frozen=True, slots=True)
class IndicatorBlock:
    quarter: Period
    lines: tuple[IndicatorLine, ...]
    chart: Chart
    href: str


def indicator_block(village: Village, period: Period, drawn: str = "") -> IndicatorBlock | None:
    """The newest quarter with figures up to the period's, the indicator with the code `drawn` as a line, else the
    first; None where nothing was reported. One query."""
    last = periods.of(period.begins_on, "quarter")
    spans = [last.shift(-back) for back in range(QUARTERS - 1, -1, -1)]
    rows = IndicatorValue.objects.filter(village=village, period__in=[span.slug for span in spans])
    found = list(rows.select_related("indicator").order_by("indicator__position", "indicator__code"))
    if not found:
        return None
    values = {(row.indicator_id, row.period): row for row in found}
    quarter = periods.parse(max(row.period for row in found))
    kinds = list({row.indicator_id: row.indicator for row in found}.values())
    shown = next((kind for kind in kinds if kind.code == drawn), kinds[0])
    lines = tuple(_line(kind, quarter, values, is_drawn=kind == shown) for kind in kinds)
    return IndicatorBlock(quarter, lines, _chart(shown, spans, values), _address(village, quarter))


def _line(
    kind: Indicator, quarter: Period, values: Mapping[tuple[int, str], IndicatorValue], *, is_drawn: bool
) -> IndicatorLine:
    now, before = values.get((kind.pk, quarter.slug)), values.get((kind.pk, quarter.previous().slug))
    note = now.note if now else ""
    return IndicatorLine(kind.code, kind.name, kind.unit, _text(now, kind), _text(before, kind), note, is_drawn)


def _chart(kind: Indicator, spans: list[Period], values: Mapping[tuple[int, str], IndicatorValue]) -> Chart:
    rows = tuple(
        (f"{span.year % 100}年{span.index}季度", _text(values.get((kind.pk, span.slug)), kind)) for span in spans
    )
    heads = ("季度", kind.name)
    return Chart("indicator", "line", "line", kind.name, f"近 {QUARTERS} 个季度，{kind.unit}", heads, rows)


def _text(row: IndicatorValue | None, kind: Indicator) -> str:
    value: Decimal | None = row.value if row else None
    return show(value, kind) or "—"


def _address(village: Village, quarter: Period) -> str:
    return reverse("villages:indicator-grid", args=[quarter.slug, village.township.code])
