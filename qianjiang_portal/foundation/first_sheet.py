"""The first sheet of a small workbook as text, read in a process of its own: two cells far apart are a few bytes in the
file and a table of billions in memory, and the library that lays it out then ends its process instead of raising.
"""

import datetime as dt
import io
import json
import resource
import subprocess
import sys
import zipfile

MEMORY = 900 * 1024 * 1024
SECONDS = 20
UNPACKED = 20 * 1024 * 1024
TOO_MUCH = "文件展开后太大，只留要加入的行再传"
WRONG_TYPE = "只收 .xlsx 表格文件，另存为 .xlsx 再传"


class NotRead(Exception):
    """Nothing comes out of the file; the message is fit to be shown."""


def text_of(content: bytes, *, columns: int, rows: int) -> str:
    """The first cells of the first sheet, tab by tab and line by line. Raises NotRead."""
    # By its path and without its folder in front: the child needs neither Django nor this folder's calendar.
    command = [sys.executable, "-P", __file__, str(columns), str(rows)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS * 3, check=False)
    except subprocess.TimeoutExpired:
        raise NotRead(TOO_MUCH) from None
    if not done.stdout:
        raise NotRead(TOO_MUCH)
    told: dict[str, str] = json.loads(done.stdout)
    if message := told.get("message"):
        raise NotRead(message)
    return told["text"]


def main(columns: str, rows: str) -> None:
    """What the child does: reads the file from its input and writes a line of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    # What the library aborts over is nothing to look into.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = {"text": _read(sys.stdin.buffer.read(), int(columns), int(rows))}
    except NotRead as bad:
        told = {"message": str(bad)}
    except MemoryError:
        told = {"message": TOO_MUCH}
    sys.stdout.write(json.dumps(told))


def _read(content: bytes, columns: int, most: int) -> str:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise NotRead(TOO_MUCH)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(nrows=most)
    except (zipfile.BadZipFile, NotImplementedError, CalamineError, ValueError):
        raise NotRead(WRONG_TYPE) from None
    return "\n".join("\t".join(_text(value) for value in row[:columns]) for row in rows)


def _text(value: object) -> str:
    """One line of text for a cell; a day as 2026-11-30, a whole number without its point."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value.isoformat() if isinstance(value, dt.date) else " ".join(str(value).split())


if __name__ == "__main__":
    main(*sys.argv[1:])
