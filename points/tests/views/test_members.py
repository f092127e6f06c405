"""Whom a row is for, asked in the grids of quick entry and told on the pages of a batch."""

import uuid

import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from points import batches
from points.models import Claim
from points.tests.views.test_evidence import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(signed_in, clerk, district, rule):
    client = signed_in(clerk)
    batch = uuid.uuid4().hex

    def post(household=district.homes[0], **changes):
        fields = {
            "batch": batch, "key": uuid.uuid4(), "village": district.tongmu.code, "rule": rule.pk, "date": "2026-11-23",
            "household": household.pk, "points": 5, "number": "", "note": "",
        }  # fmt: skip
        return client.post(reverse("points:row"), fields | changes)

    post.client = client
    return post


def test_a_row_is_kept_for_a_member(send, district):
    daughter = district.homes[0].residents.get(is_head=False)
    assert send(member=daughter.pk).status_code == 200
    assert send().status_code == 200
    assert list(Claim.objects.order_by("line").values_list("resident", flat=True)) == [daughter.pk, None]
    twice = send(member=daughter.pk)
    assert (twice.status_code, twice.content.decode()) == (422, "冉光明户 冉小妹 已在第 1 行")


def test_somebody_of_another_household_or_township_is_not_found(send, district):
    for other in (district.homes[1], district.far[0]):
        assert send(member=other.residents.get(is_head=False).pk).status_code == 404
    assert not Claim.objects.exists()


def test_the_index_names_members_with_their_ids_only_where_they_are_asked_for(send, district):
    client, home = send.client, district.homes[0]
    daughter = home.residents.get(is_head=False)
    address = f"{reverse('points:entry')}?v={district.tongmu.code}&rule=Z02&date=2026-11-23"
    asks = client.get(address)
    assert asks.context["config"]["urls"]["index"].endswith(".json?members=1")
    assert 'data-cell="member"' in asks.content.decode()
    rows = client.get(asks.context["config"]["urls"]["index"]).json()["rows"]
    assert next(row for row in rows if row[0] == home.pk)[8:] == ["冉小妹", [daughter.pk]]

    plain = client.get(address.replace("Z02", "Z01"))
    assert plain.context["config"]["urls"]["index"].endswith(".json")
    assert 'data-cell="member"' not in plain.content.decode()
    rows = client.get(plain.context["config"]["urls"]["index"]).json()["rows"]
    assert next(row for row in rows if row[0] == home.pk)[8:] == ["冉小妹"]


def test_a_household_with_many_rules_knows_its_members(send, district):
    home = district.homes[0]
    daughter = home.residents.get(is_head=False)
    address = f"{reverse('points:entry-household')}?v={district.tongmu.code}&h={home.pk}&date=2026-11-23"
    config = send.client.get(address).context["config"]
    assert (config["head"], config["members"]) == ("冉光明", [(daughter.pk, "冉小妹")])
    rules = {rule["code"]: rule for rule in config["rules"]}
    assert (rules["Z02"]["person"], rules["Z01"]["person"]) == (True, False)
    assert rules["Z02"]["left"] == "户主本月还可 24 分"
    assert rules["Z01"]["left"] == "本月还可 1 次"


def test_pages_of_the_batch_name_the_member(make_batch, rule, district, clerk, reviewer, panel, signed_in):
    home = district.homes[0]
    batch = make_batch([home])
    daughter = home.residents.get(is_head=False)
    batches.put_claim(
        batch=batch, editor=clerk, client_key=uuid.uuid4(), household=home, rule=rule, points=5, occurred_on=TODAY,
        resident=daughter, now=NOW,
    )  # fmt: skip
    assert "冉光明 冉小妹 1组" in text(signed_in(clerk).get(reverse("points:batch", args=[batch.number])))
    config = signed_in(clerk).get(f"{reverse('points:entry')}?batch={batch.number}").context["config"]
    assert [row["member"] for row in config["rows"]] == [None, daughter.pk]
    batches.submit(batch=batch, maker=clerk, now=NOW)
    assert "冉光明 冉小妹" in text(signed_in(reviewer).get(reverse("points:review", args=[batch.number])))
