"""公示单 as a Word file: the same sheet, to be changed by hand where a village wants it so."""

import io
from collections.abc import Iterable
from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, Twips
from docx.text.paragraph import Paragraph

from points.posters import Poster
from reports.documents import gbt9704, notice_sheet
from reports.documents.gbt9704 import BODY, HEADING_1, element
from reports.documents.parts import repacked
from reports.documents.word import describe, number_pages

MARGIN = {1: 20, 2: 16}
ROW = {1: 397, 2: 386}  # twips: 7 mm and 6.8 mm
SIZE = {1: 25, 2: 23}  # half points
SHARES = {1: (10, 20, 13, 15, 13, 12, 13, 15, 13), 2: (10, 20, 12, 10, 12, 13)}
GAP = 6  # between two columns, in the same shares
KEPT = 3  # households that stay with the signing block
# A sheet is filled up to here only: another computer's fonts may be a little taller.
SPARE = 1
LINE = Pt(24.5)
CODE, HANDS = (
    30,
    76,
)  # mm of the signing block; who signs may be a committee of sixteen characters


def render(poster: Poster) -> bytes:
    """The file; equal lists give equal bytes."""
    word = gbt9704.page()
    _set_page(word, MARGIN[poster.layout.columns])
    describe(word, notice_sheet.name(poster), notice_sheet.metadata(poster))
    number_pages(word, notice_sheet.foot(poster))
    _open(word, poster)
    _list(word, poster)
    _close(word, poster)
    return repacked(_saved(word))


def _set_page(word: WordDocument, margin: int) -> None:
    section = word.sections[0]
    section.top_margin = section.bottom_margin = section.left_margin = section.right_margin = Mm(margin)
    section.footer_distance = Mm(8)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)


def _open(word: WordDocument, poster: Poster) -> None:
    title = gbt9704.styled(word, "Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(8)
    for at, line in enumerate(notice_sheet.title(poster)):
        if at:
            title.add_run().add_break()
        title.add_run(line)
    lead = _paragraph(word, poster.lead, 14, indent=True)
    lead.paragraph_format.space_after = Pt(8)


def _list(word: WordDocument, poster: Poster) -> None:
    if not poster.is_double:
        sheet = [[row["cells"]] for row in notice_sheet.rows(poster, poster.lines)]
        heavy = [row["starts"] for row in notice_sheet.rows(poster, poster.lines)]
        total, sums = notice_sheet.total(poster)
        _table(word, poster, sheet, heavy, total=[total, *sums, ""], last=True)
        return
    pages = list(_pages(poster))
    for number, page in enumerate(pages, 1):
        if number > 1:
            _turn(word)
        half = -(-len(page) // 2)
        rows = notice_sheet.rows(poster, page)
        beside = [row["cells"] for row in rows[half:]] + [[""] * 6]
        sheet = [[row["cells"], other] for row, other in zip(rows[:half], beside, strict=False)]
        _table(word, poster, sheet, [False] * half, last=number == len(pages))


def _pages(poster: Poster) -> Iterable[list[object]]:
    """The households of each sheet of two columns, read down one column and then down the other."""
    room, at = 2 * (poster.first_rows - SPARE), 0
    while at < len(poster.lines):
        yield poster.lines[at : at + room]
        at, room = at + room, 2 * (poster.layout.following - SPARE)


def _turn(word: WordDocument) -> None:
    """The next sheet; a line of its own keeps two tables apart."""
    line = word.add_paragraph()
    line.paragraph_format.page_break_before = True
    line.paragraph_format.line_spacing = Pt(1)


def _table(
    word: WordDocument,
    poster: Poster,
    sheet: list[list[list[str]]],
    heavy: list[bool],
    *,
    total: list[str] | None = None,
    last: bool,
) -> None:
    """Written as one piece of XML: a village of 800 households is thousands of cells."""
    columns = poster.layout.columns
    widths = _widths(columns)
    heads = notice_sheet.heads(poster)
    rows = [_row([heads] * columns, widths, columns, head=True)]
    for at, parts in enumerate(sheet):
        kept = last and (total is not None or columns == 2) and at >= len(sheet) - KEPT
        rows.append(_row(parts, widths, columns, heavy=heavy[at], kept=kept))
    if total is not None:
        rows.append(_sum(total, widths))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="444444"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
    properties = (
        f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>{margins}'
        '<w:tblLook w:val="0020"/></w:tblPr>'
    )
    made = parse_xml(f"<w:tbl {nsdecls('w')}>{properties}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")
    word.element.body.insert_element_before(made, "w:sectPr")


def _widths(columns: int) -> list[int]:
    """Twips that fill the sheet exactly, with a gap between two columns."""
    shares = list(SHARES[1]) if columns == 1 else [*SHARES[2], GAP, *SHARES[2]]
    whole = Mm(210 - 2 * MARGIN[columns]).twips
    found = [whole * share // sum(shares) for share in shares]
    found[1] += whole - sum(found)
    return found


def _row(
    parts: list[list[str]],
    widths: list[int],
    columns: int,
    *,
    head: bool = False,
    heavy: bool = False,
    kept: bool = False,
) -> str:
    cells: list[str] = []
    for number, part in enumerate(parts):
        if number:
            cells.append(_gap(widths[len(cells)]))
        for at, value in enumerate(part):
            side = "center" if head or at in (0, 2, 3) else "left" if at == 1 else "right"
            cells.append(_cell(value, widths[len(cells)], columns, side, head=head, heavy=heavy, kept=kept or head))
    repeats = "<w:tblHeader/>" if head else ""
    height = f'<w:trHeight w:val="{ROW[columns]}" w:hRule="exact"/>'
    return f"<w:tr><w:trPr><w:cantSplit/>{height}{repeats}</w:trPr>{''.join(cells)}</w:tr>"


def _sum(values: list[str], widths: list[int]) -> str:
    first = _cell(values[0], sum(widths[:4]), 1, "left", head=True, kept=True, span=4)
    rest = "".join(
        _cell(value, width, 1, "right", kept=True) for value, width in zip(values[1:], widths[4:], strict=True)
    )
    height = f'<w:trHeight w:val="{ROW[1]}" w:hRule="exact"/>'
    return f"<w:tr><w:trPr><w:cantSplit/>{height}</w:trPr>{first}{rest}</w:tr>"


def _cell(
    value: str,
    width: int,
    columns: int,
    side: str,
    *,
    head: bool = False,
    heavy: bool = False,
    kept: bool = False,
    span: int = 1,
) -> str:
    font = HEADING_1 if head else BODY
    wide = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    rule = '<w:tcBorders><w:top w:val="single" w:sz="10" w:space="0" w:color="000000"/></w:tcBorders>' if heavy else ""
    keep = "<w:keepNext/>" if kept else ""
    faces = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}"/>'
    size = f'<w:sz w:val="{SIZE[columns]}"/>'
    text = escape("".join(letter for letter in value if letter.isprintable()))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{wide}{rule}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr>{keep}<w:spacing w:line="300" w:lineRule="exact"/><w:jc w:val="{side}"/></w:pPr>'
        f'<w:r><w:rPr>{faces}{size}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p></w:tc>'
    )


def _gap(width: int) -> str:
    """Nothing between the two columns, without a rule above or below."""
    none = "".join(f'<w:{side} w:val="nil"/>' for side in ("top", "bottom"))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:tcBorders>{none}</w:tcBorders></w:tcPr>'
        '<w:p><w:pPr><w:spacing w:line="300" w:lineRule="exact"/></w:pPr></w:p></w:tc>'
    )


def _close(word: WordDocument, poster: Poster) -> None:
    """The sum, the way to object and the signing block hold together with the last households."""
    if poster.is_double:
        _keep(_paragraph(word, notice_sheet.total_words(poster), 13, indent=False))
    _keep(_paragraph(word, poster.words, 14, indent=True))
    sign = word.add_table(rows=1, cols=3)
    sign.autofit = False
    width = 210 - 2 * MARGIN[poster.layout.columns]
    sizes = (CODE, width - CODE - HANDS, HANDS)
    for column, size in zip(sign._tbl.tblGrid.findall(qn("w:gridCol")), sizes, strict=True):
        column.set(qn("w:w"), str(Mm(size).twips))
    sign.rows[0]._tr.get_or_add_trPr().append(element("cantSplit"))
    code, scan, hands = sign.rows[0].cells
    for cell, size in zip((code, scan, hands), sizes, strict=True):
        cell.width = Mm(size)
    picture = code.paragraphs[0]
    picture.paragraph_format.line_spacing = 1.0
    shape = picture.add_run().add_picture(io.BytesIO(poster.qr_picture), width=Mm(26))
    shape._inline.docPr.set("descr", "公示网址二维码")
    _fill(scan.paragraphs[0], notice_sheet.scan(poster), 10.5, WD_ALIGN_PARAGRAPH.LEFT)
    _fill(hands.paragraphs[0], notice_sheet.hands(poster), 13, WD_ALIGN_PARAGRAPH.RIGHT)


def _fill(paragraph: Paragraph, lines: list[str], size: float, side: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.alignment = side
    paragraph.paragraph_format.line_spacing = Pt(size * 1.75)
    for at, line in enumerate(lines):
        run = paragraph.add_run(line)
        run.font.size = Pt(size)
        if at < len(lines) - 1:
            run.add_break()


def _paragraph(word: WordDocument, text: str, size: float, *, indent: bool) -> Paragraph:
    made = word.add_paragraph()
    made.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    made.paragraph_format.line_spacing = LINE
    if indent:
        made.paragraph_format.first_line_indent = Twips(round(2 * size * 20))
    made.add_run(text).font.size = Pt(size)
    return made


def _keep(paragraph: Paragraph) -> None:
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = Pt(6)


def _saved(word: WordDocument) -> bytes:
    target = io.BytesIO()
    word.save(target)
    return target.getvalue()
