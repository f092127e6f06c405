"""Counts that add up: of a village, and by addition of a township and the district.

Everything comes from rollups and small registers in one statement, whose cost does not grow with the ledger.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from points.models import Batch, Notice, Participation, Rollup, VillageMonth
from points.models.batches import State
from points.models.ledger import Kind
from qianjiang_portal.foundation import calendar, options, statements
from qianjiang_portal.foundation.periods import Period, parse
from reports.figures.definitions import Figure, figure, ratio
from villages.models import Household, Village

DECIDED = ~Q(state=State.SUBMITTED) & Q(decided_at__gte=F("submitted_at"))
EARNED = (Kind.AWARD, Kind.DEDUCTION, Kind.REVERSAL)


@dataclass(frozen=True, slots=True)
class Sums:
    """Whole numbers only, so that places can be added; rates are worked out from the sums, never averaged."""

    villages: int = 0
    households: int = 0
    participants: int = 0
    awards: int = 0
    deductions: int = 0
    reversals: int = 0
    entries: int = 0
    batches_due: int = 0
    batches_on_time: int = 0
    notices_due: int = 0
    notices_in_time: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def net_points(self) -> int:
        return self.awards + self.deductions + self.reversals

    @property
    def participation(self) -> Decimal | None:
        return ratio(self.participants, self.households)

    @property
    def net_per_household(self) -> Decimal | None:
        return ratio(self.net_points, self.households)

    @property
    def reviewed_on_time(self) -> Decimal | None:
        return ratio(self.batches_on_time, self.batches_due)

    @property
    def notices_rate(self) -> Decimal | None:
        return ratio(self.notices_in_time, self.notices_due)

    def figure(self, name: str) -> Figure:
        return figure(name, getattr(self, name))

    def figures(self) -> dict[str, Figure]:
        names = [field.name for field in fields(self)]
        return {name: self.figure(name) for name in (*names, *RATES)}


RATES = ("net_points", "participation", "net_per_household", "reviewed_on_time", "notices_rate")


@dataclass(frozen=True, slots=True)
class Limits:
    """The district's time limits, and the moment against which they are held."""

    now: dt.datetime
    review: dt.timedelta

    @classmethod
    def current(cls) -> "Limits":
        return cls(calendar.now(), dt.timedelta(days=options.get("review_days")))

    @staticmethod
    def notice_deadline(month: str) -> dt.datetime:
        """A month's points go on notice by the day its reports are due, that day included."""
        return calendar.moment(parse(month).due_on() + dt.timedelta(days=1))


def village_sums(villages: Iterable[Village], spans: Sequence[Period], limits: Limits) -> list[dict[int, Sums]]:
    """For each span, the sums of each village by its id. One query, whatever the ledger holds."""
    there = list(villages)
    ids, review = sorted(village.pk for village in there), limits.review
    made_from = "sums", tuple(ids), tuple(spans), review
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for village, span, measure, amount, tally in statements.rows(
        made_from, lambda late: _facts(ids, spans, review, late), limits.now - review
    ):
        cell = found[village, span]
        cell[measure] = amount or 0
        if measure in ("awards", "deductions", "reversals"):
            cell["entries"] = cell.get("entries", 0) + tally
        elif measure == "batches_due":
            cell["batches_on_time"] = tally
    return [{one.pk: _assembled(found[one.pk, at], one, span) for one in there} for at, span in enumerate(spans)]


def total(sums: Iterable[Sums]) -> Sums:
    return sum(sums, Sums())


def _assembled(cell: dict[str, int], village: Village, span: Period) -> Sums:
    """A village's sums. The month-end snapshot of households wins over the register.

    A village that became part of another owes no notice for that month and those after it.
    """
    registered = cell.pop("registered", 0)
    snapshot = cell.pop("snapshot", 0)
    due = sum(village.is_there(parse(month).ends_on) for month in span.months)
    sums = Sums(villages=int(village.is_there(span.ends_on)), notices_due=due, households=snapshot or registered)
    return replace(sums, **cell)


def _facts(ids: list[int], spans: Sequence[Period], review: dt.timedelta, late: dt.datetime) -> QuerySet[Any]:
    """Rows of (village, span, measure, amount, tally) from all sources, in one statement.

    Kept as it is: nothing but what is handed in here may decide what it asks.
    """
    rolled, *others = (
        _rolled(ids, spans),
        _participants(ids, spans),
        _snapshots(ids, spans),
        _batches(ids, spans, review, late),
        _notices(ids, spans),
        *(_registered(ids, at, span) for at, span in enumerate(spans)),
    )
    return rolled.union(*others, all=True)


def _rolled(ids: list[int], spans: Sequence[Period]) -> QuerySet[Any]:
    names = {Kind.AWARD: "awards", Kind.DEDUCTION: "deductions", Kind.REVERSAL: "reversals"}
    measure = Case(*(When(kind=kind, then=_text(name)) for kind, name in names.items()), output_field=CharField())
    rows = Rollup.objects.filter(village__in=ids, period__in=_months(spans), kind__in=EARNED).exclude(dimension="")
    return _rows(rows.annotate(span=_span_of_month(spans), measure=measure), Sum("points"), Sum("count"))


def _participants(ids: list[int], spans: Sequence[Period]) -> QuerySet[Any]:
    """Distinct households: kept month by month, counted afresh for anything longer."""
    measure = _text("participants")
    if all(span.length == 1 for span in spans):
        rows = VillageMonth.objects.filter(village__in=ids, period__in=_months(spans))
        return _rows(rows.annotate(span=_span_of_month(spans), measure=measure), Sum("participants"))
    noted = Participation.objects.filter(village__in=ids, period__in=_months(spans))
    return _rows(noted.annotate(span=_span_of_month(spans), measure=measure), Count("household", distinct=True))


def _snapshots(ids: list[int], spans: Sequence[Period]) -> QuerySet[Any]:
    """Households at the end of each span, where that month is over."""
    last = [Q(period=span.months[-1]) for span in spans]
    which = Case(*(When(at, then=Value(nth)) for nth, at in enumerate(last)), output_field=IntegerField())
    rows = VillageMonth.objects.filter(village__in=ids, period__in=[span.months[-1] for span in spans])
    return _rows(rows.annotate(span=which, measure=_text("snapshot")), Coalesce(Sum("households"), 0))


def _registered(ids: list[int], nth: int, span: Period) -> QuerySet[Any]:
    """Households on the register at the end of a span, for months without a snapshot."""
    there = Q(left_on__isnull=True) | Q(left_on__gt=span.ends_on)
    rows = Household.objects.filter(there, village__in=ids, joined_on__lte=span.ends_on)
    return _rows(rows.annotate(span=Value(nth, IntegerField()), measure=_text("registered")), Count("pk"))


def _batches(ids: list[int], spans: Sequence[Period], review: dt.timedelta, late: dt.datetime) -> QuerySet[Any]:
    """Batches by the month they were last submitted in: those due to be decided, and those decided in time."""
    ranges = [Q(submitted_at__gte=_start(span), submitted_at__lt=_start(span.next())) for span in spans]
    which = Case(*(When(at, then=Value(nth)) for nth, at in enumerate(ranges)), output_field=IntegerField())
    on_time = DECIDED & Q(decided_at__lte=F("submitted_at") + review)
    rows = batches_due(late).filter(village__in=ids)
    marked = rows.annotate(span=which, measure=_text("batches_due")).filter(span__isnull=False)
    return _rows(marked, Count("pk"), Count("pk", filter=on_time))


def batches_due(late: dt.datetime) -> QuerySet[Batch]:
    """Batches that were decided, and those submitted before `late` that still were not."""
    return Batch.objects.filter(DECIDED | Q(state=State.SUBMITTED, submitted_at__lt=late))


def batches_in(month: Period, late: dt.datetime) -> QuerySet[Batch]:
    """Those of them that were last submitted in a month."""
    return batches_due(late).filter(submitted_at__gte=_start(month), submitted_at__lt=_start(month.next()))


def _notices(ids: list[int], spans: Sequence[Period]) -> QuerySet[Any]:
    """Months in which a village published in time."""
    months = _months(spans)
    in_time = Q()
    for month in months:
        there = Q(village__closed_on=None) | Q(village__closed_on__gt=parse(month).ends_on)
        in_time |= Q(there, period=month, published_at__lt=Limits.notice_deadline(month))
    rows = Notice.objects.filter(in_time, village__in=ids)
    marked = rows.annotate(span=_span_of_month(spans), measure=_text("notices_in_time"))
    return _rows(marked, Count("period", distinct=True))


def _rows(marked: Any, amount: object, tally: object = None) -> QuerySet[Any]:
    kept = marked.order_by().values("village", "span", "measure")
    summed: QuerySet[Any] = kept.annotate(amount=amount, tally=tally or Value(0, IntegerField()))
    return summed.values_list("village", "span", "measure", "amount", "tally")


def _span_of_month(spans: Sequence[Period]) -> Case:
    return Case(
        *(When(period__in=span.months, then=Value(nth)) for nth, span in enumerate(spans)), output_field=IntegerField()
    )


def _months(spans: Sequence[Period]) -> list[str]:
    return [month for span in spans for month in span.months]


def _start(span: Period) -> dt.datetime:
    return calendar.moment(span.begins_on)


def _text(text: str) -> Value:
    return Value(text, output_field=CharField())
