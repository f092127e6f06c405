"""What the report of a township or the district says of a quarter, half-year or year: figures and texts as JSON."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q

from points.models import Seal
from points.models.ledger import shorten
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from reports import figures
from reports.documents import points_report_texts
from villages.models import Township, Village
from villages.models.places import VillageQuerySet

RULES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Contents:
    figures: dict[str, Any]
    texts: dict[str, Any]


def compose(township: Township | None, period: Period, now: dt.datetime) -> Contents:
    """Count everything anew. Call it inside a snapshot, so that all numbers are of one moment."""
    counted = count(township or figures.DISTRICT, period, now)
    return Contents(counted, points_report_texts.write(counted))


def count(place: figures.Place, period: Period, now: dt.datetime) -> dict[str, Any]:
    """The figures of a place with those of the places below it: a number is an int, a rate a decimal in text."""
    chosen = figures.villages_of(place)
    villages = list(chosen.select_related("township").in_code_order())
    limits = replace(figures.Limits.current(), now=now)
    spans = _compared(period)
    present, *earlier = figures.village_sums(villages, spans, limits)
    before = earlier[0]
    whole = place == figures.DISTRICT
    standing = figures.combined(figures.standings(villages, limits).values())
    return {
        "place": {"code": place.code, "name": place.name, "is_district": whole},
        "period": period.slug,
        "until": min(period.ends_on, now.date()).isoformat(),
        "is_over": period.ends_on < now.date(),
        "village_count": _village_count(place, period),
        "idle_townships": Township.objects.exclude(villages__in=chosen).count() if whole else 0,
        "on_notice": standing.on_notice,
        "values": _values(figures.total(present.values())),
        "before": _values(figures.total(before.values())),
        "same": _values(figures.total(earlier[1].values())) if len(earlier) > 1 else None,
        **_tables(chosen, villages, period, present, before, whole=whole),
        "seals": _seals(place, villages, period),
        "work": _work(place, spans),
        "definitions": _definitions(),
    }


def insertable(chosen: VillageQuerySet, period: Period, now: dt.datetime, *, whole: bool) -> dict[str, Any]:
    """What the tables somebody may put into a summary show, of the villages it speaks of."""
    villages = list(chosen.select_related("township").in_code_order())
    limits = replace(figures.Limits.current(), now=now)
    present, before = figures.village_sums(villages, [period, period.previous()], limits)
    return {
        "place": {"is_district": whole},
        "period": period.slug,
        "at": now.astimezone(calendar.SHANGHAI).isoformat(timespec="minutes"),
        "values": _values(figures.total(present.values())),
        **_tables(chosen, villages, period, present, before, whole=whole),
        "definitions": _definitions(),
    }


def _tables(
    chosen: VillageQuerySet,
    villages: Sequence[Village],
    period: Period,
    present: dict[int, figures.Sums],
    before: dict[int, figures.Sums],
    *,
    whole: bool,
) -> dict[str, Any]:
    """By 三治 and 五乐, by rule, and the places below."""
    composed = figures.compositions(chosen, [period])[0]
    return {
        "dimensions": [_share(share) for share in composed.by_dimension],
        "joys": [_share(share) for share in composed.by_joy],
        "rules": [
            {"code": rule.code, "item": rule.item, "count": rule.count, "points": rule.points}
            for rule in figures.most_used_rules(chosen, period, RULES_SHOWN)
        ],
        "rows": _rows(whole, _told(villages, period, whole=whole), present, before),
    }


def _compared(period: Period) -> list[Period]:
    """The period, the one before it, and the same one a year ago where that is another."""
    before, same = period.previous(), period.same_last_year()
    return [period, before] if same == before else [period, before, same]


def _village_count(place: figures.Place, period: Period) -> int:
    there = Q(township=place.pk) if isinstance(place, Township) else Q()
    return Village.objects.filter(there).there_on(period.ends_on).count()


def _values(found: figures.Sums) -> dict[str, int | str | None]:
    return {name: _plain(figure.value) for name, figure in found.figures().items()}


def _share(share: figures.Share) -> dict[str, Any]:
    return {
        "code": share.code,
        "label": share.label,
        "points": share.points,
        "share": _plain(share.share),
    }


def _rows(
    whole: bool, villages: Sequence[Village], present: dict[int, figures.Sums], before: dict[int, figures.Sums]
) -> list[dict[str, Any]]:
    """One row for each place below, in code order: the district's townships, a township's villages."""
    below = figures.rows_by_township if whole else figures.rows_by_village
    return [
        {"code": row.place.code, "name": _short(row.place), "values": _values(row.sums)}
        for row in below(villages, present, before)
    ]


def _told(villages: Sequence[Village], period: Period, *, whole: bool) -> Sequence[Village]:
    """Villages that were there when the period began; a township's row is the sum of all it ever had."""
    return villages if whole else [one for one in villages if one.is_there(period.previous().ends_on)]


def _short(place: figures.Place) -> str:
    return place.short_name if isinstance(place, Village) else place.name


def _seals(place: figures.Place, villages: Sequence[Village], period: Period) -> list[dict[str, Any]]:
    """The last seal of each village that was set by the end of the period."""
    end = calendar.moment(period.next().begins_on)
    last = (
        Seal.objects.filter(village__in=villages, sealed_at__lt=end)
        .order_by("village__code", "-number")
        .distinct("village__code")
    )
    whole = place == figures.DISTRICT
    known = {village.pk: village for village in villages}
    return [
        {
            "code": known[seal.village_id].code,
            "name": known[seal.village_id].full_name if whole else known[seal.village_id].short_name,
            "number": seal.number,
            "seal": shorten(seal.digest),
        }
        for seal in last
    ]


def _work(place: figures.Place, spans: list[Period]) -> list[dict[str, Any]]:
    """What was done beside the points, in the periods that are compared."""
    return [
        {
            "group": line.group,
            "name": line.name,
            "label": line.label,
            "unit": line.unit,
            "formula": line.formula,
            "values": [_plain(value) for value in line.values],
        }
        for line in figures.work(place, spans)
    ]


def _definitions() -> list[dict[str, str]]:
    """The meaning of every figure, kept with the version so that it still tells when a definition changes."""
    meanings = {name: figures.DEFINITIONS[name] for name in figures.Sums().figures()}
    return [
        {
            "name": name,
            "label": meaning.label,
            "unit": meaning.unit,
            "formula": meaning.formula,
            "source": meaning.source,
        }
        for name, meaning in meanings.items()
    ]


def _plain(value: int | Decimal | None) -> int | str | None:
    return str(value) if isinstance(value, Decimal) else value
