"""Lists as offices send them, pasted or in a workbook: each line understood, laid beside what there is, and told."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import Township, Village

DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
# What a line would do.
NEW, SAME, WRONG = "new", "same", "wrong"
T = TypeVar("T")


class Changed(Conflict):
    """The list no longer does what was shown; it has to be looked at again. `what` was compared: 人员, 账号."""

    def __init__(self, what: str) -> None:
        super().__init__(f"比对以后{what}又有变动，再看一遍")


class Unclear(Exception):
    """A cell that cannot be understood; the text says how to write it."""


@dataclass(frozen=True)
class Line(Generic[T]):
    """One line as it was typed, and what it was understood as; `why` says what has to be put right."""

    number: int
    cells: tuple[str, ...]
    given: T | None = None
    does: str = NEW
    why: str = ""


@dataclass(frozen=True)
class Compared(Generic[T]):
    """A whole list beside what there is."""

    lines: tuple[Line[T], ...]

    def count(self, does: str) -> int:
        return sum(line.does == does for line in self.lines)

    @property
    def new(self) -> int:
        return self.count(NEW)

    @property
    def same(self) -> int:
        return self.count(SAME)

    @property
    def wrong(self) -> int:
        return self.count(WRONG)

    @property
    def is_ready(self) -> bool:
        return bool(self.new and not self.wrong)

    @property
    def given(self) -> list[T]:
        """What is to be written, in the order of the list."""
        return [line.given for line in self.lines if line.does == NEW and line.given is not None]

    @cached_property
    def stamp(self) -> str:
        """What was seen: the same list beside the same rows has the same stamp."""
        seen = [(line.number, line.cells, repr(line.given), line.does, line.why) for line in self.lines]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]


class Seen(Protocol):
    """What a comparison of any kind of list tells before it may be written."""

    @property
    def stamp(self) -> str: ...

    @property
    def wrong(self) -> int: ...

    @property
    def is_ready(self) -> bool: ...


def refuse_unseen(compared: Seen, stamp: str, what: str, refused: type[Refused]) -> None:
    """Only what was seen under `stamp`, and all of it, is written. Raises Changed, `refused`."""
    if compared.stamp != stamp:
        raise Changed(what)
    if compared.wrong:
        raise refused(f"有 {compared.wrong} 行要改，还没有写入")
    if not compared.is_ready:
        raise refused("没有要写入的行")


def read(text: str, columns: Sequence[str], understand: Callable[[list[str]], T]) -> list[Line[T]]:
    """Each line understood by itself; lines of headings and empty ones are left out."""
    lines: list[Line[T]] = []
    for number, row in enumerate(text.splitlines(), 1):
        found = cells(row, len(columns))
        if not row.strip() or found[0].strip("*") == columns[0]:
            continue
        line: Line[T] = Line(number, tuple(found))
        try:
            lines.append(replace(line, given=understand(found)))
        except Unclear as unclear:
            lines.append(replace(line, does=WRONG, why=str(unclear)))
    return lines


def cells(row: str, count: int) -> list[str]:
    """The first cells of a line, blanks and what a database cannot keep taken out, short lines filled up."""
    found = [" ".join(cell.replace("\0", "").split()) for cell in row.split("\t")]
    return (found + [""] * count)[:count]


def day(text: str, unclear: str) -> dt.date:
    """A day in any of the ways people write one. Raises Unclear with the words given."""
    found = DAY.fullmatch(text)
    try:
        return dt.date(*(int(part) for part in found.groups())) if found else dt.date.fromisoformat(text)
    except ValueError:
        raise Unclear(unclear) from None


@dataclass
class Places:
    """Places by the names people write."""

    townships: dict[str, Township]
    villages: dict[str, list[Village]]

    @classmethod
    def of(cls, townships: Iterable[Township], villages: Iterable[Village]) -> "Places":
        towns: dict[str, Township] = {}
        for town in townships:
            towns |= {town.name: town, town.code: town}
        named: dict[str, list[Village]] = {}
        for village in villages:
            for name in {village.full_name, village.short_name, village.name, village.code}:
                named.setdefault(name, []).append(village)
        return cls(towns, named)

    def village(self, name: str, unknown: str = "没有“{}”这个村，写成“濯水镇桐木村”这样") -> Village:
        found = self.villages.get(name, [])
        if len(found) > 1:
            raise Unclear(f"有 {len(found)} 个“{name}”，前面写上乡镇街道")
        if not found:
            raise Unclear(unknown.format(name))
        return found[0]
