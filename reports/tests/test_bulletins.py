"""The sheets of honours and of a year's end: masked on every kind of paper, the same bytes for the same list."""

import datetime as dt
import io
from dataclasses import replace

import docx
import pytest
from django.urls import reverse
from pypdf import PdfReader

from conftest import NOW
from points import awards, bulletins, honours, year_ends
from points.models import HonourKind, PanelMember
from points.tests.shop import give
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.foundation.models import AuditEvent
from reports.documents import bulletin
from villages.models import Household

JANUARY = dt.datetime(2027, 1, 4, 10, tzinfo=calendar.SHANGHAI)


DEED = "帮邻居收谷子，院坝天天扫"


def put_up(district, clerk, reviewer, deed=DEED):
    kind = HonourKind.objects.get(name="文明家庭")
    put = {"kind": kind, "village": district.tongmu, "year": 2026}
    made = [
        honours.nominate(**put, nominee=honours.Nominee(home), deed=deed, by=clerk, now=NOW)
        for home in district.homes[:5]
    ]
    sitting = honours.Sitting(list(PanelMember.objects.filter(village=district.tongmu)), NOW)
    passed = [one.pk for one in made]
    honours.decide(village=district.tongmu, passed=passed, declined={}, sitting=sitting, by=reviewer, now=NOW)
    return awards.publish(village=district.tongmu, by=clerk, now=NOW)


@pytest.fixture
def honoured(district, clerk, reviewer, panel):
    return put_up(district, clerk, reviewer)


def end_year(district, leader):
    for home in district.homes:
        give(home, 12)
    options.put(name="year_end", value="reset")
    made = year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY)
    return year_ends.publish(year_end=made, by=leader, now=JANUARY)


@pytest.fixture
def ending(district, leader):
    return end_year(district, leader)


def words_of(kind, content):
    if kind == "pdf":
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    word = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in word.paragraphs), *cells])


def paper(client, code, kind):
    answer = client.get(reverse("reports:bulletin-paper", args=[code, kind]))
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_honours_on_paper_are_masked_and_the_same_each_time(honoured, district, clerk, signed_in, kind):
    client = signed_in(clerk)
    content = paper(client, honoured.code, kind)
    text = words_of(kind, content)
    assert paper(client, honoured.code, kind) == content
    assert "冉*明" in text
    assert "帮邻居收谷子" in text
    assert honoured.code in text
    for home in district.homes:
        assert home.head_name not in text
    assert AuditEvent.objects.filter(action="notice.paper", target=honoured.code).count() == 2


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_year_end_on_paper(ending, district, leader, signed_in, kind):
    text = words_of(kind, paper(signed_in(leader), ending.code, kind))
    assert "2026年末积分清零公示" in text.replace("⺟", "母")
    assert "96" in text
    for home in district.homes:
        assert home.head_name not in text


def test_the_page_to_print_and_what_is_not_there(honoured, ending, clerk, stranger, signed_in):
    client = signed_in(clerk)
    for code, words in ((honoured.code, "5 项荣誉公示如下"), (ending.code, "8 户公示如下")):
        page = client.get(reverse("points:bulletin-print", args=[code])).content.decode()
        assert words in page
        assert "c-sheet__qr" in page
        assert "〓" not in page
        assert "冉光明" not in page
    assert client.get(reverse("reports:bulletin-paper", args=[honoured.code, "xlsx"])).status_code == 404
    assert client.get(reverse("points:bulletin-print", args=["GS-1"])).status_code == 404
    away = signed_in(stranger)
    assert away.get(reverse("points:bulletin-print", args=[honoured.code])).status_code == 404


def test_a_character_the_pdf_cannot_draw_is_said_beside_it(district, clerk, reviewer, leader, panel, signed_in):
    """𤩽 is in the fonts of the PDF, 𠮷 is not and would hang on the wall as 〓 without a word."""
    honoured = put_up(district, clerk, reviewer, "给𤩽家收谷子👍")
    Household.objects.filter(pk=district.homes[0].pk).update(head_name="𠮷光明")
    ending = end_year(district, leader)
    client = signed_in(clerk)
    for code, rare in ((honoured.code, "👍"), (ending.code, "𠮷")):
        page = client.get(reverse("points:bulletin-print", args=[code])).content.decode()
        assert f"PDF 的字体里没有 {rare}，印成 〓；从这一页打印，或用 DOCX" in page
    assert "家收谷子〓" in words_of("pdf", paper(client, honoured.code, "pdf"))
    assert "给𤩽家收谷子👍" in words_of("docx", paper(client, honoured.code, "docx"))


def test_a_planted_name_would_be_found(honoured):
    """The control: a name that was not masked does show in both kinds of paper."""
    planted = replace(bulletins.of_honours(honoured), rows=(("1", "文明家庭", "冉光明", "1组", "01", "和睦"),))
    assert "冉光明" in words_of("docx", bulletin.as_docx(planted))
    assert "冉光明" in words_of("pdf", bulletin.as_pdf(planted))
