"""What the process does that reads a file: one line of JSON, then the lines as PostgreSQL's COPY reads them.

It is started for each file (`reader.py`), so nothing is imported here that it does not need; what Python makes of
dataclasses when it starts took longer than reading a small sheet.
"""

import datetime as dt
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from points.workbooks import limits, registers
from points.workbooks.heads import Head
from points.workbooks.limits import BadWorkbook
from points.workbooks.lines import Line, lines_of, understood
from points.workbooks.tables import open_table

AWARDS = "awards"
SECONDS = 120
COLUMNS = (
    "line", "part", "raw_name", "raw_number", "raw_member", "raw_rule", "raw_day", "raw_points", "raw_note", "cells",
    "name", "number", "member", "rule_key", "day", "typed_points", "ticked",
)  # fmt: skip
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})


class Facts(NamedTuple):
    """What is known of a file once it is read, before its lines."""

    rows: int
    titles: list[str]
    fields: dict[str, int]
    wide: bool
    remarks: list[str]


def main(path: str, label: str, day: str, kind: str, memory: str) -> None:
    """Read the file at `path` within so much memory and SECONDS of the processor."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        head, remarks, rows, lines = _read(path, kind, dt.date.fromisoformat(day))
    except BadWorkbook as bad:
        print(json.dumps({"message": str(bad), "code": bad.code}))
        return
    except MemoryError:
        print(json.dumps({"message": limits.TOO_MUCH, "code": "I-03"}))
        return
    print(json.dumps(Facts(rows, head.titles, head.fields, head.is_wide, remarks)._asdict()))
    sys.stdout.writelines(f"{label}\t{line}\n" for line in lines)


def _read(path: str, kind: str, default_day: dt.date) -> tuple[Head, list[str], int, Iterator[str]]:
    """Heading, remarks, how many lines there are, and these as COPY reads them."""
    with open(path, "rb") as file:
        content = file.read()
    if kind == AWARDS:
        table = open_table(content)
        lines = lines_of(table)
        table.rows.clear()
        return table.head, table.remarks, len(lines), (copy_line(line, default_day) for line in lines)
    table = open_table(content, registers.LAYOUTS[kind])
    entries = registers.lines_of(table)
    return table.head, table.remarks, len(entries), (_joined(entry.values()) for entry in entries)


def _joined(values: Iterable[object]) -> str:
    return "\t".join("\\N" if value is None else str(value).translate(ESCAPES) for value in values)


def copy_line(line: Line, default_day: dt.date) -> str:
    meaning = understood(line, default_day)
    typed = (
        line.raw_name[:80], line.raw_number[:40], line.raw_member[:40], line.raw_rule[:120], line.raw_day[:40],
        line.raw_points[:40], line.raw_note[:200], line.cells, meaning.name[:80], meaning.number[:40],
        meaning.member[:40], meaning.rule_key[:120],
    )  # fmt: skip
    day = meaning.day.isoformat() if meaning.day else "\\N"
    points = "\\N" if meaning.typed_points is None else meaning.typed_points
    return "\t".join(
        [
            str(line.line),
            str(line.part),
            *(one.translate(ESCAPES) for one in typed),
            day,
            str(points),
            "ft"[meaning.ticked],
        ]
    )
