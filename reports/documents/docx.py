"""A Document as a Word file in the layout of GB/T 9704-2012."""

import io
import math
from functools import singledispatch

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Twips
from docx.text.paragraph import Paragraph as WordParagraph

from reports.documents import bars, compact, gbt9704, heads, tables
from reports.documents.gbt9704 import CHARACTERS, LINE, TEXT_WIDTH, TITLE_LINE, characters
from reports.documents.model import (
    Block,
    Chart,
    Document,
    Heading,
    Paragraph,
    Signature,
    Table,
    brackets,
    han_date,
)
from reports.documents.parts import repacked
from reports.documents.word import describe

RIGHT_EMPTY = 2  # characters right of an unsealed signature
DATE_STEP = 2  # the date starts two characters after the name


def render(document: Document) -> bytes:
    """The file; equal documents give equal bytes."""
    word = gbt9704.page()
    if document.is_compact:
        compact.prepare(word)
    describe(word, document.name, document.metadata)
    if document.head:
        heads.write(word, document.head)
    compact.write_title(word, document.name) if document.is_compact else _write_title(word, document.title)
    if document.addressee:
        word.add_paragraph(f"{brackets(document.addressee)}：")
    for block in document.numbered_blocks():
        _write(block, word)
    if document.is_compact:
        compact.tighten(word)
    if document.signature:
        _sign(word, document.signature)
    return repacked(_saved(word))


def _write_title(word: WordDocument, lines: tuple[str, ...]) -> None:
    """One heading broken by sense; the space around it brings the body back onto the grid."""
    title = gbt9704.styled(word, "Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for position, line in enumerate(lines):
        if position:
            title.add_run().add_break()
        title.add_run(brackets(line))
    height = LINE + TITLE_LINE * len(lines)
    title.paragraph_format.space_before = LINE
    title.paragraph_format.space_after = Twips(math.ceil(height / LINE + 0.5) * LINE.twips - height // 635)


@singledispatch
def _write(block: Block, word: WordDocument) -> None:
    raise TypeError(f"no way to write {type(block).__name__}")


@_write.register
def _(block: Heading, word: WordDocument) -> None:
    gbt9704.styled(word, f"Heading {block.level}", brackets(block.text))


@_write.register
def _(block: Paragraph, word: WordDocument) -> None:
    paragraph = word.add_paragraph(brackets(block.text))
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    gbt9704.indent_first_line(paragraph._p.get_or_add_pPr())


@_write.register
def _(block: Table, word: WordDocument) -> None:
    tables.write(word, block)


@_write.register
def _(block: Chart, word: WordDocument) -> None:
    """The picture with its words for who does not see it, then its caption."""
    picture = word.add_paragraph()
    picture.alignment = WD_ALIGN_PARAGRAPH.CENTER
    picture.paragraph_format.line_spacing = 1.0
    picture.paragraph_format.keep_with_next = True
    shape = picture.add_run().add_picture(io.BytesIO(bars.png(block)), width=TEXT_WIDTH)
    shape._inline.docPr.set("descr", block.caption)
    caption = gbt9704.styled(word, "表题", block.caption)
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _sign(word: WordDocument, signature: Signature) -> None:
    """Without a seal: the name two characters from the right, the date two after its start.

    It never stands alone on a page: the end of the text goes with it.
    """
    word.paragraphs[-1].paragraph_format.keep_with_next = True
    day, start = han_date(signature.on), signature_start(signature)
    name = _placed(word, signature.name, start)
    name.paragraph_format.space_before = Twips(2 * LINE.twips)
    name.paragraph_format.keep_with_next = True
    _placed(word, day, start + DATE_STEP)


def signature_start(signature: Signature) -> float:
    """In characters from the left: where the name begins; the date begins two further on."""
    width = max(_width(signature.name), _width(han_date(signature.on)) + DATE_STEP)
    return CHARACTERS - RIGHT_EMPTY - width


def _placed(word: WordDocument, text: str, start: float) -> WordParagraph:
    paragraph = word.add_paragraph(text)
    paragraph.paragraph_format.left_indent = characters(max(start, 0))
    paragraph.paragraph_format.right_indent = characters(-RIGHT_EMPTY)  # wider digits of another face stay on the line
    return paragraph


def _width(text: str) -> float:
    """In characters of the grid: digits and letters take half of one."""
    return sum(0.5 if character.isascii() else 1 for character in text)


def _saved(word: WordDocument) -> bytes:
    target = io.BytesIO()
    word.save(target)
    return target.getvalue()
