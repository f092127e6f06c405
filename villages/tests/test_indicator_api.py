"""Indicators through the API: what is asked, and what the villages of one's places reported."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW
from qianjiang_portal.foundation import periods
from villages import indicators
from villages.indicators import Typed
from villages.models import Indicator

VALUES = "/api/v1/indicator-values/"


@pytest.fixture
def reported(district, clerk):
    income = Indicator.objects.create(code="income", name="集体收入", unit="万元", decimals=2, source="财务账")
    values = {(village.pk, income.pk): Typed(Decimal("12.5"), "") for village in (district.tongmu, district.sanmen)}
    for period in ("2026Q2", "2026Q3"):
        indicators.report(period=periods.parse(period), cells=values, by=clerk, now=NOW)


def test_what_villages_reported_is_told(reported, district, clerk, stranger, api):
    client = api(clerk)
    [asked] = client.get("/api/v1/indicators/", {"is_active": "true"}).json()["results"]
    assert (asked["code"], asked["unit"], asked["kind"]) == ("income", "万元", "flow")

    [told] = client.get(VALUES, {"village": district.tongmu.code, "period": "2026Q3"}).json()["results"]
    assert {name: told[name] for name in ("village", "indicator", "period", "value", "compared_with")} == {
        "village": district.tongmu.code,
        "indicator": "income",
        "period": "2026Q3",
        "value": 12.5,
        "compared_with": 12.5,
    }
    assert len(client.get(VALUES, {"township": district.zhuoshui.code}).json()["results"]) == 4
    assert api(stranger).get(VALUES).json()["results"] == []


def test_nothing_is_sent_again_where_nothing_was_reported(reported, clerk, api):
    client = api(clerk)
    etag = client.get(VALUES)["ETag"]

    assert client.get(VALUES, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("limit", [1, 3])
def test_values_ask_the_same_number_of_queries(reported, clerk, api, limit):
    client = api(clerk)
    client.get("/api/v1/villages/")
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(VALUES, {"limit": limit}).json()["results"]) == limit

    assert len(asked) == 3
