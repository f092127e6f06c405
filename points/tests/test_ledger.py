"""What the ledger refuses, in the function and in the database, and what a posting adds up to."""

import datetime as dt
import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from conftest import NOW, TODAY, approve
from points import batches, ledger, notices, postings, reconcile, seals
from points.models import (
    Balance,
    ChainHead,
    Claim,
    Entry,
    GridRollup,
    Participation,
    Rollup,
    Rule,
    RuleUsage,
    Seal,
    VillageMonth,
)
from qianjiang_portal.foundation import calendar, periods
from villages import roster
from villages.models import Household


def run(sql: str, *params: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql, params)


def line_for(household: Household, rule: Rule) -> ledger.Line:
    return ledger.Line(
        source="claim:0",
        points=5,
        kind="award",
        occurred_on=TODAY,
        household_id=household.pk,
        household=household.number,
        village_id=household.village_id,
        grid_id=household.grid_id,
        grid=household.grid.number,
        rule_id=rule.pk,
        rule=f"{rule.rule_set_id}/{rule.code}",
        dimension=rule.dimension,
        joy=rule.joy,
    )


def sums() -> list[tuple[str, int, int]]:
    return list(Rollup.objects.order_by("kind").values_list("kind", "count", "points"))


@pytest.mark.parametrize("text", ["Z04", 'a"b\\c\n\t\x01/', "冉𪚥明\u2028é", ""])
def test_the_sealed_text_is_plain_json(text):
    entry = seals.Sealed(text, text, text, 1, text, text, text, -5, text, text, text, 1764000000000000, text)

    plain = json.dumps(["qj1", *entry], ensure_ascii=False, separators=(",", ":"))
    assert seals.canonical(entry) == plain.encode()


def test_posting_fills_every_sum(posted, district):
    first = district.homes[0]

    assert Entry.objects.count() == 3
    assert Balance.objects.get(household=first).posted == 5
    assert sums() == [("award", 3, 15)]
    assert list(GridRollup.objects.order_by("grid__number").values_list("count", "points", "participants")) == [
        (2, 10, 2),
        (1, 5, 1),
    ]
    assert list(RuleUsage.objects.values_list("rule__code", "count", "points")) == [("Z02", 3, 15)]
    assert Participation.objects.count() == 3
    assert VillageMonth.objects.get().participants == 3
    assert list(reconcile.differences()) == []


def test_claims_and_batch_take_effect(posted, approved):
    approved.refresh_from_db()

    assert set(approved.claims.values_list("state", flat=True)) == {"effective"}
    assert approved.state == "effective"


def test_posting_twice_posts_once(posted):
    again = postings.post(notice=posted, now=posted.due_at)

    assert (again.effective, again.seal) == (0, None)
    assert Entry.objects.count() == 3


def test_a_notice_is_not_posted_early(notice):
    early = notice.due_at - dt.timedelta(minutes=1)

    with pytest.raises(postings.CannotPost, match="公示到"):
        postings.post(notice=notice, now=early)
    assert Entry.objects.count() == 0


def test_a_source_is_posted_once(entry, district):
    line = line_for(entry.household, entry.rule)._replace(source=entry.source)

    with pytest.raises(ledger.CannotPost, match="已经入过账"):
        ledger.post(village=district.tongmu, lines=[line], now=NOW)


def test_a_household_of_another_village_is_refused(district, rule):
    line = line_for(district.far[0], rule)

    with pytest.raises(ledger.CannotPost, match="不属于这个村"):
        ledger.post(village=district.tongmu, lines=[line], now=NOW)


@pytest.mark.parametrize("table", ["points_entry", "points_seal"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET village_id = village_id", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"],
)
def test_the_database_refuses_to_change_the_ledger(posted, table, statement):
    with pytest.raises(DatabaseError, match="append-only"):
        run(statement.format(table=table))
    assert Entry.objects.count() == 3


def test_the_ignore_setting_of_declared_triggers_opens_nothing(entry):
    run("SELECT set_config('pgtrigger.ignore', '{points.Entry:roll_up,points.Entry:*}', false)")

    with pytest.raises(DatabaseError, match="append-only"):
        run("UPDATE points_entry SET points = 99 WHERE id = %s", entry.pk)


def copy_entry(entry: Entry, **changes: object) -> Entry:
    """The same entry again, past every function: only the database stands in its way."""
    twin = Entry.objects.get(pk=entry.pk)
    twin.pk, twin.source = None, "claim:0"
    for name, value in changes.items():
        setattr(twin, name, value)
    twin._state.adding = True
    return twin


def test_entries_cannot_join_an_old_seal(entry):
    with pytest.raises(DatabaseError, match="sealed in the transaction"):
        run("SELECT 1") or copy_entry(entry, seal=forged_old_seal(entry)).save()


def forged_old_seal(entry: Entry) -> Seal:
    """A seal that says an earlier transaction made it."""
    seal = Seal(
        village=entry.village,
        number=9,
        previous="x",
        digest="f" * 64,
        algorithm="sm3",
        entry_count=0,
        points_sum=0,
        sealed_at=NOW,
        transaction=1,
    )
    seal.save()
    return seal


@pytest.mark.django_db(transaction=True)
def test_a_seal_that_covers_nothing_cannot_be_committed(posted, district):
    with pytest.raises(DatabaseError, match="covers 0 entries"), transaction.atomic():
        Seal.objects.create(
            village=district.tongmu,
            number=2,
            previous="x",
            digest="e" * 64,
            algorithm="sm3",
            entry_count=1,
            points_sum=5,
            sealed_at=NOW,
        )
    assert Seal.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"points": 0}, "points_entry_is_not_zero"),
        ({"points": -5}, "points_entry_sign_suits_its_kind"),
        ({"kind": "reversal"}, "points_reversal_names_what_it_reverses"),
        ({"dimension": ""}, "points_award_and_deduction_name_a_rule"),
        ({"source": "claim:same"}, "points_entry_source"),
    ],
)
def test_the_database_refuses_an_entry_that_cannot_be(entry, changes, constraint):
    if changes.get("source"):
        changes = {"source": entry.source}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        copy_entry(entry, **changes).save()


def test_a_correction_goes_the_same_way_and_undoes_the_points(entry, clerk, reviewer, panel, district):
    later = calendar.moment(dt.date(2026, 12, 7), 10)
    with calendar.at(later):
        batch = batches.correct(entry=entry, maker=clerk, reason="重复录入", now=later)
        assert batch.state == "submitted"
        approve(batch, reviewer, panel)
        second = notices.publish(village=district.tongmu, period=periods.of(later.date()), publisher=clerk, now=later)
    with calendar.at(second.due_at):
        postings.post(notice=second, now=second.due_at)

    reversal = Entry.objects.get(kind="reversal")
    assert (reversal.reverses, reversal.points) == (entry, -5)
    balance = Balance.objects.get(household=entry.household)
    assert (balance.posted, balance.earned) == (0, 0)
    assert list(reconcile.differences()) == []
    assert list(seals.verify()) == []


def test_an_entry_of_a_household_that_moved_away_is_corrected_too(entry, clerk, reviewer, panel, district):
    later = calendar.moment(dt.date(2026, 12, 7), 10)
    roster.move_out(household=entry.household, on=dt.date(2026, 12, 1))
    with calendar.at(later):
        approve(batches.correct(entry=entry, maker=clerk, reason="重复录入", now=later), reviewer, panel)
        second = notices.publish(village=district.tongmu, period=periods.of(later.date()), publisher=clerk, now=later)
    with calendar.at(second.due_at):
        done = postings.post(notice=second, now=second.due_at)

    assert (done.effective, done.contested) == (1, 0)
    assert Entry.objects.get(kind="reversal").reverses == entry


def test_an_entry_is_corrected_once(entry, clerk):
    batches.correct(entry=entry, maker=clerk, reason="重复录入", now=calendar.now())

    with pytest.raises(batches.CannotSubmit, match="已经冲正过"):
        batches.correct(entry=entry, maker=clerk, reason="再来一次", now=calendar.now())


def test_the_database_refuses_a_second_claim_back(entry, clerk):
    batch = batches.correct(entry=entry, maker=clerk, reason="重复录入", now=calendar.now())
    twin = batch.claims.get()
    twin.pk, twin.line, twin.client_key = None, 2, "00000000-0000-0000-0000-000000000001"
    twin._state.adding = True
    twin.occurred_on = dt.date(2026, 11, 1)

    with pytest.raises(IntegrityError, match="points_entry_is_claimed_back_once"), transaction.atomic():
        twin.save()


def test_a_claim_of_a_household_that_moved_is_set_aside(notice, district):
    roster.move_out(household=district.homes[0], on=TODAY)
    with calendar.at(notice.due_at):
        posting = postings.post(notice=notice, now=notice.due_at)

    assert (posting.effective, posting.contested) == (2, 1)
    assert Claim.objects.get(household=district.homes[0]).contest_reason == "公示期内已迁出"
    assert Entry.objects.count() == 2
    assert list(reconcile.differences()) == []


def tamper(entry: Entry, points: int) -> None:
    """What only a superuser can do: switch the triggers off and change an old entry."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE points_entry SET points = %s WHERE id = %s", [points, entry.pk])


def test_an_entry_changed_behind_the_portals_back_is_named(entry):
    tamper(entry, 50)

    assert f"entry {entry.pk} ({entry.source}) is 50, should be 5" in {
        str(difference).removeprefix("claim: ") for difference in reconcile.differences()
    }
    assert [str(fault) for fault in seals.verify()] == [
        f"500114112202 seal 1: entry {entry.pk} ({entry.source}) has been changed"
    ]


def test_a_seal_taken_out_is_named(posted, district):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM points_entry")
        cursor.execute("DELETE FROM points_seal")

    assert [str(fault) for fault in seals.verify()] == [
        "500114112202 seal 1: the chain does not end where its head says"
    ]
    assert ChainHead.objects.get(village=district.tongmu).number == 1


def test_the_snapshot_counts_who_was_registered_at_the_end_of_the_month(district):
    roster.move_out(household=district.homes[0], on=dt.date(2026, 10, 15))

    ledger.snapshot_households(period=periods.parse("2026-10"))

    assert VillageMonth.objects.get(village=district.tongmu, period="2026-10").households == 7
