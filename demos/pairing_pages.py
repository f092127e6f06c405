"""结对帮扶 to read: every pairing with what came of it in a stretch of time, and the sheet of one."""

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import Count, F, Prefetch, QuerySet, Sum

from demos.models import Pairing, Problem, Support, Visit, VisitPhoto
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period
from villages.models import Village

TEN_THOUSAND = Decimal(10000)
Row = TypeVar("Row", Visit, Support, Problem)


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
    shown = Prefetch("photos", VisitPhoto.objects.standing().order_by("position"), to_attr="shown")
    return Sheet(
        pairing=pairing,
        year=year,
        given=given([pairing], year)[pairing.pk],
        visits=list(pairing.visits.filter(on__range=span).prefetch_related(shown).order_by("-on", "-pk")),
        supports=list(pairing.supports.filter(on__range=span).order_by("-on", "-pk")),
        problems=list(pairing.problems.order_by("-raised_on", "-pk")),
    )


# Rows and lines there is room for on one A4 page; how many letters of a column fit on a line of it.
ROOM = {"visits": (10, 15), "supports": (8, 9), "problems": (6, 9)}
LETTERS = {"visits": (8, 8, 21), "supports": (8, 12, 6), "problems": (8, 13, 12)}


@dataclass(frozen=True)
class Part(Generic[Row]):
    """The rows there is room for on one page, of so many."""

    rows: list[Row]
    count: int

    @property
    def said(self) -> str:
        """How many there are, where not all of them are shown."""
        return f"共 {self.count} 条，列最近 {len(self.rows)} 条" if self.count > len(self.rows) else ""


@dataclass(frozen=True)
class VillageSheet:
    """A village and all units that help it in a year, on one page."""

    village: Village
    year: Period
    pairings: list[Pairing]
    given: Given
    visits: Part[Visit]
    supports: Part[Support]
    problems: Part[Problem]


def village_sheet(user: Any, village: Village, year: Period) -> VillageSheet:
    """Of the pairings that a person may see; open problems come before those that are solved."""
    found = Pairing.objects.visible_to(user).filter(village=village, begins_on__lte=year.ends_on)
    pairings = list(found.exclude(ends_on__lt=year.begins_on).select_related("unit").order_by("-role", "begins_on"))
    of_them, span = {"pairing__in": pairings}, {"on__range": (year.begins_on, year.ends_on)}
    visits = Visit.objects.filter(**of_them, **span).select_related("pairing__unit").order_by("-on", "-pk")
    supports = Support.objects.filter(**of_them, **span).select_related("pairing__unit").order_by("-on", "-pk")
    problems = Problem.objects.filter(**of_them).select_related("pairing__unit")
    return VillageSheet(
        village=village,
        year=year,
        pairings=pairings,
        given=sum(given(pairings, year).values(), Given()),
        visits=_part("visits", visits, lambda one: (one.visitors, one.done)),
        supports=_part("supports", supports, lambda one: (one.what, one.receipt)),
        problems=_part(
            "problems",
            problems.order_by(F("solved_on").desc(nulls_first=True), "-raised_on", "-pk"),
            lambda one: (one.text, one.answer),
        ),
    )


def _part(name: str, rows: QuerySet[Any], texts: Callable[[Any], tuple[str, ...]]) -> Part[Any]:
    """The newest rows that fit: long texts leave room for fewer."""
    most, lines = ROOM[name]
    shown: list[Any] = []
    found = list(rows[: most + 1])
    for row in found[:most]:
        told = (row.pairing.unit.name, *texts(row))
        lines -= max(_lines(text, width) for text, width in zip(told, LETTERS[name], strict=True))
        if lines < 0 and shown:
            break
        shown.append(row)
    return Part(shown, rows.count() if len(found) > most else len(found))


def _lines(text: str, width: int) -> int:
    """Lines a text takes; two Latin letters are as wide as one Chinese."""
    wide = sum(1 if ord(letter) > 0x2E7F else 0.5 for letter in text)
    return max(1, math.ceil(wide / width))


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
