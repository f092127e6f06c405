"""Which reports a soak asks for; the calendar of the portal itself has its own tests."""

import datetime as dt

import pytest

from qianjiang_portal.tests.chaos.soak_reports import expected

TONGMU, OTHER = "500114112", "500114001"


def test_what_is_over_has_a_report_of_the_district_and_of_each_township_with_points():
    posted = [("2026-08", TONGMU), ("2026-09", TONGMU), ("2026-11", OTHER)]
    assert expected(posted, dt.date(2027, 1, 1)) == {
        ("quarter", "", "2026Q3"),
        ("quarter", TONGMU, "2026Q3"),
        ("quarter", "", "2026Q4"),
        ("quarter", OTHER, "2026Q4"),
        ("half-year", "", "2026H2"),
        ("half-year", TONGMU, "2026H2"),
        ("half-year", OTHER, "2026H2"),
        ("year", "", "2026Y"),
        ("year", TONGMU, "2026Y"),
        ("year", OTHER, "2026Y"),
    }


@pytest.mark.parametrize(
    ("today", "over"),
    [("2026-12-31", {"2026Q3"}), ("2026-09-30", set()), ("2026-10-01", {"2026Q3"})],
)
def test_what_still_runs_has_none(today: str, over: set[str]):
    found = expected([("2026-08", TONGMU)], dt.date.fromisoformat(today))
    assert {period for _, _, period in found} == over


def test_without_points_there_is_nothing_to_report():
    assert expected([], dt.date(2027, 1, 1)) == set()


def test_a_quarter_in_which_nobody_posted_has_the_district_s_alone():
    found = expected([("2026-01", TONGMU)], dt.date(2026, 7, 1))
    assert {report for report in found if report[2] == "2026Q2"} == {("quarter", "", "2026Q2")}
