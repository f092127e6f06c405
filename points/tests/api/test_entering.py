"""Entering through the API: what the pages do, once for each key, all rows or none, refusals at their fields."""

import datetime as dt
import threading
import uuid

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from rest_framework.parsers import JSONParser

from conftest import NOW, TODAY, approve
from points.api.batches import Batches
from points.models import Batch, Claim
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from villages import answers, appointments
from villages.models import Answer, Token
from villages.tasks import forget_answers

BATCHES, CLAIMS = "/api/v1/batches/", "/api/v1/claims/"


def send(client, address, content=None, *, key=None, method="post"):
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return getattr(client, method)(address, content or {}, content_type="application/json", headers=headers)


def batch_of(district, *rows, **changed):
    rows = list(rows) or [{"household": home.number} for home in district.homes[:2]]
    return {"village": district.tongmu.code, "rule": "Z02", "occurred_on": TODAY.isoformat(), "rows": rows} | changed


def codes(answer):
    return {name: [problem["code"] for problem in problems] for name, problems in answer.json()["fields"].items()}


def test_a_batch_is_entered_changed_and_submitted(rule_set, district, clerk, api):
    client, homes = api(clerk), district.homes
    made = send(client, BATCHES, batch_of(district, {"household": homes[0].number, "note": "修渠"}))
    assert made.status_code == 201, made.json()
    told = made.json()
    number, [claim] = told["number"], told["claims"]
    assert (told["source"], told["state"], told["rows"], told["points"], told["warnings"]) == ("api", "draft", 1, 5, [])
    assert (claim["head_name"], claim["points"], claim["note"], claim["line"]) == ("冉光明", 5, "修渠", 1)

    more = send(client, f"{BATCHES}{number}/rows/", {"rows": [{"household": homes[1].number, "rule": "Z01"}]}).json()
    assert [row["rule"] for row in more["claims"]] == ["Z01"]
    changed = send(client, f"{CLAIMS}{claim['id']}/", {"version": 1, "points": 8}, method="patch").json()
    assert (changed["points"], changed["version"], changed["note"]) == (8, 2, "修渠")
    second = more["claims"][0]["id"]
    assert send(client, f"{CLAIMS}{second}/", method="delete").json()["state"] == "withdrawn"
    assert send(client, f"{CLAIMS}{second}/restore/").json()["state"] == "draft"
    assert send(client, f"{CLAIMS}{second}/", method="delete").json()["state"] == "withdrawn"

    version = client.get(f"{BATCHES}{number}/").json()["version"]
    sent = send(client, f"{BATCHES}{number}/submit/", {"version": version}).json()
    assert (sent["state"], sent["rows"], sent["points"]) == ("submitted", 1, 8)
    assert send(client, f"{BATCHES}{number}/recall/").json()["state"] == "draft"


def test_a_misspelt_field_is_refused_where_it_stands(rule_set, district, clerk, api):
    """Left aside, it would be answered as done with what it was meant to change left as it was."""
    client, homes = api(clerk), district.homes
    rows = [{"household": homes[0].number}, {"household": homes[1].number, "pionts": 6}]
    refused = send(client, BATCHES, batch_of(district, *rows, remark="补录"))
    assert (refused.status_code, codes(refused)) == (400, {"remark": ["unknown"], "rows.1.pionts": ["unknown"]})
    assert refused.json()["fields"]["remark"][0]["message"] == "没有这一项"
    assert not Batch.objects.exists()

    made = send(client, BATCHES, batch_of(district)).json()
    [first, _] = made["claims"]
    changed = send(client, f"{CLAIMS}{first['id']}/", {"version": 1, "ponits": 8}, method="patch")
    assert codes(changed) == {"ponits": ["unknown"]}
    assert Claim.objects.get(pk=first["id"]).version == 1


def test_what_was_entered_by_a_program_is_checked_by_somebody_else(rule_set, district, clerk, reviewer, panel, api):
    told = send(api(clerk), BATCHES, batch_of(district)).json()
    batch = Batch.objects.get(number=told["number"])
    send(api(clerk), f"{BATCHES}{batch.number}/submit/", {"version": batch.version})

    approve(batch, reviewer, panel)

    assert set(batch.claims.values_list("state", "maker__name", "checker__name")) == {("approved", "冉晓莉", "覃正芬")}


def test_the_same_request_sent_again_is_done_once_and_answered_the_same(rule_set, district, clerk, api):
    client, key = api(clerk), "stand-2026-11-23"
    first = send(client, BATCHES, batch_of(district), key=key)
    again = send(client, BATCHES, batch_of(district), key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), Batch.objects.count(), Claim.objects.count()) == (again.json(), 1, 2)
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")


def test_a_key_that_was_used_for_something_else_is_refused(rule_set, district, clerk, reviewer, api):
    client, key = api(clerk), "k" * 8
    send(client, BATCHES, batch_of(district), key=key)
    other = send(client, BATCHES, batch_of(district, occurred_on="2026-11-22"), key=key)

    assert (other.status_code, other.json()["code"], Batch.objects.count()) == (422, "key-used", 1)
    assert send(api(clerk), BATCHES, batch_of(district), key=key).status_code == 201


def test_nothing_is_kept_of_a_refusal_so_that_it_can_be_put_right_under_the_same_key(rule_set, district, clerk, api):
    client, key = api(clerk), "k" * 8
    wrong = send(client, BATCHES, batch_of(district, {"household": district.homes[0].number, "points": 99}), key=key)
    assert (wrong.status_code, Answer.objects.count(), Batch.objects.count()) == (422, 0, 0)

    assert send(client, BATCHES, batch_of(district), key=key).status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        r'{"rows": [{"note": "\ud800"}]}',
        r'{"\udc00": 1}',
        "[" * 100_000 + "]" * 100_000,
        '{"rows": ' * 5000 + "1" + "}" * 5000,
    ],
    ids=["half a character", "half a name", "deep list", "deep object"],
)
def test_json_that_is_no_text_or_has_no_bottom_is_refused(district, clerk, api, content):
    answer = send(api(clerk), BATCHES, content)

    assert (answer.status_code, answer.json()["code"], Answer.objects.count()) == (400, "parse_error", 0)


def test_with_the_framework_s_own_parser_half_a_character_is_an_error_of_the_portal(district, clerk, api, monkeypatch):
    monkeypatch.setattr(Batches, "parser_classes", [JSONParser])
    assert send(api(clerk), BATCHES, batch_of(district, village="\ud800")).status_code == 500


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "空 格"])
def test_a_write_without_a_key_of_its_own_is_not_done(rule_set, district, clerk, api, key):
    headers = {"Idempotency-Key": key.encode().decode("latin-1")} if key else {}
    answer = api(clerk).post(BATCHES, batch_of(district), content_type="application/json", headers=headers)

    assert (answer.status_code, codes(answer), Batch.objects.count()) == (400, {"Idempotency-Key": ["key"]}, 0)


def test_every_row_that_cannot_stand_is_told_at_its_field_and_none_is_kept(rule_set, district, clerk, api):
    homes = district.homes
    rows = [
        {"household": homes[0].number, "points": 9},
        {"household": homes[1].number},
        {"household": homes[1].number},
        {"household": homes[2].number, "occurred_on": "2026-11-24"},
        {"household": homes[3].number, "note": "电话 13800138000"},
        {"household": homes[4].number, "points": -5},
    ]
    answer = send(api(clerk), BATCHES, batch_of(district, *rows))

    assert (answer.status_code, answer.json()["message"]) == (422, "有 5 处要改")
    assert codes(answer) == {
        "rows.0.points": ["G-05"],
        "rows.2.household": ["G-04"],
        "rows.3.occurred_on": ["G-09"],
        "rows.4.note": ["N-01"],
        "rows.5.points": ["G-05"],
    }
    assert answer.json()["fields"]["rows.0.points"][0]["message"] == "每次 +2 到 +8 分，这里是 +9 分"
    assert not Batch.objects.exists()


def test_what_is_not_there_and_what_is_a_neighbour_s_are_told_alike(rule_set, district, clerk, api):
    child = district.homes[1].residents.order_by("pk")[0]
    rows = [
        {"household": district.far[0].number},
        {"household": "0"},
        {"household": district.homes[0].number, "rule": "Z99"},
        {"household": district.homes[0].number, "resident": child.pk},
    ]
    answer = send(api(clerk), BATCHES, batch_of(district, *rows))

    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"rows.0.household", "rows.1.household", "rows.2.rule", "rows.3.resident"}
    next_door = send(api(clerk), BATCHES, batch_of(district, {"household": district.next_door[0].number}))
    assert next_door.json()["fields"]["rows.0.household"][0]["message"] == "罗昌碧不在桐木村的名册上"
    far = send(api(clerk), BATCHES, batch_of(district, village=district.zhongyuan.code))
    assert (far.status_code, codes(far)) == (422, {"village": ["does_not_exist"]})


@pytest.mark.parametrize(
    ("changed", "status", "wrong"),
    [
        ({"rows": []}, 400, {"rows": ["empty"]}),
        ({"rows": [{"household": "1"}] * 201}, 400, {"rows": ["max_length"]}),
        ({"rows": [{"points": "viel"}]}, 400, {"rows.0.household": ["required"], "rows.0.points": ["invalid"]}),
        ({"occurred_on": "23.11."}, 400, {"occurred_on": ["invalid"]}),
        ({"occurred_on": "2026-11-24"}, 422, {"occurred_on": ["G-09"]}),
        ({"occurred_on": "2026-01-05"}, 422, {"occurred_on": ["G-10"]}),
        ({"rule": "Z99"}, 422, {"rule": ["G-18"]}),
    ],
)
def test_a_batch_that_cannot_begin_says_why(rule_set, district, clerk, api, changed, status, wrong):
    answer = send(api(clerk), BATCHES, batch_of(district, **changed))

    assert (answer.status_code, codes(answer), Batch.objects.count()) == (status, wrong, 0)


def test_words_of_wrong_fields_are_chinese(rule_set, district, clerk, api):
    answer = send(
        api(clerk), BATCHES, {"rows": [{"household": 1, "points": "x", "occurred_on": "x", "note": "长" * 61}]}
    )
    words = [problem["message"] for problems in answer.json()["fields"].values() for problem in problems]

    assert len(words) == 5
    assert all("一" <= word[0] <= "鿿" for word in words), words


def test_a_row_changed_in_between_is_not_overwritten(make_batch, clerk, api):
    claim = make_batch().claims.order_by("line")[0]
    client = api(clerk)
    assert send(client, f"{CLAIMS}{claim.pk}/", {"version": 1, "points": 6}, method="patch").status_code == 200

    late = send(client, f"{CLAIMS}{claim.pk}/", {"version": 1, "points": 7}, method="patch")

    claim.refresh_from_db()
    assert (late.status_code, late.json()["code"], claim.points) == (409, "E-409", 6)


def test_a_batch_changed_in_between_is_not_submitted(make_batch, clerk, api):
    batch = make_batch()

    answer = send(api(clerk), f"{BATCHES}{batch.number}/submit/", {"version": batch.version - 1})

    batch.refresh_from_db()
    assert (answer.status_code, batch.state) == (409, "draft")


def test_rows_that_do_not_fit_any_more_are_named_when_a_batch_is_submitted(make_batch, district, clerk, api):
    batch = make_batch(district.homes[:1], points=8)
    for day in (2, 3, 4):
        other = make_batch(district.homes[:1], points=8, on=TODAY.replace(day=day))
        send(api(clerk), f"{BATCHES}{other.number}/submit/", {"version": other.version})

    answer = send(api(clerk), f"{BATCHES}{batch.number}/submit/", {"version": batch.version})

    assert (answer.status_code, codes(answer)) == (422, {"lines.1": ["G-17"]})


@pytest.mark.parametrize("scopes", [["read"], ["people"], ["read", "people", "review", "redeem"]])
def test_a_token_without_the_scope_enters_nothing(make_batch, district, clerk, api, scopes):
    batch = make_batch()
    claim = batch.claims.order_by("line")[0]
    client = api(clerk, *scopes)
    tries = [
        (BATCHES, "post"),
        (f"{BATCHES}{batch.number}/rows/", "post"),
        (f"{BATCHES}{batch.number}/submit/", "post"),
        (f"{BATCHES}{batch.number}/recall/", "post"),
        (f"{CLAIMS}{claim.pk}/", "patch"),
        (f"{CLAIMS}{claim.pk}/", "delete"),
        (f"{CLAIMS}{claim.pk}/restore/", "post"),
    ]
    answers_given = [send(client, address, batch_of(district), method=method) for address, method in tries]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers_given} == {(403, "token-scope")}
    assert answers_given[0].json()["message"] == "这个令牌没有勾选“录入和提交”"


def test_a_token_that_may_only_enter_reads_no_list(rule_set, district, clerk, api):
    client = api(clerk, "enter")

    assert send(client, BATCHES, batch_of(district)).status_code == 201
    assert client.get(BATCHES).status_code == client.get(CLAIMS).status_code == 403


def test_what_a_token_wrote_is_noted_with_the_token(rule_set, district, clerk, api):
    client = api(clerk)
    number = send(client, BATCHES, batch_of(district), key="k" * 8).json()["number"]
    send(client, BATCHES, batch_of(district), key="k" * 8)

    prefix = Token.objects.get().prefix
    noted = AuditEvent.objects.filter(action="api.batch.create").values_list(
        "actor", "target", "place", "address", "facts"
    )
    assert list(noted) == [(clerk.pk, number, district.tongmu.code, "127.0.0.1", {"token": prefix})]


def test_an_answer_is_not_told_again_after_the_appointment_has_ended(rule_set, district, clerk, api):
    client = api(clerk)
    send(client, BATCHES, batch_of(district), key="k" * 8)
    appointments.appoint(user=clerk, begins_on=TODAY, role="clerk", township=district.shihui)
    [post] = clerk.appointments.filter(township=district.zhuoshui)
    appointments.end(appointment=post, on=TODAY - dt.timedelta(days=1))

    answer = send(client, BATCHES, batch_of(district), key="k" * 8)

    assert (answer.status_code, answer.json()["code"]) == (422, "key-used")


def test_answers_are_forgotten_after_the_days_of_the_setting(rule_set, district, clerk, api):
    client = api(clerk)
    send(client, BATCHES, batch_of(district))

    with calendar.at(NOW + dt.timedelta(days=7)):
        forget_answers()
        assert Answer.objects.count() == 1
    with calendar.at(NOW + dt.timedelta(days=7, minutes=1)):
        forget_answers()
        assert Answer.objects.count() == 0


def test_writes_are_counted_apart(rule_set, district, clerk, api, monkeypatch):
    from qianjiang_portal.foundation.api.throttling import WriteThrottle

    cache.clear()
    monkeypatch.setitem(WriteThrottle.THROTTLE_RATES, "write", "2/min")
    client = api(clerk)
    given = [send(client, BATCHES, batch_of(district, occurred_on=f"2026-11-0{day}")).status_code for day in (2, 3, 4)]
    address = f"{CLAIMS}{Claim.objects.order_by('pk')[0].pk}/"

    assert given == [201, 201, 429]
    assert [send(client, address, method=method).status_code for method in ("patch", "delete")] == [429, 429]
    assert client.get(BATCHES).status_code == 200


def kept(token, **changed):
    fields = {"token": token, "key": "k" * 8, "asked": "0" * 64, "posts": [], "status": 200, "body": {}, "made_at": NOW}
    return Answer.objects.create(**fields | changed)


@pytest.mark.parametrize(
    ("changed", "wall"),
    [
        ({}, "villages_answer_is_given_once_per_key"),
        ({"key": "k" * 9, "status": 422}, "villages_answer_is_of_something_done"),
        ({"key": "k y"}, "villages_answer_has_a_plain_key"),
    ],
)
def test_the_database_keeps_one_answer_a_key(clerk, api, changed, wall):
    api(clerk)
    token = Token.objects.get()
    kept(token)
    with pytest.raises(IntegrityError, match=wall), transaction.atomic():
        kept(token, **changed)


def test_the_database_lets_no_answer_be_changed(clerk, api):
    api(clerk)
    kept(Token.objects.get())
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Answer.objects.update(body={"points": 99})


@pytest.mark.django_db(transaction=True)
def test_two_twins_at_the_same_moment_are_done_once(clerk, api):
    api(clerk)
    token, begun, done = Token.objects.get(), threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert done.wait(10)
        return 201, {"number": "1"}

    def first():
        try:
            answers.once(token=token, key="k" * 8, asked="0", do=slow, now=NOW)
        finally:
            connection.close()

    worker = threading.Thread(target=first)
    worker.start()
    assert begun.wait(10)
    with pytest.raises(answers.KeyBusy):
        answers.once(token=token, key="k" * 8, asked="0", do=lambda: (201, {}), now=NOW)
    done.set()
    worker.join()

    again = answers.once(token=token, key="k" * 8, asked="0", do=lambda: (201, {}), now=NOW)
    assert (again.body, again.again) == ({"number": "1"}, True)
