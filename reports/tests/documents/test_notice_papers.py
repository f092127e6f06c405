"""公示单 as PDF, DOCX and XLSX: whole on A4, with its heads repeated and its signing block never alone."""

import datetime as dt
import io
import re
import unicodedata

import docx
import openpyxl
import pypdf
import pytest
import segno
from docx.oxml.ns import qn
from PIL import Image

from conftest import NOW
from points.models import Notice, NoticeLine
from points.posters import Poster
from reports.documents import notice_docx, notice_pdf, notice_sheet
from villages.models import Township, Village

ADDRESS = "https://jf.example.gov.cn/gs/GS-500114112202-202611-01/"
SEAL = "ab12cd34" * 8
# What the fonts of a PDF write instead of the characters that were meant, where NFKC does not know it.
RADICALS = str.maketrans("⻚⻓⻢⻋⻅⻔⻛⻩⻬⻰⺠⻄⻘⻝⻦⻥⻨戶", "页长马车见门风黄齐龙民西青食鸟鱼麦户")


def poster(households, columns=0, **changes):
    town = Township(code="500114112", name="濯水镇", phone="023-0000 0236")
    village = Village(township=town, code="500114112202", name="桐木村", short_name="桐木村", phone="023-0000 0618")
    day = dt.date(2026, 11, 23)
    facts = {"households": households, "awards": 5 * households, "deductions": 0, "previous_seal": SEAL}
    facts |= {"rules_title": "濯水镇积分细则(2026版)", "reviewed_on": day, "starts_on": day}
    facts |= {"ends_on": day + dt.timedelta(days=7), "published_at": NOW, "period": "2026-11", "number": 1}
    notice = Notice(code="GS-500114112202-202611-01", village=village, **(facts | changes))
    lines = [line(at) for at in range(1, households + 1)]
    return Poster(notice, lines, ADDRESS, columns)


def line(at, **changes):
    said = {"position": at, "masked_name": "冉*明", "grid_number": at // 60 + 1, "grid_name": f"{at // 60 + 1}组"}
    said |= {"tail": f"{at % 100:02}", "points_self": 7, "points_virtue": -2, "total": 5, "cumulative": 80 + at}
    return NoticeLine(**(said | changes))


def fold(text):
    return "".join(unicodedata.normalize("NFKC", text).translate(RADICALS).split())


def read(made):
    return pypdf.PdfReader(io.BytesIO(notice_pdf.render(made))).pages


@pytest.mark.parametrize(("columns", "sheets"), [(1, 13), (2, 6)])
def test_a_village_of_412_households(columns, sheets):
    made = poster(412, columns)
    pages = read(made)
    texts = [fold(page.extract_text()) for page in pages]

    assert len(pages) == sheets == made.sheets
    for number, (page, text) in enumerate(zip(pages, texts, strict=True), 1):
        box = page.mediabox
        assert [round(float(side) * 25.4 / 72) for side in (box.width, box.height)] == [210, 297]
        assert text.count("序号") == (2 if columns == 2 else 1)
        assert f"第{number}页,共{sheets}页" in text
        assert fold(f"名单校验码{made.checksum}") in text
    assert sum(text.count("*") for text in texts) == 412
    assert "桐木村2026年11月乡村治理积分公示" in texts[0]
    for words in (
        "桐木村村民委员会(盖章)",
        "村务监督委员会(签字)",
        "扫码看电子版",
        "上期封签ab12-cd34",
        "村023-00000618",
    ):
        assert words in texts[-1]
    assert "监督电话:村023-00000618,镇023-00000236。" in texts[-1]


@pytest.mark.parametrize(
    ("columns", "households"),
    [(1, 1), (1, 20), (1, 21), (1, 30), (1, 57), (2, 2), (2, 45), (2, 63), (2, 119), (2, 137)],
)
def test_the_signing_block_is_never_alone(columns, households):
    texts = [fold(page.extract_text()) for page in read(poster(households, columns))]

    assert sum(text.count("*") for text in texts) == households
    assert texts[-1].count("*") >= min(households, 3)
    assert [text for text in texts if "(盖章)" in text] == texts[-1:]


def test_equal_lists_give_equal_files():
    for render in (notice_pdf.render, notice_docx.render, notice_sheet.workbook):
        assert render(poster(5)) == render(poster(5))


def test_another_point_gives_another_checksum():
    changed = poster(5)
    changed.lines[2] = line(3, total=6)

    assert changed.checksum != poster(5).checksum
    assert poster(5).checksum == poster(5).checksum


def test_the_code_in_word_is_the_address_alone():
    word = docx.Document(io.BytesIO(notice_docx.render(poster(3))))
    (picture,) = (part.blob for part in word.part.package.iter_parts() if part.partname.endswith(".png"))
    drawn = Image.open(io.BytesIO(picture)).convert("1")
    wanted = segno.make(ADDRESS, error="m", micro=False)
    size = wanted.symbol_size(border=0)[0]
    step = drawn.width // size

    dots = [[not drawn.getpixel((x * step + 1, y * step + 1)) for x in range(size)] for y in range(size)]
    assert dots == [[bool(dot) for dot in row] for row in wanted.matrix]
    assert notice_pdf.render(poster(3))


def test_the_rows_of_word_repeat_their_head_and_hold_together():
    word = docx.Document(io.BytesIO(notice_docx.render(poster(60, 1))))
    rows = word.tables[0].rows

    assert [cell.text for cell in rows[0].cells][:4] == ["序号", "户主", "组", "户号尾号"]
    assert rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in rows[1:]]
    assert kept == [None] * 57 + [True] * 4
    assert [cell.text for cell in rows[1].cells] == ["1", "冉*明", "1组", "01", "+7", "0", "−2", "+5", "81"]
    assert rows[-1].cells[0].text == "合计 60 户"
    said = "".join(paragraph.text for paragraph in word.paragraphs)
    assert "公示期 8 天（11月23日至11月30日）" in said
    assert word.tables[1].rows[0].cells[2].text.splitlines()[0] == "桐木村村民委员会（盖章）"
    assert "NUMPAGES" in word.sections[0].footer._element.xml


def test_two_columns_in_word_are_read_down_each_sheet():
    word = docx.Document(io.BytesIO(notice_docx.render(poster(130))))
    first, second, _ = word.tables

    numbers = [[cell.text for cell in row.cells] for row in first.rows]
    assert (numbers[1][0], numbers[2][0], numbers[1][7]) == ("1", "2", str(len(first.rows)))
    listed = [value for table in (first, second) for row in table.rows[1:] for value in (row.cells[0], row.cells[7])]
    assert sorted(int(cell.text) for cell in listed if cell.text) == list(range(1, 131))
    assert any(paragraph.paragraph_format.page_break_before for paragraph in word.paragraphs)


def test_the_workbook_counts():
    made = poster(3)
    made.lines[1] = line(2, masked_name="=*明")
    sheet = openpyxl.load_workbook(io.BytesIO(notice_sheet.workbook(made)))["公示"]
    rows = list(sheet.iter_rows(values_only=True))

    assert rows[2] == (1, "冉*明", "1组", "01", 7, 0, -2, 5, 81)
    assert sheet.cell(4, 2).data_type == "s"
    assert (rows[5][1], rows[5][4:8]) == ("合计 3 户", (21, 0, -6, 15))


def test_a_character_no_font_has_is_marked_in_pdf_and_kept_in_word():
    made = poster(1)
    made.lines[0] = line(1, masked_name="𪚥*明")
    word = docx.Document(io.BytesIO(notice_docx.render(made)))

    assert "〓*明" in fold(read(made)[0].extract_text())
    assert word.tables[0].rows[1].cells[1].text == "𪚥*明"


def glyph_of(page, character):
    """The glyph by which a page draws a character, as its fonts say of themselves; None where none does."""
    wanted = character.encode("utf-16-be").hex().upper()
    for font in page["/Resources"]["/Font"].values():
        told = font.get_object()["/ToUnicode"].get_object().get_data().decode("ascii").upper()
        if found := re.search(rf"<([0-9A-F]+)>\s*<{wanted}>", told):
            return int(found[1], 16)
    return None


def test_a_rare_character_is_drawn_and_not_a_box():
    """Ext-B: outside the basic plane, and in the fonts of the PDF. Glyph 0 is the box of what a font has not."""
    made = poster(1)
    made.lines[0] = line(1, masked_name="田*𤩽")
    page = read(made)[0]

    assert glyph_of(page, "𤩽")
    assert "田*𤩽" in fold(page.extract_text())
    made.lines[0] = line(1, masked_name="田*𪚥")
    assert glyph_of(read(made)[0], "𪚥") is None
