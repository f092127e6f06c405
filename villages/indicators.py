"""Figures that villages report once a quarter: entered a township at a time, compared with the quarter before."""

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from villages import permissions
from villages.models import Indicator, IndicatorValue, User, Village
from villages.models.indicators import is_jump

DATA = Path(__file__).parent / "data" / "indicators.csv"

Key = tuple[int, int]
KEY = ("village_id", "indicator_id")


class CannotReport(Refused):
    """The figures cannot be taken as they are."""


@dataclass(frozen=True)
class Typed:
    """One cell as somebody filled it in; no value takes the figure back."""

    value: Decimal | None
    note: str = ""


@transaction.atomic
def load_defaults() -> int:
    """Put in the indicators shipped with the project where there are none of that code; answers how many are new."""
    with DATA.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    known = set(Indicator.objects.values_list("code", flat=True))
    fresh = [Indicator(**row, position=at) for at, row in enumerate(rows, 1) if row["code"] not in known]
    return len(Indicator.objects.bulk_create(fresh))


def reporting_due(period: Period) -> dt.date:
    """Figures of a quarter are due on the 10th of the month after it."""
    return period.next().begins_on.replace(day=10)


def before(villages: list[int], period: Period) -> dict[Key, Decimal]:
    """The figures of the quarter before, by village and indicator."""
    rows = IndicatorValue.objects.filter(village__in=villages, period=period.previous().slug)
    return {(village, indicator): value for village, indicator, value in rows.values_list(*KEY, "value")}


@transaction.atomic
def report(*, period: Period, cells: Mapping[Key, Typed], by: User, now: dt.datetime) -> int:
    """Take the cells of a quarter's grid, all or none; answers how many changed. Raises CannotReport."""
    villages = _locked({village for village, _ in cells})
    indicators = Indicator.objects.in_use().in_bulk({indicator for _, indicator in cells})
    _check_frame(period, villages, by, now)
    earlier = before(list(villages), period)
    kept = {(row.village_id, row.indicator_id): row for row in _rows(villages, period)}
    changed = 0
    for key, typed in cells.items():
        if key[1] in indicators and _differs(kept.get(key), typed):
            _check(typed, indicators[key[1]], earlier.get(key))
            _put(key, period, typed, earlier.get(key), by, now)
            changed += 1
    if changed:
        _record(villages, period, changed, by, now)
    return changed


def _locked(ids: set[int]) -> dict[int, Village]:
    found = Village.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk")
    return {village.pk: village for village in found}


def _check_frame(period: Period, villages: Mapping[int, Village], by: User, now: dt.datetime) -> None:
    if period.kind != "quarter":
        raise CannotReport("指标按季度填报")
    if period.begins_on > calendar.local_date(now):
        raise CannotReport(f"{period.title}还没有开始")
    for village in villages.values():
        if not permissions.can_report(by, village):
            raise CannotReport(f"{village.short_name}不归本岗位填报")


def _rows(villages: Mapping[int, Village], period: Period) -> Any:
    return IndicatorValue.objects.filter(village__in=villages, period=period.slug)


def _differs(row: IndicatorValue | None, typed: Typed) -> bool:
    return typed.value is not None if row is None else (row.value, row.note) != (typed.value, typed.note)


def _check(typed: Typed, indicator: Indicator, earlier: Decimal | None) -> None:
    if typed.value is None:
        return
    if typed.value < 0:
        raise CannotReport(f"{indicator.name}不能小于 0")
    if typed.value != round(typed.value, indicator.decimals):
        raise CannotReport(f"{indicator.name}{_places(indicator)}")
    if is_jump(typed.value, earlier) and not typed.note:
        raise CannotReport(f"{indicator.name}是上季度的十倍以上，写明原因")


def _places(indicator: Indicator) -> str:
    return f"最多 {indicator.decimals} 位小数" if indicator.decimals else "填整数"


def _put(key: Key, period: Period, typed: Typed, earlier: Decimal | None, by: User, now: dt.datetime) -> None:
    village, indicator = key
    same: dict[str, Any] = {"village_id": village, "indicator_id": indicator, "period": period.slug}
    if typed.value is None:
        IndicatorValue.objects.filter(**same).delete()
        return
    facts: dict[str, Any] = {
        "value": typed.value,
        "note": typed.note,
        "compared_with": earlier,
        "entered_by": by,
        "entered_at": now,
    }
    IndicatorValue.objects.update_or_create(**same, defaults=facts)


def _record(villages: Mapping[int, Village], period: Period, changed: int, by: User, now: dt.datetime) -> None:
    place = next(iter(villages.values())).code[:9] if villages else ""
    audit.record(actor=by, action="indicator.report", target=period.slug, place=place, facts={"cells": changed}, at=now)
