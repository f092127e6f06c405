"""重点举措 to read, and a table of them as it comes from a workbook."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from demos import permissions
from demos.measures import Planned
from demos.models import Measure, Progress
from qianjiang_portal.foundation.periods import Period
from villages.models import Unit

SPLIT = re.compile(r"[、,，;；\s]+")
DAY = re.compile(r"^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$")
HEADS = {"重点举措", "举措", "事项"}


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


@dataclass
class Pasted:
    """Rows of a workbook as they were pasted: what can be kept, and what is wrong by line."""

    planned: list[Planned] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def understand(text: str, units: Iterable[Unit]) -> Pasted:
    """Columns 举措, 牵头, 配合, 时限, separated by tabs as a workbook copies them; a line of heads is left out."""
    known = {unit.name: unit for unit in units}
    known |= {name.removeprefix("黔江区").removeprefix("区"): unit for name, unit in list(known.items())}
    pasted, seen = Pasted(), set[str]()
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells) or cells[0] in HEADS:
            continue
        try:
            planned = _planned(cells, known)
            if planned.text in seen:
                raise ValueError("这一项前面已经有了")
            seen.add(planned.text)
            pasted.planned.append(planned)
        except ValueError as problem:
            pasted.problems.append(f"第 {number} 行：{problem}")
    return pasted


def _planned(cells: list[str], known: dict[str, Unit]) -> Planned:
    """Raises ValueError with what is wrong."""
    if len(cells) != 4:
        raise ValueError("要有四列：举措、牵头单位、配合单位、时限")
    text, lead, helpers, due = cells
    if not text or len(text) > 200:
        raise ValueError("举措没有填写，或超过 200 个字")
    helping = tuple(_unit(name, known) for name in SPLIT.split(helpers) if name)
    return Planned(text, _unit(lead, known), _day(due), helping)


def _unit(name: str, known: dict[str, Unit]) -> Unit:
    unit = known.get(name) or known.get(name.removeprefix("黔江区").removeprefix("区"))
    if unit is None:
        raise ValueError(f"没有叫“{name}”的成员单位" if name else "牵头单位没有填写")
    return unit


def _day(text: str) -> dt.date:
    match = DAY.match(text)
    try:
        return dt.date(*(int(part) for part in match.groups())) if match else dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("时限写成 2026-11-30 这样") from None
