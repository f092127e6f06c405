"""From bytes to the one table that is meant: sheets, hidden ones, merged cells, separators and encodings."""

import csv
import io
from collections.abc import Iterator

from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from points.workbooks import cells, heads, limits
from points.workbooks.limits import BadWorkbook

Rows = list[list[cells.Value]]
EMPTY = "表里没有要导入的行，请对照模板填好再上传"
# A merged area that is filled with its value; larger ones are a title or a mistake.
MERGED_ROWS, MERGED_COLUMNS = 500, 60


class Table:
    """The rows of the sheet that was read, its heading, and what the reader should know about the file."""

    def __init__(self, rows: Rows, head: heads.Head, sheet: str = "") -> None:
        self.rows, self.head, self.sheet = rows, head, sheet
        self.remarks: list[str] = []


def open_table(content: bytes, layout: heads.Layout = heads.AWARDS) -> Table:
    """The first visible table with a heading. Raises BadWorkbook."""
    kind = limits.kind_of(content)
    if kind == "csv":
        rows = list(_csv_rows(content))
        return Table(rows, _head(rows, layout))
    table = _workbook_table(content, layout)
    if kind == "xlsx":
        table.remarks += _remarks(content)
    return table


def _head(rows: Rows, layout: heads.Layout) -> heads.Head:
    head = heads.find(rows, layout)
    if head is None:
        raise heads.missing(rows[:1000], layout) if rows else BadWorkbook(EMPTY, "I-04")
    return head


def _workbook_table(content: bytes, layout: heads.Layout) -> Table:
    book = _book(content)
    visible = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    hidden = len(book.sheets_metadata) - len(visible)
    found: Table | None = None
    first: Rows | None = None
    others: list[str] = []
    for name in visible:
        rows = _sheet_rows(book, name)
        head = heads.find(rows, layout)
        if head and found is None:
            found = Table(rows, head, name)
        elif head:
            others.append(name)
        if first is None and rows:
            first = rows
    if found is None:
        raise heads.missing(first[:1000], layout) if first else BadWorkbook(EMPTY, "I-04")
    found.remarks += [f"有 {hidden} 张隐藏的表没有读"] if hidden else []
    found.remarks += [f"只读了“{found.sheet}”，另外的表请分开上传：{'、'.join(others)}"] if others else []
    return found


def _book(content: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except Exception as error:  # the parser's errors share no class of their own worth naming
        raise _unreadable(error) from None


def _sheet_rows(book: CalamineWorkbook, name: str) -> Rows:
    try:
        sheet = book.get_sheet_by_name(name)
        return _filled(sheet, list(_without_tail(sheet)))
    except BadWorkbook:
        raise
    except Exception as error:  # as above
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> BadWorkbook:
    locked = "password" in str(error).lower() or "encrypt" in str(error).lower()
    return BadWorkbook(limits.LOCKED, "I-11") if locked else BadWorkbook(limits.DAMAGED, "I-12")


def _without_tail(sheet: CalamineSheet) -> Iterator[list[cells.Value]]:
    """Rows from the sheet's first line on; empty ones are handed on only once something follows them."""
    start = sheet.start
    if start is None:
        return
    lead: list[cells.Value] = [""] * start[1]
    blank = start[0]
    count = 0
    for row in sheet.iter_rows():
        if not any(value not in ("", None) and cells.text(value) for value in row):
            blank += 1
            continue
        while blank:
            yield []
            blank -= 1
        count += 1
        if count > limits.MAX_ROWS + heads.LOOK_DOWN:
            limits.check_rows(sheet.height)
        yield lead + row


def _filled(sheet: CalamineSheet, rows: Rows) -> Rows:
    """Merged cells carry their value everywhere, as the person who merged them sees it."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top >= len(rows) or left >= len(rows[top]) or bottom - top > MERGED_ROWS or right - left > MERGED_COLUMNS:
            continue
        value = rows[top][left]
        for at in range(top, min(bottom + 1, len(rows))):
            row = rows[at]
            row.extend([""] * (right + 1 - len(row)))
            row[left : right + 1] = [value] * (right + 1 - left)
    return rows


def _remarks(content: bytes) -> list[str]:
    remarks = []
    if limits.has_formulas(content):
        remarks.append("表里有公式，按公式最后一次算出的结果读取")
    if limits.has_macros(content):
        remarks.append("表里有宏，没有运行")
    return remarks


def _csv_rows(content: bytes) -> Iterator[list[cells.Value]]:
    typed = decoded(content)
    lines = typed.splitlines()
    limits.check_rows(len(lines) - heads.LOOK_DOWN)
    head = "\n".join(lines[:50])
    separator = max("\t,;，", key=head.count)
    try:
        yield from (list(row) for row in csv.reader(io.StringIO(typed, newline=""), delimiter=separator))
    except csv.Error:
        raise BadWorkbook(limits.DAMAGED, "I-12") from None


def decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 where it says so or fits, else the encoding of Chinese Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise BadWorkbook(limits.WRONG_TYPE, "I-02") from None
