"""From a table to award lines: one a row, or one for each filled cell where every rule has a column."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from points.workbooks import cells, limits
from points.workbooks.limits import BadWorkbook
from points.workbooks.tables import EMPTY, Table

SUMS = frozenset({"合计", "总计", "小计", "累计"})
NOTHING = frozenset({"", "0", "-", "/", "—", "无", "否", "×", "x"})
# In a column of members these are the head.
OWN = frozenset({"本人", "户主", "户主本人"})
SEPARATOR = "\x1f"


class Line(NamedTuple):
    """One award as it was typed (`raw_…`) and as it was understood. `line` is the row of the sheet, from 1."""

    line: int
    part: int
    raw_name: str
    raw_number: str
    raw_member: str
    raw_rule: str
    raw_day: str
    raw_points: str
    raw_note: str
    cells: str


class Meaning(NamedTuple):
    """What the typed texts of a line come to."""

    name: str
    number: str
    member: str
    rule_key: str
    day: dt.date | None
    typed_points: int | None
    ticked: bool


def understood(line: Line, default_day: dt.date) -> Meaning:
    return Meaning(
        cells.name(line.raw_name),
        cells.household_number(line.raw_number),
        member_of(line),
        cells.rule_key(line.raw_rule),
        cells.day(line.raw_day) if line.raw_day else default_day,
        cells.points(line.raw_points),
        cells.is_tick(line.raw_points),
    )


def member_of(line: Line) -> str:
    """The member as the register would write it; nothing where the head is meant by another word."""
    name = cells.name(line.raw_member)
    return "" if name in OWN else name


def lines_of(table: Table) -> list[Line]:
    """Every award of the table. Raises BadWorkbook where there is none, or too many."""
    made = list(_wide(table) if table.head.is_wide else _long(table))
    limits.check_rows(len(made))
    if not made:
        raise BadWorkbook(EMPTY, "I-04")
    return made


def _rows(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Filled rows under the heading, without sums and without the heading where it is repeated on every page."""
    head = table.head
    width = len(head.titles)
    household = [head.fields[field] for field in ("name", "number") if field in head.fields]
    for at, row in enumerate(table.rows[head.last_row + 1 :], start=head.last_row + 2):
        texts = [cells.text(value) for value in row]
        texts += [""] * (width - len(texts))
        if not any(texts) or texts[:width] == head.titles or SUMS & {cells.name(one) for one in texts[:3]}:
            continue
        if any(texts[place] for place in household) or _means_something(texts, table):
            yield at, texts


def _means_something(texts: list[str], table: Table) -> bool:
    """A row without a household is told as such only if something of an award stands in it."""
    fields = [table.head.fields[field] for field in ("code", "rule", "points") if field in table.head.fields]
    return any(texts[at] for at in fields + table.head.items)


def _get(texts: list[str], table: Table, field: str) -> str:
    at = table.head.fields.get(field)
    return texts[at] if at is not None else ""


def _long(table: Table) -> Iterator[Line]:
    for at, texts in _rows(table):
        yield Line(
            at,
            0,
            _get(texts, table, "name"),
            _get(texts, table, "number"),
            _get(texts, table, "member"),
            _get(texts, table, "code") or _get(texts, table, "rule"),
            _get(texts, table, "day"),
            _get(texts, table, "points"),
            _get(texts, table, "note"),
            SEPARATOR.join(texts),
        )


def _wide(table: Table) -> Iterator[Line]:
    items = [at for at in table.head.items if _holds_points(table, at)]
    for at, texts in _rows(table):
        whole = SEPARATOR.join(texts)
        for place in items:
            if cells.plain(texts[place]) in NOTHING:
                continue
            yield Line(
                at,
                place,
                _get(texts, table, "name"),
                _get(texts, table, "number"),
                _get(texts, table, "member"),
                table.head.titles[place],
                _get(texts, table, "day"),
                texts[place],
                _get(texts, table, "note"),
                whole,
            )


def _holds_points(table: Table, place: int) -> bool:
    """Whether a column has points or ticks somewhere; an address or a remark has none."""
    below = (row[place] for row in table.rows[table.head.last_row + 1 :] if place < len(row))
    return any(
        (typed := cells.text(value)) and (cells.points(typed) is not None or cells.is_tick(typed)) for value in below
    )
