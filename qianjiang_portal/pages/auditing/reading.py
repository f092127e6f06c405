"""What the pages of a log share: narrowing by days, and a page that goes on from the last row shown.

A log only grows, and counting all of it would take longer than reading, so counting stops at COUNTED_TO.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from qianjiang_portal.foundation import calendar

PER_PAGE = 50
COUNTED_TO = 10_000
LONGEST = 40


@dataclass(frozen=True)
class Days:
    """The first and the last day of what is read, each open where it is None."""

    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def within(self) -> Q:
        asked = Q()
        if self.since:
            asked &= Q(at__gte=calendar.moment(self.since))
        if self.until:
            asked &= Q(at__lt=calendar.moment(self.until + dt.timedelta(days=1)))
        return asked

    def as_asked(self, **others: str) -> dict[str, str]:
        """What is narrowed, as it stands in the address: the others first, then the days."""
        days = {name: day.isoformat() if day else "" for name, day in (("since", self.since), ("until", self.until))}
        return {name: value for name, value in (others | days).items() if value}


def days_of(given: Mapping[str, str]) -> dict[str, dt.date | None]:
    return {name: day(given.get(name, "")) for name in ("since", "until")}


def day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def row_id(text: str) -> int | None:
    """The id of a row as an address gives it, or None: plain digits alone, no more than a bigint holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


@dataclass(frozen=True)
class Page:
    """One page of a log; `count` stops at COUNTED_TO; `older` is empty on the last page."""

    lines: list[Any]
    count: int
    unit: str
    older: str
    first: str
    is_first: bool

    @property
    def count_text(self) -> str:
        return f"{COUNTED_TO} {self.unit}以上" if self.count > COUNTED_TO else f"{self.count} {self.unit}"


def page(
    rows: QuerySet[Any],
    after: Q | None,
    asked: dict[str, str],
    *,
    lines: Callable[[list[Any]], list[Any]],
    unit: str,
) -> Page:
    """The page of ordered `rows` that `after` leaves, or the first where it is None; counted are all of them."""
    shown = list((rows if after is None else rows.filter(after))[: PER_PAGE + 1])
    more, shown = len(shown) > PER_PAGE, shown[:PER_PAGE]
    return Page(
        lines=lines(shown),
        count=rows.order_by()[: COUNTED_TO + 1].count(),
        unit=unit,
        older=f"?{urlencode(asked | {'before': shown[-1].pk})}" if more else "",
        first=f"?{urlencode(asked)}",
        is_first=after is None,
    )
