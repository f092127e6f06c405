import io
import zipfile
from datetime import date

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from reports.documents.docx import render
from reports.documents.gbt9704 import characters
from reports.documents.model import Document, Signature
from reports.tests.documents import samples


def read(document: Document) -> WordDocument:
    return docx.Document(io.BytesIO(render(document)))


@pytest.fixture(scope="module")
def word() -> WordDocument:
    return read(samples.document())


def test_equal_documents_give_equal_bytes() -> None:
    assert render(samples.document()) == render(samples.document())


def test_no_part_carries_a_date_of_its_own() -> None:
    with zipfile.ZipFile(io.BytesIO(render(samples.document()))) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.namelist()[0] == "[Content_Types].xml"


def test_page_is_a4_with_the_margins_of_the_standard(word: WordDocument) -> None:
    section = word.sections[0]
    lengths = (
        section.page_width,
        section.page_height,
        section.top_margin,
        section.left_margin,
        section.right_margin,
        section.bottom_margin,
    )
    assert [round(length.mm) for length in lengths if length] == [210, 297, 37, 28, 26, 35]


def test_grid_holds_22_lines_of_28_characters(word: WordDocument) -> None:
    grid = word.sections[0]._sectPr.find(qn("w:docGrid"))
    pitch, space = int(grid.get(qn("w:linePitch"))), int(grid.get(qn("w:charSpace")))
    text_width, text_height = (210 - 28 - 26) / 25.4 * 72, (297 - 37 - 35) / 25.4 * 72
    assert grid.get(qn("w:type")) == "linesAndChars"
    assert int(text_height // (pitch / 20)) == 22
    assert int(text_width // (16 + space / 4096)) == 28


def test_styles_name_the_official_fonts_and_sizes(word: WordDocument) -> None:
    def face(name: str) -> tuple[str, float]:
        style = word.styles[name]
        return style.element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")), style.font.size.pt

    assert face("Normal") == ("仿宋_GB2312", 16)
    assert face("Title") == ("方正小标宋简体", 22)
    assert face("Heading 1") == ("黑体", 16)
    assert face("Heading 2") == ("楷体_GB2312", 16)
    assert face("Heading 3") == ("仿宋_GB2312", 16)


def test_paragraphs_carry_real_styles_and_numbers(word: WordDocument) -> None:
    texts = [(paragraph.style.name, paragraph.text) for paragraph in word.paragraphs[:6]]
    assert texts == [
        ("Title", "濯水镇2026年第三季度\n乡村治理积分运行情况"),
        ("Normal", "区委农村工作领导小组办公室："),
        ("Normal", "按照黔江农业农村工委发〔2021〕20号文件要求，现将情况报告如下。"),
        ("Heading 1", "一、基本情况"),
        ("Heading 2", "（一）参与"),
        ("Heading 3", "1.农户"),
    ]


def test_table_repeats_its_head_and_keeps_rows_whole(word: WordDocument) -> None:
    table = word.tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["村（社区）", "参与户", "参与户率"],
        ["濯水社区", "560", "63.4%"],
        ["五福村", "306", "—"],
        ["合计", "866", "63.1%"],
    ]
    marks = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
    assert marks == [True, False, False, False]
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_columns_fill_the_text_area(word: WordDocument) -> None:
    widths = [int(column.get(qn("w:w"))) for column in word.tables[0]._tbl.tblGrid]
    assert sum(widths) == 8844


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(word: WordDocument) -> None:
    section = word.sections[0]
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert word.settings.odd_and_even_pages_header_footer
    assert [odd._p.pPr.jc_val.name, even._p.pPr.jc_val.name] == ["RIGHT", "LEFT"]
    assert odd.text == even.text == "— 1 —"
    assert {run.font.size.pt for run in odd.runs} == {14}


@pytest.mark.parametrize(
    ("name", "starts"),
    [("黔江区濯水镇人民政府", (16, 18)), ("区委", (18, 20))],
    ids=["name longer than date", "date longer than name"],
)
def test_unsealed_signature(name: str, starts: tuple[int, int]) -> None:
    word = read(samples.document(signature=Signature(name, date(2026, 7, 3))))
    signed, dated = word.paragraphs[-2:]
    indents = [paragraph.paragraph_format.left_indent.twips for paragraph in (signed, dated)]
    assert [signed.text, dated.text] == [name, "2026年7月3日"]
    assert indents == [characters(start).twips for start in starts]


def test_signature_never_stands_alone_on_a_page(word: WordDocument) -> None:
    last, signed, dated = word.paragraphs[-3:]
    assert [paragraph.paragraph_format.keep_with_next for paragraph in (last, signed, dated)] == [True, True, None]


def test_properties_come_from_the_document(word: WordDocument) -> None:
    properties = word.core_properties
    assert properties.title == "濯水镇2026年第三季度乡村治理积分运行情况"
    assert properties.created.isoformat() == "2026-10-01T08:30:00+00:00"
    assert properties.author == properties.last_modified_by == "黔江区濯水镇人民政府"
