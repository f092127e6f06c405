"""The page of GB/T 9704-2012: margins, grid, fonts, heading styles and page numbers.

Lengths are millimetres from the standard; Word wants twips (twentieths of a point).
"""

import io
from copy import deepcopy
from functools import cache
from itertools import pairwise

import docx
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section
from docx.shared import Length, Mm, Pt, RGBColor, Twips
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

BODY, TITLE, HEADING_1, HEADING_2 = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"
PAGE_NUMBER = "宋体"
# Machines without the licensed faces are told which of their own to take.
ALTERNATIVES = {BODY: "仿宋", HEADING_2: "楷体", TITLE: "华文中宋"}

LINES, CHARACTERS = 22, 28
TEXT_WIDTH = Twips(8844)  # 156 mm
LINE = Twips(579)  # 225 mm / 22
CHARACTER = 8844 / CHARACTERS  # twips
CHARACTER_SPACE = -849  # 1/4096 pt between the 16 pt character and 156 mm / 28
# The section declares the grid of 22 x 28; the paragraphs keep it by an exact pitch and by tighter
# characters instead of snapping, because LibreOffice snaps a 16 pt character to two cells of 15.79.
TIGHTER = -5  # twips
TITLE_LINE = Twips(660)
TABLE_SIZE = Pt(12)

TABLE_STYLES = {"表题": HEADING_1, "表头": HEADING_1, "表文": BODY, "表注": BODY}


def page() -> WordDocument:
    """An empty official page, from the file of one that was made before: making it is a quarter of a paper's time."""
    return docx.Document(io.BytesIO(_empty()))


@cache
def _empty() -> bytes:
    word, file = docx.Document(), io.BytesIO()
    _prepare(word)
    word.save(file)
    return file.getvalue()


def styled(word: WordDocument, style: str, text: str = "") -> Paragraph:
    """A paragraph in a style of the page, whose name in the file is known: looking it up goes through all styles."""
    paragraph = word.add_paragraph(text)
    paragraph._p.style = style_ids()[style]
    return paragraph


@cache
def style_ids() -> dict[str, str]:
    """What the styles of the page are called in the file, by the names people read."""
    return {style.name: style.style_id for style in page().styles}


def _prepare(word: WordDocument) -> None:
    """Turn an empty Word file into an empty official page."""
    _set_page(word.sections[0])
    _set_grid(word.sections[0])
    _set_styles(word)
    _set_compatibility(word)
    _number_pages(word)
    _name_alternatives(word)


def characters(number: float) -> Length:
    """The width of so many characters of body text."""
    return Twips(round(number * CHARACTER))


def _set_page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance = Mm(15)
    section.footer_distance = Mm(24.8)  # the dash of the number stands 7 mm below the text


def _set_grid(section: Section) -> None:
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(element("docGrid", type="linesAndChars", linePitch=LINE.twips, charSpace=CHARACTER_SPACE))


def _set_styles(word: WordDocument) -> None:
    _set_defaults(word)
    normal = word.styles["Normal"]
    set_font(normal, BODY, Pt(16))
    _tighten(normal)
    _set_paragraph(normal, line=LINE)
    _set_heading(word.styles["Title"], TITLE, Pt(22), indent=False)
    word.styles["Title"].paragraph_format.line_spacing = TITLE_LINE
    for level, font in enumerate((HEADING_1, HEADING_2, BODY, BODY), start=1):
        _set_heading(word.styles[f"Heading {level}"], font, Pt(16), indent=True)
    for name, font in TABLE_STYLES.items():
        style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        set_font(style, font, TABLE_SIZE)
        _set_paragraph(style, line=Twips(400))


def _set_defaults(word: WordDocument) -> None:
    defaults = word.styles.element.find(qn("w:docDefaults"))
    fonts = defaults.find(f".//{qn('w:rFonts')}")
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), BODY)
    language = defaults.find(f".//{qn('w:lang')}")
    language.attrib.clear()
    language.set(qn("w:val"), "en-US")  # digits marked as Chinese would break between lines
    language.set(qn("w:eastAsia"), "zh-CN")


def _set_heading(style: ParagraphStyle, font: str, size: Length, *, indent: bool) -> None:
    for name in ("w:pBdr", "w:contextualSpacing"):
        for old in style.element.get_or_add_pPr().findall(qn(name)):
            old.getparent().remove(old)
    set_font(style, font, size)
    _tighten(style)
    _set_paragraph(style, line=LINE)
    style.paragraph_format.keep_with_next = True
    if indent:
        indent_first_line(style.element.get_or_add_pPr())


def set_font(style: ParagraphStyle, font: str, size: Length) -> None:
    run = style.element.get_or_add_rPr()
    for child in list(run):
        run.remove(child)
    run.append(element("rFonts", ascii=font, hAnsi=font, eastAsia=font, cs=font))
    style.font.size = size
    style.font.bold = False
    style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)


def _tighten(style: ParagraphStyle) -> None:
    style.element.get_or_add_rPr().find(qn("w:sz")).addprevious(element("spacing", val=TIGHTER))


def _set_paragraph(style: ParagraphStyle, *, line: Length) -> None:
    layout = style.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing = line
    layout.widow_control = False  # a page holds 22 lines, whichever they are


def indent_first_line(properties: BaseOxmlElement) -> None:
    """Two characters, in Word's own unit and in twips for programs without it."""
    for old in properties.findall(qn("w:ind")):
        properties.remove(old)
    indent = properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(characters(2).twips))


def _set_compatibility(word: WordDocument) -> None:
    """No automatic space between Han and digits: it would push text off the grid."""
    normal = word.styles["Normal"].element
    normal.rPr.find(qn("w:color")).addprevious(element("snapToGrid", val=0))
    properties = normal.get_or_add_pPr()
    for name in ("autoSpaceDE", "autoSpaceDN", "snapToGrid"):
        spacing = properties.find(qn("w:spacing"))
        spacing.addprevious(element(name, val=0))
    word.settings.odd_and_even_pages_header_footer = True


def _number_pages(word: WordDocument) -> None:
    section = word.sections[0]
    _write_number(section.footer.paragraphs[0], "right")
    _write_number(section.even_page_footer.paragraphs[0], "left")


def _write_number(paragraph: Paragraph, side: str) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.append(element("spacing", line=360, lineRule="exact"))
    properties.append(element("ind", **{side: 280, f"{side}Chars": 100}))
    properties.append(element("jc", val=side))
    for part in ("— ", "PAGE", " —"):
        run = paragraph.add_run()
        run.font.size = Pt(14)
        fonts = element("rFonts", ascii=PAGE_NUMBER, hAnsi=PAGE_NUMBER, eastAsia=PAGE_NUMBER)
        run._r.get_or_add_rPr().insert(0, fonts)
        if part == "PAGE":
            write_field(run._r, part)
        else:
            run.text = part


def write_field(run: BaseOxmlElement, name: str) -> None:
    """PAGE or NUMPAGES: what the program fills in itself.

    Each part has a run of its own, or LibreOffice forgets its size.
    """
    code, placeholder = element("instrText"), element("t")
    code.set(qn("xml:space"), "preserve")
    code.text, placeholder.text = f" {name} ", "1"
    marks = [element("fldChar", fldCharType=kind) for kind in ("begin", "separate", "end")]
    parts = (marks[0], code, marks[1], placeholder, marks[2])
    runs = [run, *(deepcopy(run) for _ in parts[1:])]
    for before, after in pairwise(runs):
        before.addnext(after)
    for own, part in zip(runs, parts, strict=True):
        own.append(part)


def _name_alternatives(word: WordDocument) -> None:
    """Replace the template's font table with the faces this page asks for."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in ALTERNATIVES.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    table = f'{head}<w:fonts xmlns:w="{namespace}">{fonts}</w:fonts>'
    for part in word.part.package.iter_parts():
        if part.partname.endswith("/fontTable.xml"):
            part._blob = table.encode()


def element(name: str, **attributes: object) -> BaseOxmlElement:
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made
