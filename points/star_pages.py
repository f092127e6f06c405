"""星级 of a village to read, household by household in the order of their numbers: it is no ranking."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from points import stars
from points.models import Suspension
from villages.models import Household, User, Village


@dataclass(frozen=True)
class Line:
    household: Household
    standing: stars.Standing


@dataclass(frozen=True)
class Sky:
    """A village's year: the scale, how many households have how many stars, and the households asked for."""

    scale: stars.Scale
    counts: list[tuple[int, str, int]]
    lines: list[Line]


def sky(user: User, village: Village, year: int, wanted: int | None, today: dt.date) -> Sky:
    """Registered households with their stars of a year; who is suspended today has none. Five queries at most."""
    scale = stars.scale(village, min(today, dt.date(year, 12, 31)))
    stopped = set(
        Suspension.objects.filter(household__village=village).in_force(today).values_list("household_id", flat=True)
    )
    homes: Any = Household.objects.visible_to(user).active().filter(village=village).select_related("grid")
    rows = stars.with_year(homes.in_number_order(), year)
    lines = [Line(one, _standing(one, scale, stopped)) for one in rows]
    counts = Counter(line.standing.stars for line in lines)
    shown = [line for line in lines if wanted is None or line.standing.stars == wanted]
    return Sky(scale, [(at, stars.WORDS[at], counts[at]) for at in reversed(range(stars.MOST + 1))], shown)


def _standing(one: Any, scale: stars.Scale, stopped: set[int]) -> stars.Standing:
    if one.pk in stopped:
        return stars.Standing(one.year_points, 0, None)
    return stars.standing(one.year_points, scale)
