import io
from datetime import date

import pypdf
import pytest

from reports.documents import pdf
from reports.documents.model import Paragraph, Signature
from reports.tests.documents import samples

# Fonts map some characters back to look-alikes among the radicals.
RADICALS = str.maketrans("⻚⻓⻢⻋⻅⻔⻛⻩⻬⻰戶", "页长马车见门风黄齐龙户")


def read(**changes: object) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf.render(samples.document(**changes))))


def text(reader: pypdf.PdfReader) -> str:
    pages = (page.extract_text() for page in reader.pages)
    return "".join("".join(page.split()) for page in pages).translate(RADICALS)


@pytest.fixture(scope="module")
def paper() -> pypdf.PdfReader:
    return read()


def test_equal_documents_give_equal_bytes() -> None:
    assert pdf.render(samples.document()) == pdf.render(samples.document())


def test_it_is_archival_a4_with_its_fonts(paper: pypdf.PdfReader) -> None:
    box = paper.pages[0].mediabox
    assert [round(float(side) * 25.4 / 72) for side in (box.width, box.height)] == [210, 297]
    assert paper.xmp_metadata
    assert "pdfaid" in paper.xmp_metadata.stream.get_data().decode()
    assert "/Outlines" in paper.trailer["/Root"]


def test_text_can_be_selected_in_order(paper: pypdf.PdfReader) -> None:
    words = text(paper)
    for part in ("濯水镇2026年第三季度乡村治理积分运行情况", "〔2021〕20号", "一、基本情况", "1.农户", "二、各村情况"):
        assert part in words
    assert words.index("一、基本情况") < words.index("（一）参与") < words.index("二、各村情况")


def test_the_table_prints_the_same_numbers(paper: pypdf.PdfReader) -> None:
    words = text(paper)
    for row in ("濯水社区56063.4%", "五福村306—", "合计86663.1%"):
        assert row in words


def test_signature_and_page_number_stand_at_the_end(paper: pypdf.PdfReader) -> None:
    assert "黔江区濯水镇人民政府2026年7月3日" in text(paper)
    assert text(paper).endswith("—1—")


@pytest.mark.parametrize("lines", range(13, 19))
def test_a_signature_never_stands_alone_on_its_page(lines: int) -> None:
    """Around a full page, whatever line the text ends on."""
    paper = read(head=None, blocks=tuple(Paragraph(f"第{at}段完") for at in range(lines)))
    last = "".join(paper.pages[-1].extract_text().split()).translate(RADICALS)
    assert "2026年7月3日" in last
    assert f"第{lines - 1}段完" in last


def test_markup_is_only_text() -> None:
    assert "#panic()[*x*]$y$" in text(read(blocks=(Paragraph("#panic() [*x*] $y$"),)))


def test_what_no_font_shows_is_marked_and_does_not_stop_it() -> None:
    made = read(blocks=(Paragraph("庹村🌾好"),), signature=Signature("甲", date(2026, 7, 3)))
    assert "庹村〓好" in text(made)
