"""A sheet of rows must come out as the same rows saved one by one, refusals and warnings included."""

import datetime as dt
import random
import uuid

import pytest

from conftest import NOW, TODAY
from points import batches, checks, sheets
from points.models import Batch, BatchEditor, Claim
from points.sheets import Row
from qianjiang_portal.foundation import options
from villages import roster
from villages.models import Resident

COLUMNS = (
    "line", "client_key", "household_id", "resident_id", "rule_id", "quantity", "points", "occurred_on", "note",
    "state", "version", "maker_id",
)  # fmt: skip
CODES = ("Z01", "Z02", "Z12", "F01", "H05", "H11")


@pytest.fixture
def rules(rule_set):
    return {rule.code: rule for rule in rule_set.rules.filter(code__in=CODES).select_related("rule_set")}


def any_rows(rng, district, rules, count=60):
    """Rows of which many clash: few households and days, points out of range, strangers, the future."""
    people = {
        pk: list(Resident.objects.filter(household=pk).order_by("pk")) for pk in (one.pk for one in district.homes)
    }
    households = [*district.homes[:4], district.next_door[0]]
    for _ in range(count):
        household, rule = rng.choice(households), rules[rng.choice(CODES)]
        yield Row(
            client_key=uuid.UUID(int=rng.getrandbits(128), version=4),
            household=household,
            rule=rule,
            points=rng.choice((rule.default, rule.default, rule.default, 0, 99)),
            occurred_on=TODAY - dt.timedelta(days=rng.choice((0, 0, 1, 2, 40, 70, -1))),
            note=rng.choice(("", " 带队 ")),
            resident=rng.choice(people.get(household.pk, [None])) if rule.unit == "person" else None,
        )


def one_by_one(batch, editor, rows):
    outcomes = []
    for row in rows:
        try:
            saved = batches.put_claim(batch=batch, editor=editor, now=NOW, **vars(row))
        except checks.CannotSave as refusal:
            outcomes.append((str(refusal), refusal.code, refusal.claim and refusal.claim.line))
        else:
            outcomes.append(saved.warnings)
    return outcomes


def told(outcome):
    refusal = outcome.refusal
    if refusal is None:
        return outcome.warnings
    return (str(refusal), refusal.code, refusal.claim and refusal.claim.line)


def rows_of(batch):
    return list(Claim.objects.filter(batch=batch).order_by("line").values_list(*COLUMNS))


@pytest.mark.parametrize("seed", range(4))
def test_a_sheet_is_kept_as_its_rows_would_be_one_by_one(seed, make_batch, clerk, district, rules):
    roster.move_out(household=district.homes[3], on=TODAY)
    district.homes[3].refresh_from_db()
    earlier = batches.submit(batch=make_batch(points=8), maker=clerk, now=NOW)
    singly, sheet = make_batch(district.homes[:1]), make_batch(district.homes[:1])
    rows = list(any_rows(random.Random(seed), district, rules))

    expected = one_by_one(singly, clerk, rows)
    kept = rows_of(singly)[1:]
    Claim.objects.filter(batch=singly).delete()
    outcomes = sheets.put(batch=sheet, editor=clerk, rows=rows, now=NOW)

    assert [told(outcome) for outcome in outcomes] == expected
    assert rows_of(sheet)[1:] == kept
    assert earlier.claims.count() == 3


def test_a_sheet_sent_twice_is_kept_once(make_batch, clerk, district, rules):
    batch = make_batch([])
    rows = [Row(uuid.uuid4(), one, rules["Z02"], 5, TODAY) for one in district.homes]

    first = sheets.put(batch=batch, editor=clerk, rows=rows, now=NOW)
    again = sheets.put(batch=batch, editor=clerk, rows=rows, now=NOW)

    assert [outcome.claim.pk for outcome in again] == [outcome.claim.pk for outcome in first]
    assert batch.claims.count() == len(rows)


def test_a_sheet_stops_when_enough_rows_stand(make_batch, clerk, district, rules):
    rows = [Row(uuid.uuid4(), one, rules["Z02"], 5, TODAY) for one in district.homes[:1] * 2 + district.homes[1:]]

    outcomes = sheets.put(batch=make_batch([]), editor=clerk, rows=rows, most=3, now=NOW)

    assert [outcome.refusal is None for outcome in outcomes] == [True, False, True, True]


def test_who_puts_a_sheet_can_never_check_it(make_batch, clerk, double, district, rules):
    batch = make_batch([], maker=double, village=district.sanmen)

    sheets.put(
        batch=batch, editor=clerk, rows=[Row(uuid.uuid4(), district.next_door[0], rules["Z02"], 5, TODAY)], now=NOW
    )

    assert set(BatchEditor.objects.filter(batch=batch).values_list("user", flat=True)) == {clerk.pk, double.pk}


def test_a_stranger_puts_nothing(make_batch, stranger, district, rules):
    batch = make_batch([])

    with pytest.raises(checks.CannotSave):
        sheets.put(
            batch=batch, editor=stranger, rows=[Row(uuid.uuid4(), district.homes[0], rules["Z02"], 5, TODAY)], now=NOW
        )

    assert not Claim.objects.exists()


def test_a_sheet_costs_the_same_queries_whatever_its_length(
    make_batch, clerk, district, rules, django_assert_max_num_queries
):
    batch: Batch = make_batch([])
    rows = [Row(uuid.uuid4(), one, rules["Z01"], 5, TODAY) for one in district.homes]

    with django_assert_max_num_queries(10):
        sheets.put(batch=batch, editor=clerk, rows=rows, now=NOW)


def test_held_options_are_read_once_and_follow_a_change(db, django_assert_num_queries):
    with options.held():
        options.get("notice_days")
        with django_assert_num_queries(0):
            assert options.get("notice_days") == 7
        options.put(name="notice_days", value=5)
        assert options.get("notice_days") == 5
