"""What each village has made public, found by everybody: 三公开, notices, the red list, year ends."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Q

from points import boards, honour_pages
from points.models import Honour, Notice, YearEnd
from villages import disclosure_pages
from villages.models import Township, Village


@dataclass(frozen=True)
class Line:
    """One village and what of it is public today."""

    village: Village
    disclosures: int
    last_on: dt.date | None
    notices: tuple[boards.Up, ...]
    honours: int
    year_end: YearEnd | None

    @property
    def has_something(self) -> bool:
        return bool(self.disclosures or self.notices or self.honours or self.year_end)


@dataclass(frozen=True)
class Town:
    township: Township
    lines: tuple[Line, ...]

    @property
    def open(self) -> int:
        """How many of its villages made something public."""
        return sum(line.has_something for line in self.lines)


@dataclass(frozen=True)
class Index:
    """All townships to choose from, and the villages of those that were asked for; nothing asked for is an overview."""

    towns: tuple[Town, ...]
    query: str
    chosen: str

    @property
    def is_overview(self) -> bool:
        return not (self.query or self.chosen)

    @property
    def found(self) -> int:
        return sum(len(town.lines) for town in self.towns)


def read(*, query: str, township: str, today: dt.date) -> Index:
    """Villages of a township (by its code) or with `query` in their or its name. Eight queries, however many."""
    villages = Village.objects.select_related("township", "successor")
    if township:
        villages = villages.filter(township__code=township)
    if query:
        villages = villages.filter(Q(short_name__icontains=query) | Q(township__name__icontains=query))
    lines = _lines(list(villages.order_by("township__code", "code")), today)
    grouped = groupby(lines, key=lambda line: line.village.township)
    return Index(tuple(Town(place, tuple(own)) for place, own in grouped), query, township)


def townships() -> list[Township]:
    return list(Township.objects.in_code_order())


def _lines(villages: Collection[Village], today: dt.date) -> list[Line]:
    ids = [village.pk for village in villages]
    shown = _disclosures(ids, today)
    up: dict[int, list[boards.Up]] = {}
    running = Notice.objects.open().filter(village__in=ids, starts_on__lte=today, ends_on__gte=today)
    for notice in running.order_by("-period", "-number"):
        up.setdefault(notice.village_id, []).append(boards.Up(notice))
    ends = YearEnd.objects.open().filter(village__in=ids, ends_on__gte=today)
    ending = {one.village_id: one for one in ends}
    honours = _honours(ids, today)
    return [
        Line(one, *shown.get(one.pk, (0, None)), tuple(up.get(one.pk, ())), honours.get(one.pk, 0), ending.get(one.pk))
        for one in villages
    ]


def _disclosures(ids: Collection[int], today: dt.date) -> dict[int, tuple[int, dt.date]]:
    rows: Any = disclosure_pages.public_of(ids, today).order_by().values("village")
    return {
        row["village"]: (row["count"], row["last"])
        for row in rows.annotate(count=Count("pk"), last=Max("published_on"))
    }


def _honours(ids: Collection[int], today: dt.date) -> dict[int, int]:
    """Village → honours everybody may read: awarded in the years that are shown, or on notice."""
    awarded = Q(state=Honour.State.AWARDED, year__gte=honour_pages.since(today))
    rows = Honour.objects.filter(awarded | Q(state=Honour.State.PUBLISHED), village__in=ids)
    return dict(rows.order_by().values_list("village").annotate(count=Count("pk")))
