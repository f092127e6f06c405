"""A process of its own for each file: whatever the file does to it, the worker goes on.

What the child writes (`child.py`) is handed on as it comes; the parent never holds the table.
"""

import contextlib
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from points.workbooks import limits
from points.workbooks.child import AWARDS, Facts
from points.workbooks.limits import BadWorkbook

MEMORY = 900 * 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]


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
