"""Slips by which some households read their own passbooks; in a real portal this is off until the district wants it."""

import datetime as dt

from points import lookups
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.pages.demo.people import Cast
from villages.models import Household, Village

HOUSEHOLDS = 12


def hand_out(village: Village, cast: Cast, until: dt.date) -> None:
    """To the first households of a village. Nobody knows their codes: a clerk prints a new slip to try one."""
    options.put(name="self_lookup", value=True)
    homes = Household.objects.filter(village=village).active().in_number_order()[:HOUSEHOLDS]
    now = calendar.moment(until - dt.timedelta(days=1), 11)
    with calendar.at(now):
        lookups.issue(village=village, households=[one.pk for one in homes], by=cast.maker, now=now)
