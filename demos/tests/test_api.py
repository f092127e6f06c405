"""Demonstration programmes through the API: targets, candidates of one's places, and the way they went."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW, SINCE
from demos import candidates, programmes

CANDIDATES = "/api/v1/candidates/"


@pytest.fixture
def goal(officer):
    return programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=3, by=officer, now=NOW)


@pytest.fixture
def candidate(goal, district, clerk):
    made = candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, by=clerk, now=NOW, owner="冉主任")
    return candidates.advance(candidate=made, on=SINCE + dt.timedelta(days=1), by=clerk, now=NOW)


def test_a_programme_is_told_with_its_stages_in_order(goal, clerk, api):
    [told] = api(clerk).get("/api/v1/programmes/", {"year": 2026}).json()["results"]

    assert (told["title"], told["minimum"], told["hoped"]) == ("区级示范村", 1, 3)
    assert [stage["key"] for stage in told["stages"]] == [
        "nurture", "apply", "town", "district", "notice", "recognised", "care",
    ]  # fmt: skip


def test_a_candidate_is_told_with_the_way_it_went(candidate, goal, district, clerk, api):
    client = api(clerk)
    [listed] = client.get(CANDIDATES, {"township": district.zhuoshui.code, "stage": "apply"}).json()["results"]
    assert {name: listed[name] for name in ("village", "township", "name", "stage", "owner", "closed_on")} == {
        "village": district.tongmu.code,
        "township": district.zhuoshui.code,
        "name": "濯水镇桐木村",
        "stage": "apply",
        "owner": "冉主任",
        "closed_on": None,
    }
    told = client.get(f"{CANDIDATES}{candidate.pk}/").json()
    assert [(move["kind"], move["from_stage"] is None) for move in told["moves"]] == [
        ("nominate", True),
        ("advance", False),
    ]
    assert told["milestones"][0]["done_on"] == "2026-01-02"
    assert client.get(CANDIDATES, {"closed": "true"}).json()["results"] == []


def test_a_candidate_elsewhere_is_not_found(candidate, stranger, reviewer, api):
    assert api(stranger).get(CANDIDATES).json()["results"] == []
    assert api(stranger).get(f"{CANDIDATES}{candidate.pk}/").status_code == 404
    assert api(reviewer).get(CANDIDATES).status_code == 403


@pytest.mark.parametrize("limit", [1, 2])
def test_candidates_ask_the_same_number_of_queries(candidate, goal, district, clerk, officer, api, limit):
    candidates.nominate(programme=goal, place=district.sanmen, on=SINCE, by=clerk, now=NOW)
    client = api(clerk)
    client.get("/api/v1/villages/")
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(CANDIDATES, {"limit": limit}).json()["results"]) == limit

    assert len(asked) == 3
