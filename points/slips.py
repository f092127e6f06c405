"""The rows of a redemption: all it locks and asks in one round trip to the database, all it writes in another.

Who redeems in a village waits for that village's lock, so that each statement under it is waited for by everybody
behind. Thirty statements built by the ORM took three times the time of these four.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from points import passbooks
from points.models import ChainHead, Item, Redemption
from villages.models import Household

# Lock order as everywhere: the head of the village's chain, the household, items by id. Statement by statement, so that
# what is read behind them is as it stands when all are held. Counters of a village stand in line first: a row's lock
# goes to whoever asks when it is free, so that a fast counter passes those that wait; an advisory lock goes in turn.
LINE = 5001142
LOCK_PLACE = """
    SELECT FROM pg_advisory_xact_lock(%(line)s, %(village)s::int);
    SELECT FROM points_chainhead WHERE village_id = %(village)s FOR UPDATE;
    SELECT FROM villages_household WHERE id = %(household)s FOR NO KEY UPDATE;
"""
LOCK_GOODS = "SELECT FROM points_item WHERE outlet_id = %(outlet)s AND id = ANY(%(items)s) ORDER BY id FOR UPDATE;"
# What `passbooks.Figures.available` says.
AVAILABLE = """
    greatest(0, coalesce((SELECT posted FROM points_balance WHERE household_id = h.id), 0)
                + coalesce((SELECT sum(points) FROM points_claim
                             WHERE household_id = h.id AND points < 0 AND state = ANY(%(in_flight)s)), 0))
"""
SUSPENDED = """
    EXISTS (SELECT FROM points_suspension
             WHERE household_id = h.id AND lifted_at IS NULL AND %(on)s BETWEEN begins_on AND ends_on)
"""
# A line for each of the goods, and one without any where there are none.
LOOK = """
    SELECT i.*, h.village_id AS at_village, h.grid_id AS at_grid, h.number AS household_number, h.state,
           {available} AS available, {suspended} AS is_suspended,
           EXISTS (SELECT FROM points_outlet_villages
                    WHERE outlet_id = %(outlet)s AND village_id = h.village_id) AS is_served,
           (SELECT id FROM points_redemption WHERE key = %(key)s) AS made,
           c.id AS head, c.number AS head_number, c.digest AS head_digest
      FROM villages_household h
      LEFT JOIN points_chainhead c ON c.village_id = h.village_id
      LEFT JOIN points_item i ON i.outlet_id = %(outlet)s AND i.id = ANY(%(items)s)
     WHERE h.id = %(household)s
     ORDER BY i.id
"""

# One slip at a time gets a number of the outlet: two villages may share it, so that the village's lock is not enough.
WRITE = """
    SELECT FROM points_outlet WHERE id = %(outlet)s FOR NO KEY UPDATE;
    WITH slip AS (
        INSERT INTO points_redemption (outlet_id, household_id, key, "on", serial, points, balance, collector,
                                       made_by_id, made_at, undo_reason)
        SELECT %(outlet)s, %(household)s, %(key)s, %(on)s, coalesce(max(serial), 0) + 1, %(points)s, %(balance)s,
               %(collector)s, %(by)s, %(now)s, ''
          FROM points_redemption WHERE outlet_id = %(outlet)s AND "on" = %(on)s
        RETURNING id, serial
    ), goods AS (
        SELECT * FROM unnest(%(items)s, %(names)s, %(units)s, %(prices)s, %(quantities)s)
                      AS g (item, name, unit, price, quantity)
    ), lines AS (
        INSERT INTO points_redemptionline (redemption_id, item_id, name, unit, price, quantity)
        SELECT slip.id, item, name, unit, price, quantity FROM slip, goods ORDER BY item
    ), moves AS (
        INSERT INTO points_stockmove (item_id, kind, quantity, redemption_id, note, made_by_id, made_at)
        SELECT item, 'redemption', -quantity, slip.id, '', %(by)s, %(now)s FROM slip, goods ORDER BY item
    )
    SELECT id, serial FROM slip
"""


@dataclass(frozen=True)
class Asked:
    """What a redemption asks for: item id → quantity."""

    village: int
    household: int
    outlet: int
    basket: Mapping[int, int]
    key: uuid.UUID
    on: dt.date

    def parameters(self) -> dict[str, Any]:
        in_flight = [str(one) for one in passbooks.IN_FLIGHT]
        return vars(self) | {"items": sorted(self.basket), "in_flight": in_flight, "line": LINE}


@dataclass(frozen=True)
class Standing:
    """What stands around a redemption once all it touches is locked; `made` is the slip that already has its key.

    `head` is of the village the household is in: its own lock is held where `is_of` says so.
    """

    village_id: int
    grid_id: int
    number: str
    state: str
    available: int
    is_suspended: bool
    is_served: bool
    made: int | None
    head: ChainHead | None
    goods: dict[Item, int]

    def is_of(self, household: Household) -> bool:
        """Whether the household is where the caller holds it to be."""
        own = (household.village_id, household.grid_id, household.number)
        return own == (self.village_id, self.grid_id, self.number)


def lock(asked: Asked) -> Standing:
    """Take all locks of a redemption and look. `head` is None where nothing was ever posted."""
    look = LOCK_PLACE + LOCK_GOODS + LOOK.format(available=AVAILABLE, suspended=SUSPENDED)
    lines: list[Any] = list(Item.objects.raw(look, asked.parameters()))
    seen = lines[0]
    head = ChainHead(pk=seen.head, village_id=seen.at_village, number=seen.head_number, digest=seen.head_digest)
    return Standing(
        village_id=seen.at_village,
        grid_id=seen.at_grid,
        number=seen.household_number,
        state=seen.state,
        available=seen.available,
        is_suspended=seen.is_suspended,
        is_served=seen.is_served,
        made=seen.made,
        head=head if seen.head else None,
        goods={item: asked.basket[item.pk] for item in lines if item.pk},
    )


def write(made: Redemption, goods: Mapping[Item, int]) -> Redemption:
    """Write a slip with its lines and moves; gives it its number of the day."""
    items = sorted(goods, key=lambda item: item.pk)
    given: dict[str, Any] = {
        "outlet": made.outlet_id,
        "household": made.household_id,
        "key": made.key,
        "on": made.on,
        "points": made.points,
        "balance": made.balance,
        "collector": made.collector,
        "by": made.made_by_id,
        "now": made.made_at,
        "items": [item.pk for item in items],
        "names": [item.name for item in items],
        "units": [item.unit for item in items],
        "prices": [item.points for item in items],
        "quantities": [goods[item] for item in items],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, given)
        made.pk, made.serial = cursor.fetchone()
    made._state.adding, made._state.db = False, connection.alias
    return made
