"""What villages have to make public in a period, and whether they did in time."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, DateField, Func, IntegerField, QuerySet, Value

from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period
from villages.models import Disclosure, DisclosureItem, Village

Key = tuple[int, str]
PUBLIC = ("village", "item", "period", "first_on", "due_on")
QUARTERS_BACK = 4
ALWAYS = 1_000_000  # days after a period by which everything of it is asked for


@dataclass(frozen=True)
class Due:
    """One item for one period, and the last day for it; every village owes it."""

    item: DisclosureItem
    period: Period

    @property
    def key(self) -> Key:
        return self.item.pk, self.period.slug

    @property
    def on(self) -> dt.date:
        return due_on(self.item, self.period)


def due_on(item: DisclosureItem, period: Period) -> dt.date:
    return period.ends_on + dt.timedelta(days=item.due_days)


def items() -> list[DisclosureItem]:
    """What is asked of villages at present."""
    return list(DisclosureItem.objects.in_use().in_order())


def owed(asked: Iterable[DisclosureItem], span: Period) -> list[Due]:
    """Everything of which the period ends within `span`, by item and then by period."""
    return [
        Due(item, period)
        for item in asked
        if item.every != DisclosureItem.Every.ANY
        for period in ending_within(span, item.every)
        if period.begins_on >= item.since
    ]


def ending_within(span: Period, kind: str) -> list[Period]:
    """The periods of `kind` whose last day lies in `span`, oldest first."""
    ends = [periods.parse(month).ends_on for month in span.months]
    found = [periods.of(day, kind) for day in ends]
    return [period for period, day in zip(found, ends, strict=True) if period.ends_on == day]


@dataclass(frozen=True)
class Tally:
    """Of what was to be public by a day: how much is, how much of it in time. All of it is `judged`."""

    judged: int = 0
    on_time: int = 0
    late: int = 0

    @property
    def missing(self) -> int:
        return self.judged - self.on_time - self.late

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.judged + other.judged, self.on_time + other.on_time, self.late + other.late)


class Book:
    """What villages owe in each of some spans and what of it is public, read together. Two queries."""

    def __init__(self, villages: Iterable[int], spans: Sequence[Period], today: dt.date) -> None:
        self.today = today
        asked = items()
        self.dues = [owed(asked, span) for span in spans]
        known = {due.key for dues in self.dues for due in dues}
        self._public: dict[int, dict[Key, bool]] = {pk: {} for pk in villages}
        rows = Disclosure.objects.standing().filter(
            village__in=list(self._public), period__in={key[1] for key in known}
        )
        for village, item, period, first_on, last_on in rows.values_list(*PUBLIC):
            if (item, period) in known:
                self._public[village][item, period] = last_on is None or first_on <= last_on

    def tally(self, village: int, at: int) -> Tally:
        """How a village stands in the span at a position; what is public before its last day counts already."""
        public = self._public[village]
        judged = [due for due in self.dues[at] if due.key in public or due.on < self.today]
        good = [public[due.key] for due in judged if due.key in public]
        return Tally(judged=len(judged), on_time=sum(good), late=len(good) - sum(good))

    def waiting(self, village: int) -> list[Due]:
        """What of periods that are over is not public, the most urgent first."""
        public = self._public[village]
        dues = (due for dues in self.dues for due in dues)
        left = [due for due in dues if due.key not in public and due.period.ends_on < self.today]
        return sorted(left, key=lambda due: (due.on, due.item.position))


def tallies(villages: Iterable[int], span: Period, today: dt.date) -> dict[int, Tally]:
    """The tally of each village by its id."""
    wanted = list(villages)
    book = Book(wanted, [span], today)
    return {pk: book.tally(pk, 0) for pk in wanted}


class _Left(Func):
    """How much of what is owed for certain periods a village has not made public, by the item's rhythm.

    Written out, and short: every page of a clerk asks it, and the database reads and plans it anew each time.
    """

    template = """(
        SELECT count(*) FROM (VALUES (%(expressions)s)) AS asked (village, slugs, kinds, begins, ages)
         CROSS JOIN unnest(slugs, kinds, begins, ages) AS span (slug, kind, begins_on, age)
          JOIN villages_disclosureitem item ON item.every = span.kind AND item.since <= span.begins_on
         WHERE item.is_active AND item.due_days < span.age AND NOT EXISTS (
               SELECT FROM villages_disclosure shown
                WHERE shown.village_id = village AND shown.item_id = item.id AND shown.period = span.slug
                  AND shown.withdrawn_at IS NULL))"""
    output_field = IntegerField()


def with_waiting(villages: QuerySet[Village], today: dt.date) -> QuerySet[Village]:
    """Villages with something of the last quarters that is not public: `waiting` says how much, `late` how much of it
    is past its last day. For lists of things to do: one query."""
    return (
        villages.annotate(waiting=_left(today, late=False), late=_left(today, late=True))
        .filter(waiting__gt=0)
        .order_by("-late", "code")
    )


def quarters(today: dt.date) -> list[Period]:
    """The quarters that are looked at: this one and the four before, the newest first."""
    this = periods.of(today, "quarter")
    return [this.shift(-back) for back in range(QUARTERS_BACK + 1)]


def _left(today: dt.date, *, late: bool) -> _Left:
    """What every village owes less what this one has made public, among periods that are over."""
    over = [
        period
        for span in quarters(today)
        for kind in ("month", "quarter", "year")
        for period in ending_within(span, kind)
        if period.ends_on < today
    ]
    texts, days, numbers = (ArrayField(of) for of in (CharField(), DateField(), IntegerField()))
    return _Left(
        "pk",
        Value([period.slug for period in over], texts),
        Value([period.kind for period in over], texts),
        Value([period.begins_on for period in over], days),
        Value([(today - period.ends_on).days if late else ALWAYS for period in over], numbers),
    )
