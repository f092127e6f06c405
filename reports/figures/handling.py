"""What places have to do besides points: objections, notices, indicators, summaries, redemption, demonstration.

Everything in one statement, as rows of (village, township, measure, amount); what they cost does not grow with entries.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Concat

from demos.models import Candidate, Meeting, Programme
from points.models import Balance, Notice, Objection, Redemption
from qianjiang_portal.foundation import calendar, statements
from qianjiang_portal.foundation.periods import Period
from reports.figures.sums import Limits
from reports.models import Summary
from villages import indicators
from villages.models import Indicator, IndicatorValue, Unit, Village

STAGE = "stage:"


@dataclass(frozen=True, slots=True)
class Span:
    """The month looked at, and the quarter and the summary that are asked for beside it."""

    month: Period
    quarter: Period
    summary: Period
    summary_due: dt.date


@dataclass(frozen=True)
class Handling:
    """Counts by village, by township (summaries, towns) and of the district alone (units), each under its measure."""

    villages: dict[int, Counter[str]]
    townships: dict[int, Counter[str]]
    others: Counter[str]

    def of(self, village: Village) -> Counter[str]:
        return self.villages.get(village.pk, Counter())

    def of_township(self, pk: int) -> Counter[str]:
        return self.townships.get(pk, Counter())

    @property
    def whole(self) -> Counter[str]:
        return sum((*self.villages.values(), *self.townships.values()), Counter()) + self.others


def handling(villages: Iterable[Village], span: Span, limits: Limits) -> Handling:
    """How things are handled in these villages, in their townships and by the units."""
    found = list(villages)
    ids, towns = sorted(village.pk for village in found), sorted({village.township_id for village in found})
    today = calendar.local_date(limits.now)
    made_from = "handling", tuple(ids), tuple(towns), span, today
    by_village: dict[int, Counter[str]] = defaultdict(Counter)
    by_township: dict[int, Counter[str]] = defaultdict(Counter)
    others: Counter[str] = Counter()
    rows = statements.rows(made_from, lambda _: _facts(ids, towns, span, today), limits.now)
    for village, township, measure, amount in rows:
        where = by_village[village] if village else by_township[township] if township else others
        where[measure] += amount or 0
    return Handling(dict(by_village), dict(by_township), others)


def _facts(ids: list[int], towns: Iterable[int], span: Span, today: dt.date) -> QuerySet[Any]:
    """Kept as it is: nothing but what is handed in here may decide what it asks."""
    first, *rest = (
        *_objections(ids, span.month, today),
        *_store(ids, span.month),
        *_notices(ids, span.month),
        *_indicators(ids, span.quarter),
        *_summaries(towns, span),
        *_candidates(ids, span.month.year),
        *_units(span.quarter),
    )
    return first.union(*rest, all=True)


def _objections(ids: list[int], month: Period, today: dt.date) -> list[QuerySet[Any]]:
    here = Objection.objects.filter(village__in=ids)
    late = here.open().filter(due_on__lt=today)
    raised = here.filter(raised_on__range=(month.begins_on, month.ends_on))
    return [
        _by_village(here.open(), "objections", Count("pk")),
        _by_village(late, "objections_late", Count("pk")),
        _by_village(raised, "objections_raised", Count("pk")),
    ]


def _store(ids: list[int], month: Period) -> list[QuerySet[Any]]:
    held = Balance.objects.filter(household__village__in=ids, posted__gt=0)
    slips = Redemption.objects.filter(
        household__village__in=ids, on__range=(month.begins_on, month.ends_on), undone_at__isnull=True
    )
    return [
        _by_village(held, "spendable", Sum("posted"), "household__village"),
        _by_village(slips, "redeemed", Sum("points"), "household__village"),
    ]


def _notices(ids: list[int], month: Period) -> list[QuerySet[Any]]:
    """Whether a village put a notice up for the month, in time or not."""
    there = Q(village__closed_on=None) | Q(village__closed_on__gt=month.ends_on)
    here = Notice.objects.filter(there, village__in=ids, period=month.slug)
    return [_by_village(here, "noticed", Count("period", distinct=True))]


def _indicators(ids: list[int], quarter: Period) -> list[QuerySet[Any]]:
    """Villages of today whose every figure of the quarter is there, and those whose last one came by its day."""
    due = calendar.moment(indicators.reporting_due(quarter) + dt.timedelta(days=1))
    rows = IndicatorValue.objects.filter(
        village__in=ids, village__closed_on=None, period=quarter.slug, indicator__is_active=True
    )
    wanted = Indicator.objects.in_use().order_by().values("is_active").annotate(count=Count("pk")).values("count")
    filled = rows.order_by().values("village").annotate(count=Count("pk"), last=Max("entered_at"))
    filled = filled.filter(count__gte=Subquery(wanted))
    return [
        _ones(filled, "indicators"),
        _ones(filled.filter(last__lt=due), "indicators_in_time"),
    ]


def _summaries(towns: Iterable[int], span: Span) -> list[QuerySet[Any]]:
    rows = Summary.objects.handed_in().filter(period=span.summary.slug)
    sent = rows.filter(Q(township__in=towns) | Q(unit__isnull=False))
    in_time = sent.filter(signed_at__date__lte=span.summary_due)
    return [_by_township(sent, "summaries"), _by_township(in_time, "summaries_in_time")]


def _candidates(ids: list[int], year: int) -> list[QuerySet[Any]]:
    """Demonstration villages of the district by the stage they stand on."""
    rows = Candidate.objects.open().filter(
        village__in=ids, programme__year=year, programme__level=Programme.Level.DISTRICT
    )
    stage = Concat(Value(STAGE), F("stage__key"), output_field=CharField())
    kept = rows.order_by().annotate(measure=stage).values("village", "measure").annotate(amount=Count("pk"))
    return [kept.annotate(town=_nothing()).values_list("village", "town", "measure", "amount")]


def _units(quarter: Period) -> list[QuerySet[Any]]:
    """Member units, those that lead, and lead units that held a meeting of their own in the quarter."""
    held = Meeting.objects.filter(
        unit=OuterRef("pk"), kind=Meeting.Kind.SPECIAL, held_on__range=(quarter.begins_on, quarter.ends_on)
    )
    lead = Unit.objects.filter(is_lead=True)
    met = lead.filter(pk__in=Subquery(held.values("unit")))
    return [_of_district(Unit.objects.all(), "units"), _of_district(lead, "leads"), _of_district(met, "meetings")]


def _by_village(rows: Any, measure: str, amount: Any, path: str = "village") -> QuerySet[Any]:
    kept = rows.order_by().annotate(place=F(path), measure=_text(measure)).values("place", "measure")
    summed: QuerySet[Any] = kept.annotate(amount=Cast(amount, BigIntegerField()), town=_nothing())
    return summed.values_list("place", "town", "measure", "amount")


def _by_township(rows: Any, measure: str) -> QuerySet[Any]:
    kept = rows.order_by().annotate(measure=_text(measure), town=F("township")).values("town", "measure")
    summed: QuerySet[Any] = kept.annotate(amount=Count("pk"), place=_nothing())
    return summed.values_list("place", "town", "measure", "amount")


def _of_district(rows: Any, measure: str) -> QuerySet[Any]:
    kept = rows.order_by().annotate(measure=_text(measure)).values("measure").annotate(amount=Count("pk"))
    counted: QuerySet[Any] = kept.annotate(place=_nothing(), town=_nothing())
    return counted.values_list("place", "town", "measure", "amount")


def _ones(rows: Any, measure: str) -> QuerySet[Any]:
    marked: QuerySet[Any] = rows.annotate(
        place=F("village"), town=_nothing(), measure=_text(measure), amount=Value(1, BigIntegerField())
    )
    return marked.values_list("place", "town", "measure", "amount")


def _nothing() -> Cast:
    return Cast(Value(None), BigIntegerField())


def _text(text: str) -> Value:
    return Value(text, output_field=CharField())
