"""The figures and lines of a passbook, held against plain SQL over the ledger."""

import datetime as dt

import pytest
from django.db import connection

from conftest import NOW, TODAY, approve
from points import batches, notices, passbook_lines, passbooks, postings
from points.models import Entry
from points.passbook_lines import Filters
from qianjiang_portal.foundation import calendar, periods
from villages.models import Household


def put_on_notice(batch, clerk, reviewer, panel):
    """Approve a submitted batch and publish it; answers the open notice."""
    approve(batch, reviewer, panel)
    return notices.publish(village=batch.village, period=periods.of(TODAY), publisher=clerk, now=calendar.now())


def let_it_pass(notice):
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())


@pytest.fixture
def deduct(make_batch, rule_set, clerk, reviewer, panel):
    """Put a household's deduction Z13 (−2) through submit, review and notice."""

    def run(household, *, post):
        batch = make_batch([household], rule=rule_set.rules.get(code="Z13"))
        notice = put_on_notice(batches.submit(batch=batch, maker=clerk, now=NOW), clerk, reviewer, panel)
        if post:
            let_it_pass(notice)

    return run


@pytest.fixture
def reversed_entry(entry, clerk, reviewer, panel):
    """The first entry, reversed through review, notice and posting."""
    batch = batches.correct(entry=entry, maker=clerk, reason="重复录入", now=NOW)
    let_it_pass(put_on_notice(batch, clerk, reviewer, panel))
    return Entry.objects.get(pk=entry.pk)


def figures(household):
    return passbooks.figures(household, passbooks.waiting(household))


def running(household):
    """Entry → balance, the long way: for each entry the sum of all that are not after it."""
    later = "(o.posted_at, o.occurred_on, o.id) <= (e.posted_at, e.occurred_on, e.id)"
    statement = f"""SELECT e.id, (SELECT sum(o.points) FROM points_entry o WHERE o.household_id = e.household_id
        AND {later}) FROM points_entry e WHERE e.household_id = %s"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [household.pk])
        return dict(cursor.fetchall())


# --- figures ------------------------------------------------------------------


def test_points_on_notice_are_shown_apart_with_the_day_they_can_be_spent(notice, district):
    found = figures(district.homes[0])

    assert (found.available, found.on_notice, found.usable_from) == (0, 5, calendar.local_date(notice.due_at))


def test_posted_points_can_be_spent(entry):
    found = figures(entry.household)

    assert (found.available, found.earned, found.on_notice, found.usable_from) == (5, 5, 0, None)


def test_a_waiting_deduction_is_held_back_from_what_can_be_spent(entry, deduct):
    deduct(entry.household, post=False)

    found = figures(entry.household)

    assert (found.posted, found.reserved, found.available, found.on_notice) == (5, 2, 3, -2)


def test_a_debt_is_named_and_nothing_can_be_spent(district, deduct):
    home = district.homes[4]
    deduct(home, post=True)

    found = figures(home)

    assert (found.posted, found.available, found.debt) == (-2, 0, 2)


def test_a_draft_is_nowhere_in_the_passbook(make_batch, district):
    make_batch()

    assert passbooks.waiting(district.homes[0]) == []


def test_the_list_says_the_same_as_the_page(entry, deduct, district):
    deduct(entry.household, post=False)

    listed = passbooks.with_figures(Household.objects.filter(village=district.tongmu)).in_number_order()

    for household in listed:
        found = figures(household)
        assert (household.available, household.earned, household.on_notice) == (
            found.available,
            found.earned,
            found.on_notice,
        )


def test_a_year_counts_reversals_against_what_they_reverse(reversed_entry, deduct):
    deduct(reversed_entry.household, post=True)
    past = passbooks.history(reversed_entry.household, periods.parse("2026-01"))

    year = passbooks.year_of(past, 2026)

    assert (year.added, year.taken, year.redeemed) == (0, -2, 0)


def test_twelve_months_are_drawn_to_one_scale():
    past = {("2026-11", "award"): 40, ("2026-10", "award"): 10, ("2026-09", "deduction"): -3, ("2026-08", "award"): 0}

    bars = passbooks.bars(past, periods.parse("2026-11"))

    assert [bar.month for bar in bars] == [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert [(bar.points, bar.y, bar.height) for bar in bars[-3:]] == [(-3, 40, 3), (10, 30, 10), (40, 0, 40)]
    assert {bar.height for bar in bars[:-3]} == {0}


# --- lines --------------------------------------------------------------------


def test_running_balances_equal_plain_sql(reversed_entry, deduct):
    deduct(reversed_entry.household, post=True)

    found = passbook_lines.balances(reversed_entry.household)

    assert found == running(reversed_entry.household)
    assert sorted(found.values()) == [-2, 0, 5]


def test_balances_of_a_filtered_page_still_count_every_entry(reversed_entry, deduct):
    home = reversed_entry.household
    deduct(home, post=True)

    page = passbook_lines.page(home, Filters(kind="deduction"), 1)
    lines = passbook_lines.from_entries(home, page.object_list)

    assert [(line.kind_word, line.points, line.balance) for line in lines] == [("扣分", -2, -2)]


def test_a_reversal_and_what_it_reverses_name_each_other(reversed_entry):
    home = reversed_entry.household

    last, first = passbook_lines.from_entries(home, passbook_lines.page(home, Filters(), 1).object_list)

    assert (last.item, last.kind_word, last.points, last.counterpart) == ("冲正：重复录入", "冲正", -5, first.claim)
    assert (first.is_reversed, first.can_be_reversed, first.counterpart) == (True, False, last.claim)


def test_an_entry_that_somebody_asks_to_reverse_cannot_be_asked_for_again(entry, clerk):
    batches.correct(entry=entry, maker=clerk, reason="重复录入", now=NOW)
    home = entry.household
    claims = passbooks.waiting(home)

    (line,) = passbook_lines.from_entries(home, [Entry.objects.get(pk=entry.pk)], claims)

    assert line.can_be_reversed is False
    assert [(each.kind_word, each.points, each.state) for each in passbook_lines.from_claims(claims)] == [
        ("冲正", -5, "submitted")
    ]


@pytest.mark.parametrize(
    ("given", "kind", "year"),
    [
        ({}, "", "2026"),
        ({"kind": "award", "year": "2025"}, "award", "2025"),
        ({"kind": "opening", "year": ""}, "", ""),
        ({"kind": "x", "year": "abcd"}, "", ""),
        ({"year": "20261"}, "", ""),
    ],
)
def test_filters_read_only_what_they_know(given, kind, year):
    assert Filters.read(given, 2026) == Filters(kind, year)


def test_what_waits_stands_under_the_present_year_and_its_kind(notice, district):
    (line,) = passbook_lines.from_claims(passbooks.waiting(district.homes[0]))

    assert Filters("", "2026").shows(line, 2026)
    assert Filters("award", "").shows(line, 2026)
    assert not Filters("", "2025").shows(line, 2026)
    assert not Filters("deduction", "2026").shows(line, 2026)


def test_years_are_those_of_the_postings(entry):
    assert passbook_lines.years(entry.household) == [2026]
    assert passbook_lines.years(Household(pk=0)) == []


def test_the_usable_day_is_the_last_of_several_notices(notice, district, make_batch, clerk, reviewer, panel):
    with calendar.at(NOW + dt.timedelta(days=2)):
        batch = make_batch([district.homes[0]], on=TODAY + dt.timedelta(days=1))
        later = put_on_notice(batches.submit(batch=batch, maker=clerk, now=calendar.now()), clerk, reviewer, panel)

    found = figures(district.homes[0])

    assert (found.on_notice, found.usable_from) == (10, calendar.local_date(later.due_at))
    assert later.due_at > notice.due_at
