import datetime as dt
import json
import uuid

import pytest
from django.urls import reverse

from conftest import NOW, TODAY, make_person, publish_rules
from points import batches
from points.models import Batch, Claim
from qianjiang_portal.foundation import calendar
from villages import roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(signed_in, clerk, district, rule):
    """Post a row as the grid does; keyword arguments change its fields."""
    client = signed_in(clerk)
    key = uuid.uuid4().hex

    def post(household=district.homes[0], **changes):
        """`household` is a household, or what is typed instead of one."""
        fields = {
            "batch": key,
            "key": str(uuid.uuid4()),
            "village": district.tongmu.code,
            "rule": rule.pk,
            "date": TODAY.isoformat(),
            "household": getattr(household, "pk", household),
            "points": 5,
            "note": "",
        } | changes
        return client.post(reverse("points:row"), fields, headers={"X-Requested-With": "fetch"})

    return post


def page(client, **query):
    return client.get(reverse("points:entry"), query)


def config(response):
    """What the page tells its scripts."""
    _, _, rest = response.content.decode().partition('<script id="entry-config" type="application/json">')
    return json.loads(rest.partition("</script>")[0])


# --- the page ------------------------------------------------------------


def test_the_address_chooses_village_rule_and_day(signed_in, clerk, district, rule):
    response = page(signed_in(clerk), v=district.tongmu.code, rule="Z02", date="2026-11-20")

    shown = response.context["entering"]
    assert (shown.village, shown.rule, shown.day, shown.problem) == (
        district.tongmu,
        rule,
        dt.date(2026, 11, 20),
        None,
    )
    known = {"id": rule.pk, "code": "Z02", "sign": 1, "least": 2, "most": 8, "usual": 5, "evidence": "optional"}
    assert config(response)["rule"] == known


def test_the_last_batch_of_today_is_remembered(signed_in, clerk, make_batch, district, rule):
    make_batch(on=dt.date(2026, 11, 20))

    shown = page(signed_in(clerk)).context["entering"]

    assert (shown.village, shown.rule, shown.typed_date) == (district.tongmu, rule, "2026-11-20")


def test_the_day_of_another_day_is_forgotten(signed_in, clerk, make_batch):
    make_batch(on=dt.date(2026, 11, 20))

    with calendar.at(NOW + dt.timedelta(days=1)):
        shown = page(signed_in(clerk)).context["entering"]

    assert shown.typed_date == "2026-11-24"


def test_only_villages_of_the_clerk_are_offered(signed_in, clerk, district, rule):
    shown = page(signed_in(clerk)).context["entering"]

    assert {village.pk for village in shown.villages} == {district.tongmu.pk, district.sanmen.pk}


def test_a_village_of_another_township_is_not_found(signed_in, clerk, district, rule):
    assert page(signed_in(clerk), v=district.zhongyuan.code).status_code == 404


def test_whoever_is_no_clerk_may_not_enter(signed_in, reviewer, rule):
    assert page(signed_in(reviewer)).status_code == 403


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ({"date": "2026-11-24"}, "date", "日期晚于今天，改为 2026-11-23 或更早"),
        ({"date": "2026-09-01"}, "date", "2026年9月已公示结束。需要更正请在存折里做冲正"),
        ({"date": "20261132"}, "date", "日期写成 2026-11-30 这样"),
        ({"rule": "Z99"}, "rule", "2026-11-23 的细则里没有 Z99，换一个事项"),
    ],
)
def test_the_context_bar_says_what_stands_in_the_way(signed_in, clerk, district, rule, query, field, text):
    asked = {"v": district.tongmu.code, "rule": "Z02", "date": TODAY.isoformat()} | query

    response = page(signed_in(clerk), **asked)

    problem = response.context["entering"].problem
    assert (problem.field, problem.text) == (field, text)
    assert text in response.content.decode()


def test_a_village_without_rules_says_so(signed_in, stranger, district):
    shown = page(signed_in(stranger), v=district.zhongyuan.code, rule="Z02").context["entering"]

    assert shown.problem.text == "中元村在 2026-11-23 没有生效的积分细则"


def test_a_draft_comes_back_with_its_rows(signed_in, clerk, make_batch, district):
    batch = make_batch()

    response = page(signed_in(clerk), batch=batch.number)

    given = config(response)
    assert (given["number"], given["batch"]) == (batch.number, batch.idempotency_key)
    assert [(row["line"], row["household"]["name"], row["points"]) for row in given["rows"]] == [
        (1, "冉光明", 5),
        (2, "覃世明", 5),
        (3, "单淑芬", 5),
    ]


def test_a_submitted_batch_is_shown_instead_of_entered(signed_in, clerk, submitted):
    response = page(signed_in(clerk), batch=submitted.number)

    assert response.url == reverse("points:batch", args=[submitted.number])


def test_somebody_elses_draft_is_not_found(signed_in, stranger, make_batch):
    assert page(signed_in(stranger), batch=make_batch().number).status_code == 404


# --- the register --------------------------------------------------------


def test_the_index_holds_every_active_household_in_register_order(signed_in, clerk, district, submitted):
    roster.move_out(household=district.homes[7], on=TODAY)

    response = signed_in(clerk).get(reverse("points:entry-index", args=[district.tongmu.code]))

    rows = response.json()["rows"]
    assert [row[1] for row in rows] == ["龚素芳", "欧阳娜", "覃世明", "冉光明", "单淑芬", "庹世全", "曾国良"]
    ran = next(row for row in rows if row[1] == "冉光明")
    assert ran == [district.homes[0].pk, "冉光明", "rgm", "0101", "1组", 4, 5, "", "冉小妹"]
    assert response["Cache-Control"] == "private, no-cache"


def test_an_unchanged_index_is_not_sent_again(signed_in, clerk, district):
    client = signed_in(clerk)
    address = reverse("points:entry-index", args=[district.tongmu.code])
    tag = client.get(address, headers={"Accept-Encoding": "gzip"})["ETag"]

    again = client.get(address, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})

    assert (again.status_code, again.content) == (304, b"")


def test_the_index_of_another_township_is_not_found(signed_in, stranger, district):
    assert signed_in(stranger).get(reverse("points:entry-index", args=[district.tongmu.code])).status_code == 404


def test_a_name_is_looked_up_in_the_whole_township_and_no_further(signed_in, clerk, district):
    client = signed_in(clerk)

    def find(query):
        rows = client.get(reverse("points:entry-find"), {"q": query}).json()["rows"]
        return [(row["name"], row["village"]) for row in rows]

    assert find("lcb") == [("罗昌碧", "三门社区")]
    assert find("兴国") == [("向兴国", "三门社区")]
    assert find("syf") == []


# --- rows ----------------------------------------------------------------


def test_the_first_row_begins_the_batch_and_the_next_joins_it(send, district):
    first, second = send(), send(household=district.homes[1])

    batch = Batch.objects.get()
    assert first.json() == {"batch": batch.number, "version": 1, "warnings": [], "time": "10:00"}
    assert second.json()["batch"] == batch.number
    assert list(batch.claims.order_by("line").values_list("household__head_name", "points")) == [
        ("冉光明", 5),
        ("覃世明", 5),
    ]


def test_a_row_sent_twice_is_kept_once(send):
    key = str(uuid.uuid4())

    answers = [send(key=key).json(), send(key=key).json()]

    assert answers[0] == answers[1]
    assert Claim.objects.count() == 1


def test_a_saved_row_is_changed_by_its_version(send):
    key = str(uuid.uuid4())
    version = send(key=key).json()["version"]

    send(key=key, points=3, note="半天", version=version)

    claim = Claim.objects.get()
    assert (claim.points, claim.note, claim.version) == (3, "半天", 2)


def test_a_row_that_comes_near_its_cap_is_kept_with_a_warning(send, district, submitted):
    assert send().json()["warnings"] == ["本月已有 5 分，上限 24 分"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"points": 9}, "每次 +2 到 +8 分，这里是 +9 分"),
        ({"points": "五"}, "分值只填数字，如 5 或 -2"),
        ({"points": ""}, "分值只填数字，如 5 或 -2"),
        ({"household": ""}, "户主还没选定"),
        ({"date": "2026-11-24"}, "日期晚于今天，改为 2026-11-23 或更早"),
        ({"note": "好" * 61}, "备注最多 60 个字"),
    ],
)
def test_a_row_that_is_not_accepted_says_why_and_leaves_nothing(send, changes, text):
    response = send(**changes)

    assert (response.status_code, response.content.decode()) == (422, text)
    assert not Batch.objects.exists()


def test_a_household_twice_names_the_row_it_stands_on(send):
    send()

    response = send()

    assert (response.status_code, response.content.decode()) == (422, "冉光明 已在第 1 行")


def test_a_cap_that_is_used_up_stops_the_row(send, district, make_batch, clerk, rule):
    for day in (2, 3, 4):
        batch = make_batch([district.homes[0]], points=8, on=dt.date(2026, 11, day))
        batches.submit(batch=batch, maker=clerk, now=NOW)

    response = send(points=5)

    assert response.content.decode() == "本月已有 24 分，上限 24 分，可从下月起再录"


def test_a_household_that_moved_away_is_not_entered(send, district):
    roster.move_out(household=district.homes[0], on=TODAY)

    assert send().content.decode() == "冉光明户已迁出，不能再录入"


def test_a_household_of_the_next_village_is_not_entered(send, district):
    assert send(household=district.next_door[0]).content.decode() == "罗昌碧不在桐木村的名册上"


def test_places_out_of_scope_are_not_found(send, district):
    there = make_person("leader-2", "石副镇长", {"role": "leader", "township": district.shihui})
    other = publish_rules(district.shihui, there).rules.get(code="Z02")

    assert send(household=district.far[0]).status_code == 404
    assert send(village=district.zhongyuan.code).status_code == 404
    assert send(rule=other.pk).status_code == 404
    assert not Claim.objects.exists()


def test_a_row_somebody_else_changed_shows_both_values(send, district, rule):
    key = str(uuid.uuid4())
    seen = send(key=key).json()["version"]
    send(key=key, points=3, version=seen)

    response = send(key=key, points=8, version=seen)

    assert response.status_code == 409
    assert response.json() == {
        "message": "冉晓莉 刚改过这一行：现在是 冉光明 +3，这里是 +8",
        "version": 2,
        "gone": False,
        "now": {"household": district.homes[0].pk, "member": None, "points": 3, "note": ""},
    }
    assert Claim.objects.get().points == 3


def test_rows_of_a_submitted_batch_are_not_changed(send, clerk):
    key = str(uuid.uuid4())
    send(key=key)
    batches.submit(batch=Batch.objects.get(), maker=clerk, now=NOW)

    response = send(key=key, points=3, version=1)

    assert (response.status_code, response.content.decode()) == (422, "这一批已提交，或没有修改它的任职")
    assert Claim.objects.get().points == 5


def test_a_row_is_taken_out_and_put_back(send, client):
    key, batch = str(uuid.uuid4()), uuid.uuid4().hex
    send(key=key, batch=batch)
    which = {"key": key, "batch": batch}

    removed = client.post(reverse("points:row-remove"), which)
    assert (removed.status_code, Claim.objects.get().state) == (204, "withdrawn")

    restored = client.post(reverse("points:row-restore"), which)
    assert (restored.json()["version"], Claim.objects.get().state) == (3, "draft")


def test_a_row_that_never_arrived_is_gone_already(send, client):
    which = {"key": str(uuid.uuid4()), "batch": uuid.uuid4().hex}

    assert client.post(reverse("points:row-remove"), which).status_code == 204
    assert client.post(reverse("points:row-restore"), which).status_code == 404


def test_nobody_takes_out_rows_of_another(send, client, signed_in, stranger):
    key, batch = str(uuid.uuid4()), uuid.uuid4().hex
    send(key=key, batch=batch)

    signed_in(stranger).post(reverse("points:row-remove"), {"key": key, "batch": batch})

    assert Claim.objects.get().state == "draft"


def test_a_signed_out_row_is_answered_without_a_page(client, district, rule):
    response = client.post(reverse("points:row"), {}, headers={"X-Requested-With": "fetch"})

    assert (response.status_code, response.content) == (401, b"")


def test_a_later_row_is_saved_with_few_statements(send, district, django_assert_max_num_queries):
    """Two of them open and close the transaction; a test's own transaction makes savepoints of them."""
    number = send(district.homes[0]).json()["batch"]
    send(district.homes[1], number=number)

    with django_assert_max_num_queries(2 + 8):
        assert send(district.homes[2], number=number).status_code == 200
