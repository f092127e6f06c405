"""Rows and batches while they are with their maker: what is refused, what is only said, what is kept once."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, TODAY
from points import batches, checks, rules
from points.models import Batch, Claim
from qianjiang_portal.foundation.refusals import Conflict
from villages import roster


@pytest.fixture
def put(make_batch, clerk, rule, district):
    """Save one row in a draft of 桐木村; anything can be changed by keyword."""
    batch = make_batch([])

    def save(**changes: object) -> batches.Saved:
        row: dict[str, object] = {
            "batch": batch,
            "editor": clerk,
            "client_key": uuid.uuid4(),
            "household": district.homes[0],
            "rule": rule,
            "points": 5,
            "occurred_on": TODAY,
            "now": NOW,
        }
        return batches.put_claim(**(row | changes))

    save.batch = batch
    return save


def test_a_row_sent_twice_is_kept_once(put):
    key = uuid.uuid4()

    first, second = put(client_key=key), put(client_key=key)

    assert first.claim.pk == second.claim.pk
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (9, "每次 +2 到 +8 分，这里是 +9 分"),
        (1, "每次 +2 到 +8 分，这里是 +1 分"),
        (-5, "这里是 −5 分"),
        (0, "分值不能是 0"),
    ],
)
def test_points_out_of_range_are_refused(put, points, message):
    with pytest.raises(checks.CannotSave) as refusal:
        put(points=points)

    assert message in str(refusal.value)
    assert Claim.objects.count() == 0


def test_a_household_is_entered_once(put):
    put()

    with pytest.raises(checks.CannotSave, match="冉光明 已在第 1 行"):
        put()


def test_two_members_of_a_household_are_two_claims(put, district):
    head, other = district.homes[0].residents.order_by("pk")

    put(resident=head)
    put(resident=other)

    assert Claim.objects.count() == 2


def test_a_household_of_another_township_is_refused(put, district):
    with pytest.raises(checks.CannotSave, match="石远方不在桐木村的名册上"):
        put(household=district.far[0])


def test_a_household_that_moved_is_refused(put, district):
    roster.move_out(household=district.homes[0], on=TODAY)
    district.homes[0].refresh_from_db()

    with pytest.raises(checks.CannotSave, match="已迁出"):
        put()


def test_a_date_in_the_future_is_refused(put):
    with pytest.raises(checks.CannotSave, match="日期晚于今天，改为 2026-11-23 或更早"):
        put(occurred_on=TODAY + dt.timedelta(days=1))


def test_a_closed_month_is_refused(put):
    with pytest.raises(checks.CannotSave, match="2026年9月已公示结束"):
        put(occurred_on=dt.date(2026, 9, 30))


def test_a_rule_of_another_version_is_refused(put, rule_set, leader):
    later = rules.draft(title="新版", year=2027, by=leader, township=rule_set.township, based_on=rule_set)

    with pytest.raises(checks.CannotSave, match="不适用 新版"):
        put(rule=later.rules.get(code="Z02"))


def test_an_expired_rule_is_refused(put, rule_set):
    rule_set.effective_to = TODAY - dt.timedelta(days=1)
    rule_set.save()
    expired = rule_set.rules.get(code="Z02")

    with pytest.raises(checks.CannotSave, match="不在 濯水镇积分细则"):
        put(rule=expired)


def test_a_reached_cap_is_refused_and_a_near_one_is_said(put, district, rule_set):
    meeting = rule_set.rules.get(code="Z01")
    clean = rule_set.rules.get(code="F01")

    put(rule=meeting)
    with pytest.raises(checks.CannotSave, match="本月 1 次已用完，可从下月起再录"):
        put(rule=meeting, occurred_on=TODAY - dt.timedelta(days=1))
    put(rule=clean)
    second = put(rule=clean, occurred_on=TODAY - dt.timedelta(days=1))

    assert second.warnings == ["本半年已有 1 次，上限 2 次"]


def test_a_row_changed_by_somebody_else_is_shown(put):
    key = uuid.uuid4()
    seen = put(client_key=key).claim.version
    put(client_key=key, points=4, version=seen)

    with pytest.raises(batches.RowChanged) as conflict:
        put(client_key=key, points=3, version=seen)

    assert conflict.value.claim.points == 4


def test_a_removed_row_can_be_put_back(put, clerk):
    claim = put().claim

    batches.remove_claim(batch=put.batch, editor=clerk, claim=claim, now=NOW)
    assert not put.batch.claims.live().exists()
    batches.restore_claim(batch=put.batch, editor=clerk, claim=claim, now=NOW)

    assert put.batch.claims.live().get().line == 1


def test_the_stranger_cannot_open_a_draft(stranger, district, rule):
    with pytest.raises(batches.CannotOpen, match="没有在这个村录入的任职"):
        batches.open_draft(maker=stranger, village=district.tongmu, rule=rule, occurred_on=TODAY, key="k", now=NOW)


def test_a_village_without_rules_cannot_be_entered(stranger, district, rule):
    with pytest.raises(batches.CannotOpen, match="没有生效的积分细则"):
        batches.open_draft(maker=stranger, village=district.zhongyuan, rule=None, occurred_on=TODAY, key="k", now=NOW)


def test_a_draft_is_begun_once_per_key(clerk, district, rule):
    def begin() -> Batch:
        return batches.open_draft(maker=clerk, village=district.tongmu, rule=rule, occurred_on=TODAY, key="k", now=NOW)

    assert begin().pk == begin().pk


def test_submitting_twice_submits_once(submitted, clerk):
    again = batches.submit(batch=submitted, maker=clerk, now=NOW)

    assert again.version == submitted.version


def test_an_empty_batch_is_not_submitted(make_batch, clerk):
    with pytest.raises(batches.CannotSubmit, match="还没有农户"):
        batches.submit(batch=make_batch([]), maker=clerk, now=NOW)


def test_a_batch_changed_in_between_is_not_submitted(make_batch, clerk):
    batch = make_batch()

    with pytest.raises(Conflict):
        batches.submit(batch=batch, maker=clerk, version=batch.version - 1, now=NOW)


def test_caps_are_reserved_at_submit(make_batch, clerk, district, rule_set):
    meeting = rule_set.rules.get(code="Z01")
    first = make_batch(district.homes[:1], rule=meeting)
    second = make_batch(district.homes[:1], rule=meeting, on=TODAY - dt.timedelta(days=1))
    batches.submit(batch=first, maker=clerk, now=NOW)

    with pytest.raises(batches.CannotSubmit) as refusal:
        batches.submit(batch=second, maker=clerk, now=NOW)

    assert list(refusal.value.problems.values()) == ["本月 1 次已用完，可从下月起再录"]
    assert set(second.claims.values_list("state", flat=True)) == {"draft"}


def test_a_submitted_batch_can_be_recalled_until_it_is_opened(submitted, clerk):
    recalled = batches.recall(batch=submitted, maker=clerk, now=NOW)

    assert recalled.state == "draft"
    assert set(recalled.claims.values_list("state", flat=True)) == {"draft"}


def test_an_opened_batch_is_not_recalled(submitted, clerk, reviewer):
    from points import review

    review.open(batch=submitted, checker=reviewer, now=NOW)

    with pytest.raises(batches.CannotSubmit, match="覃正芬 已开始审核"):
        batches.recall(batch=submitted, maker=clerk, now=NOW)


def test_the_database_keeps_a_claim_from_being_repeated(put):
    claim = put().claim
    claim.pk, claim.line, claim.client_key = None, 2, uuid.uuid4()
    claim._state.adding = True

    with pytest.raises(IntegrityError, match="points_claim_is_not_repeated_in_batch"), transaction.atomic():
        claim.save()
