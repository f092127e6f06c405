"""The API's common ground, tried on places and households: scope, words, pages, filters, ETags, limits, notes."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianjiang_portal.foundation.models import AuditEvent

VILLAGES, HOUSEHOLDS = "/api/v1/villages/", "/api/v1/households/"


def names(response, field="head_name"):
    return [row[field] for row in response.json()["results"]]


def errors(response):
    return {name: [found["code"] for found in problems] for name, problems in response.json()["fields"].items()}


def test_everyone_sees_the_villages_of_their_places(cast, api):
    seen = {name: names(api(person).get(VILLAGES), "short_name") for name, person in cast.items()}

    town, every = ["三门社区", "桐木村"], ["中元村", "三门社区", "桐木村"]
    assert seen == {
        "clerk": town,
        "reviewer": ["桐木村"],
        "leader": town,
        "counter": ["桐木村"],
        "liaison": ["桐木村"],
        "district": every,
        "auditor": every,
        "admin": every,
        "stranger": ["中元村"],
        "double": town,
    }


def test_a_household_is_told_in_plain_fields(district, clerk, api):
    [home] = district.homes[:1]

    assert api(clerk).get(f"{HOUSEHOLDS}{home.number}/").json() == {
        "number": home.number,
        "village": "500114112202",
        "grid": 1,
        "grid_name": "1组",
        "head_name": "冉光明",
        "members": 4,
        "state": "active",
        "joined_on": "2026-01-01",
        "left_on": None,
    }


def test_a_stranger_s_household_is_not_found(district, clerk, api):
    answer = api(clerk).get(f"{HOUSEHOLDS}{district.far[0].number}/")

    assert (answer.status_code, answer.json()) == (
        404,
        {"code": "not_found", "message": "没有找到，或不在任职范围内", "fields": {}},
    )
    assert names(api(clerk).get(HOUSEHOLDS, {"village": district.zhongyuan.code})) == []


def test_a_token_without_the_scope_reads_no_household(district, clerk, api):
    answer = api(clerk, "read").get(HOUSEHOLDS)

    assert (answer.status_code, answer.json()["code"]) == (403, "token-scope")
    assert answer.json()["message"] == "这个令牌没有勾选“读农户、批次、流水和余额”"


def test_households_are_filtered_and_found_as_on_the_pages(district, clerk, api):
    client = api(clerk)

    assert names(client.get(HOUSEHOLDS, {"village": district.sanmen.code})) == ["罗昌碧", "向兴国", "田茂云"]
    assert names(client.get(HOUSEHOLDS, {"q": "rgm"})) == ["冉光明"]
    assert names(client.get(HOUSEHOLDS, {"state": "moved"})) == []


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"vilage": "500114112202"}, {"vilage": ["unknown"]}),
        ({"state": "gone"}, {"state": ["invalid_choice"]}),
        ({"grid": "x"}, {"grid": ["invalid"]}),
        ({"limit": "201"}, {"limit": ["range"]}),
        ({"limit": "0"}, {"limit": ["range"]}),
        ({"cursor": "x"}, {"cursor": ["cursor"]}),
    ],
)
def test_what_is_asked_wrongly_is_told_field_by_field(clerk, api, asked, wrong):
    answer = api(clerk).get(HOUSEHOLDS, asked)

    assert (answer.status_code, answer.json()["message"], errors(answer)) == (400, "有 1 处要改", wrong)


def test_pages_follow_one_another_and_hold_everything_once(district, clerk, api):
    client, found, url = api(clerk), [], f"{HOUSEHOLDS}?limit=3"
    while url:
        page = client.get(url)
        found += names(page)
        url = page.json()["next"]

    assert sorted(found) == sorted(home.head_name for home in [*district.homes, *district.next_door])


def test_a_cursor_somebody_made_up_is_told_and_not_an_error_of_the_portal(clerk, api):
    assert errors(api(clerk).get("/api/v1/grids/", {"cursor": "cD14eHg="})) == {"cursor": ["cursor"]}


def test_nothing_is_sent_again_where_nothing_has_changed(district, clerk, api):
    client = api(clerk)
    first = client.get(HOUSEHOLDS)
    assert first["Cache-Control"] == "private, no-cache"
    again = {"If-None-Match": first["ETag"]}

    assert (client.get(HOUSEHOLDS, headers=again).status_code, client.get(HOUSEHOLDS).status_code) == (304, 200)

    district.homes[0].members = 5
    district.homes[0].save()
    assert client.get(HOUSEHOLDS, headers=again).status_code == 200


def test_whoever_reads_people_is_noted_with_token_and_count(district, clerk, api):
    client = api(clerk)
    first = client.get(HOUSEHOLDS, {"village": district.tongmu.code})
    client.get(HOUSEHOLDS, {"village": district.tongmu.code}, headers={"If-None-Match": first["ETag"]})
    client.get(f"{HOUSEHOLDS}{district.homes[0].number}/members/")
    client.get(VILLAGES)

    noted = AuditEvent.objects.filter(action__startswith="api.").order_by("pk")
    assert list(noted.values_list("actor", "action", "target", "place", "facts__rows", "address")) == [
        (clerk.pk, "api.household", "village=500114112202", "500114112202", 8, "127.0.0.1"),
        (clerk.pk, "api.household.members", district.homes[0].number, "", 2, "127.0.0.1"),
    ]


def test_an_unknown_address_answers_in_json(client, db):
    assert client.get("/api/v1/nothing/").json()["code"] == "not_found"
    assert client.post("/api/v1/nothing/").status_code == 404


def test_a_token_that_asks_too_often_is_told_to_wait(clerk, api, monkeypatch):
    from qianjiang_portal.foundation.api.throttling import ReadThrottle

    cache.clear()
    monkeypatch.setitem(ReadThrottle.THROTTLE_RATES, "read", "2/min")
    client = api(clerk)

    answers = [client.get(VILLAGES) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "throttled"
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert api(clerk).get(VILLAGES).status_code == 200


@pytest.mark.parametrize("limit", [1, 3])
def test_households_ask_the_same_number_of_queries(clerk, api, limit):
    client = api(clerk)
    client.get(VILLAGES)
    with CaptureQueriesContext(connection) as asked:
        client.get(HOUSEHOLDS, {"limit": limit})

    assert len(asked) == 4
