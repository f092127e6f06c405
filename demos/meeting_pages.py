"""会议 to read: units by quarters with what was planned, held or is missing, and what was decided."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from demos.models import Decision, Meeting, Pairing
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period
from villages import scope
from villages.models import Unit

QUARTERS = "一二三四"


@dataclass(frozen=True)
class Cell:
    """A quarter of a row: `state` is held, planned, passed (planned, its day gone by), overdue, missing or none."""

    state: str
    day: dt.date | None = None
    late: int = 0
    url: str = ""

    @property
    def lateness(self) -> str:
        return f"逾期 {self.late} 天"


@dataclass(frozen=True)
class Row:
    unit: Unit | None
    villages: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Quarter:
    period: Period
    held: int
    wanted: int
    is_now: bool

    @property
    def name(self) -> str:
        return f"{QUARTERS[self.period.index - 1]}季度"


@dataclass(frozen=True)
class Matrix:
    year: int
    joint: Row
    special: tuple[Row, ...]
    quarters: tuple[Quarter, ...]


def matrix(user: Any, year: int, today: dt.date) -> Matrix:
    """The year's meetings that a person may see. Every lead unit has a row, with meetings or without. Four queries."""
    spans = [Period(year, index, "quarter") for index in range(1, 5)]
    found: dict[int | None, list[Meeting]] = defaultdict(list)
    for meeting in Meeting.objects.visible_to(user).of_year(year).order_by("held_on", "planned_on", "pk"):
        found[meeting.unit_id].append(meeting)
    units = list(rows_of(user))
    helped = _helped(today)
    joint = _row(None, "区农业农村委召集", spans, found[None], today, user)
    special = tuple(_row(unit, helped.get(unit.pk, "—"), spans, found[unit.pk], today, user) for unit in units)
    return Matrix(year, joint, special, tuple(_quarter(at, span, special, today) for at, span in enumerate(spans)))


def rows_of(user: Any) -> QuerySet[Unit]:
    """Lead units: all for the district, their own for a liaison, none for a township, which reads joint meetings."""
    leads = Unit.objects.filter(is_lead=True).order_by("position", "code")
    places = scope.places(user, {"district", "auditor"})
    return leads if places.everywhere else leads.filter(pk__in=scope.places(user, {"liaison"}).units)


def decisions(user: Any) -> QuerySet[Decision]:
    """What was decided, open ones first, by when they are due."""
    found = Decision.objects.visible_to(user).select_related("unit", "meeting__unit")
    return found.order_by("done_on", "due_on", "pk")


def _helped(today: dt.date) -> dict[int, str]:
    names: dict[int, list[str]] = defaultdict(list)
    for unit, name in Pairing.objects.on(today).order_by("village__code").values_list("unit", "village__short_name"):
        names[unit].append(name)
    return {unit: "、".join(villages) for unit, villages in names.items()}


def _row(unit: Unit | None, villages: str, spans: list[Period], found: list[Meeting], today: dt.date, user: Any) -> Row:
    return Row(unit, villages, tuple(_cell(unit, span, found, today) for span in spans))


def _cell(unit: Unit | None, span: Period, found: list[Meeting], today: dt.date) -> Cell:
    held = next((one for one in found if one.held_on and span.holds(one.held_on)), None)
    if held:
        return Cell("held", held.held_on, url=reverse("demos:meeting", args=[held.pk]))
    planned = next((one for one in found if not one.held_on and one.planned_on and span.holds(one.planned_on)), None)
    new = f"{reverse('demos:meeting-new')}?unit={unit.code if unit else ''}&quarter={span.slug}"
    if span.ends_on < today:
        url = f"{new}&planned={planned.pk}" if planned else new
        return Cell("overdue", late=(today - span.ends_on).days, url=url)
    if planned:
        state = "planned" if planned.planned_on and planned.planned_on >= today else "passed"
        return Cell(state, planned.planned_on, url=reverse("demos:meeting", args=[planned.pk]))
    return Cell("missing", url=new) if span.holds(today) else Cell("none")


def _quarter(at: int, span: Period, rows: tuple[Row, ...], today: dt.date) -> Quarter:
    held = sum(1 for row in rows if row.cells[at].state == "held")
    return Quarter(span, held, len(rows), span == periods.of(today, "quarter"))
