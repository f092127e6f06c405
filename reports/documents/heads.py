"""The red head: the issuer 35 mm under the top of the text, the number two lines on, and a red line under it."""

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt, RGBColor, Twips
from docx.text.paragraph import Paragraph

from reports.documents.gbt9704 import LINE, TITLE, element
from reports.documents.model import Head, brackets

RED = "C00000"
ISSUER, HEIGHT = Pt(26), 2  # points, lines
ABOVE_ISSUER, ABOVE_NUMBER = 3, 1  # lines


def write(word: WordDocument, head: Head) -> None:
    issuer = _line(word, head.issuer, ABOVE_ISSUER)
    issuer.paragraph_format.line_spacing = Twips(HEIGHT * LINE.twips)
    run = issuer.runs[0]
    run.font.size, run.font.color.rgb = ISSUER, RGBColor.from_string(RED)
    run._r.get_or_add_rPr().insert(0, element("rFonts", ascii=TITLE, hAnsi=TITLE, eastAsia=TITLE))
    number = _line(word, brackets(head.number), ABOVE_NUMBER)
    border = element("pBdr")
    border.append(element("bottom", val="single", sz=12, space=11, color=RED))  # 4 mm under the number
    number._p.get_or_add_pPr().insert_element_before(
        border, "w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _line(word: WordDocument, text: str, above: int) -> Paragraph:
    paragraph = word.add_paragraph(text)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_before = Twips(above * LINE.twips)
    return paragraph
