"""A table on an official page: three rules, a heading row that repeats, rows that stay whole."""

from copy import deepcopy

from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Twips
from docx.table import Table as WordTable
from docx.table import _Cell, _Row

from reports.documents.gbt9704 import TEXT_WIDTH, element, style_ids, styled
from reports.documents.model import Column, Kind, Table

HEAVY, LIGHT = 8, 4  # eighths of a point
SHORT = 8  # rows that are kept together on one page
CELL_MARGIN = 57  # twips; 1 mm


def write(word: WordDocument, table: Table) -> None:
    head, text = style_ids()["表头"], style_ids()["表文"]
    caption = styled(word, "表题", table.caption)
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Twips(120)
    grid = word.add_table(rows=0, cols=len(table.columns))
    _set_properties(grid, table)
    _add_row(grid, table.columns, tuple(column.title for column in table.columns), style=head)
    row: BaseOxmlElement | None = None
    for position, values in enumerate(table.shown_rows(), start=1):
        if table.total and position == len(table.rows):
            _add_row(grid, table.columns, values, style=head)
        elif row is not None and all(map(_is_plain, values)):
            grid._tbl.append(_like(row, values))
        else:
            made = _add_row(grid, table.columns, values, style=text)
            row = deepcopy(made) if all(map(_is_plain, values)) else row
    _mark_head(grid.rows[0])
    _hold_together(grid)
    note = styled(word, "表注", table.note)
    note.paragraph_format.space_after = Twips(120)


def widths(columns: tuple[Column, ...]) -> list[int]:
    """Shares turned into twips that fill the text area exactly."""
    total = sum(column.share for column in columns)
    found = [TEXT_WIDTH.twips * column.share // total for column in columns]
    found[0] += TEXT_WIDTH.twips - sum(found)
    return found


def _set_properties(grid: WordTable, table: Table) -> None:
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    properties = grid._tbl.tblPr
    _set_width(properties)
    properties.find(qn("w:tblLayout")).addprevious(_borders())  # Word minds the order
    properties.append(_margins())
    properties.append(element("tblLook", val="0020", firstRow=1, lastRow=int(table.total)))
    properties.append(element("tblCaption", val=table.caption))
    for column, width in zip(grid._tbl.tblGrid.findall(qn("w:gridCol")), widths(table.columns), strict=True):
        column.set(qn("w:w"), str(width))


def _set_width(properties: BaseOxmlElement) -> None:
    for name in ("w:tblW", "w:tblLook"):
        for old in properties.findall(qn(name)):
            properties.remove(old)
    properties.find(qn("w:jc")).addprevious(element("tblW", w=TEXT_WIDTH.twips, type="dxa"))


def _borders() -> BaseOxmlElement:
    borders = element("tblBorders")
    for side, size in (("top", HEAVY), ("bottom", HEAVY), ("insideH", LIGHT)):
        borders.append(element(side, val="single", sz=size, space=0, color="000000"))
    return borders


def _margins() -> BaseOxmlElement:
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w=CELL_MARGIN, type="dxa"))
    return margins


def _is_plain(value: str) -> bool:
    """Whether a value is one run of text that needs no mark for the spaces around it."""
    return bool(value) and value == value.strip() and value.isprintable()


def _like(row: BaseOxmlElement, values: tuple[str, ...]) -> BaseOxmlElement:
    """A row of plain values made like another one: a copy takes a tenth of the time of a new one."""
    made = deepcopy(row)
    for text, value in zip(made.iter(qn("w:t")), values, strict=True):
        text.text = value
    return made


def _add_row(grid: WordTable, columns: tuple[Column, ...], values: tuple[str, ...], *, style: str) -> BaseOxmlElement:
    row: _Row = grid.add_row()  # type: ignore[no-untyped-call]
    row._tr.get_or_add_trPr().append(element("cantSplit"))
    for cell, column, value, width in zip(row.cells, columns, values, widths(columns), strict=True):
        cell.width = Twips(width)
        _fill(cell, column, value, style=style)
    return row._tr


def _fill(cell: _Cell, column: Column, value: str, *, style: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph._p.style = style
    paragraph.text = value
    if column.kind is not Kind.TEXT:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _mark_head(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(element("tblHeader"))


def _hold_together(grid: WordTable) -> None:
    """A short table stays whole; of a long one the head keeps its first rows, and the last row what follows."""
    rows = list(grid.rows)
    held = rows[:-1] if len(rows) <= SHORT else [*rows[:2], rows[-2]]
    for row in held + rows[-1:]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True
