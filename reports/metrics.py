"""The reports room's figures, under names that other rooms may ask for."""

from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation import calendar, metrics
from qianjiang_portal.foundation.periods import Period
from reports.models import Summary
from reports.summary_numbers import due_on
from villages.models import Township, Unit


@metrics.register("summaries_in_time", label="总结按期报送率", unit="%")
def summaries_in_time(place: Any, period: Period) -> Decimal | None:
    """Of the summaries whose due day lies in the period and is past, the share handed in by it.

    A township's or a unit's own, or all of them where `place` is None; None where nothing was due.
    """
    due = [one for one in _kinds(period) if period.begins_on <= due_on(one) <= period.ends_on]
    past = [one for one in due if due_on(one) < calendar.today()]
    senders = _senders(place)
    if not past or not senders:
        return None
    good = sum(_in_time(place, one) for one in past)
    return Decimal(good) * 100 / (len(past) * senders)


def _kinds(period: Period) -> list[Period]:
    """The summaries that can fall due in a period: the last year's and this year's first half."""
    years = range(period.begins_on.year - 1, period.ends_on.year + 1)
    return [one for year in years for one in (Period(year, 1, "half-year"), Period(year, 1, "year"))]


def _senders(place: Any) -> int:
    if isinstance(place, (Township, Unit)):
        return 1
    return 0 if place else Township.objects.count() + Unit.objects.count()


def _in_time(place: Any, period: Period) -> int:
    rows = Summary.objects.handed_in().filter(period=period.slug, signed_at__date__lte=due_on(period))
    if isinstance(place, Township):
        rows = rows.filter(township=place)
    elif isinstance(place, Unit):
        rows = rows.filter(unit=place)
    else:
        rows = rows.exclude(township=None, unit=None)
    return rows.count()
