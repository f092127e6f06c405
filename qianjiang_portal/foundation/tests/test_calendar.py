"""The one clock, working days and periods."""

import datetime as dt

import pytest
from django.core.exceptions import ImproperlyConfigured

from qianjiang_portal.foundation import calendar, options, periods


@pytest.mark.parametrize(
    ("text", "seconds"), [("+8d", 691200), ("-3h", -10800), ("90m", 5400), ("1d 2h", 93600), ("15s", 15)]
)
def test_offsets_are_read(text, seconds):
    assert calendar.parse_offset(text).total_seconds() == seconds


def test_an_offset_that_is_none_is_named():
    with pytest.raises(ValueError, match="soon"):
        calendar.parse_offset("soon")


def test_the_clock_file_moves_the_clock(settings, tmp_path):
    settings.PORTAL_CLOCK = f"file:{tmp_path / 'clock'}"

    calendar.move(dt.timedelta(days=8))
    calendar.move(dt.timedelta(days=1))

    assert calendar.offset() == dt.timedelta(days=9)


def test_a_real_portal_refuses_a_moved_clock(settings):
    settings.PORTAL_CLOCK, settings.DEBUG, settings.TESTING = "+1d", False, False

    with pytest.raises(ImproperlyConfigured):
        calendar.offset()


@pytest.mark.parametrize(
    ("day", "open_"),
    [("2026-11-23", True), ("2026-11-22", False), ("2026-10-01", False), ("2026-10-10", True)],
)
def test_working_days_follow_the_official_calendar(db, day, open_):
    assert calendar.is_working_day(dt.date.fromisoformat(day)) is open_


def test_the_district_may_move_a_working_day(db):
    options.put(name="working_day_overrides", value={"2026-11-23": False})

    assert not calendar.is_working_day(dt.date(2026, 11, 23))
    assert calendar.next_working_day(dt.date(2026, 11, 23)) == dt.date(2026, 11, 24)


@pytest.mark.parametrize("slug", ["2026-11", "2026Q4", "2026H2", "2026Y"])
def test_a_period_reads_back_as_its_slug(slug):
    assert periods.parse(slug).slug == slug


def test_a_quarter_knows_its_months_and_its_due_day():
    quarter = periods.parse("2026Q4")

    assert quarter.months == ["2026-10", "2026-11", "2026-12"]
    assert (quarter.title, quarter.due_on()) == ("2026年第四季度", dt.date(2027, 1, 5))
    assert quarter.previous().slug == "2026Q3"
    assert periods.parse("2026Q1").previous().slug == "2025Q4"


def test_options_know_their_bounds(db):
    with pytest.raises(ValueError, match="公示天数"):
        options.put(name="notice_days", value=2)
    options.put(name="notice_days", value=5)

    assert options.get("notice_days") == 5
