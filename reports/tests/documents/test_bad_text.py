"""What people paste: long texts, control characters, an emoji and a rare character, in DOCX and PDF."""

import datetime as dt
import io

import docx
import pypdf
import pytest

from qianjiang_portal.foundation import glyphs
from qianjiang_portal.foundation.calendar import SHANGHAI
from reports.documents import summary as paper
from reports.models import Sender

AT = dt.datetime(2026, 7, 3, 9, 30, tzinfo=SHANGHAI)
LONG = "\n".join("院坝会按月召开，评议小组按月评议。" * 30 for _ in range(58))


def sections(text: str) -> list[tuple[str, str, str]]:
    return [("工作开展", "", text)]


@pytest.mark.parametrize("text", ["村里搞得好👍，", "户主姓𫖯", "表格\u3000全角空格"])
def test_docx_keeps_every_character(text: str) -> None:
    word = docx.Document(io.BytesIO(paper.docx(Sender(), "2026H1", sections(text), "", AT)))
    assert text in [paragraph.text for paragraph in word.paragraphs]


def test_pdf_sets_what_it_cannot_show_as_geta() -> None:
    file = pypdf.PdfReader(io.BytesIO(paper.pdf(Sender(), "2026H1", sections("搞得好👍，按月公示"), "", AT)))
    text = "".join(page.extract_text() for page in file.pages)
    assert "搞得好〓，按月公示" in text


def test_what_becomes_geta_is_known_beforehand() -> None:
    assert glyphs.unprinted("户主𠮷某，㛃某：搞得好👍，“四净”——2026年3.5%（含冲正）〔1〕号👍") == ["𠮷", "👍"]


def test_thirty_thousand_characters_are_all_there() -> None:
    assert 29_000 < len(LONG) <= 30_000
    word = docx.Document(io.BytesIO(paper.docx(Sender(), "2026H1", sections(LONG), "", AT)))
    assert "\n".join(paragraph.text for paragraph in word.paragraphs if "院坝会" in paragraph.text) == LONG
    file = pypdf.PdfReader(io.BytesIO(paper.pdf(Sender(), "2026H1", sections(LONG), "", AT)))
    assert sum(page.extract_text().count("院坝会") for page in file.pages) == LONG.count("院坝会")
