"""The share of errands done by the promised day."""

import datetime as dt

from conftest import NOW, TODAY
from qianjiang_portal.foundation import calendar, metrics
from qianjiang_portal.foundation.periods import Period
from villages import services


def test_errands_done_by_their_day(district, clerk):
    said = {"village": district.tongmu, "name": "医保参保", "papers": "身份证", "place": "村委会", "phone": "12345"}
    guide = services.put_guide(**said, days=3, by=clerk, now=NOW)
    for came, done in ((20, 2), (15, 9), (12, None), (0, None)):
        day = TODAY - dt.timedelta(days=came)
        now = calendar.moment(day, 10)
        with calendar.at(now):
            errand = services.receive(guide=guide, asked_by="冉光明", on=day, by=clerk, now=now)
        if done is not None:
            later = now + dt.timedelta(days=done)
            with calendar.at(later):
                services.move(errand=errand, state="done", result="已办好", by=clerk, now=later)

    fourth = Period(2026, 4, "quarter")
    assert round(metrics.value("errands_in_time", district.tongmu, fourth)) == 33
    assert metrics.value("errands_in_time", district.sanmen, fourth) is None
