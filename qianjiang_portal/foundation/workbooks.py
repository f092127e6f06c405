"""Small workbooks as people fill them in: the first sheet as the text that copying its cells would give."""

import datetime as dt
import io
import zipfile
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook

from qianjiang_portal.foundation.refusals import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# For xlsxwriter: nothing typed by anybody becomes a formula or a link.
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
LARGEST, UNPACKED, ROWS = 1024 * 1024, 20 * 1024 * 1024, 500


class CannotRead(Refused):
    """The file is no workbook that can be read."""


def read(sent: IO[bytes], columns: int) -> str:
    """The first `columns` of the first sheet, tab by tab and line by line, at most ROWS. Raises CannotRead."""
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
    return "\n".join("\t".join(_text(value) for value in row[:columns]) for row in rows)


def _text(value: object) -> str:
    """One line of text for a cell; a day as 2026-11-30, a whole number without its point."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value.isoformat() if isinstance(value, dt.date) else " ".join(str(value).split())
