"""Figures of the reports room that others ask for by name."""

import datetime as dt
from decimal import Decimal

import pytest

from conftest import NOW
from qianjiang_portal.foundation import calendar, metrics
from qianjiang_portal.foundation.periods import Period
from reports import cases, circulars, publicity, rectifications, summaries
from reports.models import Sender

pytestmark = pytest.mark.django_db
HALF, THIRD = Period(2026, 1, "half-year"), Period(2026, 3, "quarter")


@pytest.mark.parametrize(("day", "rate"), [(dt.date(2026, 7, 4), 100), (dt.date(2026, 7, 9), 0)])
def test_a_summary_counts_when_it_came_by_its_day(day, rate, district, district_officer):
    sender = Sender(township=district.zhuoshui)
    with calendar.at(calendar.moment(day, 10)):
        summaries.take_paper(sender=sender, period=HALF, by=district_officer, now=calendar.now())

    assert metrics.value("summaries_in_time", district.zhuoshui, THIRD) == rate
    assert metrics.value("summaries_in_time", district.shihui, THIRD) == 0
    assert metrics.value("summaries_in_time", None, THIRD) == rate / 2


def test_where_nothing_was_due_there_is_no_figure(district):
    assert metrics.value("summaries_in_time", district.zhuoshui, Period(2026, 2, "quarter")) is None
    assert metrics.value("summaries_in_time", district.tongmu, THIRD) is None
    with calendar.at(NOW.replace(month=7, day=2)):
        assert metrics.value("summaries_in_time", district.zhuoshui, THIRD) is None


def test_cases_publicity_and_rectifications_of_a_place(district, clerk, district_officer):
    sender, said = Sender(township=district.zhuoshui), {"by": clerk, "now": NOW}
    text = dict.fromkeys(("situation", "practice", "effect", "lesson"), "按月公示")
    facts = cases.Facts("院坝分", "points", village=district.tongmu, **text)
    case = cases.submit(case=cases.write(sender=sender, facts=facts, **said), **said)
    cases.adopt(case=case, by=district_officer, now=NOW)
    appeared = publicity.Facts("院坝分", "重庆日报", "print", "city", "6版", dt.date(2026, 10, 1))
    publicity.note(sender=sender, facts=appeared, **said)
    fourth = Period(2026, 4, "quarter")

    def figures(name):
        return [metrics.value(name, place, fourth) for place in (None, district.zhuoshui, district.shihui)]

    assert (figures("cases_adopted"), figures("publicity_pieces")) == ([1, 1, 0], [1, 1, 0])
    assert metrics.value("cases_adopted", district.tongmu, fourth) == 1
    assert metrics.value("cases_adopted", None, THIRD) == 0
    assert metrics.value("publicity_pieces", None, THIRD) == 0


def test_a_problem_counts_when_it_was_mended_by_its_day(district, clerk, district_officer):
    said, due = {"by": district_officer, "now": NOW}, dt.date(2026, 12, 1)
    circular = circulars.draft(facts=circulars.Facts("督查", NOW.date(), NOW.date(), "办公室", "按月"), **said)
    ones = [
        circulars.name(circular=circular, where=circulars.Where.of(place), text="晚", due_on=due, **said)
        for place in (district.tongmu, district.sanmen, district.shihui)
    ]
    circulars.issue(circular=circular, **said)
    fourth = Period(2026, 4, "quarter")
    assert metrics.value("rectified_in_time", None, fourth) is None  # nothing is due yet
    rectifications.report(finding=ones[0], text="已改", by=clerk, now=NOW)
    late = NOW + dt.timedelta(days=9)
    rectifications.report(finding=ones[1], text="已改", by=clerk, now=late)
    with calendar.at(late):
        assert metrics.value("rectified_in_time", district.zhuoshui, fourth) == 50
        assert metrics.value("rectified_in_time", district.shihui, fourth) == 0
        assert round(metrics.value("rectified_in_time", None, fourth), 1) == round(Decimal(100) / 3, 1)
