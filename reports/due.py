"""Reports nobody has to ask for: the calendar says which are due, and a clock that stood still only makes them late."""

import datetime as dt

from points.models import Rollup
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period
from reports import reports
from reports.figures import DISTRICT
from reports.models import Report
from villages.models import Township


def queue(now: dt.datetime) -> int:
    """Queue every quarterly summary whose quarter has ended since it was last asked for; answers how many."""
    return sum(_queue_quarter(quarter, now) for quarter in ended_quarters(calendar.local_date(now)))


def ended_quarters(today: dt.date) -> list[Period]:
    """Quarters that are over, oldest first, from the first month with a posting."""
    first = Rollup.objects.order_by("period").values_list("period", flat=True).first()
    if first is None:
        return []
    quarter = periods.of(periods.parse(first).begins_on, "quarter")
    ended = []
    while quarter.ends_on < today:
        ended.append(quarter)
        quarter = quarter.next()
    return ended


def _queue_quarter(quarter: Period, now: dt.datetime) -> int:
    """The district's summary, and one of each township where points were posted in the quarter."""
    kind = Report.Kind.QUARTER
    asked = set(reports.asked_since_end(kind, quarter).values_list("scope", flat=True))
    posted = Rollup.objects.in_months(quarter.months).values("village__township")
    townships = Township.objects.filter(pk__in=posted).in_code_order()
    wanted = [place for place in (None, *townships) if (place.code if place else DISTRICT.code) not in asked]
    return sum(reports.request_due(kind=kind, township=place, period=quarter, now=now) for place in wanted)
