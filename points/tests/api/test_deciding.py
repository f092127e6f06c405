"""Review through the API: by reviewers alone, never of one's own, with the panel's quorum."""

import pytest

from points.models import Review
from points.tests.api.test_entering import codes, send

BATCHES = "/api/v1/batches/"


@pytest.fixture
def decision(submitted, panel):
    """Passes the first row, returns the second, leaves the third."""
    first, second, _third = submitted.claims.order_by("line")
    return {
        "version": submitted.version,
        "approve": [first.pk],
        "returned": [{"claim": second.pk, "reasons": ["absent"], "note": "当天在外地"}],
        "present": [member.pk for member in panel],
        "opinion": "一致同意",
    }


def decide(client, batch, content, **said):
    return send(client, f"{BATCHES}{batch.number}/decide/", content, **said)


def states(batch):
    return list(batch.claims.order_by("line").values_list("state", flat=True))


def test_a_reviewer_opens_and_decides_a_batch(submitted, decision, reviewer, clerk, api):
    client = api(reviewer)
    assert send(client, f"{BATCHES}{submitted.number}/open/").json()["state"] == "submitted"
    assert send(api(clerk), f"{BATCHES}{submitted.number}/recall/").json()["code"] == "G-21"

    made = decide(client, submitted, decision)

    assert made.status_code == 201, made.json()
    told = made.json()
    assert {name: told[name] for name in ("batch", "decided_by", "approved", "returned", "opinion")} == {
        "batch": submitted.number,
        "decided_by": "覃正芬",
        "approved": 1,
        "returned": 1,
        "opinion": "一致同意",
    }
    assert sorted(told["present"]) == sorted(["覃正芬", "冉启文", "庹世全"])
    assert states(submitted) == ["approved", "returned", "submitted"]
    assert list(submitted.claims.filter(line=2).values_list("return_reasons", "return_note")) == [
        (["没有参加"], "当天在外地")
    ]
    [listed] = client.get("/api/v1/reviews/", {"batch": submitted.number}).json()["results"]
    assert listed == told


def test_the_panel_is_named_by_the_day(panel, reviewer, district, stranger, api):
    client = api(reviewer)

    listed = client.get("/api/v1/panel/", {"village": district.tongmu.code, "on": "2026-11-23"}).json()["results"]
    assert [(row["name"], row["is_head"]) for row in listed] == [("覃正芬", True), ("冉启文", False), ("庹世全", False)]
    assert client.get("/api/v1/panel/", {"on": "2025-12-31"}).json()["results"] == []
    assert api(stranger).get("/api/v1/panel/").json()["results"] == []


def test_the_decision_sent_twice_is_taken_once(submitted, decision, reviewer, api):
    client = api(reviewer)

    given = [decide(client, submitted, decision, key="k" * 8) for _ in range(2)]

    assert (given[0].json(), given[1]["Idempotency-Replayed"]) == (given[1].json(), "true")
    assert Review.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"present": []}, 422, "R-04"),
        ({"present": [2**60]}, 422, {"present.0": ["does_not_exist"]}),
        ({"returned": [{"claim": 1}]}, 422, "R-02"),
        ({"approve": [], "returned": []}, 422, "refused"),
        ({"approve": [2**60], "returned": []}, 409, "E-409"),
        ({"version": 99}, 409, "E-409"),
        ({"returned": [{"claim": 1, "reasons": ["bad"]}]}, 400, {"returned.0.reasons.0": ["invalid_choice"]}),
        ({"held_at": "2026-11-24T10:00:00+08:00"}, 422, "refused"),
        ({"opinion": "长" * 201}, 400, {"opinion": ["max_length"]}),
    ],
)
def test_a_decision_that_cannot_be_taken_says_why(submitted, decision, reviewer, api, changed, status, code):
    answer = decide(api(reviewer), submitted, decision | changed)

    assert answer.status_code == status, answer.json()
    assert codes(answer) == code if isinstance(code, dict) else answer.json()["code"] == code
    assert states(submitted) == ["submitted"] * 3


def test_whoever_had_a_hand_in_a_batch_leaves_it_to_others(submitted, decision, reviewer, api):
    from points.models import BatchEditor

    BatchEditor.objects.create(batch=submitted, user=reviewer)
    client = api(reviewer)

    assert decide(client, submitted, decision).json()["code"] == "R-03"
    assert send(client, f"{BATCHES}{submitted.number}/open/").status_code == 403
    assert states(submitted) == ["submitted"] * 3


@pytest.mark.parametrize("scopes", [["read", "people", "enter", "redeem"], ["read"]])
def test_a_token_without_the_scope_decides_nothing(submitted, decision, reviewer, api, scopes):
    client = api(reviewer, *scopes)
    answers = [decide(client, submitted, decision), send(client, f"{BATCHES}{submitted.number}/open/")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "token-scope")}
    assert states(submitted) == ["submitted"] * 3


def test_the_clerk_and_the_leader_decide_nothing(submitted, decision, clerk, leader, district_officer, api):
    given = [decide(api(person), submitted, decision) for person in (clerk, leader, district_officer)]

    assert [(answer.status_code, answer.json()["code"]) for answer in given] == [(403, "permission_denied")] * 3
