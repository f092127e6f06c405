"""What the nightly comparison finds: a fault planted past every wall, for each law of the books."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from conftest import NOW
from points import ledger, proving, reconcile, store
from points.models import Entry, cells
from points.tests.test_ledger import line_for
from qianjiang_portal.foundation import calendar
from villages import roster

FIRST = "(SELECT min(id) FROM points_entry WHERE kind = 'award')"
OTHER_VILLAGE = "(SELECT max(id) FROM villages_village)"
NOBODY = 999_999_999
OTHER_GRID = "(SELECT max(id) FROM villages_grid)"
SUMS = {"balance", "rollup", "grid rollup", "rule usage", "seal"}

# Each with the comparisons that have to name it.
FAULTS = [
    # Kept sums.
    ("UPDATE points_balance SET posted = posted + 1", {"balance"}),
    ("UPDATE points_balance SET earned = earned - 1, redeemed = redeemed - 1", {"balance"}),
    ("UPDATE points_balance SET redeemed = redeemed + 3 WHERE redeemed > 0", {"balance"}),
    ("DELETE FROM points_balance WHERE posted = 5", {"balance"}),
    ("UPDATE points_rollup SET points = points + 1 WHERE kind = 'award'", {"rollup"}),
    ("UPDATE points_rollup SET count = count + 1, points = points - 1 WHERE kind = 'award'", {"rollup"}),
    ("UPDATE points_rollup SET kind = 'deduction' WHERE kind = 'award'", {"rollup"}),
    ("DELETE FROM points_rollup WHERE kind = 'redemption'", {"rollup"}),
    (
        "INSERT INTO points_rollup (village_id, period, dimension, joy, kind, count, points)"
        " SELECT village_id, '2020-01', dimension, joy, kind, 0, 0 FROM points_rollup LIMIT 1",
        {"rollup"},
    ),
    ("UPDATE points_gridrollup SET count = count + 1", {"grid rollup"}),
    ("UPDATE points_gridrollup SET period = '2020' || right(period, 3)", {"grid rollup", "participants"}),
    ("UPDATE points_ruleusage SET points = points - 5", {"rule usage"}),
    ("UPDATE points_ruleusage SET rule_id = (SELECT max(id) FROM points_rule)", {"rule usage"}),
    ("UPDATE points_seal SET points_sum = points_sum + 1 WHERE entry_count = 3", {"seal"}),
    ("UPDATE points_seal SET entry_count = 4 WHERE entry_count = 3", {"seal"}),
    # Two wrongs that make a right in every total.
    (
        "UPDATE points_balance b SET posted = posted + CASE WHEN n = 1 THEN 1 ELSE -1 END FROM (SELECT household_id,"
        " row_number() OVER (ORDER BY household_id) AS n FROM points_balance) x"
        " WHERE x.household_id = b.household_id AND n <= 2",
        {"balance"},
    ),
    # Who took part.
    ("DELETE FROM points_participation", {"participation", "participants"}),
    (
        "DELETE FROM points_participation WHERE id = (SELECT min(id) FROM points_participation)",
        {"participation", "participants"},
    ),
    ("UPDATE points_participation SET period = '2025' || right(period, 3)", {"participation", "participants"}),
    (f"UPDATE points_participation SET grid_id = {OTHER_GRID}", {"participation", "participants"}),
    (f"UPDATE points_participation SET village_id = {OTHER_VILLAGE}", {"participation", "participants"}),
    ("UPDATE points_villagemonth SET participants = participants + 1", {"participants"}),
    ("UPDATE points_gridrollup SET participants = participants + 1", {"participants"}),
    # Claims.
    (
        "UPDATE points_claim SET points = 6 WHERE id = (SELECT min(id) FROM points_claim)",
        {"claim"},
    ),
    ("UPDATE points_claim SET state = 'published'", {"claim"}),
    ("UPDATE points_claim SET household_id = household_id + 1000", {"claim"}),
    # Entries.
    (f"UPDATE points_entry SET points = 6 WHERE id = {FIRST}", SUMS | {"claim"}),
    (f"UPDATE points_entry SET kind = 'opening' WHERE id = {FIRST}", {"rollup", "participation"}),
    (f"UPDATE points_entry SET joy = 'x' WHERE id = {FIRST}", {"rollup"}),
    # Of what is not there.
    (f"UPDATE points_entry SET household_id = {NOBODY} WHERE id = {FIRST}", {"balance", "claim", "participation"}),
    (f"UPDATE points_entry SET rule_id = {NOBODY} WHERE id = {FIRST}", {"rule usage"}),
    (f"UPDATE points_entry SET grid_id = {NOBODY} WHERE id = {FIRST}", {"grid rollup", "participation"}),
    (f"UPDATE points_entry SET seal_id = {NOBODY} WHERE id = {FIRST}", {"seal"}),
    (f"UPDATE points_entry SET dimension = 'x' WHERE id = {FIRST}", {"rollup"}),
    (
        f"UPDATE points_entry SET period = '2026-01' WHERE id = {FIRST}",
        {"rollup", "grid rollup", "rule usage", "participation"},
    ),
    (f"UPDATE points_entry SET rule_id = (SELECT max(id) FROM points_rule) WHERE id = {FIRST}", {"rule usage"}),
    (f"UPDATE points_entry SET grid_id = {OTHER_GRID} WHERE id = {FIRST}", {"grid rollup", "participation"}),
    (
        f"UPDATE points_entry SET village_id = {OTHER_VILLAGE} WHERE id = {FIRST}",
        {"rollup", "rule usage", "participation"},
    ),
    (f"UPDATE points_entry SET seal_id = (SELECT max(id) FROM points_seal) WHERE id = {FIRST}", {"seal"}),
    (f"UPDATE points_entry SET source = 'claim:' || 999999 WHERE id = {FIRST}", {"claim"}),
    (f"UPDATE points_entry SET source = 'other:1' WHERE id = {FIRST}", {"claim"}),
    (f"UPDATE points_entry SET source = 'claim:x' WHERE id = {FIRST}", {"claim"}),
    (f"UPDATE points_entry SET source = 'claim:' || repeat('9', 20) WHERE id = {FIRST}", {"claim"}),
    (f"DELETE FROM points_entry WHERE id = {FIRST}", SUMS | {"claim", "participation"}),
    # What is given back, handed out and kept in stock.
    (
        "UPDATE points_entry SET points = points - 1 WHERE kind = 'reversal'",
        {"balance", "rollup", "seal", "reversal", "redemption"},
    ),
    (f"UPDATE points_entry SET reverses_id = {FIRST} WHERE kind = 'reversal'", {"balance", "reversal"}),
    ("UPDATE points_item SET stock = stock + 1", {"stock"}),
    (
        "UPDATE points_stockmove SET quantity = quantity - 1 WHERE redemption_id IS NOT NULL",
        {"stock", "redemption"},
    ),
    ("UPDATE points_redemption SET points = points + 1", {"redemption"}),
    ("UPDATE points_redemption SET undone_at = NULL, undone_by_id = NULL, undo_reason = ''", {"redemption"}),
    # Kinds that come of nothing.
    (
        f"UPDATE points_entry SET kind = 'transfer' WHERE id = {FIRST}; UPDATE points_rollup SET kind = 'transfer'"
        " WHERE kind = 'award'",
        {"balance", "rollup", "participation", "transfer"},
    ),
    (
        "UPDATE points_entry SET kind = 'expiry' WHERE kind = 'redemption'; UPDATE points_rollup SET kind = 'expiry'"
        " WHERE kind = 'redemption'",
        {"balance", "year end"},
    ),
]


def plant(sql: str) -> None:
    """What only a superuser can do: no trigger and no key looks."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def found() -> set[str]:
    return {one.check for one in reconcile.differences()}


@pytest.fixture
def books(posted, redeem, counter):
    """Claims posted, points spent, part of them given back the same day."""
    redeem(1)
    store.undo(redemption=redeem(2), by=counter, reason="拿错了", now=NOW)
    assert found() == set()


def planted_and_found(fault: str) -> set[str]:
    """What is found of it; afterwards it was never there."""
    with transaction.atomic():
        plant(fault)
        checks = found()
        transaction.set_rollback(True)
    return checks


def test_a_planted_fault_is_found_and_named(books):
    seen = [(fault, planted_and_found(fault)) for fault, _ in FAULTS]

    assert [one for one in seen if one not in FAULTS] == []
    assert found() == set()


def test_what_the_pass_vouches_for_is_what_the_comparisons_find_nothing_in(books):
    with reconcile.one_moment():
        reconcile.sum_up()
        assert [one for check in reconcile.PROVED for one in reconcile.compare(check)] == []


def test_an_entry_says_where_it_counts_and_nobody_else_does(books):
    """The numbers that the check reads are the database's own, and go along with whatever they are made of."""
    said = Entry.objects.filter(kind="award").order_by("pk")[:1]
    before = said.values_list(*cells.COLUMNS).get()
    with transaction.atomic():
        plant(f"UPDATE points_entry SET period = '2020-01', source = 'other:1', joy = 'x' WHERE id = {FIRST}")
        after = dict(zip(cells.COLUMNS, said.values_list(*cells.COLUMNS).get(), strict=True))
        transaction.set_rollback(True)

    changed = {name for name, number in zip(cells.COLUMNS, before, strict=True) if number != after[name]}
    assert changed == {"rollup_cell", "rule_cell", "grid_cell", "claim_number", "award_month"}
    assert (after["claim_number"], after["award_month"]) == (None, 2020 * 12 + 1)
    with pytest.raises(DatabaseError, match="rollup_cell"):
        plant(f"UPDATE points_entry SET rollup_cell = 1 WHERE id = {FIRST}")


def award(household, rule, at, source):
    line = line_for(household, rule)._replace(source=source)
    with calendar.at(at):
        ledger.post(village=household.village, lines=[line], now=at)


def test_a_household_that_changed_its_group_in_a_month_is_in_order(posted, district, rule):
    """It is noted once, in the group it was in first, and both groups keep their points."""
    home = district.homes[0]
    roster.regroup(household=home, grid=district.homes[-1].grid)
    home.refresh_from_db()
    award(home, rule, posted.due_at, "other:1")

    assert Entry.objects.filter(household=home).values("grid").distinct().count() == 2
    assert found() == set()


@pytest.mark.parametrize("block", [1, 2, 60])
def test_many_months_are_looked_at_in_blocks(posted, district, rule, monkeypatch, block):
    monkeypatch.setattr(proving, "BLOCK", block)
    for nth, month in enumerate((3, 4, 5), 1):
        award(district.homes[1], rule, calendar.moment(dt.date(2027, month, 1), 9), f"other:{nth}")
    assert found() == set()

    plant("UPDATE points_participation SET period = '2027-06' WHERE period = '2027-04'")
    assert found() == {"participation", "participants"}


def test_an_empty_ledger_is_in_order(district):
    assert found() == set()
