"""What 村情一张表 says of villages in a period: counted together, kept a village each, a number as it was counted."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q, Sum

from points import rules
from points.models import GridRollup, PanelMember, Participation
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period
from reports import figures
from villages.indicator_pages import show as show_indicator
from villages.models import Grid, Indicator, IndicatorValue, Village

RULES_SHOWN = 6
OVERVIEW = (
    "households", "participants", "participation", "awards", "deductions", "reversals", "net_points",
    "net_per_household", "entries", "batches_due", "batches_on_time", "reviewed_on_time", "notices_due",
    "notices_in_time", "notices_rate",
)  # fmt: skip

Figures = dict[str, Any]


def count(villages: Sequence[Village], period: Period, now: dt.datetime) -> dict[int, Figures]:
    """The figures of each village by its id. Call it inside a snapshot, so that all are of one moment."""
    limits = replace(figures.Limits.current(), now=now)
    before, same = period.previous(), period.same_last_year()
    spans = [period, before] if before == same else [period, before, same]
    summed = figures.village_sums(villages, spans, limits)
    chosen = Village.objects.filter(pk__in=[village.pk for village in villages])
    shares = figures.village_compositions(chosen, period)
    grids = _grids(villages, period)
    indicators = _indicators(villages, period)
    return {
        village.pk: {
            "place": {"code": village.code, "name": village.short_name, "township": village.township.name},
            "period": period.slug,
            "until": min(period.ends_on, now.date()).isoformat(),
            "values": [_values(span[village.pk]) for span in summed],
            "definitions": [_definition(name) for name in OVERVIEW],
            "dimensions": _shares(shares.get(village.pk, figures.Composition()).by_dimension),
            "joys": _shares(shares.get(village.pk, figures.Composition()).by_joy),
            "grids": grids.get(village.pk, []),
            "rules": _rules(village, period),
            "indicators": indicators.get(village.pk, []),
            "facts": _facts(village, now.date()),
        }
        for village in villages
    }


def _values(sums: figures.Sums) -> dict[str, int | str | None]:
    return {name: _plain(sums.figure(name).value) for name in OVERVIEW}


def _definition(name: str) -> dict[str, str]:
    meaning = figures.DEFINITIONS[name]
    return {
        "name": name,
        "label": meaning.label,
        "unit": meaning.unit,
        "formula": meaning.formula,
        "source": meaning.source,
    }


def _shares(shares: Sequence[figures.Share]) -> list[dict[str, Any]]:
    return [{"label": one.label, "points": one.points, "share": _plain(one.share)} for one in shares]


def _rules(village: Village, period: Period) -> list[dict[str, Any]]:
    used = figures.most_used_rules(figures.villages_of(village), period, RULES_SHOWN)
    return [{"code": rule.code, "item": rule.item, "count": rule.count, "points": rule.points} for rule in used]


def _grids(villages: Sequence[Village], period: Period) -> dict[int, list[dict[str, Any]]]:
    """Each village's grids in order: households at the end of the period, who took part, and their net points."""
    end = period.ends_on
    there = (Q(households__left_on__isnull=True) | Q(households__left_on__gt=end)) & Q(households__joined_on__lte=end)
    rows = (
        Grid.objects.filter(village__in=villages)
        .in_order()
        .annotate(registered=Count("households", filter=there), people=Sum("households__members", filter=there))
        .values_list("village", "pk", "name", "registered", "people")
    )
    took_part, points = _by_grid(villages, period)
    found: dict[int, list[dict[str, Any]]] = {}
    for village, pk, name, registered, people in rows:
        found.setdefault(village, []).append(
            {
                "name": name,
                "households": registered,
                "people": people or 0,
                "participants": took_part.get(pk, 0),
                "net_points": points.get(pk, 0),
            }
        )
    return found


def _by_grid(villages: Sequence[Village], period: Period) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Distinct households that took part, and net points, by grid."""
    noted = Participation.objects.filter(village__in=villages, period__in=period.months).order_by()
    took_part = noted.values("grid").annotate(count=Count("household", distinct=True))
    rolled = GridRollup.objects.filter(grid__village__in=villages, period__in=period.months).order_by()
    points = rolled.values("grid").annotate(sum=Sum("points"))
    return dict(took_part.values_list("grid", "count")), dict(points.values_list("grid", "sum"))


def _indicators(villages: Sequence[Village], period: Period) -> dict[int, list[dict[str, str]]]:
    """The newest quarter up to the period's end in which a village reported, with the quarter before it."""
    last = periods.of(period.ends_on, "quarter")
    spans = [last.shift(-back).slug for back in range(5)]
    rows = IndicatorValue.objects.filter(village__in=villages, period__in=spans)
    by_village: dict[int, dict[tuple[int, str], IndicatorValue]] = {}
    for row in rows.select_related("indicator").order_by("indicator__position", "indicator__code"):
        by_village.setdefault(row.village_id, {})[row.indicator_id, row.period] = row
    return {village: _newest(found) for village, found in by_village.items()}


def _newest(found: Mapping[tuple[int, str], IndicatorValue]) -> list[dict[str, str]]:
    quarter = periods.parse(max(period for _, period in found))
    kinds: list[Indicator] = list({row.indicator_id: row.indicator for row in found.values()}.values())
    return [
        {
            "name": kind.name,
            "unit": kind.unit,
            "quarter": quarter.title,
            "now": _reported(found, kind, quarter),
            "before": _reported(found, kind, quarter.previous()),
        }
        for kind in kinds
    ]


def _reported(found: Mapping[tuple[int, str], IndicatorValue], kind: Indicator, quarter: Period) -> str:
    row = found.get((kind.pk, quarter.slug))
    return show_indicator(row.value if row else None, kind) or "—"


def _facts(village: Village, today: dt.date) -> dict[str, str]:
    panel = list(PanelMember.objects.filter(village=village).current(today))
    version = rules.in_force(village, today)
    return {
        "panel": f"{len(panel)} 人" if panel else "还没有设立",
        "rules": f"{version.year}版" if version else "还没有发布",
        "phone": village.phone or village.township.phone or "还没有登记",
    }


def _plain(value: figures.definitions.Value) -> int | str | None:
    return value if value is None or isinstance(value, int) else str(value)
