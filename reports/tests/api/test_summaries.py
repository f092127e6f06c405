"""Summaries through the API: one's own township's or unit's, all of them for the district."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianjiang_portal.foundation import periods
from reports import summaries
from reports.models import Sender, SummarySection
from reports.tests.test_summaries import OPEN, handed_in
from villages.models import Unit

SUMMARIES = "/api/v1/summaries/"


@pytest.fixture
def summary(district, clerk, leader):
    return handed_in(Sender(township=district.zhuoshui), clerk, leader)


def test_a_summary_is_told_with_its_text(summary, district, clerk, api):
    client = api(clerk)
    [listed] = client.get(SUMMARIES, {"period": "2026Y", "township": district.zhuoshui.code}).json()["results"]
    assert {name: listed[name] for name in ("sender", "sender_name", "period", "state", "is_paper")} == {
        "sender": district.zhuoshui.code,
        "sender_name": "濯水镇",
        "period": "2026Y",
        "state": "signed",
        "is_paper": False,
    }
    told = client.get(f"{SUMMARIES}{summary.pk}/").json()
    assert {section["key"] for section in told["sections"]} == set(SummarySection.Key.values)
    assert told["receipt"] == summary.receipt != ""


def test_others_see_only_what_they_hand_in(summary, cast, liaison, api):
    unit = Unit.objects.get(code="minzheng")
    said = {"period": periods.parse("2026Y"), "key": "work", "text": "结对", "version": 0, "now": OPEN}
    summaries.save_section(sender=Sender(unit=unit), by=liaison, **said)

    def senders(name):
        return [row["sender"] for row in api(cast[name]).get(SUMMARIES).json()["results"]]

    assert {name: senders(name) for name in ("liaison", "stranger", "leader", "district")} == {
        "liaison": ["minzheng"],
        "stranger": [],
        "leader": ["500114112"],
        "district": ["minzheng", "500114112"],
    }
    assert api(liaison).get(f"{SUMMARIES}{summary.pk}/").status_code == 404


@pytest.mark.parametrize("limit", [1, 2])
def test_summaries_ask_the_same_number_of_queries(summary, liaison, district_officer, api, limit):
    unit = Unit.objects.get(code="minzheng")
    said = {"period": periods.parse("2026Y"), "key": "work", "text": "结对", "version": 0, "now": OPEN}
    summaries.save_section(sender=Sender(unit=unit), by=liaison, **said)
    client = api(district_officer)
    client.get("/api/v1/villages/")
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(SUMMARIES, {"limit": limit}).json()["results"]) == limit

    assert len(asked) == 3
