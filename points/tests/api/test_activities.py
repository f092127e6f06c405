"""Activities through the API: what a village did, and, for whoever may read people, who was there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW, TODAY
from points import activities
from points.activities import Facts, Present
from qianjiang_portal.foundation.models import AuditEvent

ACTIVITIES = "/api/v1/activities/"


@pytest.fixture
def activity(district, clerk, rule):
    facts = Facts("self", "kind", "清沟排水义务劳动", TODAY, "2组晒坝")
    made = activities.register(village=district.tongmu, facts=facts, by=clerk, now=NOW)
    activities.attend(activity=made, people=[Present(one) for one in district.homes[:3]], by=clerk, now=NOW)
    return made


def test_an_activity_is_told_with_its_batch_and_who_was_there(activity, rule, district, clerk, api):
    client = api(clerk)
    [told] = client.get(ACTIVITIES, {"village": district.tongmu.code, "kind": "self"}).json()["results"]
    assert {name: told[name] for name in ("title", "held_on", "place", "attended", "batch")} == {
        "title": "清沟排水义务劳动",
        "held_on": "2026-11-23",
        "place": "2组晒坝",
        "attended": 3,
        "batch": None,
    }
    assert client.get(ACTIVITIES, {"until": "2026-11-22"}).json()["results"] == []

    activities.to_points(activity=activity, rule=rule, by=clerk, now=NOW)
    activity.refresh_from_db()
    assert client.get(f"{ACTIVITIES}{activity.pk}/").json()["batch"] == activity.batch.number
    present = client.get(f"{ACTIVITIES}{activity.pk}/attendances/").json()
    assert [row["head_name"] for row in present] == ["冉光明", "单淑芬", "覃世明"]
    noted = AuditEvent.objects.filter(action__startswith="api.").values_list("action", "target", "facts__rows")
    assert list(noted) == [("api.activity.attendances", str(activity.pk), 3)]


def test_names_are_for_whoever_may_read_people(activity, clerk, stranger, api):
    reading = api(clerk, "read")

    assert reading.get(f"{ACTIVITIES}{activity.pk}/").status_code == 200
    assert reading.get(f"{ACTIVITIES}{activity.pk}/attendances/").json()["code"] == "token-scope"
    assert api(stranger).get(f"{ACTIVITIES}{activity.pk}/attendances/").status_code == 404
    assert api(stranger).get(ACTIVITIES).json()["results"] == []


@pytest.mark.parametrize("limit", [1, 3])
def test_activities_ask_the_same_number_of_queries(activity, district, clerk, api, limit):
    for at in (1, 2):
        facts = Facts("self", "kind", f"义务劳动{at}", TODAY, "2组晒坝")
        activities.register(village=district.tongmu, facts=facts, by=clerk, now=NOW)
    client = api(clerk)
    client.get("/api/v1/villages/")
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(ACTIVITIES, {"limit": limit}).json()["results"]) == limit

    assert len(asked) == 3
