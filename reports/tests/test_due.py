import datetime as dt

import pytest

from conftest import District
from points.models import Notice
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import Job
from reports import due, reports
from reports.tests.conftest import AFTER, Q4, QUARTER, MakeVersion
from villages.models import User


def queued() -> list[tuple[str, str, int]]:
    return list(Job.objects.filter(kind="quarter-report").order_by("pk").values_list("period", "scope", "version"))


def test_nothing_is_due_before_the_first_posting(district: District) -> None:
    assert due.queue(AFTER) == 0


def test_nothing_is_due_on_the_last_day_of_a_quarter(posted: Notice) -> None:
    assert due.queue(calendar.moment(dt.date(2026, 12, 31), 23, 59)) == 0


def test_on_the_first_the_district_and_townships_with_postings_are_due(posted: Notice) -> None:
    assert due.queue(calendar.moment(dt.date(2027, 1, 1))) == 6
    assert _queued_kinds() == {"quarter-report": 2, "half-year-report": 2, "year-report": 2}
    assert queued() == [("2026Q4", "500114", 1), ("2026Q4", "500114112", 1)]


def _queued_kinds() -> dict[str, int]:
    return {kind: Job.objects.filter(kind=kind).count() for kind in reports.JOB_KINDS.values()}


def test_half_years_and_years_catch_up_by_themselves(posted: Notice) -> None:
    due.queue(calendar.moment(dt.date(2028, 1, 2)))
    jobs = Job.objects.filter(kind__in=("half-year-report", "year-report"), scope="500114")
    assert set(jobs.values_list("period", flat=True)) == {"2026H2", "2027H1", "2027H2", "2026Y", "2027Y"}


def test_asking_again_adds_nothing(posted: Notice) -> None:
    due.queue(AFTER)
    assert due.queue(AFTER + dt.timedelta(days=3)) == 0


def test_a_clock_that_stood_still_catches_up(posted: Notice) -> None:
    due.queue(calendar.moment(dt.date(2027, 7, 2)))
    assert queued() == [
        ("2026Q4", "500114", 1),
        ("2026Q4", "500114112", 1),
        ("2027Q1", "500114", 1),
        ("2027Q2", "500114", 1),
    ]


def test_a_version_from_within_the_quarter_does_not_count(posted: Notice, make_version: MakeVersion) -> None:
    make_version(None, now=calendar.moment(dt.date(2026, 12, 20)))
    due.queue(AFTER)
    assert queued() == [("2026Q4", "500114", 1), ("2026Q4", "500114", 2), ("2026Q4", "500114112", 1)]


@pytest.mark.parametrize("state", [Job.State.FAILED, Job.State.DONE])
def test_what_was_asked_for_since_is_left_alone(posted: Notice, district_officer: User, state: str) -> None:
    reports.request(kind=QUARTER, township=None, period=Q4, by=district_officer, now=AFTER)
    Job.objects.filter(kind="quarter-report").update(state=state)
    due.queue(AFTER)
    assert queued() == [("2026Q4", "500114", 1), ("2026Q4", "500114112", 1)]
