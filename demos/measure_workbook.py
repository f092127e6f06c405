"""重点举措 as a workbook: the year's table to take away, and rows of one to read in."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable

import xlsxwriter
from django.core.files.base import File as Sent
from python_calamine import CalamineError, CalamineWorkbook

from demos.measure_pages import Line
from qianjiang_portal.foundation import formulas
from qianjiang_portal.foundation.refusals import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (("重点举措", 48), ("牵头单位", 16), ("配合单位", 28), ("时限", 12), ("状态", 12), ("进展", 60))
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
READ = 4
LARGEST, UNPACKED, ROWS = 1024 * 1024, 20 * 1024 * 1024, 500
STATES = {"done": "完成", "late": "逾期", "doing": "在办"}


class CannotRead(Refused):
    """The file is no workbook that can be read."""


def write(lines: Iterable[Line]) -> bytes:
    """The table; its first four columns are those that `read` takes."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    head = book.add_format({"bold": True, "bg_color": "#E8F1ED", "border": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top"})
    quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    sheet = book.add_worksheet("重点举措")
    for at, (title, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width, cell)
        sheet.write_string(0, at, title, head)
    for row, line in enumerate(lines, 1):
        said = "\n".join(f"{note.period} {note.text}" for note in line.notes)
        state = line.lateness if line.state == "late" else STATES[line.state]
        measure = line.measure
        values = (measure.text, measure.lead.name, line.helpers, measure.due_on.isoformat(), state, said)
        for at, value in enumerate(values):
            sheet.write_string(row, at, value, quoted if formulas.is_like_one(value) else cell)
    sheet.freeze_panes(1, 1)
    book.close()
    return target.getvalue()


def read(sent: "Sent[bytes]") -> str:
    """The first four columns of the first sheet as a workbook copies them, tab by tab. Raises CannotRead."""
    content = sent.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise CannotRead("文件超过 1 MB，只留要加入的行再传")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise CannotRead("文件展开后太大，只留要加入的行再传")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(nrows=ROWS)
    except (zipfile.BadZipFile, CalamineError, ValueError):
        raise CannotRead("只收 .xlsx 表格文件，另存为 .xlsx 再传") from None
    return "\n".join("\t".join(_text(value) for value in row[:READ]) for row in rows)


def _text(value: object) -> str:
    """One line of text for a cell; a day as 2026-11-30."""
    if isinstance(value, dt.datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, dt.date) else " ".join(str(value).split())
