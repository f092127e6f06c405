"""A household without honours and redemption for a time: who sets it, what it stops, what the database says no to."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from conftest import NOW, TODAY
from points import slips, store, suspensions
from points.models import Redemption, Suspension
from points.suspensions import CannotSuspend, Veto
from points.tests.test_concurrency import at_once
from qianjiang_portal.foundation import options
from qianjiang_portal.foundation.models import AuditEvent

UNTIL = dt.date(2027, 5, 31)
VETO = Veto("V03", "虚报参加劳动 3 次", "镇核查结论〔2026〕7 号")


@pytest.fixture
def suspend(home, leader):
    def set_it(household=home, veto=VETO, **given):
        asked = {"ends_on": UNTIL, "by": leader, "now": NOW} | given
        return suspensions.suspend(household=household, veto=veto, **asked)

    return set_it


def run(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_it_says_what_until_when_and_is_noted_without_the_reason(suspend, home):
    made = suspend()

    assert (made.item, made.words, made.begins_on, made.ends_on) == ("V03", "弄虚作假骗取积分", TODAY, UNTIL)
    event = AuditEvent.objects.get(action="suspension.set")
    assert (event.target, event.facts) == (home.number, {"until": "2027-05-31"})


def test_redemption_is_refused_without_saying_why(suspend, redeem):
    suspend()

    with pytest.raises(store.CannotRedeem) as refused:
        redeem()
    assert str(refused.value) == "这一户现在不办理兑换，请户主到村委会问清楚"
    assert not Redemption.objects.exists()


def test_without_the_suspension_the_same_redemption_passes(redeem):
    assert redeem().points == 20


def test_before_it_begins_and_after_it_ends_goods_are_handed_out(suspend, redeem):
    suspend(begins_on=TODAY + dt.timedelta(days=1), ends_on=TODAY + dt.timedelta(days=1))

    assert redeem().points == 20
    with pytest.raises(store.CannotRedeem):
        redeem(now=NOW + dt.timedelta(days=1))
    assert redeem(now=NOW + dt.timedelta(days=2)).points == 20


def test_a_slip_of_before_may_still_be_taken_back(suspend, redeem, counter):
    made = redeem()
    suspend()

    assert store.undo(redemption=made, reason="拿错了", by=counter, now=NOW).is_undone


def test_lifted_early_it_says_why_and_points_are_spent_again(suspend, redeem, leader):
    made = suspensions.lift(suspension=suspend(), reason="核查有误，重新认定", by=leader, now=NOW)

    assert (made.lifted_by, made.state_on(TODAY), redeem().points) == (leader, "lifted", 20)
    with pytest.raises(CannotSuspend, match="已经解除过"):
        suspensions.lift(suspension=made, reason="再来", by=leader, now=NOW)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"veto": Veto("V99", "x", "y")}, "选一个否决事项"),
        ({"veto": Veto("V03", " ", "y")}, "写明情况"),
        ({"veto": Veto("V03", "x", "")}, "写明依据"),
        ({"veto": Veto("V03", "找 13812345678 核实", "y")}, "手机号"),
        ({"begins_on": TODAY - dt.timedelta(days=1)}, "从今天起"),
        ({"ends_on": TODAY - dt.timedelta(days=1)}, "结束日期早于开始日期"),
        ({"ends_on": dt.date(2028, 1, 1)}, "最长到次年年底，2027-12-31"),
    ],
)
def test_what_cannot_stand_is_refused(suspend, given, says):
    with pytest.raises(CannotSuspend, match=says):
        suspend(**given)
    assert not Suspension.objects.exists()


def test_two_at_a_time_are_refused(suspend):
    suspend()

    with pytest.raises(CannotSuspend, match="已暂停到 2027-05-31"):
        suspend(begins_on=UNTIL, ends_on=UNTIL)
    assert suspend(begins_on=UNTIL + dt.timedelta(days=1), ends_on=UNTIL + dt.timedelta(days=1))


@pytest.mark.parametrize("who", ["clerk", "counter", "stranger", "district_officer", "auditor"])
def test_only_reviewers_and_the_leader_set_and_lift(suspend, request, who):
    person = request.getfixturevalue(who)

    with pytest.raises(CannotSuspend, match="评议审核或分管领导"):
        suspend(by=person)
    with pytest.raises(CannotSuspend, match="评议审核或分管领导"):
        suspensions.lift(suspension=suspend(), reason="有误", by=person, now=NOW)


def test_nobody_suspends_their_own_household(suspend, reviewer, panel, district):
    with pytest.raises(CannotSuspend, match="本户和亲属户"):
        suspend(household=district.homes[-1], by=reviewer)
    assert suspend(by=reviewer)


def test_the_veto_items_are_a_setting(suspend):
    options.put(name="veto_items", value={"Y1": "拒不参加应急值守"})

    assert suspend(veto=Veto("Y1", "三次不到", "村民会议记录 2026-11")).words == "拒不参加应急值守"


def test_who_may_see_it(suspend, cast, stranger):
    suspend()

    seen = {name for name, person in cast.items() if Suspension.objects.visible_to(person).exists()}
    assert seen == {"reviewer", "leader", "district", "auditor", "double"}


def test_the_tables_refuse_what_the_functions_would(suspend, redeem, reviewer, panel, district):
    made = suspend()
    own = district.homes[-1]

    with pytest.raises(IntegrityError, match="points_redemption_of_a_suspended_household"), transaction.atomic():
        Redemption.objects.create(
            outlet_id=1, household=made.household, key="0" * 32, on=TODAY, serial=1, points=1, balance=0,
            made_by=reviewer, made_at=NOW,
        )  # fmt: skip
    for change in (
        "UPDATE points_suspension SET ends_on = ends_on - 7",
        "UPDATE points_suspension SET lifted_at = now(), lifted_by_id = made_by_id, lift_reason = 'x', reason = 'y'",
        "DELETE FROM points_suspension",
        "UPDATE points_suspension SET lifted_at = now(), lifted_by_id = made_by_id",
    ):
        with pytest.raises(DatabaseError):
            run(change)
    copy = {
        field.attname: getattr(made, field.attname) for field in Suspension._meta.concrete_fields if field.name != "id"
    }
    for wrong in (
        {},
        {"household_id": own.pk, "made_by_id": reviewer.pk},
        {"household_id": own.pk, "ends_on": dt.date(2028, 1, 1)},
        {"household_id": own.pk, "reason": "13812345678"},
        {"household_id": own.pk, "basis": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suspension.objects.create(**copy | wrong)


def test_without_the_guards_the_harm_is_done(suspend, redeem, monkeypatch):
    suspend()
    monkeypatch.setattr(slips, "SUSPENDED", "false")

    with pytest.raises(IntegrityError, match="suspended_household"), transaction.atomic():
        redeem()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_redemption DISABLE TRIGGER points_redemption_waits_for_a_suspension")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert redeem().points == 20
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_suspension_and_a_redemption_at_once_keep_an_order(suspend, redeem):
    pressed, _ = at_once(lambda at: suspend() if at else redeem(), 2)

    assert isinstance(pressed, Redemption | store.CannotRedeem)
    assert Suspension.objects.count() == 1
    assert Redemption.objects.count() == isinstance(pressed, Redemption)
    with pytest.raises(store.CannotRedeem):
        redeem()
