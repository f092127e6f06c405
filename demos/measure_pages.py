"""重点举措 to read."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from demos import permissions
from demos.models import Measure, Progress
from qianjiang_portal.foundation.periods import Period


@dataclass(frozen=True)
class Line:
    measure: Measure
    helpers: str
    notes: tuple[Progress, ...]
    state: str
    late: int
    can_report: bool

    @property
    def lateness(self) -> str:
        return f"逾期 {self.late} 天"


def lines(user: Any, year: int, today: dt.date, quarter: Period) -> list[Line]:
    """A year's measures: done, late or under way, with the notes of each quarter. Three queries."""
    found = Measure.objects.visible_to(user).filter(year=year).in_order().select_related("lead")
    rows = found.prefetch_related("helpers", "progress")
    return [_line(user, measure, today) for measure in rows]


def _line(user: Any, measure: Measure, today: dt.date) -> Line:
    notes = tuple(sorted(measure.progress.all(), key=lambda note: note.period))
    late = 0 if measure.done_on else max(0, (today - measure.due_on).days)
    state = "done" if measure.done_on else "late" if late else "doing"
    helpers = "、".join(unit.name for unit in sorted(measure.helpers.all(), key=lambda unit: unit.position))
    return Line(measure, helpers, notes, state, late, permissions.can_report_on(user, measure))
