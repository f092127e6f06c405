"""结对帮扶 to read: every pairing with what came of it in a stretch of time, and the sheet of one."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from demos.models import Pairing, Problem, Support, Visit
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period

TEN_THOUSAND = Decimal(10000)


@dataclass(frozen=True)
class Given:
    """What a pairing brought: visits, people, yuan in money and in goods, and problems solved of those raised."""

    visits: int = 0
    people: int = 0
    money: Decimal = Decimal(0)
    goods: Decimal = Decimal(0)
    raised: int = 0
    solved: int = 0

    def __add__(self, other: "Given") -> "Given":
        return Given(
            self.visits + other.visits,
            self.people + other.people,
            self.money + other.money,
            self.goods + other.goods,
            self.raised + other.raised,
            self.solved + other.solved,
        )


@dataclass(frozen=True)
class Line:
    pairing: Pairing
    given: Given


@dataclass(frozen=True)
class Board:
    lines: tuple[Line, ...]
    whole: Given
    units: int
    villages: int


def board(user: Any, period: Period, today: dt.date) -> Board:
    """The pairings of a half-year or year that a person may see, by unit."""
    last = min(period.ends_on, max(today, period.begins_on))
    found = Pairing.objects.visible_to(user).filter(begins_on__lte=last).exclude(ends_on__lt=period.begins_on)
    pairings = list(found.select_related("unit", "village__township").in_order())
    sums = given(pairings, period)
    lines = tuple(Line(pairing, sums[pairing.pk]) for pairing in pairings)
    whole = sum((line.given for line in lines), Given())
    return Board(lines, whole, len({one.unit_id for one in pairings}), len({one.village_id for one in pairings}))


def given(pairings: Iterable[Pairing], period: Period) -> dict[int, Given]:
    """Three queries, whatever the number of pairings."""
    ids = [pairing.pk for pairing in pairings]
    span = (period.begins_on, period.ends_on)
    visits = _counted(Visit.objects.filter(pairing__in=ids, on__range=span), people=Sum("people"))
    supports = Support.objects.filter(pairing__in=ids, on__range=span).values_list("pairing", "kind")
    sums = {(pairing, kind): total for pairing, kind, total in supports.annotate(sum=Sum("amount")).order_by()}
    raised = Problem.objects.filter(pairing__in=ids, raised_on__range=span).values_list("pairing", "state")
    states = {(pairing, state): count for pairing, state, count in raised.annotate(n=Count("pk")).order_by()}
    return {
        pk: Given(
            visits=visits.get(pk, (0, 0))[0],
            people=visits.get(pk, (0, 0))[1] + int(sums.get((pk, Support.Kind.PEOPLE), 0)),
            money=sums.get((pk, Support.Kind.MONEY), Decimal(0)),
            goods=sums.get((pk, Support.Kind.GOODS), Decimal(0)),
            raised=sum(count for (pairing, _), count in states.items() if pairing == pk),
            solved=states.get((pk, Problem.State.SOLVED), 0),
        )
        for pk in ids
    }


@dataclass(frozen=True)
class Sheet:
    """One pairing on one page."""

    pairing: Pairing
    year: Period
    given: Given
    visits: list[Visit]
    supports: list[Support]
    problems: list[Problem]


def sheet(pairing: Pairing, year: Period) -> Sheet:
    span = (year.begins_on, year.ends_on)
    return Sheet(
        pairing=pairing,
        year=year,
        given=given([pairing], year)[pairing.pk],
        visits=list(pairing.visits.filter(on__range=span).order_by("-on", "-pk")),
        supports=list(pairing.supports.filter(on__range=span).order_by("-on", "-pk")),
        problems=list(pairing.problems.order_by("-raised_on", "-pk")),
    )


def spans(today: dt.date) -> list[Period]:
    """The halves and the year to choose from, this half first."""
    half, year = periods.of(today, "half-year"), periods.of(today, "year")
    return [half, year, half.previous(), half.shift(-2), year.previous()]


def usual_visitors(pairing: Pairing) -> list[str]:
    """Names that came before, the latest first, to be put in by a press."""
    names: dict[str, None] = {pairing.contact: None}
    for visitors in _latest(pairing.visits).values_list("visitors", flat=True):
        names.update(dict.fromkeys(visitors.split("、")))
    return [name for name in names if name][:6]


def _latest(visits: Any) -> QuerySet[Visit]:
    found: QuerySet[Visit] = visits.order_by("-on", "-pk")[:6]
    return found


def _counted(visits: QuerySet[Visit], **sums: Any) -> dict[int, tuple[int, int]]:
    rows = visits.values_list("pairing").annotate(n=Count("pk"), **sums).order_by()
    return {pairing: (count, people) for pairing, count, people in rows}
