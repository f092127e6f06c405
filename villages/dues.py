"""What villages have to make public in a period, and whether they did in time."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period
from villages.models import Disclosure, DisclosureItem

Key = tuple[int, str]


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


def tallies(villages: Iterable[int], span: Period, today: dt.date) -> dict[int, Tally]:
    """The tally of each village by its id. What is public before its last day counts already. Two queries."""
    dues = owed(items(), span)
    over = {due.key for due in dues if due.on < today}
    wanted = list(villages)
    rows = Disclosure.objects.standing().filter(village__in=wanted, period__in={due.period.slug for due in dues})
    public: dict[int, dict[Key, bool]] = {pk: {} for pk in wanted}
    known = {due.key for due in dues}
    for village, item, period, first_on, last_on in rows.values_list("village", "item", "period", "first_on", "due_on"):
        if (item, period) in known:
            public[village][item, period] = last_on is None or first_on <= last_on
    return {
        pk: Tally(
            judged=len(over | set(found)),
            on_time=sum(found.values()),
            late=len(found) - sum(found.values()),
        )
        for pk, found in public.items()
    }
