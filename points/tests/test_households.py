"""Households that change: whole or not at all, by two sides in two chains, and nothing comes after."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from conftest import NOW, TODAY
from points import batches, households, ledger, reconcile, seals, store, suspensions
from points.households import CannotMove
from points.models import Balance, Claim, Entry, HouseholdMove, PanelMember
from points.tests.shop import give
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.refusals import Conflict
from villages import roster, search
from villages.models import Household, Resident

SAID = {"reason": "搬到三门社区居住", "now": NOW}


def books_are_clean():
    return [*reconcile.differences(), *seals.verify()] == []


def posted(household):
    return getattr(Balance.objects.filter(household=household).first(), "posted", 0)


@pytest.fixture
def next_grid(district):
    return district.next_door[0].grid


def test_a_household_goes_on_in_another_village_with_all_it_held(district, clerk, next_grid):
    home = district.homes[0]
    give(home, 42)
    move = households.move(household=home, grid=next_grid, by=clerk, seen=households.mark_of(home), **SAID)
    home.refresh_from_db()
    new = move.target
    assert (home.state, home.left_on, home.successor, home.village) == ("moved", TODAY, new, district.tongmu)
    assert (new.village, new.head_name, new.members, new.state) == (district.sanmen, "冉光明", 4, "active")
    assert new.number.startswith(f"{district.sanmen.code}-01-010")
    assert (posted(home), posted(new), move.points) == (0, 42, 42)
    assert [one.name for one in new.residents.order_by("pk")] == ["冉光明", "冉小妹"]
    assert list(Household.objects.active().filter(search.households("rgm"))) == [new]
    assert AuditEvent.objects.get(action="household.village").facts["points"] == 42
    assert books_are_clean()


def test_a_debt_goes_along(district, clerk, next_grid):
    give(district.homes[0], -7)
    move = households.move(household=district.homes[0], grid=next_grid, by=clerk, **SAID)
    assert (posted(move.household), posted(move.target)) == (0, -7)
    assert books_are_clean()


def test_who_holds_nothing_moves_without_entries(district, clerk, next_grid):
    move = households.move(household=district.homes[0], grid=next_grid, by=clerk, **SAID)
    assert (move.points, Entry.objects.count()) == (0, 0)
    assert books_are_clean()


def test_two_households_become_one(district, clerk):
    one, other = district.homes[:2]
    give(one, 30)
    give(other, 12)
    move = households.merge(household=one, into=other, by=clerk, **SAID)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, one.successor, other.members, posted(one), posted(other)) == ("merged", other, 8, 0, 42)
    assert Resident.objects.filter(household=other, is_head=True).count() == 1
    assert other.residents.filter(name="冉光明").exists()
    assert Entry.objects.filter(kind="transfer").values("seal").distinct().count() == 1
    assert move.kind == "merge"
    assert books_are_clean()


def test_another_group_changes_neither_number_nor_passbook(entry, district, clerk):
    home = district.homes[0]
    number, other = home.number, district.homes[1].grid
    move = households.regroup(household=home, grid=other, by=clerk, **SAID)
    home.refresh_from_db()
    assert (home.grid, home.number, posted(home), move.target) == (other, number, 5, home)
    with pytest.raises(CannotMove, match="选本村的另一个组"):
        households.regroup(household=home, grid=other, by=clerk, **SAID)
    assert books_are_clean()


def test_nobody_moves_while_rows_are_on_their_way(notice, district, clerk, next_grid):
    with pytest.raises(CannotMove, match="还有 1 行在审核或公示"):
        households.move(household=district.homes[0], grid=next_grid, by=clerk, **SAID)
    assert not HouseholdMove.objects.exists()


def test_nobody_moves_while_the_panel_names_them(panel, district, clerk, next_grid):
    with pytest.raises(CannotMove, match="评议员覃正芬登记着向德珍户"):
        households.move(household=district.homes[-1], grid=next_grid, by=clerk, **SAID)
    panel[1].kin.add(district.homes[0])
    with pytest.raises(CannotMove, match="评议员冉启文登记着冉光明户"):
        households.merge(household=district.homes[0], into=district.homes[1], by=clerk, **SAID)
    PanelMember.objects.update(ends_on=TODAY.replace(day=1))
    assert households.merge(household=district.homes[0], into=district.homes[1], by=clerk, **SAID).pk


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": " "}, "原因没有写"),
        ({"reason": "电话 13800000000"}, "原因里像是有手机号"),
        ({"grid": 0}, "这是本村的组，用换组"),
        ({"grid": "far"}, "跨乡镇由区级办"),
        ({"by": "reviewer"}, "只在本岗位管的村之间办"),
        ({"by": "stranger"}, "只在本岗位管的村之间办"),
    ],
)
def test_what_is_refused(change, said, district, cast, next_grid):
    places = {0: district.homes[1].grid, "far": district.far[0].grid}
    given = {"grid": next_grid, "by": "clerk"} | SAID | change
    given["grid"] = places.get(given["grid"], given["grid"]) if not hasattr(given["grid"], "pk") else given["grid"]
    given["by"] = cast[given["by"]]
    with pytest.raises(CannotMove, match=said):
        households.move(household=district.homes[0], **given)


def test_the_district_moves_between_townships(district, district_officer):
    give(district.homes[0], 9)
    move = households.move(household=district.homes[0], grid=district.far[0].grid, by=district_officer, **SAID)
    assert (posted(move.target), move.target.village) == (9, district.zhongyuan)
    assert books_are_clean()


def test_a_passbook_that_changed_since_it_was_looked_at(district, clerk, next_grid):
    seen = households.mark_of(district.homes[0])
    give(district.homes[0], 5)
    with pytest.raises(Conflict, match="存折刚有变化"):
        households.move(household=district.homes[0], grid=next_grid, by=clerk, seen=seen, **SAID)


def test_handed_over_once(district, clerk, next_grid):
    households.move(household=district.homes[0], grid=next_grid, by=clerk, **SAID)
    with pytest.raises(CannotMove, match="冉光明户已迁出"):
        households.merge(household=district.homes[0], into=district.homes[1], by=clerk, **SAID)
    with pytest.raises(CannotMove, match="冉光明户已迁出"):
        households.merge(household=district.homes[1], into=district.homes[0], by=clerk, **SAID)


def test_what_was_posted_before_is_not_reversed_afterwards(entry, district, clerk, next_grid):
    households.move(household=entry.household, grid=next_grid, by=clerk, **SAID)
    with pytest.raises(batches.CannotSubmit, match="这里的流水不再改"):
        batches.correct(entry=entry, maker=clerk, reason="记错了户", now=NOW)


def test_a_slip_of_before_stands(redeem, home, district, clerk, counter, next_grid):
    slip = redeem()
    households.move(household=home, grid=next_grid, by=clerk, **SAID)
    with pytest.raises(store.CannotUndo, match="小票不能再撤销"):
        store.undo(redemption=slip, reason="拿错了", by=counter, now=NOW)
    assert books_are_clean()


@pytest.fixture
def suspended(district, leader):
    veto = suspensions.Veto("V03", "虚报参加劳动 3 次", "派出所通报")
    return suspensions.suspend(
        household=district.homes[4], veto=veto, ends_on=TODAY.replace(month=12), by=leader, now=NOW
    )


def test_a_suspension_is_not_shed_by_moving(suspended, district, clerk, next_grid):
    with pytest.raises(CannotMove, match="资格暂停到 2026-12-23，期满或解除后再并"):
        households.merge(household=suspended.household, into=district.homes[5], by=clerk, **SAID)
    move = households.move(household=suspended.household, grid=next_grid, by=clerk, **SAID)
    assert [one.ends_on for one in move.target.suspensions.all()] == [suspended.ends_on]


# --- the database by itself -------------------------------------------------------


@pytest.fixture
def note(clerk):
    def write(old, new, points=0):
        return HouseholdMove.objects.create(
            kind="merge", household=old, target=new, from_village=old.village, from_grid=old.grid,
            to_village=new.village, to_grid=new.grid, points=points, on=TODAY, reason="并户", made_by=clerk,
            made_at=NOW,
        )  # fmt: skip

    return write


def refused(wall, act):
    with pytest.raises(DatabaseError, match=wall), transaction.atomic():
        at_the_end(act)


def at_the_end(act):
    act()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_hands_over_whole_or_not(district, note, submitted):
    claimed, one, other = district.homes[0], district.homes[4], district.homes[5]
    give(one, 5)

    def hand_over(old):
        return lambda: roster.hand_over(household=old, to=other, state="merged", on=TODAY)

    refused("stands_in_the_book", hand_over(one))
    note(one, other)
    refused("leaves_nothing", hand_over(one))
    note(claimed, other)
    refused("waits_for_claims", hand_over(claimed))
    refused("goes_on_as_another", lambda: Household.objects.filter(pk=one.pk).update(state="merged", left_on=TODAY))


def test_the_database_carries_the_suspension(suspended, district, note):
    old, new = suspended.household, district.homes[5]
    note(old, new)
    refused("carries_the_suspension", lambda: roster.hand_over(household=old, to=new, state="merged", on=TODAY))


def test_the_database_lets_nothing_come_afterwards(district, clerk, make_batch, rule):
    one, other = district.homes[4], district.homes[5]
    draft = make_batch([one])
    move = households.merge(household=one, into=other, by=clerk, **SAID)
    one.refresh_from_db()
    refused("takes_no_entries", lambda: give(one, 5))
    refused("claims_nothing", lambda: Claim.objects.filter(batch=draft).update(state="submitted"))
    refused("stays_handed_over", lambda: Household.objects.filter(pk=one.pk).update(successor=district.homes[6]))
    refused("stays_handed_over", lambda: Household.objects.filter(pk=one.pk).update(number="500114112202-01-9999"))
    refused("append|update", lambda: HouseholdMove.objects.filter(pk=move.pk).update(points=3))


def test_the_database_keeps_transfers_in_pairs(district, note):
    one, other = district.homes[4], district.homes[5]
    give(one, 5)
    move = note(one, other, points=5)

    def post(*sides):
        lines = [households._line(move, whose, source, sign) for whose, source, sign in sides]
        return lambda: ledger.post(village=district.tongmu, lines=lines, now=NOW)

    out, coming = (one, move.out_source, -1), (other, move.in_source, 1)
    refused("two_sides", post(out))
    refused("two_sides", post(coming))
    refused("two_sides", post(out, (district.homes[6], move.in_source, 1)))
    refused("two_sides", post(out, (other, f"move:{uuid.uuid4().hex[:8]}:in", 1)))
    post(out, coming)()
    assert [str(one) for one in reconcile.differences()] == []


def test_the_check_tells_what_the_walls_would_stop(district, note):
    """Without the walls the nightly comparison still finds a hand-over that left something."""
    note(district.homes[4], district.homes[5], points=5)
    assert [one.check for one in reconcile.differences()] == ["transfer", "transfer"]
