"""调度 to read: what moved in a month and what is stuck, in the units' words and by the portal's own count."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from demos import board, permissions
from demos.models import Decision, Dispatch, Measure, Move, Problem
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period


@dataclass(frozen=True)
class Line:
    """A measure in the month: filled, open, or late when the month is over and nobody said anything."""

    measure: Measure
    said: Dispatch | None
    state: str
    can_say: bool


@dataclass(frozen=True)
class Page:
    """The measures of the month; moves of candidates in it; and what is stuck today."""

    lines: tuple[Line, ...]
    moves: tuple[Move, ...]
    late: tuple[board.Card, ...]
    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]

    @property
    def filled(self) -> int:
        return sum(1 for line in self.lines if line.said)

    @property
    def missing(self) -> int:
        return sum(1 for line in self.lines if line.state == "late")


def month_of(asked: str, today: dt.date) -> Period:
    """The month of an address, this one where it says something else."""
    try:
        found = periods.parse(asked)
    except ValueError:
        found = None
    return found if found and found.kind == "month" else periods.of(today)


def page(user: Any, month: Period, today: dt.date) -> Page:
    """Everything a person may see of it. The stuck ones are today's, whatever the month."""
    moves = Move.objects.visible_to(user).filter(on__range=(month.begins_on, month.ends_on)).exclude(kind="nominate")
    wanted = board.Wanted(year=month.year, late=True)
    decisions = Decision.objects.visible_to(user).open().filter(due_on__lt=today)
    problems = Problem.objects.visible_to(user).exclude(state=Problem.State.SOLVED)
    return Page(
        lines=tuple(_lines(user, month, today)),
        moves=tuple(
            moves.select_related(
                "from_stage", "to_stage", "candidate__programme", "candidate__village__township", "candidate__township"
            ).order_by("-on", "-pk")
        ),
        late=tuple(board.cards(user, wanted, today)),
        decisions=tuple(decisions.select_related("unit").order_by("due_on", "pk")),
        problems=tuple(problems.select_related("pairing__unit", "pairing__village").order_by("raised_on", "pk")),
    )


def _lines(user: Any, month: Period, today: dt.date) -> list[Line]:
    """The year's measures that were there in the month and not done before it began. Two queries."""
    found = Measure.objects.visible_to(user).filter(year=month.year).in_order().select_related("lead")
    open_then = found.filter(
        Q(done_on__isnull=True) | Q(done_on__gte=month.begins_on),
        Q(added_on__isnull=True) | Q(added_on__lte=month.ends_on) | Q(dispatches__month=month.slug),
    ).distinct()
    said = {one.measure_id: one for one in Dispatch.objects.filter(month=month.slug, measure__in=open_then)}
    return [_line(user, one, said.get(one.pk), month, today) for one in open_then]


def _line(user: Any, measure: Measure, said: Dispatch | None, month: Period, today: dt.date) -> Line:
    state = "said" if said else "late" if month.ends_on < today else "open"
    may = month.begins_on <= today and permissions.can_report_on(user, measure)
    return Line(measure, said, state, may)
