import datetime as dt
import json
import uuid

import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from points import batches
from points.models import Batch, Claim
from points.tests.views.cost import own_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(district):
    return {"v": district.tongmu.code, "h": district.homes[0].pk, "date": TODAY.isoformat()}


@pytest.fixture
def send(signed_in, clerk, district, rule_set):
    client = signed_in(clerk)

    def post(code="Z02", household=district.homes[0], **changes):
        fields = {
            "batch": f"visit:{district.tongmu.code}:{TODAY}:0",
            "key": str(uuid.uuid4()),
            "village": district.tongmu.code,
            "rule": rule_set.rules.get(code=code).pk,
            "date": TODAY.isoformat(),
            "visit": TODAY.isoformat(),
            "household": household.pk,
            "points": rule_set.rules.get(code=code).default,
            "note": "",
        } | changes
        return client.post(reverse("points:row"), fields)

    return post


def page(client, **query):
    return client.get(reverse("points:entry-household"), query)


def config(response):
    _, _, rest = response.content.decode().partition('<script id="entry-config" type="application/json">')
    return json.loads(rest.partition("</script>")[0])


def test_a_household_is_shown_with_what_it_has_and_its_neighbours(signed_in, clerk, district, posted, place):
    response = page(signed_in(clerk), **place)

    visit = response.context["visit"]
    register = list(district.tongmu.households.order_by("number"))
    assert (visit.household, visit.available, visit.month) == (district.homes[0], 5, 5)
    assert (visit.before, visit.after) == (None, register[1])
    text = response.content.decode()
    for words in ("可兑换 <b>5</b>", "本月 <b>+5</b>", "一户多事", "下一户"):
        assert words in text


def test_every_rule_says_what_its_cap_still_allows(signed_in, clerk, district, make_batch, rule_set, place):
    once = make_batch(district.homes[:1], rule=rule_set.rules.get(code="Z01"))
    batches.submit(batch=once, maker=clerk, now=NOW)
    half = make_batch(district.homes[:1], points=8)
    batches.submit(batch=half, maker=clerk, now=NOW)

    left = {rule["code"]: rule["left"] for rule in config(page(signed_in(clerk), **place))["rules"]}

    assert left["Z01"] == "本月 1 次已用完"
    assert left["Z02"] == "户主本月还可 16 分"
    assert left["Z03"] == ""


def test_rows_of_several_households_and_days_stand_in_one_batch(send, district):
    send("Z02")
    send("Z03", points=10, date=(TODAY - dt.timedelta(days=2)).isoformat())
    send("Z02", household=district.homes[1], points=3)

    batch = Batch.objects.get()
    assert (batch.rule, batch.occurred_on, batch.source) == (None, TODAY, "entry")
    assert list(batch.claims.order_by("line").values_list("household__head_name", "rule__code", "points")) == [
        ("冉光明", "Z02", 5),
        ("冉光明", "Z03", 10),
        ("覃世明", "Z02", 3),
    ]


def test_the_page_comes_back_with_the_rows_of_its_household_alone(send, signed_in, clerk, district, place):
    send("Z02", note="半天")
    send("Z02", household=district.homes[1])

    told = config(page(signed_in(clerk), **place))

    assert told["number"] == Batch.objects.get().number
    assert [(row["line"], row["date"], row["points"], row["note"]) for row in told["rows"]] == [
        (1, TODAY.isoformat(), 5, "半天")
    ]


def test_a_submitted_batch_is_followed_by_another(send, signed_in, clerk, place):
    send("Z02")
    batches.submit(batch=Batch.objects.get(), maker=clerk, now=NOW)

    told = config(page(signed_in(clerk), **place))

    assert (told["number"], told["rows"]) == ("", [])
    assert told["batch"].endswith(":1")
    assert send("Z03", points=10, batch=told["batch"]).status_code == 200
    assert Batch.objects.count() == 2


def test_the_same_rules_hold_as_everywhere(send, district):
    assert send("Z02", points=9).content.decode() == "每次 +2 到 +8 分，这里是 +9 分"
    assert send("Z02").status_code == 200
    assert send("Z02").content.decode() == "冉光明 已在第 1 行"
    assert send("Z02", date="2026-11-30").content.decode() == "日期晚于今天，改为 2026-11-23 或更早"
    assert Claim.objects.count() == 1


def test_a_draft_is_gone_on_with_where_it_was_left(send, signed_in, clerk, district):
    send("Z02")
    send("Z02", household=district.homes[1])
    client = signed_in(clerk)
    number = Batch.objects.get().number

    assert client.get(reverse("points:entry"), {"batch": number}).url.endswith(f"household/?batch={number}")
    visit = page(client, batch=number).context["visit"]
    assert (visit.household, visit.batch.number) == (district.homes[1], number)


@pytest.mark.parametrize("whose", ["next_door", "far"])
def test_a_household_out_of_scope_is_not_found(signed_in, stranger, clerk, district, rule_set, whose):
    person = {"next_door": stranger, "far": clerk}[whose]

    assert page(signed_in(person), h=getattr(district, whose)[0].pk).status_code == 404


def test_before_a_household_is_chosen_the_page_asks_for_one(signed_in, clerk, district, rule_set):
    client = signed_in(clerk)

    assert "先选村，再选户主" in page(client, v="").content.decode()
    assert "选一户，再录事项" in page(client, v=district.tongmu.code).content.decode()
    assert "日期写成 2026-11-30 这样" in page(client, v=district.tongmu.code, date="x").content.decode()


def test_the_page_costs_the_same_with_one_row_and_with_three(send, signed_in, clerk, place):
    send("Z02")
    client = signed_in(clerk)
    url = f"{reverse('points:entry-household')}?v={place['v']}&h={place['h']}&date={place['date']}"
    own_queries(client, url)
    one = own_queries(client, url)
    send("Z03", points=10)
    send("Z04", points=5)

    assert own_queries(client, url) == one <= 17
