"""Rules that count persons: whom a row is for, one household twice by two members, and a cap for each of them."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, TODAY
from points import batches, caps, checking, checks, rollcall, sheets
from points.checks import CannotSave
from points.models import Claim, Rule
from villages import roster
from villages.models import Resident


@pytest.fixture
def put(make_batch, clerk, rule, district):
    """A row of 冉光明's household under Z02, which counts persons and allows each of them 24 points a month."""
    batch = make_batch([])

    def save(**changes):
        row = {
            "batch": batch, "editor": clerk, "client_key": uuid.uuid4(), "household": district.homes[0], "rule": rule,
            "points": 8, "occurred_on": TODAY, "now": NOW,
        }  # fmt: skip
        return batches.put_claim(**(row | changes)).claim

    save.batch = batch
    return save


@pytest.fixture
def daughter(district):
    return district.homes[0].residents.get(is_head=False)


def test_the_head_is_meant_where_nobody_is_named(put, district):
    head = district.homes[0].residents.get(is_head=True)
    assert put().resident is None
    with pytest.raises(CannotSave, match="冉光明 已在第 1 行"):
        put(resident=head)


def test_two_members_of_a_household_are_two_rows(put, daughter):
    put()
    assert put(resident=daughter).resident == daughter
    with pytest.raises(CannotSave, match="冉光明户 冉小妹 已在第 2 行"):
        put(resident=daughter)


def test_each_member_has_a_cap_of_their_own(put, daughter):
    for day in (1, 2, 3):
        put(occurred_on=dt.date(2026, 11, day))
    with pytest.raises(CannotSave, match="本月已有 24 分，上限 24 分"):
        put(occurred_on=dt.date(2026, 11, 4))
    for day in (1, 2, 3):
        put(occurred_on=dt.date(2026, 11, day), resident=daughter)
    with pytest.raises(CannotSave, match="本月已有 24 分，上限 24 分"):
        put(occurred_on=dt.date(2026, 11, 4), resident=daughter)


def test_a_cap_of_households_is_used_up_by_whoever_comes(district, rule_set):
    """Were persons counted where households are, a household would get its cap once for each member."""
    rule = rule_set.rules.get(code="Z01")
    assert rule.unit == Rule.Unit.HOUSEHOLD
    other = Claim(pk=2, household=district.homes[0], resident_id=9, rule=rule, occurred_on=TODAY, points=5)
    mine = Claim(pk=1, household=district.homes[0], rule=rule, occurred_on=TODAY, points=5)
    assert caps._use(mine, [(other.pk, other.resident_id, TODAY, 5)]).count == 1


def test_a_member_of_another_household_is_refused(put, district):
    stranger = district.homes[1].residents.get(is_head=False)
    with pytest.raises(CannotSave, match="覃小妹不是冉光明户的成员"):
        put(resident=stranger)
    claim = put()
    with pytest.raises(IntegrityError, match="names_a_member_where_persons_count"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(resident=stranger)


def test_where_households_count_nobody_is_named(put, daughter, rule_set):
    rule = rule_set.rules.get(code="Z01")
    with pytest.raises(CannotSave, match="按户计分，不用选成员"):
        put(rule=rule, points=5, resident=daughter)
    claim = put(rule=rule, points=5)
    with pytest.raises(IntegrityError, match="names_a_member_where_persons_count"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(resident=daughter)


def test_the_head_is_never_written_as_a_member(put, district):
    """Else the head's cap would be counted in two places."""
    claim = put()
    head = district.homes[0].residents.get(is_head=True)
    with pytest.raises(IntegrityError, match="names_a_member_where_persons_count"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(resident=head)
    fields = {name: getattr(claim, name) for name in ("batch", "household", "rule", "points", "occurred_on", "maker")}
    with pytest.raises(IntegrityError, match="names_a_member_where_persons_count"), transaction.atomic():
        Claim.objects.create(**fields, line=9, client_key=uuid.uuid4(), resident=head)


def test_many_rows_at_once_keep_the_same_rules(put, district, daughter, clerk, rule):
    head, home = district.homes[0].residents.get(is_head=True), district.homes[0]
    stranger = district.homes[1].residents.get(is_head=False)
    who = [head, None, daughter, stranger]
    rows = [sheets.Row(uuid.uuid4(), home, rule, 8, TODAY, resident=person) for person in who]
    outcomes = sheets.put(batch=put.batch, editor=clerk, rows=rows, now=NOW)
    assert [outcome.claim and outcome.claim.resident for outcome in outcomes] == [None, None, daughter, None]
    told = [str(outcome.refusal) if outcome.refusal else "" for outcome in outcomes]
    assert told == ["", "冉光明 已在第 1 行", "", "覃小妹不是冉光明户的成员"]


def test_a_tick_on_the_roster_is_the_head_s_and_leaves_the_others(put, district, daughter, clerk, rule):
    batch = put.batch
    put.batch.rule = rule
    put(resident=daughter)
    home = district.homes[0]
    rollcall.save(batch=batch, editor=clerk, shown={home.pk}, ticks=[rollcall.Tick(home, 5)], now=NOW)
    rollcall.save(batch=batch, editor=clerk, shown={home.pk}, ticks=[], now=NOW)
    standing = batch.claims.live().values_list("resident", "points")
    assert list(standing) == [(daughter.pk, 8)]


def test_before_submitting_each_member_is_warned_of_their_own_cap(put, make_batch, district, daughter, clerk):
    sent = put.batch
    put(occurred_on=dt.date(2026, 11, 2), resident=daughter)
    batches.submit(batch=sent, maker=clerk, now=NOW)
    again = make_batch(district.homes[:1])
    second = batches.put_claim(
        batch=again, editor=clerk, client_key=uuid.uuid4(), household=district.homes[0], rule=again.rule, points=5,
        occurred_on=TODAY, resident=daughter, now=NOW,
    ).claim  # fmt: skip
    assert checking.look_over(again).warnings == [(second, "本月已有 8 分，上限 24 分")]


def test_a_household_without_a_register_of_its_members_is_its_head(district, clerk, make_batch):
    alone = roster.enrol(grid=district.homes[0].grid, head_name="独户", joined_on=TODAY)
    batch = make_batch([alone])
    assert batch.claims.get().resident is None
    assert not Resident.objects.filter(household=alone).exists()
    assert checks.who(alone, batch.rule, None) is None
