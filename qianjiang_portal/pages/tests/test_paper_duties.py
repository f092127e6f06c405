"""A summary on the home page: from a week before it is due, in words that count the days."""

import datetime as dt

import pytest

from conftest import District, make_person
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.pages import todo
from reports import summaries
from reports.models import Sender, SummarySection
from villages.models import User

YEAR = periods.parse("2026Y")
OPEN = dt.datetime(2026, 12, 30, 9, 0, tzinfo=calendar.SHANGHAI)


def shown(user: User, when: dt.datetime) -> list[tuple[str, str, bool]]:
    """The lines about summaries, after a fresh look at the person."""
    with calendar.at(when):
        lines = todo.tasks(User.objects.get(pk=user.pk))
    return [(task.title, task.when, task.is_late) for task in lines if "总结" in task.title]


@pytest.mark.parametrize(
    ("moment", "words", "late"),
    [
        ("2026-12-29 08:00", "1月5日（周二）前报送，还有 7 天", False),
        ("2027-01-02 08:00", "1月5日（周二）前报送，还有 3 天", False),
        ("2027-01-05 23:59", "今天 24 点前报送", False),
        ("2027-01-06 00:00", "已逾期 1 天，仍可提交", True),
    ],
)
def test_both_kinds_of_senders_are_reminded(moment: str, words: str, late: bool, clerk: User, liaison: User) -> None:
    when = dt.datetime.fromisoformat(moment).replace(tzinfo=calendar.SHANGHAI)
    assert shown(clerk, when) == [("濯水镇 2026年年终总结", words, late)]
    assert shown(liaison, when) == [("区民政局 2026年年终总结", words, late)]


@pytest.mark.parametrize("day", ["2026-12-28", "2027-03-07", "2026-11-23", "2027-06-27"])
def test_outside_its_weeks_nothing_is_said(day: str, clerk: User) -> None:
    assert shown(clerk, calendar.moment(dt.date.fromisoformat(day), 9)) == []


def test_the_half_year_is_due_on_the_fifth_of_july(clerk: User) -> None:
    assert shown(clerk, calendar.moment(dt.date(2027, 6, 28), 9)) == [
        ("濯水镇 2027年半年总结", "7月5日（周一）前报送，还有 7 天", False)
    ]


def test_it_goes_from_desk_to_desk(
    clerk: User, leader: User, district_officer: User, stranger: User, district: District
) -> None:
    sender = Sender(township=district.zhuoshui)
    for key in SummarySection.Key.values:
        section = summaries.save_section(
            sender=sender, period=YEAR, key=key, text="按月公示", version=0, by=clerk, now=OPEN
        )
    assert shown(leader, OPEN) == []
    summary = summaries.submit(summary=section.summary, by=clerk, now=OPEN)
    assert (shown(clerk, OPEN), len(shown(leader, OPEN)), shown(district_officer, OPEN)) == ([], 1, [])
    summary = summaries.sign(summary=summary, by=leader, now=OPEN)
    assert (shown(leader, OPEN), shown(district_officer, OPEN)) == ([], [("2026年年终总结", "等收件", False)])
    summaries.send_back(summary=summary, reason="数字不一致", by=district_officer, now=OPEN)
    assert [title for title, _, _ in shown(clerk, OPEN)] == ["濯水镇 2026年年终总结"]
    assert [title for title, _, _ in shown(stranger, OPEN)] == ["石会镇 2026年年终总结"]


def test_a_reminder_of_the_district_is_read_on_the_day(clerk: User, district_officer: User, district: District) -> None:
    summaries.remind(senders=[Sender(township=district.zhuoshui)], period=YEAR, by=district_officer, now=OPEN)
    with calendar.at(OPEN):
        (line,) = [task for task in todo.tasks(clerk) if "总结" in task.title]
    assert line.detail == "区里今天催报"


def test_what_is_asked_for_months_later_is_read_too(
    clerk: User, leader: User, stranger: User, district_officer: User, district: District
) -> None:
    sender, later = Sender(township=district.zhuoshui), OPEN + dt.timedelta(days=152)
    summaries.remind(senders=[sender], period=YEAR, by=district_officer, now=later)
    assert [title for title, _, _ in shown(clerk, later)] == ["濯水镇 2026年年终总结"]
    assert shown(stranger, later) == shown(clerk, later + dt.timedelta(days=1)) == []
    for key in SummarySection.Key.values:
        section = summaries.save_section(
            sender=sender, period=YEAR, key=key, text="按月公示", version=0, by=clerk, now=later
        )
    summary = summaries.submit(summary=section.summary, by=clerk, now=later)
    assert (shown(clerk, later), len(shown(leader, later + dt.timedelta(days=9)))) == ([], 1)
    summary = summaries.sign(summary=summary, by=leader, now=later)
    assert [title for title, _, _ in shown(district_officer, later)] == ["2026年年终总结"]
    summaries.send_back(summary=summary, reason="数字不一致", by=district_officer, now=later)
    assert len(shown(clerk, later + dt.timedelta(days=2))) == 1


def test_the_districts_own_waits_for_another_of_the_district(district_officer: User) -> None:
    for key in SummarySection.Key.values:
        section = summaries.save_section(
            sender=Sender(), period=YEAR, key=key, text="按月公示", version=0, by=district_officer, now=OPEN
        )
    summaries.submit(summary=section.summary, by=district_officer, now=OPEN)
    other = make_person("director", "冉主任", {"role": "district"})
    assert (shown(district_officer, OPEN), [title for title, _, _ in shown(other, OPEN)]) == (
        [],
        ["黔江区 2026年年终总结"],
    )
