"""Sheets with a line for each household: a village's roster, or the points brought over from another book."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from points.workbooks import cells, heads
from points.workbooks.limits import BadWorkbook
from points.workbooks.lines import SEPARATOR, SUMS
from points.workbooks.tables import EMPTY, Table

NEW = "新"
MAX_LINES = 5_000
NAME, NUMBER = heads.COLUMNS["name"], heads.COLUMNS["number"]
ROSTER = heads.Layout(
    {
        "name": NAME,
        "number": NUMBER,
        "grid": ("组", "组别", "组名", "村民小组", "小组", "网格", "社", "所在组"),
        "members": ("人口", "家庭人口", "人数", "家庭人数", "人口数"),
        "aliases": ("别名", "小名", "曾用名"),
        "people": ("家庭成员", "成员", "家人"),
        "into": ("并入户号", "并入", "并到", "合并到", "并入哪一户"),
    },
    {"name": "户主", "grid": "组"},
    (frozenset({"name"}), frozenset({"grid", "number"})),
)
OPENING = heads.Layout(
    {
        "name": NAME,
        "number": NUMBER,
        "grid": ROSTER.columns["grid"],
        "points": ("积分", "现有积分", "期初积分", "剩余积分", "结余积分", "可用积分", "余额", "结余", "分值"),
    },
    {"name": "户主", "points": "积分"},
    (frozenset({"name", "number"}), frozenset({"points"})),
)
LAYOUTS = {"roster": ROSTER, "opening": OPENING}
TYPED = ("name", "number", "grid", "members", "aliases", "people", "into", "points")
LENGTHS = {"name": 80, "aliases": 200, "people": 400}
COLUMNS = ("line", *(f"raw_{one}" for one in TYPED), "cells", "name", "number", "grid_number", "size", "into_number",
           "points")  # fmt: skip
PERSON = re.compile(r"([^、，,;；/\s()（）]+)(?:\s*[(（]([^()（）]*)[)）])?")
GROUP = re.compile(r"^第?(\d{1,2}|[一二三四五六七八九十]{1,3})(?:村民小组|小组|组|社|网格)?$")
SIZE = re.compile(r"^(\d{1,3})(?:\.0+)?[人口]?$")
DIGITS = {sign: at for at, sign in enumerate("一二三四五六七八九", start=1)}


class Entry(NamedTuple):
    """One line as it was typed, by column, with its row in the sheet from 1."""

    line: int
    typed: dict[str, str]
    cells: str

    def values(self) -> Iterator[object]:
        """In the order of COLUMNS."""
        yield self.line
        for one in TYPED:
            yield self.typed.get(one, "")[: LENGTHS.get(one, 40)]
        yield self.cells
        yield from meanings(self.typed).values()


def meanings(typed: dict[str, str]) -> dict[str, object]:
    """What the typed texts of a line come to, by the names of its columns."""
    return {
        "name": cells.name(typed.get("name", ""))[:80],
        "number": number(typed.get("number", ""))[:40],
        "grid_number": group(typed.get("grid", "")),
        "size": size(typed.get("members", "")),
        "into_number": number(typed.get("into", ""))[:40],
        "points": cells.points(typed.get("points", "")),
    }


def lines_of(table: Table) -> list[Entry]:
    """Every household of the table. Raises BadWorkbook where there is none, or too many."""
    made = list(_lines(table))
    if len(made) > MAX_LINES:
        raise BadWorkbook(f"表里有 {len(made):,} 户，一个村最多 {MAX_LINES:,} 户。看看是不是几个村放在一起了", "I-03")
    if not made:
        raise BadWorkbook(EMPTY, "I-04")
    return made


def _lines(table: Table) -> Iterator[Entry]:
    head = table.head
    width = len(head.titles)
    for at, row in enumerate(table.rows[head.last_row + 1 :], start=head.last_row + 2):
        texts = [cells.text(value) for value in row]
        texts += [""] * (width - len(texts))
        if texts[:width] == head.titles or SUMS & {cells.name(one) for one in texts[:3]}:
            continue
        typed = {field: texts[place] for field, place in head.fields.items()}
        if any(typed.values()):
            yield Entry(at, typed, SEPARATOR.join(texts))


def number(typed: str) -> str:
    """A household's number, or NEW where the sheet says that it has none yet."""
    return NEW if cells.plain(typed) in {NEW, "新户", "新增"} else cells.household_number(typed)


def group(typed: str) -> int | None:
    """3, 3组, 第三组, 十二社: the number of a group."""
    found = GROUP.match(cells.plain(typed))
    if not found:
        return None
    return int(found[1]) if found[1].isdigit() else _numeral(found[1])


def _numeral(text: str) -> int | None:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return DIGITS.get(text)
    if (tens and tens not in DIGITS) or (ones and ones not in DIGITS):
        return None
    return DIGITS.get(tens, 1) * 10 + DIGITS.get(ones, 0)


def size(typed: str) -> int | None:
    """4 or 4人."""
    found = SIZE.match(cells.plain(typed))
    return int(found[1]) if found else None


def people(typed: str) -> list[tuple[str, str]]:
    """冉小妹（女）、冉小弟: names with what they are to the head, where that is written."""
    return [(name, (relation or "").strip()) for name, relation in PERSON.findall(typed)]
