"""Redeeming through the API: at the counter's own outlet, once for each key, within what is available."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW
from points import reconcile, stock
from points.models import Redemption
from points.tests.api.test_entering import codes, send
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from villages import answers

SLIPS = "/api/v1/redemptions/"


@pytest.fixture
def basket(outlet, soap, home):
    return {"outlet": outlet.pk, "household": home.number, "lines": [{"item": "XYY", "quantity": 2}]}


def test_goods_are_handed_out_and_taken_back_the_same_day(basket, soap, home, counter, api):
    client = api(counter)
    made = send(client, SLIPS, basket | {"seen": 100, "collector": "冉小妹"})

    assert made.status_code == 201, made.json()
    told = made.json()
    assert {name: told[name] for name in ("number", "head_name", "points", "balance", "collector", "undone_at")} == {
        "number": "D-1123-01",
        "head_name": "冉光明",
        "points": 40,
        "balance": 60,
        "collector": "冉小妹",
        "undone_at": None,
    }
    assert told["lines"] == [{"item": "XYY", "name": "洗衣液", "unit": "瓶", "price": 20, "quantity": 2}]
    soap.refresh_from_db()
    assert soap.stock == 8

    undone = send(client, f"{SLIPS}{told['id']}/undo/", {"reason": "录错了户"}).json()
    assert (undone["undo_reason"], undone["undone_at"][:10]) == ("录错了户", "2026-11-23")
    assert client.get(f"/api/v1/balances/{home.number}/").json()["available"] == 100
    assert [str(one) for one in reconcile.differences()] == []


def test_the_slip_is_written_once_for_a_key_even_when_the_answer_is_forgotten(basket, counter, api):
    client = api(counter)
    first = send(client, SLIPS, basket, key="k" * 8)
    again = send(client, SLIPS, basket, key="k" * 8)
    assert (first.json(), again["Idempotency-Replayed"]) == (again.json(), "true")

    answers.forget(now=NOW + dt.timedelta(days=30))
    late = send(client, SLIPS, basket, key="k" * 8)

    assert (late.json()["number"], Redemption.objects.count()) == (first.json()["number"], 1)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"lines": [{"item": "XYY", "quantity": 6}]}, 422, "B-02"),
        ({"seen": 60}, 409, "B-06"),
        ({"lines": [{"item": "NO", "quantity": 1}]}, 422, {"lines.0.item": ["does_not_exist"]}),
        ({"lines": [{"item": "XYY", "quantity": 1}] * 2}, 400, {"lines": ["repeated"]}),
        ({"lines": [{"item": "XYY", "quantity": 0}]}, 400, {"lines.0.quantity": ["min_value"]}),
        ({"lines": []}, 400, {"lines": ["empty"]}),
        ({"household": "0"}, 422, {"household": ["does_not_exist"]}),
        ({"outlet": 2**60}, 422, {"outlet": ["does_not_exist"]}),
        ({"collector": "名" * 41}, 400, {"collector": ["max_length"]}),
    ],
)
def test_what_cannot_be_handed_out_says_why(basket, counter, api, changed, status, code):
    answer = send(api(counter), SLIPS, basket | changed)

    assert answer.status_code == status, answer.json()
    assert codes(answer) == code if isinstance(code, dict) else answer.json()["code"] == code
    assert not Redemption.objects.exists()


def test_a_household_the_outlet_does_not_serve_is_not_found(basket, district, counter, api):
    answer = send(api(counter), SLIPS, basket | {"household": district.far[0].number})

    assert codes(answer) == {"household": ["does_not_exist"]}


def test_only_the_counter_of_the_outlet_redeems(basket, redeem, clerk, leader, district_officer, stranger, api):
    made = redeem()
    tries = [(SLIPS, basket), (f"{SLIPS}{made.pk}/undo/", {"reason": "录错了户"})]

    for person, statuses in (
        (clerk, [403, 403]),
        (leader, [403, 403]),
        (district_officer, [403, 403]),
        (stranger, [422, 404]),
    ):
        assert [send(api(person), *one).status_code for one in tries] == statuses, person
    assert list(Redemption.objects.values_list("undone_at", flat=True)) == [None]


@pytest.mark.parametrize("scopes", [["read", "people", "enter", "review"], ["people"]])
def test_a_token_without_the_scope_redeems_nothing(basket, redeem, counter, api, scopes):
    made, client = redeem(), api(counter, *scopes)
    given = [send(client, SLIPS, basket), send(client, f"{SLIPS}{made.pk}/undo/", {"reason": "录错了户"})]

    assert {(answer.status_code, answer.json()["code"]) for answer in given} == {(403, "token-scope")}
    assert Redemption.objects.count() == 1


def test_a_slip_of_yesterday_stands(redeem, counter, api):
    made, client = redeem(), None
    with calendar.at(NOW + dt.timedelta(days=1)):
        client = api(counter)
        answer = send(client, f"{SLIPS}{made.pk}/undo/", {"reason": "录错了户"})
        wrong = send(client, f"{SLIPS}{made.pk}/undo/", {"reason": "不想要了"})

    assert (answer.status_code, answer.json()["message"]) == (422, "只能撤销当天的小票")
    assert codes(wrong) == {"reason": ["invalid_choice"]}


def test_slips_are_listed_filtered_and_noted(redeem, home, counter, stranger, api):
    client, made = api(counter), redeem()

    def numbers(**asked):
        return [row["number"] for row in client.get(SLIPS, asked).json()["results"]]

    assert numbers(household=home.number) == numbers(since="2026-11-23") == numbers(undone="false") == [made.number]
    assert numbers(until="2026-11-22") == numbers(undone="true") == numbers(household="0") == []
    assert api(stranger).get(SLIPS).json()["results"] == []
    assert api(stranger).get(f"{SLIPS}{made.pk}/").status_code == 404
    assert AuditEvent.objects.filter(action="api.redemption", facts__rows=1).count() == 3


def test_outlets_and_goods_are_those_of_one_s_places(outlet, soap, district, counter, stranger, api):
    client = api(counter)
    [shop] = client.get("/api/v1/outlets/", {"village": district.sanmen.code}).json()["results"]
    [goods] = client.get("/api/v1/items/", {"outlet": outlet.pk, "is_listed": "true"}).json()["results"]

    assert (shop["name"], sorted(shop["villages"])) == ("桐木村积分超市", [district.sanmen.code, district.tongmu.code])
    assert (goods["code"], goods["points"], goods["stock"]) == ("XYY", 20, 10)
    assert client.get(f"/api/v1/outlets/{outlet.pk}/").json() == shop
    assert [api(stranger).get(f"/api/v1/{name}/").json()["results"] for name in ("outlets", "items")] == [[], []]


@pytest.mark.parametrize(("resource", "count"), [("redemptions", 5), ("items", 3), ("outlets", 4)])
@pytest.mark.parametrize("limit", [1, 3])
def test_lists_ask_the_same_number_of_queries(redeem, outlet, district, counter, api, resource, count, limit):
    for at in (1, 2):
        stock.keep_item(outlet=outlet, code=f"S{at}", name=f"物品{at}", points=1, unit="件", by=counter, now=NOW)
        redeem()
    redeem()
    client = api(counter)
    client.get("/api/v1/villages/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/api/v1/{resource}/", {"limit": limit})

    own = [query for query in asked if "auditevent" not in query["sql"]]
    assert len(own) == count + 1
