"""The registers of help and places as workbooks: what the page shows, narrowed as the page is, within scope."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from conftest import NOW, SINCE, TODAY
from demos import candidates, funding, meetings, pairings, programmes
from demos.meetings import Decided
from qianjiang_portal.foundation import periods
from villages import bodies, charters, indicators, services
from villages.indicators import Typed
from villages.models import Indicator, Unit


@pytest.fixture
def unit(liaison):
    return Unit.objects.get(code="minzheng")


@pytest.fixture
def rows(signed_in):
    def taken(person, url, **given):
        answer = signed_in(person).get(url, given | {"as": "xlsx"})
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        return [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]

    return taken


def test_candidates(rows, district, district_officer, clerk, stranger):
    goal = programmes.set_target(
        year=2026, level="district", kind="village", minimum=1, hoped=2, by=district_officer, now=NOW
    )
    candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", by=clerk, now=NOW)
    [row] = rows(clerk, reverse("demos:board"))
    assert row[:4] == ["濯水镇", "桐木村", "区级示范村", "培育"]
    assert row[-3:] == ["逾期 206 天", None, "冉主任"]
    assert rows(clerk, reverse("demos:board"), level="city") == []
    assert rows(stranger, reverse("demos:board")) == []


def test_pairings_and_decisions(rows, unit, district, district_officer, liaison, clerk):
    said = {"village": district.tongmu, "unit": unit, "by": district_officer, "now": NOW}
    pairing = pairings.pair(role="lead", begins_on=SINCE, contact="周联络", **said)
    given = {"kind": "money", "on": TODAY, "what": "补助", "amount": Decimal("2000.5"), "receipt": "民字 7"}
    pairings.add_support(pairing=pairing, **given, by=liaison, now=NOW)
    [row] = rows(clerk, reverse("demos:pairing-list"))
    assert (row[0], row[1], row[9]) == ("区民政局", "濯水镇桐木村", 2000.5)
    decided = [Decided("修互助点", unit, TODAY)]
    meetings.hold(kind="special", unit=unit, on=TODAY, decided=decided, by=liaison, now=NOW)
    [row] = rows(liaison, reverse("demos:decision-list"))
    assert (row[2], row[3], row[5]) == ("修互助点", "区民政局", None)
    assert rows(clerk, reverse("demos:decision-list")) == []


def test_money(rows, district, clerk, stranger):
    said = {"village": district.tongmu, "on": TODAY, "by": clerk, "now": NOW}
    funding.book(kind="district", what="区级补助", amount=Decimal(20000), receipt="财 1", **said)
    funding.book(kind="goods", what="洗衣液", amount=Decimal("860.5"), receipt="购 1", **said)
    book = rows(clerk, reverse("demos:fund-book", args=[district.tongmu.code]))
    assert [line[1:6] for line in book] == [
        ["区级补助", "区级补助", 20000, None, 20000],
        ["兑换物品", "洗衣液", None, 860.5, 19139.5],
    ]
    found = {row[1]: row[6] for row in rows(clerk, reverse("demos:fund-list"))}
    assert found == {"桐木村": 19139.5, "三门社区": 0}
    assert [row[1] for row in rows(stranger, reverse("demos:fund-list"))] == ["中元村"]


def test_people_and_charters(rows, district, clerk, reviewer):
    said = {"village": district.tongmu, "by": clerk, "now": NOW}
    bodies.name_post(kind="law", name="冉法", begins_on=SINCE, phone="023-0000 0001", **said)
    [row] = rows(reviewer, reverse("villages:people-list"), group="people")
    assert (row[0], row[1], row[2], row[6]) == ("濯水镇桐木村", "法治带头人", "冉法", "023-0000 0001")
    passed = charters.Passed("delegates", SINCE, 60, 48, 40)
    charters.adopt(passed=passed, effective_on=SINCE, text="一、爱护环境", **said)
    found = rows(clerk, reverse("villages:charter-list"))
    assert [(row[0], row[1], row[6]) for row in found] == [
        ("三门社区", None, "还没有"),
        ("桐木村", 1, "通过 326 天没有备案"),
    ]


def test_errands_and_indicators(rows, district, clerk, stranger):
    said = {"village": district.tongmu, "papers": "身份证", "place": "村委会", "phone": "023-0000 0618", "days": 3}
    guide = services.put_guide(name="医保参保", by=clerk, now=NOW, **said)
    services.receive(guide=guide, asked_by="冉光明", on=TODAY, by=clerk, now=NOW)
    [row] = rows(clerk, reverse("villages:errand-list"))
    assert (row[1], row[2], row[5]) == ("医保参保", "冉光明", "受理")
    assert rows(stranger, reverse("villages:errand-list")) == []
    indicators.load_defaults()
    first = Indicator.objects.in_use().in_order()[0]
    quarter = periods.of(TODAY, "quarter")
    cells = {(district.tongmu.pk, first.pk): Typed(Decimal("12.5"))}
    indicators.report(period=quarter, cells=cells, by=clerk, now=NOW)
    url = reverse("villages:indicator-grid", args=[quarter.slug, "500114112"])
    found = {row[0]: row[1] for row in rows(clerk, url)}
    assert found == {"桐木村": 12.5, "三门社区": None}
