"""The reports room's figures, under names that other rooms may ask for."""

from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from qianjiang_portal.foundation import calendar, metrics
from qianjiang_portal.foundation.periods import Period
from reports.models import CaseStudy, Finding, Publicity, Rectification, Summary
from reports.summary_numbers import due_on
from villages.models import Township, Unit, Village


@metrics.register("summaries_in_time", label="总结按期报送率", unit="%", formula="按期报送的总结 ÷ 到期应报的总结")
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


@metrics.register("cases_adopted", label="典型案例采用", unit="篇", formula="期内区里采用的案例")
def cases_adopted(place: Any, period: Period) -> int:
    """Cases that the district adopted in the period."""
    begins, ends = calendar.moment(period.begins_on), calendar.moment(period.next().begins_on)
    return _of(CaseStudy.objects.filter(state="adopted", decided_at__gte=begins, decided_at__lt=ends), place).count()


@metrics.register("publicity_pieces", label="宣传报道", unit="条", formula="期内登记、没有撤下的报道")
def publicity_pieces(place: Any, period: Period) -> int:
    """What media brought in the period, without what was taken back."""
    rows = Publicity.objects.standing().filter(on__gte=period.begins_on, on__lte=period.ends_on)
    return _of(rows, place).count()


@metrics.register(
    "rectified_in_time", label="督查问题按期整改率", unit="%", formula="期限前报送、没有退回的整改 ÷ 到期应整改的问题"
)
def rectified_in_time(place: Any, period: Period) -> Decimal | None:
    """Of the problems whose day lies in the period and is past, the share reported by it and not sent back."""
    issued = Finding.objects.filter(circular__state="issued", due_on__gte=period.begins_on, due_on__lte=period.ends_on)
    due = _of(issued.filter(due_on__lt=calendar.today()), place)
    made = Rectification.objects.filter(finding=OuterRef("pk"), made_at__date__lte=OuterRef("due_on"))
    total = due.count()
    good = due.filter(Exists(made.exclude(is_accepted=False))).count()
    return Decimal(good) * 100 / total if total else None


def _of(rows: QuerySet[Any], place: Any) -> QuerySet[Any]:
    """Those of a township, a unit or a village; all of them where `place` is None."""
    if place is None:
        return rows
    field = {Township: "township", Unit: "unit", Village: "village"}[type(place)]
    return rows.filter(**{field: place})


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
