"""Figures of activities and notices that other rooms ask for by name."""

import datetime as dt
from decimal import Decimal

from conftest import NOW, TODAY
from points.models import Activity, Batch
from qianjiang_portal.foundation import calendar, metrics, options
from qianjiang_portal.foundation.periods import Period

FOURTH = Period(2026, 4, "quarter")


def test_activities_are_counted_by_type_and_place(district, clerk):
    for day, kind in ((TODAY, "law"), (dt.date(2026, 10, 3), "law"), (TODAY, "party"), (dt.date(2026, 9, 30), "law")):
        Activity.objects.create(
            village=district.tongmu, kind=kind, joy="learn", title=f"{kind}{day}", held_on=day, place="院坝",
            made_by=clerk, made_at=NOW,
        )  # fmt: skip

    assert metrics.value("activities_law", district.tongmu, FOURTH) == 2
    assert metrics.value("activities_law", district.zhuoshui, FOURTH) == 2
    assert metrics.value("activities_party", None, FOURTH) == 1
    assert metrics.value("activities_law", district.zhongyuan, FOURTH) == 0


def test_posted_notices_are_counted(posted, district):
    assert metrics.value("notices", district.tongmu, FOURTH) == 1
    assert metrics.value("notices", district.sanmen, FOURTH) == 0


def test_a_month_with_points_counts_as_entered(posted, district):
    with calendar.at(calendar.moment(dt.date(2027, 1, 2), 9)):
        found = [
            metrics.value("entered_on_time", place, Period(2026, 4, "quarter"))
            for place in (district.tongmu, district.zhuoshui, district.shihui)
        ]
        assert metrics.value("entered_on_time", None, Period(2027, 1, "quarter")) is None
    assert [round(value, 1) for value in found] == [Decimal("33.3"), Decimal("16.7"), 0]


def test_a_batch_sent_after_the_days_of_late_entry_is_not_prompt(posted, district):
    batch = posted.claims.first().batch
    sent = calendar.local_date(batch.submitted_at)
    late_after = options.get("late_entry_days")

    def found(place, occurred_on):
        Batch.objects.filter(pk=batch.pk).update(occurred_on=occurred_on)
        return metrics.value("entered_promptly", place, Period(2026, 4, "quarter"))

    assert found(district.tongmu, sent - dt.timedelta(days=late_after)) == 100
    assert found(district.tongmu, sent - dt.timedelta(days=late_after + 1)) == 0
    assert found(district.shihui, sent) is None
