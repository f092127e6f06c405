import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from conftest import NOW, SINCE, TODAY
from points import batches, panel, review
from points.models import Claim, PanelMember, Review
from points.panel import CannotSeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def name(district, clerk):
    def put(called="冉启武", **changes):
        given = {"village": district.tongmu, "name": called, "begins_on": SINCE, "by": clerk, "now": NOW}
        return panel.seat(**given | changes)

    return put


def test_a_member_is_named_for_a_term(name, district, reviewer):
    made = name(household=district.homes[2], account=reviewer, is_head=True, ends_on=dt.date(2028, 12, 31))

    assert (made.household, made.user, made.is_head) == (district.homes[2], reviewer, True)
    assert list(PanelMember.objects.current(TODAY)) == [made]


@pytest.mark.parametrize("who", ["stranger", "reviewer", "district_officer"])
def test_others_name_nobody(name, request, who):
    with pytest.raises(CannotSeat, match="由本乡镇街道的经办或分管领导登记"):
        name(by=request.getfixturevalue(who))


def test_what_does_not_fit_is_refused(name, district, stranger):
    for changes, why in (
        ({"called": " "}, "写明姓名"),
        ({"ends_on": SINCE - dt.timedelta(days=1)}, "任期结束早于开始"),
        ({"household": district.next_door[0]}, "不在桐木村的名册上"),
        ({"account": stranger}, "没有在桐木村审核的任职"),
    ):
        with pytest.raises(CannotSeat, match=why):
            name(**changes)


def test_nobody_is_seated_twice_in_overlapping_terms(name, district, reviewer):
    name(account=reviewer, household=district.homes[2], ends_on=TODAY)

    with pytest.raises(CannotSeat, match="的账号已登记给冉启武"):
        name("别人", account=reviewer)
    with pytest.raises(CannotSeat, match="已在评议小组里"):
        name(household=district.homes[2])
    name(account=reviewer, household=district.homes[2], begins_on=TODAY + dt.timedelta(days=1))
    name(household=district.homes[3])


def test_without_the_refusal_the_table_counts_nobody_twice(name, district, reviewer):
    name(account=reviewer, household=district.homes[2])
    for constraint, same in (
        ("points_panel_seats_an_account_once", {"name": "别人", "user": reviewer}),
        ("points_panel_seats_a_person_once", {"name": "冉启武", "household": district.homes[2]}),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            PanelMember.objects.create(village=district.tongmu, begins_on=TODAY, **same)


def test_a_term_ends_earlier_and_never_later(name, clerk):
    member = name()

    panel.end(member=member, on=TODAY, by=clerk, now=NOW)

    assert list(PanelMember.objects.current(TODAY + dt.timedelta(days=1))) == []
    with pytest.raises(CannotSeat, match="只能提前结束"):
        panel.end(member=member, on=TODAY + dt.timedelta(days=9), by=clerk, now=NOW)
    with pytest.raises(CannotSeat, match="早于开始"):
        panel.end(member=member, on=SINCE - dt.timedelta(days=1), by=clerk, now=NOW)


@pytest.fixture
def kindred(panel_of_three, clerk, district, make_batch):
    """A submitted batch whose second row is of the reviewer's brother."""
    panel.stand_aside(member=panel_of_three[0], homes=[district.homes[1]], by=clerk, now=NOW)
    batch = batches.submit(batch=make_batch(district.homes[:2]), maker=clerk, now=NOW)
    batch.refresh_from_db()
    return batch


@pytest.fixture
def panel_of_three(request):
    return request.getfixturevalue("panel")


def test_a_reviewer_leaves_the_rows_of_kin_to_the_others(kindred, reviewer, panel_of_three):
    other, brother = kindred.claims.order_by("line")

    assert review.recused(kindred, reviewer) == {brother.pk}
    with pytest.raises(review.CannotReview, match="亲属家的行"):
        review.decide(
            batch=kindred,
            checker=reviewer,
            version=kindred.version,
            approve=[other.pk, brother.pk],
            present=panel_of_three,
            held_at=NOW,
            now=NOW,
        )


def test_without_the_refusal_the_table_takes_no_kin_as_checker(kindred, reviewer):
    brother = kindred.claims.order_by("line")[1]

    with pytest.raises(IntegrityError, match="own household or their kin"), transaction.atomic():
        Claim.objects.filter(pk=brother.pk).update(checker=reviewer)


def test_without_its_guard_the_table_would_take_kin(kindred, reviewer):
    brother = kindred.claims.order_by("line")[1]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_claim DISABLE TRIGGER points_claim_checker_stands_aside")
        assert Claim.objects.filter(pk=brother.pk).update(checker=reviewer) == 1
        transaction.set_rollback(True)


def test_a_household_of_another_village_is_nobodys_kin_here(panel_of_three, clerk, district):
    with pytest.raises(CannotSeat, match="不在桐木村的名册上"):
        panel.stand_aside(member=panel_of_three[0], homes=[district.next_door[0]], by=clerk, now=NOW)


def sitting(submitted, reviewer, **changes):
    facts = {"decided_at": NOW, "held_at": NOW, "approved": 1, "returned": 0}
    return Review.objects.create(batch=submitted, decided_by=reviewer, **facts | changes)


def test_the_table_wants_the_quorum_when_the_transaction_ends(submitted, reviewer, panel_of_three):
    sitting(submitted, reviewer).present.set(panel_of_three[:2])

    with pytest.raises(IntegrityError, match="a panel decides with its quorum"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_table_wants_members_who_serve_that_day(submitted, reviewer, panel_of_three, district, clerk):
    gone = panel.end(member=panel_of_three[2], on=SINCE, by=clerk, now=NOW)
    away = PanelMember.objects.create(village=district.sanmen, name="罗外", begins_on=SINCE)
    for member in (gone, away):
        with pytest.raises(IntegrityError, match="serves in its village on that day"), transaction.atomic():
            sitting(submitted, reviewer).present.add(member)


def test_the_table_wants_the_meeting_before_its_decision(submitted, reviewer):
    with pytest.raises(IntegrityError, match="points_sitting_was_held"), transaction.atomic():
        sitting(submitted, reviewer, held_at=NOW + dt.timedelta(minutes=1))
