"""Small workbooks: what people fill in, read as the text that copying its cells would give; registers to take away."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from qianjiang_portal.foundation import first_sheet, formulas
from qianjiang_portal.foundation.refusals import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# For xlsxwriter: nothing typed by anybody becomes a formula or a link.
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
LARGEST, ROWS = 1024 * 1024, 500


Cell = str | int | Decimal | dt.date | None


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of a register: its name, its columns with their width, and its rows."""

    title: str
    columns: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Blank:
    """A column to fill in: what is told when a cell is entered, and what may be chosen from."""

    title: str
    width: int
    hint: str = ""
    choices: Sequence[str] = ()


class CannotRead(Refused):
    """The file is no workbook that can be read."""


def read(sent: IO[bytes], columns: int) -> str:
    """The first `columns` of the first sheet, tab by tab and line by line, at most ROWS. Raises CannotRead."""
    content = sent.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise CannotRead("文件超过 1 MB，只留要加入的行再传")
    try:
        return first_sheet.text_of(content, columns=columns, rows=ROWS)
    except first_sheet.NotRead as bad:
        raise CannotRead(str(bad)) from None


def is_asked_for(given: Mapping[str, str]) -> bool:
    """Whether a list is wanted as a workbook: `?as=xlsx` beside whatever the list was narrowed to."""
    return given.get("as") == "xlsx"


def write(*tables: Table) -> bytes:
    """A workbook with a sheet for each table; numbers stay numbers, days stay days, text is only text."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    head = book.add_format({"bold": True, "bg_color": "#E8F1ED", "border": 1})
    plain = {"text_wrap": True, "valign": "top"}
    cell, quoted = book.add_format(plain), book.add_format(plain | {"quote_prefix": True})
    day = book.add_format(plain | {"num_format": "yyyy-mm-dd"})
    for table in tables:
        sheet = book.add_worksheet(table.title)
        for at, (title, width) in enumerate(table.columns):
            sheet.set_column(at, at, width, cell)
            sheet.write_string(0, at, title, head)
        for row, values in enumerate(table.rows, 1):
            for at, value in enumerate(values):
                if isinstance(value, dt.date):
                    sheet.write_datetime(row, at, dt.datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
                elif isinstance(value, int | Decimal):
                    sheet.write_number(row, at, value, cell)
                elif value:
                    sheet.write_string(row, at, value, quoted if formulas.is_like_one(value) else cell)
        sheet.freeze_panes(1, 1)
    book.close()
    return target.getvalue()


def blank(title: str, columns: Sequence[Blank], rows: int) -> bytes:
    """A workbook to fill in, its cells text; what may be chosen stands on a second sheet."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    head = book.add_format({"bold": True, "bg_color": "#E8F1ED", "border": 1})
    text, quoted = book.add_format({"num_format": "@"}), book.add_format({"quote_prefix": True})
    sheet = book.add_worksheet(title)
    listed = book.add_worksheet("可以填的") if any(column.choices for column in columns) else None
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width, text)
        sheet.write_string(0, at, column.title, head)
        told = {"input_message": column.hint} if column.hint else {}
        if column.choices and listed:
            listed.set_column(at, at, column.width)
            listed.write_string(0, at, column.title, head)
            for row, choice in enumerate(column.choices, 1):
                listed.write_string(row, at, choice, quoted if formulas.is_like_one(choice) else None)
            source = f"=可以填的!{xl_range_abs(1, at, len(column.choices), at)}"
            sheet.data_validation(1, at, rows, at, {"validate": "list", "source": source, **told})
        elif column.hint:
            sheet.data_validation(1, at, rows, at, {"validate": "any", **told})
    sheet.freeze_panes(1, 0)
    book.close()
    return target.getvalue()
