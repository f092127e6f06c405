"""Which points of a household are left, by age: the oldest are spent first.

Points that never expire are touched last, so that what can be lost is spent before what cannot. What was reversed has
never been. What is spent beyond the last point is a debt, and whatever comes in pays it first.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """One entry in the order of posting: `year` the points were first posted in, signed `points`, whether they last."""

    year: int
    points: int
    lasts: bool = False


class Lot(NamedTuple):
    """Points that came in together and what is left of them."""

    year: int
    left: int
    lasts: bool = False


def reckon(steps: Iterable[Step]) -> list[Lot]:
    """The lots that are left, in the order in which they came."""
    lots: list[Lot] = []
    debt = 0
    for step in steps:
        if step.points > 0:
            paid = min(debt, step.points)
            debt -= paid
            if step.points > paid:
                lots.append(Lot(step.year, step.points - paid, step.lasts))
        else:
            lots, unpaid = _spend(lots, -step.points)
            debt += unpaid
    return lots


def expiring(lots: Sequence[Lot], last_year: int) -> int:
    """Points of `last_year` and before that can expire."""
    return sum(lot.left for lot in lots if lot.year <= last_year and not lot.lasts)


def _spend(lots: list[Lot], size: int) -> tuple[list[Lot], int]:
    left = {at: lot.left for at, lot in enumerate(lots)}
    for at in sorted(left, key=lambda at: (lots[at].lasts, lots[at].year, at)):
        taken = min(left[at], size)
        left[at] -= taken
        size -= taken
        if not size:
            break
    return [lot._replace(left=left[at]) for at, lot in enumerate(lots) if left[at]], size
