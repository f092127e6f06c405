"""A Workbook as an Excel file: typed numbers, frozen headings, and a sheet that defines them."""

import io
from datetime import date
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook as ExcelWorkbook
from xlsxwriter.worksheet import Worksheet

from qianjiang_portal.foundation import formulas
from reports.documents.model import Cell, Column, Definition, Kind, Sheet, Workbook
from reports.documents.parts import repacked

DEFINITIONS = "口径"
NUMBER_FORMATS = {Kind.COUNT: "0", Kind.RATE: "0.0%", Kind.MEAN: "0.00", Kind.DATE: "yyyy-mm-dd"}
A4, CAPTION_ROW, HEAD_ROW = 9, 0, 1
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


class Formats:
    """The few cell formats of one file, each made once."""

    def __init__(self, book: ExcelWorkbook) -> None:
        self._book = book
        self._made: dict[tuple[Kind, bool, bool], Format] = {}
        self.caption = self._text({"bold": True, "font_size": 14, "valign": "vcenter"})
        self.note = self._text({"font_color": "#555555", "text_wrap": True, "valign": "top"})
        self.aside = self._text({})
        self.wrapped = self._text({"text_wrap": True, "valign": "top", "border": 1})
        self.head = self._text(
            {"bold": True, "bg_color": "#E8F1ED", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )

    def _text(self, look: dict[str, object]) -> Format:
        """For what is only ever text, whatever it begins with."""
        return self._book.add_format(look | {"quote_prefix": True})

    def cell(self, kind: Kind, *, bold: bool, quoted: bool = False) -> Format:
        key = (kind, bold, quoted)
        if key not in self._made:
            look: dict[str, object] = {"border": 1, "bold": bold, "quote_prefix": quoted}
            look |= {"num_format": NUMBER_FORMATS[kind]} if kind in NUMBER_FORMATS else {}
            self._made[key] = self._book.add_format(look)
        return self._made[key]


def render(workbook: Workbook) -> bytes:
    """The file; equal workbooks give equal bytes."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    _describe(book, workbook)
    formats = Formats(book)
    for sheet in workbook.sheets:
        _write_sheet(book, formats, sheet)
    if workbook.definitions or workbook.remarks:
        _write_definitions(book, formats, workbook)
    book.close()
    return repacked(target.getvalue())


def _describe(book: ExcelWorkbook, workbook: Workbook) -> None:
    metadata = workbook.metadata
    book.set_properties(
        {
            "title": workbook.title,
            "subject": metadata.subject,
            "author": metadata.author,
            "created": metadata.made_at.replace(tzinfo=None),
        }
    )


def _write_sheet(book: ExcelWorkbook, formats: Formats, sheet: Sheet) -> None:
    page, table = book.add_worksheet(sheet.name), sheet.table
    head = CAPTION_ROW if sheet.is_flat else HEAD_ROW
    if not sheet.is_flat:
        page.write_string(CAPTION_ROW, 0, table.caption, formats.caption)
    for number, column in enumerate(table.columns):
        page.write_string(head, number, column.title, formats.head)
        page.set_column(number, number, _width(column))
    for number, row in enumerate(table.typed_rows(), start=head + 1):
        bold = table.total and number == head + len(table.rows)
        for position, cell in enumerate(row):
            write_cell(page, formats, number, position, cell, bold=bold)
    if table.note:
        page.write_string(head + len(table.rows) + 1, 0, table.note, formats.aside)
    _draw(book, page, sheet)
    _set_up(page, landscape=len(table.columns) > 7, head=head)


def _draw(book: ExcelWorkbook, page: Worksheet, sheet: Sheet) -> None:
    """Bars beside the table, bound to its cells; the total is no bar."""
    table, column = sheet.table, sheet.drawn
    last = HEAD_ROW + len(table.rows) - bool(table.total)
    if column is None or last <= HEAD_ROW:
        return
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": [sheet.name, HEAD_ROW, column],
            "categories": [sheet.name, HEAD_ROW + 1, 0, last, 0],
            "values": [sheet.name, HEAD_ROW + 1, column, last, column],
            "fill": {"color": "#595959"},
            "data_labels": {"value": True},
        }
    )
    chart.set_title({"name": f"{table.columns[0].title}：{table.columns[column].title}", "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 520, "height": 120 + 22 * (last - HEAD_ROW)})
    page.insert_chart(HEAD_ROW, len(table.columns) + 1, chart, {"description": table.caption})


def write_cell(page: Worksheet, formats: Formats, row: int, column: int, cell: Cell, *, bold: bool) -> None:
    """A number as a number, a day as a day, and text that can never become a formula."""
    value, kind = cell.value, cell.kind
    if value is None:
        page.write_blank(row, column, None, formats.cell(kind, bold=bold))
    elif isinstance(value, int | Decimal):
        page.write_number(row, column, float(value), formats.cell(kind, bold=bold))
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats.cell(Kind.DATE, bold=bold))
    else:
        quoted = formulas.is_like_one(value)
        page.write_string(row, column, value, formats.cell(Kind.TEXT, bold=bold, quoted=quoted))


def _write_definitions(book: ExcelWorkbook, formats: Formats, workbook: Workbook) -> None:
    page = book.add_worksheet(DEFINITIONS)
    page.write_string(CAPTION_ROW, 0, f"{workbook.title}口径", formats.caption)
    for column, (title, width) in enumerate((("指标", 18), ("单位", 8), ("算法", 60), ("来源", 36))):
        page.write_string(HEAD_ROW, column, title, formats.head)
        page.set_column(column, column, width)
    for row, definition in enumerate(workbook.definitions, start=HEAD_ROW + 1):
        for column, text in enumerate(_texts(definition)):
            page.write_string(row, column, text, formats.wrapped)
    start = HEAD_ROW + len(workbook.definitions) + 2
    for row, (name, text) in enumerate(workbook.remarks, start=start):
        page.write_string(row, 0, name, formats.note)
        page.merge_range(row, 1, row, 3, "", formats.note)
        page.write_string(row, 1, text, formats.note)
    _set_up(page, landscape=True)


def _texts(definition: Definition) -> tuple[str, str, str, str]:
    return definition.name, definition.unit, definition.formula, definition.source


def _set_up(page: Worksheet, *, landscape: bool, head: int = HEAD_ROW) -> None:
    page.freeze_panes(head + 1, 1)
    page.set_paper(A4)
    page.set_landscape() if landscape else page.set_portrait()
    page.fit_to_pages(1, 0)
    page.repeat_rows(CAPTION_ROW, head)
    page.set_margins(left=0.6, right=0.6, top=0.75, bottom=0.75)
    page.set_footer("&C第 &P 页，共 &N 页")


def _width(column: Column) -> float:
    return max(column.share, 2 * len(column.title) + 2)
