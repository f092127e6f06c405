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
    """Queue every report whose period has ended since it was last asked for; answers how many."""
    today = calendar.local_date(now)
    return sum(_queue_period(period, now) for kind in Report.Kind for period in ended(kind, today))


def ended(kind: str, today: dt.date) -> list[Period]:
    """Periods of a kind that are over, oldest first, from the first month with a posting."""
    first = Rollup.objects.order_by("period").values_list("period", flat=True).first()
    if first is None:
        return []
    period = periods.of(periods.parse(first).begins_on, kind)
    over = []
    while period.ends_on < today:
        over.append(period)
        period = period.next()
    return over


def _queue_period(period: Period, now: dt.datetime) -> int:
    """The district's summary, and one of each township where points were posted in it."""
    kind = Report.Kind(period.kind)
    asked = set(reports.asked_since_end(kind, period).values_list("scope", flat=True))
    posted = Rollup.objects.in_months(period.months).values("village__township")
    townships = Township.objects.filter(pk__in=posted).in_code_order()
    wanted = [place for place in (None, *townships) if (place.code if place else DISTRICT.code) not in asked]
    return sum(reports.request_due(kind=kind, township=place, period=period, now=now) for place in wanted)
