"""A points store for tests: an outlet in 桐木村, and points to spend there."""

import datetime as dt
import uuid

from conftest import NOW
from points import ledger, stock
from points.models.ledger import Kind


def give(household, points):
    """Points to spend, posted as an opening."""
    line = ledger.Line(
        source=f"opening:{uuid.uuid4().hex[:12]}",
        points=points,
        kind=Kind.OPENING,
        occurred_on=NOW.date(),
        household_id=household.pk,
        household=household.number,
        village_id=household.village_id,
        grid_id=household.grid_id,
        grid=household.grid.number,
    )
    ledger.post(village=household.village, lines=[line], now=NOW)


def open_outlet(district, counter):
    return stock.keep_outlet(
        village=district.tongmu,
        name="桐木村积分超市",
        serves=[district.tongmu, district.sanmen],
        weekdays="1234567",
        opens_at=dt.time(8),
        closes_at=dt.time(18),
        by=None,
        now=NOW,
        keepers=[counter],
    )
