"""Points through the API: the same rows, sums and masks as on the pages, and nobody's next door."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from points.models import Claim
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent

V1 = "/api/v1/"


def rows(response):
    return response.json()["results"]


def test_a_batch_and_its_claims_are_told(submitted, district, clerk, api):
    client = api(clerk)

    batch = client.get(f"{V1}batches/{submitted.number}/").json()
    assert {name: batch[name] for name in ("village", "rule", "state", "maker", "rows", "points", "source")} == {
        "village": "500114112202",
        "rule": "Z02",
        "state": "submitted",
        "maker": "冉晓莉",
        "rows": 3,
        "points": 15,
        "source": "entry",
    }
    claims = rows(client.get(f"{V1}claims/", {"batch": submitted.number}))
    assert [(claim["line"], claim["household"], claim["points"], claim["state"]) for claim in claims] == [
        (3, district.homes[2].number, 5, "submitted"),
        (2, district.homes[1].number, 5, "submitted"),
        (1, district.homes[0].number, 5, "submitted"),
    ]


def test_a_draft_is_its_maker_s_alone(make_batch, clerk, reviewer, api):
    number = make_batch().number

    assert [row["number"] for row in rows(api(clerk).get(f"{V1}batches/"))] == [number]
    assert rows(api(reviewer).get(f"{V1}batches/")) == rows(api(reviewer).get(f"{V1}claims/")) == []
    assert api(reviewer).get(f"{V1}batches/{number}/").status_code == 404


def test_the_stranger_reads_nothing_of_the_village(posted, district, stranger, api):
    client = api(stranger)
    claim, entry = Claim.objects.order_by("pk")[0], posted.claims.order_by("pk")[0]

    for resource in ("batches", "claims", "entries"):
        assert rows(client.get(f"{V1}{resource}/")) == []
    assert {row["village"] for row in rows(client.get(f"{V1}balances/"))} == {district.zhongyuan.code}
    for address in (f"claims/{claim.pk}", f"balances/{district.homes[0].number}", f"batches/{entry.batch.number}"):
        assert client.get(f"{V1}{address}/").status_code == 404


def test_entries_and_balances_are_those_of_the_passbook(posted, district, clerk, api):
    client = api(clerk)
    home = district.homes[0]

    [entry] = rows(client.get(f"{V1}entries/", {"household": home.number}))
    assert {name: entry[name] for name in ("kind", "points", "rule", "dimension", "period", "reverses")} == {
        "kind": "award",
        "points": 5,
        "rule": "Z02",
        "dimension": "self",
        "period": "2026-12",
        "reverses": None,
    }
    assert client.get(f"{V1}balances/{home.number}/").json() == {
        "household": home.number,
        "head_name": "冉光明",
        "village": district.tongmu.code,
        "posted": 5,
        "earned": 5,
        "available": 5,
        "on_notice": 0,
    }
    noted = AuditEvent.objects.filter(action__in=["api.entry", "api.balance"]).values_list("target", flat=True)
    assert set(noted) == {f"household={home.number}", home.number}


def test_points_on_notice_are_told_apart(notice, district, clerk, api):
    balance = api(clerk).get(f"{V1}balances/{district.homes[0].number}/").json()

    assert (balance["available"], balance["on_notice"]) == (0, 5)


def test_a_notice_is_everybody_s_and_masked_until_its_days_are_over(notice, client):
    [listed] = rows(client.get(f"{V1}notices/"))
    assert (listed["code"], listed["village_name"], listed["households"], listed["awards"]) == (
        notice.code,
        "濯水镇桐木村",
        3,
        15,
    )
    told = client.get(f"{V1}notices/{notice.code}/")
    assert [line["masked_name"] for line in told.json()["lines"]] == ["冉*明", "单*芬", "覃*明"]
    assert "冉光明" not in told.content.decode()
    assert told["X-Robots-Tag"] == "noindex, nofollow"

    with calendar.at(notice.due_at):
        assert rows(client.get(f"{V1}notices/")) == []
        assert client.get(f"{V1}notices/{notice.code}/").json()["lines"] == []


def test_rules_in_force_are_those_of_the_village(rule_set, district, clerk, api):
    found = rows(api(clerk).get(f"{V1}rules/", {"in_force": district.tongmu.code, "dimension": "self"}))

    assert {row["rule_set"] for row in found} == {rule_set.pk}
    assert [(row["min_points"], row["max_points"], row["default_points"]) for row in found if row["code"] == "Z02"] == [
        (2, 8, 5)
    ]
    assert rows(api(clerk).get(f"{V1}rules/", {"in_force": district.zhongyuan.code})) == []


@pytest.mark.parametrize(
    ("resource", "count"), [("batches", 2), ("claims", 2), ("entries", 2), ("balances", 2), ("rules", 2)]
)
@pytest.mark.parametrize("limit", [1, 3])
def test_a_list_asks_the_same_number_of_queries(posted, make_batch, clerk, api, resource, count, limit):
    make_batch()
    make_batch()
    client = api(clerk)
    client.get(f"{V1}villages/")
    with CaptureQueriesContext(connection) as asked:
        assert len(rows(client.get(f"{V1}{resource}/", {"limit": limit}))) == limit

    own = [query for query in asked if "auditevent" not in query["sql"]]
    assert len(own) == count + 1


def test_a_hundred_claims_cost_at_most_eight_queries(make_batch, district, clerk, rule_set, api):
    codes = ["Z02", "Z01", "Z03"]
    for code in codes:
        rule = rule_set.rules.get(code=code)
        for day in range(1, 6):
            make_batch(district.homes[:7], rule=rule, on=calendar.today().replace(day=day))
    client = api(clerk)
    with CaptureQueriesContext(connection) as asked:
        assert len(rows(client.get(f"{V1}claims/"))) == 100

    assert len(asked) <= 8
