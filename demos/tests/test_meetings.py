"""会议: the matrix of a year, decisions that are due after their meeting, and who closes them."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, TODAY
from demos import meeting_pages, meetings
from demos.meetings import CannotHold, CannotSettle, Decided
from demos.models import Decision, Meeting

DAY = dt.timedelta(days=1)


@pytest.fixture
def hold(unit, officer):
    def held(on=TODAY, kind="special", *decided, by=officer, of=unit, **more):
        return meetings.hold(
            kind=kind, unit=of if kind == "special" else None, on=on, decided=decided, by=by, now=NOW, **more
        )

    return held


def states(user, year=2026):
    found = meeting_pages.matrix(user, year, TODAY)
    return {
        row.unit.name if row.unit else "": [cell.state for cell in row.cells] for row in (found.joint, *found.special)
    }


def test_the_matrix_says_what_was_held_planned_and_missed(unit, other_unit, officer, hold):
    hold(dt.date(2026, 3, 18), "joint")
    hold(dt.date(2026, 6, 9))
    meetings.plan(kind="special", unit=unit, on=TODAY + DAY, by=officer, now=NOW)

    assert states(officer) == {
        "": ["held", "overdue", "overdue", "missing"],
        "区民政局": ["overdue", "held", "overdue", "planned"],
        "区司法局": ["overdue", "overdue", "overdue", "missing"],
    }
    quarters = meeting_pages.matrix(officer, 2026, TODAY).quarters
    assert [(one.held, one.wanted) for one in quarters] == [(0, 2), (1, 2), (0, 2), (0, 2)]
    assert meeting_pages.matrix(officer, 2026, TODAY).special[0].cells[2].late == 54


def test_each_sees_their_own_rows(unit, other_unit, liaison, clerk, stranger, hold):
    hold(TODAY, of=other_unit)
    hold(TODAY, "joint")

    assert list(states(liaison)) == ["", "区民政局"]
    assert list(states(clerk)) == [""]
    assert [one.kind for one in Meeting.objects.visible_to(stranger)] == ["joint"]


def test_a_planned_meeting_becomes_the_one_that_was_held(unit, officer, hold):
    planned = meetings.plan(kind="special", unit=unit, on=TODAY, by=officer, now=NOW)
    held = hold(TODAY, planned=planned)

    assert (held.pk, held.planned_on, held.held_on) == (planned.pk, TODAY, TODAY)
    with pytest.raises(CannotHold, match="这次会议已经登记过"):
        hold(TODAY, planned=planned)


def test_a_decision_due_before_its_meeting_is_refused(unit, hold):
    with pytest.raises(CannotHold, match="“排期”的期限早于会议日期"):
        hold(TODAY, "special", Decided("排期", unit, TODAY - DAY))
    assert not Meeting.objects.exists()


def test_the_database_makes_it_impossible_from_both_sides(unit, hold):
    meeting = hold(TODAY, "special", Decided("排期", unit, TODAY))
    wall = "demos_decision_is_due_after_its_meeting"

    with pytest.raises(IntegrityError, match=wall), transaction.atomic():
        Decision.objects.create(meeting=meeting, text="早了", unit=unit, due_on=TODAY - DAY)
    with pytest.raises(IntegrityError, match=wall), transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(held_on=TODAY + DAY)


def test_who_may_hold_which_meeting(unit, other_unit, liaison, clerk, hold):
    hold(TODAY, by=liaison)
    for of, kind in ((other_unit, "special"), (None, "joint")):
        with pytest.raises(CannotHold, match="联席会议由区级登记，专题会由本单位或区级登记"):
            hold(TODAY, kind, by=liaison, of=of)
    with pytest.raises(CannotHold):
        hold(TODAY, by=clerk)


def test_the_unit_that_has_to_do_it_closes_a_decision(unit, other_unit, liaison, officer, hold):
    mine = hold(TODAY, "joint", Decided("排期", unit, TODAY)).decisions.get()
    theirs = hold(TODAY, "joint", Decided("采购", other_unit, TODAY)).decisions.get()

    with pytest.raises(CannotSettle, match="由责任单位或区级办结"):
        meetings.settle(decision=theirs, result="已办", by=liaison, now=NOW)
    with pytest.raises(CannotSettle, match="写明办理结果"):
        meetings.settle(decision=mine, result=" ", by=liaison, now=NOW)
    assert meetings.settle(decision=mine, result="已排到 12 月", by=liaison, now=NOW).done_on == TODAY
    with pytest.raises(CannotSettle, match="这一项已经办结"):
        meetings.settle(decision=mine, result="再办", by=officer, now=NOW)
