"""A process of its own for each file: whatever the file does to it, the worker goes on.

The child writes one line of JSON, then the lines as PostgreSQL's COPY reads them; the parent never holds the table.
"""

import contextlib
import datetime as dt
import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from points.workbooks import limits, registers
from points.workbooks.heads import Head
from points.workbooks.limits import BadWorkbook
from points.workbooks.lines import Line, lines_of, understood
from points.workbooks.tables import open_table

AWARDS = "awards"
MEMORY = 900 * 1024 * 1024
SECONDS = 120
COLUMNS = (
    "line", "part", "raw_name", "raw_number", "raw_member", "raw_rule", "raw_day", "raw_points", "raw_note", "cells",
    "name", "number", "member", "rule_key", "day", "typed_points", "ticked",
)  # fmt: skip
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Facts:
    """What is known of a file once it is read, before its lines."""

    rows: int
    titles: list[str] = field(default_factory=list)
    fields: dict[str, int] = field(default_factory=dict)
    wide: bool = False
    remarks: list[str] = field(default_factory=list)


@contextlib.contextmanager
def reading(
    path: str, *, label: int, default_day: dt.date | None = None, kind: str = AWARDS, memory: int = MEMORY
) -> Iterator[tuple[Facts, IO[bytes]]]:
    """Read a file in a child; gives its facts and a stream of lines for COPY, each headed by `label`.

    `kind` is AWARDS, whose lines without a day get the default one, or a key of `registers.LAYOUTS`.
    Raises BadWorkbook where it cannot be read, also when the child ran out of memory or time.
    """
    day = (default_day or dt.date.min).isoformat()
    command = [sys.executable, "-m", "points.workbooks", path, str(label), day, kind, str(memory)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            yield _facts(process.stdout.readline()), process.stdout
        finally:
            process.stdout.close()
            process.kill()


def _facts(first: bytes) -> Facts:
    if not first:
        raise BadWorkbook(limits.TOO_MUCH, "I-03")
    told: dict[str, Any] = json.loads(first)
    if message := told.get("message"):
        raise BadWorkbook(message, told["code"])
    return Facts(**told)


def main(path: str, label: str, day: str, kind: str, memory: str) -> None:
    """What the child does."""
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
    print(json.dumps(vars(Facts(rows, head.titles, head.fields, head.is_wide, remarks))))
    sys.stdout.writelines(f"{label}\t{line}\n" for line in lines)


def _read(path: str, kind: str, default_day: dt.date) -> tuple[Head, list[str], int, Iterator[str]]:
    """Heading, remarks, how many lines there are, and these as COPY reads them."""
    content = Path(path).read_bytes()
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
