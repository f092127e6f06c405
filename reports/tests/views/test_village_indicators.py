"""What a village reports once a quarter, on its page: the newest beside the one before, and any of them drawn."""

from decimal import Decimal

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW
from qianjiang_portal.foundation import periods
from villages import indicators
from villages.indicators import Typed
from villages.models import Indicator

Q2, Q3 = periods.parse("2026Q2"), periods.parse("2026Q3")


@pytest.fixture
def reported(district, clerk):
    facts = {"unit": "万元", "decimals": 2, "source": "财务账"}
    income = Indicator.objects.create(code="income", name="集体收入", position=1, **facts)
    cases = Indicator.objects.create(code="cases", name="调解成功", unit="件", source="登记簿", position=2)
    for period, earned, solved in ((Q2, "4.5", "6"), (Q3, "5.2", "7")):
        cells = {(district.tongmu.pk, kind.pk): Typed(Decimal(n)) for kind, n in ((income, earned), (cases, solved))}
        indicators.report(period=period, cells=cells, by=clerk, now=NOW)
    return reverse("reports:village", args=[district.tongmu.code])


def block(response):
    [section] = html.fromstring(response.content.decode()).xpath("//section[@aria-labelledby='indicators-title']")
    drawn = " ".join(" ".join(section.xpath(".//section[@id='indicator']//tbody")[0].itertext()).split())
    rows = [
        " ".join(" ".join(row.itertext()).split()) for row in section.xpath(".//div[@class='c-tablebox']//tbody/tr")
    ]
    return rows, drawn, section.xpath(".//a[@aria-current='true']/text()")


def test_the_first_indicator_is_drawn_or_the_one_that_was_asked_for(reported, clerk, signed_in):
    client = signed_in(clerk)
    rows, drawn, current = block(client.get(reported))
    assert rows == ["集体收入 5.2 4.5 万元", "调解成功 7 6 件"]
    assert (drawn.endswith("26年2季度 4.5 26年3季度 5.2 26年4季度 —"), current) == (True, ["集体收入"])
    _, drawn, current = block(client.get(reported, {"indicator": "cases"}))
    assert (drawn.endswith("26年2季度 6 26年3季度 7 26年4季度 —"), current) == (True, ["调解成功"])
    assert block(client.get(reported, {"indicator": "nothing"}))[2] == ["集体收入"]
