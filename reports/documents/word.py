"""What every Word file has besides its text: its properties, and the foot of a public list."""

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from reports.documents import gbt9704
from reports.documents.model import Metadata

FIELDS = ("PAGE", "NUMPAGES")


def describe(word: WordDocument, title: str, metadata: Metadata) -> None:
    """Fill in the properties with what the document says of itself, and no clock of this machine."""
    properties = word.core_properties
    properties.title, properties.subject = title, metadata.subject
    properties.author = properties.last_modified_by = metadata.author
    properties.created = properties.modified = metadata.made_at.replace(tzinfo=None)
    properties.language, properties.comments, properties.revision = "zh-CN", "", 1


def number_pages(word: WordDocument, mark: str) -> None:
    """第 1 页，共 3 页, and the mark of the list under it."""
    word.settings.odd_and_even_pages_header_footer = False
    foot = word.sections[0].footer.paragraphs[0]
    for old in list(foot._p):
        foot._p.remove(old)
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.paragraph_format.line_spacing = Pt(12)
    for part in ("第 ", "PAGE", " 页，共 ", "NUMPAGES", f" 页　{mark}"):
        run = foot.add_run("" if part in FIELDS else part)
        run.font.size = Pt(9)
        if part in FIELDS:
            gbt9704.write_field(run._r, part)
