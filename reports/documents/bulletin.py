"""The sheets of honours and of a year's end as PDF/A and as a Word file."""

import io
import json
from pathlib import Path
from typing import Any

import typst
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, Twips
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from points.bulletins import Bulletin
from qianjiang_portal.foundation import glyphs
from qianjiang_portal.foundation.calendar import SHANGHAI
from reports.documents import gbt9704, pdf
from reports.documents.gbt9704 import element
from reports.documents.model import Metadata, han_date
from reports.documents.parts import repacked
from reports.documents.word import describe, number_pages

PAGE = Path(__file__).with_name("bulletin.typ")
SIDES = {"left": WD_ALIGN_PARAGRAPH.LEFT, "right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}
WIDTH, MARGIN = 170, 20


def as_pdf(sheet: Bulletin) -> bytes:
    """The file; equal lists give equal bytes."""
    made: bytes = typst.compile(
        str(PAGE),
        root=str(PAGE.parent),
        font_paths=[pdf.FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={
            "sheet": glyphs.printable(json.dumps(_said(sheet), ensure_ascii=False)),
            "qr": sheet.qr_file("svg").decode(),
        },
        pdf_standards=pdf.STANDARD,
        timestamp=int(sheet.published_at.timestamp()),
    )
    return made


def as_docx(sheet: Bulletin) -> bytes:
    """The file; equal lists give equal bytes."""
    word = gbt9704.page()
    section = word.sections[0]
    section.top_margin = section.bottom_margin = section.left_margin = section.right_margin = Mm(MARGIN)
    section.footer_distance = Mm(8)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    at = sheet.published_at.astimezone(SHANGHAI).replace(microsecond=0)
    describe(word, sheet.title, Metadata("公示单", sheet.committee, at))
    number_pages(word, sheet.code)
    title = gbt9704.styled(word, "Title", sheet.title)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(8)
    _text(word.add_paragraph(), sheet.lead).paragraph_format.space_after = Pt(8)
    _list(word, sheet)
    closing = _text(word.add_paragraph(), sheet.total + sheet.words)
    closing.paragraph_format.keep_with_next = True
    closing.paragraph_format.space_before = Pt(6)
    _sign(word, sheet)
    target = io.BytesIO()
    word.save(target)
    return repacked(target.getvalue())


def _said(sheet: Bulletin) -> dict[str, Any]:
    at = sheet.published_at.astimezone(SHANGHAI)
    return {
        "title": sheet.title,
        "author": sheet.committee,
        "made": [at.year, at.month, at.day, at.hour, at.minute],
        "lead": sheet.lead,
        "heads": [column.title for column in sheet.columns],
        "shares": [column.share for column in sheet.columns],
        "sides": [column.side for column in sheet.columns],
        "running": sheet.running,
        "closing": sheet.closing,
        "total": sheet.total,
        "words": sheet.words,
        "scan": ["扫码看电子版", f"编号 {sheet.code}"],
        "hands": _hands(sheet),
        "code": sheet.code,
    }


def _hands(sheet: Bulletin) -> list[str]:
    return [f"{sheet.committee}（盖章）", f"{sheet.watchers}（签字）", han_date(sheet.starts_on)]


def _list(word: Any, sheet: Bulletin) -> None:
    table = word.add_table(rows=1 + len(sheet.rows), cols=len(sheet.columns))
    table.style = "Table Grid"
    table.autofit = False
    whole = sum(column.share for column in sheet.columns)
    widths = [Mm(WIDTH * column.share / whole) for column in sheet.columns]
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(width.twips))
    cells = _cells(table)
    heads = tuple(column.title for column in sheet.columns)
    for at, row in enumerate((heads, *sheet.rows)):
        properties = table.rows[at]._tr.get_or_add_trPr()
        properties.append(element("cantSplit"))
        if at == 0:
            properties.append(element("tblHeader"))
        for number, value in enumerate(row):
            cell, column = cells[at][number], sheet.columns[number]
            cell.width = widths[number]
            side = "center" if at == 0 else column.side
            # The last rows stay with what follows.
            _cell(cell, value, side, kept=at == 0 or at > len(sheet.rows) - len(sheet.closing))


def _cells(table: Table) -> list[list[_Cell]]:
    """All cells at once: asking a table for each is quadratic."""
    flat, wide = table._cells, len(table.columns)
    return [flat[at : at + wide] for at in range(0, len(flat), wide)]


def _cell(cell: _Cell, value: str, side: str, *, kept: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = SIDES[side]
    paragraph.paragraph_format.line_spacing = Pt(17)
    paragraph.paragraph_format.keep_with_next = kept
    paragraph.add_run("".join(letter for letter in value if letter.isprintable())).font.size = Pt(12.5)


def _text(paragraph: Paragraph, text: str) -> Paragraph:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    paragraph.paragraph_format.line_spacing = Pt(24.5)
    paragraph.paragraph_format.first_line_indent = Twips(2 * 14 * 20)
    paragraph.add_run(text).font.size = Pt(14)
    return paragraph


def _sign(word: Any, sheet: Bulletin) -> None:
    table = word.add_table(rows=1, cols=3)
    table.autofit = False
    sizes = (30, WIDTH - 92, 62)
    for column, size in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), sizes, strict=True):
        column.set(qn("w:w"), str(Mm(size).twips))
    table.rows[0]._tr.get_or_add_trPr().append(element("cantSplit"))
    code, scan, hands = table.rows[0].cells
    for cell, size in zip((code, scan, hands), sizes, strict=True):
        cell.width = Mm(size)
    code.paragraphs[0].paragraph_format.line_spacing = 1.0
    shape = code.paragraphs[0].add_run().add_picture(io.BytesIO(sheet.qr_file("png")), width=Mm(26))
    shape._inline.docPr.set("descr", "公示网址二维码")
    _lines(scan.paragraphs[0], ["扫码看电子版", f"编号 {sheet.code}"], 10.5, "left")
    _lines(hands.paragraphs[0], _hands(sheet), 13, "right")


def _lines(paragraph: Paragraph, lines: list[str], size: float, side: str) -> None:
    paragraph.alignment = SIDES[side]
    paragraph.paragraph_format.line_spacing = Pt(size * 1.75)
    for at, line in enumerate(lines):
        run = paragraph.add_run(line)
        run.font.size = Pt(size)
        if at < len(lines) - 1:
            run.add_break()
