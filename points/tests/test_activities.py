import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, TODAY
from points import activities, batches
from points.activities import CannotRecord, Facts, Present
from points.models import Activity, Attendance, Batch, Claim
from qianjiang_portal.foundation.models import AuditEvent
from villages.models import Resident

pytestmark = pytest.mark.django_db

FACTS = Facts("self", "kind", "清沟排水义务劳动", TODAY, "2组晒坝")


@pytest.fixture
def activity(district, clerk, rule):
    return activities.register(village=district.tongmu, facts=FACTS, by=clerk, now=NOW)


@pytest.fixture
def attended(activity, district, clerk):
    people = [Present(one) for one in district.homes[:3]]
    activities.attend(activity=activity, people=people, by=clerk, now=NOW)
    return activity


@pytest.fixture
def turned(attended, rule, clerk):
    activities.to_points(activity=attended, rule=rule, by=clerk, now=NOW)
    attended.refresh_from_db()
    return attended


def heads(activity):
    return list(activity.attendances.order_by("pk").values_list("household__head_name", flat=True))


def test_an_activity_is_registered_and_recorded(activity):
    assert (activity.get_kind_display(), activity.get_joy_display()) == ("自治", "乐善")
    event = AuditEvent.objects.get(action="activity.register")
    assert (event.target, event.place) == ("桐木村 清沟排水义务劳动", "500114112202")


def test_a_stranger_registers_nothing(district, stranger):
    with pytest.raises(CannotRecord, match="没有在这个村登记活动的任职"):
        activities.register(village=district.tongmu, facts=FACTS, by=stranger, now=NOW)


def test_a_day_to_come_is_refused(district, clerk):
    later = Facts(**{**vars(FACTS), "held_on": TODAY + dt.timedelta(days=1)})
    with pytest.raises(CannotRecord, match="日期晚于今天"):
        activities.register(village=district.tongmu, facts=later, by=clerk, now=NOW)


def test_the_same_activity_is_refused_and_without_the_refusal_the_table_says_no(activity, district, clerk):
    with pytest.raises(CannotRecord, match="这一天已经登记过"):
        activities.register(village=district.tongmu, facts=FACTS, by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="points_activity_is_registered_once"), transaction.atomic():
        Activity.objects.create(village=district.tongmu, made_by=clerk, made_at=NOW, **vars(FACTS))


def test_a_household_is_noted_once(attended, district, clerk):
    again = [Present(district.homes[0]), Present(district.homes[3]), Present(district.homes[3])]

    assert activities.attend(activity=attended, people=again, by=clerk, now=NOW) == 1
    assert heads(attended) == ["冉光明", "覃世明", "单淑芬", "曾国良"]
    with pytest.raises(IntegrityError, match="points_attendance_is_noted_once"), transaction.atomic():
        Attendance.objects.create(activity=attended, household=district.homes[0])


def test_a_member_counts_beside_the_head(attended, district, clerk):
    sister = Resident.objects.get(household=district.homes[0], is_head=False)

    activities.attend(activity=attended, people=[Present(district.homes[0], sister)], by=clerk, now=NOW)

    assert [str(one) for one in attended.attendances.filter(household=district.homes[0]).order_by("pk")] == [
        "冉光明",
        "冉小妹",
    ]


def test_somebody_of_another_village_is_refused_and_the_table_says_no(activity, district, clerk):
    far = district.next_door[0]
    with pytest.raises(CannotRecord, match="不在桐木村的名册上"):
        activities.attend(activity=activity, people=[Present(far)], by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="points_attendance_is_of_its_village"), transaction.atomic():
        Attendance.objects.create(activity=activity, household=far)


def test_a_member_of_another_household_is_refused(activity, district, clerk):
    other = Resident.objects.get(household=district.homes[1], is_head=False)
    with pytest.raises(CannotRecord, match="不是冉光明户的成员"):
        activities.attend(activity=activity, people=[Present(district.homes[0], other)], by=clerk, now=NOW)


def test_the_list_stands_as_the_ticks_do(attended, district, clerk):
    shown = district.homes[:4]
    ticked = {district.homes[1].pk, district.homes[3].pk}

    assert activities.tick(activity=attended, shown=shown, ticked=ticked, by=clerk, now=NOW) == 3
    assert heads(attended) == ["覃世明", "曾国良"]
    assert activities.tick(activity=attended, shown=shown, ticked=ticked, by=clerk, now=NOW) == 0


def test_ticks_leave_other_groups_and_members_alone(attended, district, clerk):
    sister = Resident.objects.get(household=district.homes[3], is_head=False)
    activities.attend(activity=attended, people=[Present(district.homes[3], sister)], by=clerk, now=NOW)

    activities.tick(activity=attended, shown=[district.homes[3]], ticked={district.homes[3].pk}, by=clerk, now=NOW)

    assert [str(one) for one in attended.attendances.order_by("pk")] == ["冉光明", "覃世明", "单淑芬", "曾小妹"]


def test_one_line_is_taken_off(attended, clerk):
    line = attended.attendances.order_by("pk")[1]

    activities.leave(activity=attended, line=line.pk, by=clerk, now=NOW)
    activities.leave(activity=attended, line=line.pk, by=clerk, now=NOW)

    assert heads(attended) == ["冉光明", "单淑芬"]


def test_the_list_becomes_a_draft_with_the_rules_usual_points(attended, rule, clerk):
    made = activities.to_points(activity=attended, rule=rule, by=clerk, now=NOW)

    batch = Batch.objects.get()
    assert (made.batch, made.rows, made.refused) == (batch, 3, [])
    assert (batch.source, batch.state, batch.occurred_on, batch.rule.code) == ("activity", "draft", TODAY, "Z02")
    assert batch.reason == "清沟排水义务劳动(2组晒坝)"
    assert list(batch.claims.order_by("line").values_list("household__head_name", "points")) == [
        ("冉光明", 5),
        ("单淑芬", 5),
        ("覃世明", 5),
    ]
    attended.refresh_from_db()
    assert attended.batch == batch


@pytest.mark.parametrize(("code", "rows"), [("Z02", 2), ("Z01", 1)])
def test_a_rule_for_persons_gives_everybody_a_row_and_one_for_households_each_household(
    activity, district, clerk, rule_set, code, rows
):
    home = district.homes[0]
    sister = Resident.objects.get(household=home, is_head=False)
    activities.attend(activity=activity, people=[Present(home), Present(home, sister)], by=clerk, now=NOW)

    activities.to_points(activity=activity, rule=rule_set.rules.get(code=code), by=clerk, now=NOW)

    assert Claim.objects.count() == rows


def test_whom_the_rule_refuses_is_told_and_left_out(attended, district, clerk, rule_set, make_batch):
    once = rule_set.rules.get(code="Z01")
    used = make_batch(district.homes[:1], rule=once, on=TODAY - dt.timedelta(days=2))
    batches.submit(batch=used, maker=clerk, now=NOW)

    made = activities.to_points(activity=attended, rule=once, by=clerk, now=NOW)

    assert made.rows == 2
    assert made.refused == [("冉光明", "本月 1 次已用完，可从下月起再录")]


def test_where_the_rule_refuses_everybody_nothing_is_made(activity, district, clerk, rule_set, make_batch):
    once = rule_set.rules.get(code="Z01")
    used = make_batch(district.homes[:1], rule=once, on=TODAY - dt.timedelta(days=2))
    batches.submit(batch=used, maker=clerk, now=NOW)
    activities.attend(activity=activity, people=[Present(district.homes[0])], by=clerk, now=NOW)

    with pytest.raises(CannotRecord, match="没有一户能加分：冉光明"):
        activities.to_points(activity=activity, rule=once, by=clerk, now=NOW)

    assert Batch.objects.get() == used


def test_an_empty_list_and_a_deduction_make_no_points(activity, attended, district, clerk, rule, rule_set):
    empty = activities.register(
        village=district.tongmu, facts=Facts(**{**vars(FACTS), "title": "院坝会"}), by=clerk, now=NOW
    )
    with pytest.raises(CannotRecord, match="还没有到场的农户"):
        activities.to_points(activity=empty, rule=rule, by=clerk, now=NOW)
    deduction = rule_set.rules.filter(kind="deduction")[0]
    with pytest.raises(CannotRecord, match="只能加分"):
        activities.to_points(activity=attended, rule=deduction, by=clerk, now=NOW)


def test_points_are_made_once(turned, rule, clerk):
    with pytest.raises(CannotRecord, match="已经转成积分批次"):
        activities.to_points(activity=turned, rule=rule, by=clerk, now=NOW)

    assert Batch.objects.count() == 1


def test_without_the_refusal_the_table_keeps_the_first_batch(turned, make_batch):
    other = make_batch()

    with pytest.raises(IntegrityError, match="points_activity_has_points_once"), transaction.atomic():
        Activity.objects.filter(pk=turned.pk).update(batch=other)
    with pytest.raises(IntegrityError, match="points_activity_has_points_once"), transaction.atomic():
        Activity.objects.filter(pk=turned.pk).update(batch=None)


def test_a_batch_belongs_to_one_activity(turned, district, clerk):
    other = activities.register(
        village=district.tongmu, facts=Facts(**{**vars(FACTS), "title": "院坝会"}), by=clerk, now=NOW
    )

    with pytest.raises(IntegrityError, match="batch_id"), transaction.atomic():
        Activity.objects.filter(pk=other.pk).update(batch=turned.batch)


def test_the_list_stands_once_it_has_points(turned, district, clerk):
    calls = (
        lambda: activities.attend(activity=turned, people=[Present(district.homes[4])], by=clerk, now=NOW),
        lambda: activities.leave(activity=turned, line=turned.attendances.first().pk, by=clerk, now=NOW),
        lambda: activities.tick(activity=turned, shown=district.homes[:2], ticked=set(), by=clerk, now=NOW),
    )
    for call in calls:
        with pytest.raises(CannotRecord, match="到场名单不能再改"):
            call()
    with pytest.raises(IntegrityError, match="points_attendance_stands"), transaction.atomic():
        Attendance.objects.create(activity=turned, household=district.homes[4])
    with pytest.raises(IntegrityError, match="points_attendance_stands"), transaction.atomic():
        turned.attendances.all().delete()


def test_the_day_stands_once_it_has_points_and_words_may_be_put_right(turned, clerk):
    with pytest.raises(CannotRecord, match="日期不能再改"):
        activities.amend(
            activity=turned, facts=Facts(**{**vars(FACTS), "held_on": TODAY - dt.timedelta(days=1)}), by=clerk, now=NOW
        )
    with pytest.raises(IntegrityError, match="points_activity_has_points_once"), transaction.atomic():
        Activity.objects.filter(pk=turned.pk).update(held_on=TODAY - dt.timedelta(days=1))

    activities.amend(activity=turned, facts=Facts(**{**vars(FACTS), "place": "3组晒坝"}), by=clerk, now=NOW)
    turned.refresh_from_db()
    assert turned.place == "3组晒坝"


def test_an_emptied_draft_may_be_made_again_under_another_rule(turned, clerk, rule_set):
    first = turned.batch
    for claim in first.claims.all():
        batches.remove_claim(batch=first, editor=clerk, claim=claim, now=NOW)

    made = activities.to_points(activity=turned, rule=rule_set.rules.get(code="Z01"), by=clerk, now=NOW)

    turned.refresh_from_db()
    assert turned.batch == made.batch != first


def test_the_draft_goes_on_in_the_grid(turned, district, clerk, rule):
    batch = turned.batch
    assert batch.is_quick

    batches.put_claim(
        batch=batch,
        editor=clerk,
        client_key=uuid.uuid4(),
        household=district.homes[4],
        rule=rule,
        points=3,
        occurred_on=TODAY,
        now=NOW,
    )
    assert batch.claims.count() == 4
