"""Figures of the reports room that others ask for by name."""

import datetime as dt

import pytest

from conftest import NOW
from qianjiang_portal.foundation import calendar, metrics
from qianjiang_portal.foundation.periods import Period
from reports import summaries
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
