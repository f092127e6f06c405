"""One page of tables in small type: the layout of 村情一张表, on the styles of the official page."""

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from reports.documents.gbt9704 import TABLE_STYLES, styled

SIZE, LINE = Pt(9), Pt(12.5)


def prepare(word: WordDocument) -> None:
    """Narrow margins, no grid, no page number: there is only this page."""
    section = word.sections[0]
    section.top_margin, section.bottom_margin = Mm(15), Mm(14)
    section.left_margin, section.right_margin = Mm(28), Mm(26)  # the width of the tables stays
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    for footer in (section.footer, section.even_page_footer):
        for run in footer.paragraphs[0].runs:
            run._r.getparent().remove(run._r)
    for name in TABLE_STYLES:
        style = word.styles[name]
        style.font.size, style.paragraph_format.line_spacing = SIZE, LINE


def write_title(word: WordDocument, name: str) -> None:
    title = styled(word, "Title", name)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.runs[0].font.size = Pt(18)
    title.paragraph_format.line_spacing = Pt(26)
    title.paragraph_format.space_after = Pt(2)


def tighten(word: WordDocument) -> None:
    """Captions close to their tables, no empty line where a table has no note, the last words small."""
    for paragraph in list(word.paragraphs):
        layout, name = paragraph.paragraph_format, paragraph.style.name if paragraph.style else ""
        if name == "表题":
            layout.space_before = Pt(3)
        elif name == "表注" and not paragraph.text:
            layout.space_after, layout.line_spacing = Pt(0), Pt(2)
        elif name == "Normal" and paragraph.style:
            layout.line_spacing = LINE
            for run in paragraph.runs:
                run.font.size = SIZE
