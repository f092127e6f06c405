"""结对帮扶一张表: one A4 page however much happened, as DOCX and PDF, of the pairings one may see."""

import datetime as dt
import io
from decimal import Decimal

import docx
import pypdf
import pytest
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from demos import pairings
from demos.pairing_pages import village_sheet
from qianjiang_portal.foundation import periods
from qianjiang_portal.testing_kept import kept
from villages.models import Unit


@pytest.fixture
@kept
def helped(district, district_officer, liaison, clerk):
    """桐木村 with a lead unit and one that joins in, and what each of them did."""
    said = {"village": district.tongmu, "begins_on": SINCE, "by": district_officer, "now": NOW}
    civil = Unit.objects.get(code="minzheng")
    other = Unit.objects.create(code="sifa", name="区司法局")
    lead = pairings.pair(unit=civil, role="lead", contact="周联络", phone="023-0000 0105", **said)
    joins = pairings.pair(unit=other, role="help", contact="田法", village_contact="冉主任", **said)
    noted = {"on": TODAY, "by": clerk, "now": NOW}
    pairings.log_visit(pairing=lead, visitors="周联络、李科", done="看互助点选址", **noted)
    pairings.log_visit(pairing=joins, visitors="田法", done="讲民法典", **noted)
    given = {"kind": "money", "what": "互助点补助", "amount": Decimal("20000"), "receipt": "民字 7"}
    pairings.add_support(pairing=lead, **given, **noted)
    pairings.raise_problem(pairing=lead, text="缺灭火器", **noted)
    return lead


def page(pairing, kind):
    return reverse("reports:pairing-sheet", args=[pairing.pk, kind])


def test_the_paper_holds_every_unit_of_the_village(helped, clerk, signed_in):
    response = signed_in(clerk).get(page(helped, "docx"))
    paper = docx.Document(io.BytesIO(b"".join(response.streaming_content)))

    units, visits, supports, problems = (
        [[cell.text for cell in row.cells] for row in one.rows] for one in paper.tables
    )
    assert units[1:] == [
        ["区民政局", "牵头", "2026-01-01 起", "周联络 023-0000 0105", "—"],
        ["区司法局", "参与", "2026-01-01 起", "田法", "冉主任"],
    ]
    assert visits[1] == ["2026-11-23", "区司法局", "田法", "讲民法典"]
    assert supports[1] == ["2026-11-23", "区民政局", "资金", "互助点补助", "20,000 元", "民字 7"]
    assert problems[1] == ["2026-11-23", "区民政局", "缺灭火器", "待办", "—"]
    assert any("走访 2 次、3 人次，资金 20,000 元" in line.text for line in paper.paragraphs)


def test_it_stays_one_page(helped, clerk, signed_in):
    text = "看互助点选址，和村两委商量房屋修缮、餐食配送和值守，约定下个月再来看进展" * 2
    for at in range(30):
        day = TODAY - dt.timedelta(days=at)
        pairings.log_visit(pairing=helped, on=day, visitors="周联络、李科、王股", done=text, by=clerk, now=NOW)
        given = {"kind": "goods", "on": day, "what": "互助点桌椅和消防器材一批", "amount": Decimal("1234.5")}
        pairings.add_support(pairing=helped, **given, by=clerk, now=NOW)
        pairings.raise_problem(pairing=helped, text=text[:80], on=day, by=clerk, now=NOW)
    response = signed_in(clerk).get(page(helped, "pdf"))
    read = pypdf.PdfReader(io.BytesIO(b"".join(response.streaming_content)))

    assert len(read.pages) == 1
    sheet = village_sheet(clerk, helped.village, periods.of(TODAY, "year"))
    assert (len(sheet.visits.rows), sheet.visits.said) == (5, "共 32 条，列最近 5 条")
    shown = signed_in(clerk).get(reverse("demos:pairing-print", args=[helped.pk])).content.decode()
    assert "共 32 条，列最近 5 条" in shown


def test_each_takes_away_what_they_may_see(helped, liaison, stranger, signed_in):
    response = signed_in(liaison).get(page(helped, "docx"))
    tables = docx.Document(io.BytesIO(b"".join(response.streaming_content))).tables
    assert [row.cells[0].text for row in tables[0].rows][1:] == ["区民政局"]
    assert signed_in(stranger).get(page(helped, "docx")).status_code == 404
