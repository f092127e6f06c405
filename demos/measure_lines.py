"""重点举措 as a list: what is to be done, who leads and helps and by when, laid beside the year's table."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from demos.models import Measure
from villages import lists
from villages.lists import SAME, WRONG, Compared, Line, Unclear
from villages.models import Unit

# The first columns of the table that is taken away, so that it can be sent back.
COLUMNS = ("重点举措", "牵头单位", "配合单位", "时限")
MOST = 100
SPLIT = re.compile(r"[、,，;；\s]+")


@dataclass(frozen=True)
class Planned:
    """A measure as a line of a table has it."""

    text: str
    lead: Unit
    due_on: dt.date
    helpers: tuple[Unit, ...] = ()


class Units:
    """Member units by the names people write: 黔江区民政局, 区民政局, 民政局."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.known: dict[str, Unit] = {}
        for unit in units:
            self.known |= {unit.name: unit, _plain(unit.name): unit}

    def named(self, name: str) -> Unit:
        unit = self.known.get(name) or self.known.get(_plain(name))
        if unit is None:
            raise Unclear(f"没有叫“{name}”的成员单位")
        return unit


def _plain(name: str) -> str:
    return name.removeprefix("黔江区").removeprefix("区")


def compare(text: str, units: Iterable[Unit], year: int) -> Compared[Planned]:
    """What each line would do to a year's table. Two queries where a line is understood."""
    known = Units(units)
    lines = lists.read(text, COLUMNS, lambda cells: _understood(cells, known, year))
    there: dict[str, Measure] = {}
    if texts := {line.given.text for line in lines if line.given}:
        found = Measure.objects.filter(year=year, text__in=texts).select_related("lead").prefetch_related("helpers")
        there = {measure.text: measure for measure in found}
    seen: dict[str, int] = {}
    done = []
    for line in lines:
        done.append(_judged(line, line.given, there, seen) if line.given else line)
    return Compared(tuple(done))


def _understood(cells: list[str], known: Units, year: int) -> Planned:
    text, lead, helpers, due = cells
    if not text or len(text) > 200:
        raise Unclear("举措最多 200 个字" if text else "举措没有填写")
    if not lead:
        raise Unclear("牵头单位没有填写")
    leads = known.named(lead)
    helping = tuple(dict.fromkeys(known.named(name) for name in SPLIT.split(helpers) if name))
    if leads in helping:
        raise Unclear(f"{leads.name}已经牵头，不再写进配合单位")
    due_on = lists.day(due, "时限写成 2026-11-30 这样")
    if not year <= due_on.year <= year + 5:
        raise Unclear(f"时限要在 {year}年到 {year + 5}年之间，核对一下")
    return Planned(text, leads, due_on, helping)


def _judged(line: Line[Planned], given: Planned, there: dict[str, Measure], seen: dict[str, int]) -> Line[Planned]:
    if given.text in seen:
        return replace(line, does=WRONG, why=f"和第 {seen[given.text]} 行是同一项举措，删掉一行")
    seen[given.text] = line.number
    if measure := there.get(given.text):
        return replace(line, does=SAME, why=_known(given, measure))
    return line


def _known(given: Planned, measure: Measure) -> str:
    """What a line says of a measure that is in the table; nothing of it is changed from a list."""
    here = measure.lead, measure.due_on, set(measure.helpers.all())
    if here == (given.lead, given.due_on, set(given.helpers)):
        return f"已是第 {measure.number} 项"
    return f"已是第 {measure.number} 项，单位或时限和表里不一样，不从这里改"
