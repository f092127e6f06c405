"""The public board: what is up today, by township, and the lines of one notice that a villager looks for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from django.db.models import Q

from points.masking import mask
from points.models import Notice, NoticeLine, YearEndLine
from qianjiang_portal.foundation import periods
from villages import search
from villages.models import Township

Line = TypeVar("Line", NoticeLine, YearEndLine)


@dataclass(frozen=True)
class Up:
    """One notice that is up."""

    notice: Notice

    @property
    def month(self) -> str:
        return periods.parse(self.notice.period).title

    @property
    def part(self) -> str:
        return f"第{self.notice.number}期" if self.notice.number > 1 else ""


@dataclass(frozen=True)
class Board:
    """Open notices by township in code order, and the townships that can be chosen."""

    townships: list[Township]
    chosen: Township | None
    groups: list[tuple[Township, list[Up]]]

    @property
    def count(self) -> int:
        return sum(len(notices) for _, notices in self.groups)


def read(*, query: str, township: str, today: dt.date) -> Board:
    """What is up on a day, narrowed to a township's code and to villages or townships with `query` in their name."""
    places = list(Township.objects.in_code_order())
    chosen = next((place for place in places if place.code == township), None)
    up = Notice.objects.open().filter(starts_on__lte=today, ends_on__gte=today).select_related("village__township")
    if chosen:
        up = up.filter(village__township=chosen)
    if query:
        up = up.filter(Q(village__short_name__icontains=query) | Q(village__township__name__icontains=query))
    ordered = up.order_by("village__township__code", "village__code", "-period", "-number")
    grouped = groupby(ordered, key=lambda notice: notice.village.township)
    return Board(places, chosen, [(place, [Up(notice) for notice in notices]) for place, notices in grouped])


def is_over(notice: Notice, today: dt.date) -> bool:
    """Whether its days are over: the rows are off the page, posted or not yet."""
    return notice.state == Notice.State.POSTED or today > notice.ends_on


def matching(lines: Iterable[Line], query: str) -> list[Line]:
    """Lines whose masked name begins with the query or is the query masked, or whose number ends with its digits."""
    query = search.clean(query)
    if not query:
        return list(lines)
    if query.isdecimal():
        return [line for line in lines if line.tail == query[-2:].zfill(2)]
    hidden = mask(query) if len(query) > 1 else ""
    return [line for line in lines if line.masked_name.startswith(query) or line.masked_name == hidden]
