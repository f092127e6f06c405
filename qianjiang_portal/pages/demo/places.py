"""Grids and households for every village of the district."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from qianjiang_portal.pages.demo import names
from villages import roster
from villages.models import Grid, Township, Village
from villages.roster import Newcomer

HOME = "500114112202"
HOME_AT_LEAST = 120
# Numbers run to 99 in a group, and a hundredth household would be numbered outside it.
MOST_IN_GROUP = 95

# Who lives in the clerk's first village whatever the seed: names that are hard to read, to type or to tell apart.
NEIGHBOURS = {
    (1, 2): "田小" + names.RARE,
    (1, 4): "欧阳丽娜",
    (1, 6): "覃世明",
    (1, 9): "尉迟国强",
    (2, 3): "单芳",
    (2, 5): "李秀英",
    (2, 8): "庹永福",
    (2, 11): "冉光明",
    (3, 3): "龚正华",
    (3, 5): "仇明华",
    (3, 7): "李秀英",
    (3, 9): "解天全",
    (3, 11): "曾庆云",
}


@dataclass(frozen=True)
class Settling:
    """A village before anybody lives there: its dice, how many households come, who keeps its groups."""

    village: Village
    rng: random.Random
    count: int
    keepers: list[str]


def settle(seed: str, per_village: int, opening: dt.date) -> int:
    """Give all villages their grids and households, about `per_village` each; answers how many households.

    A township at a time: few statements, and never a whole district in memory.
    """
    _give_phones()
    villages = Village.objects.select_related("township").in_code_order()
    townships = groupby(villages, key=lambda village: village.township_id)
    return sum(
        _settle_township([_settling(seed, village, per_village) for village in those], opening)
        for _, those in townships
    )


def _give_phones() -> None:
    """Numbers that nobody has, and that say so."""
    townships, villages = list(Township.objects.in_code_order()), list(Village.objects.in_code_order())
    every: list[Township | Village] = [*townships, *villages]
    for position, place in enumerate(every, 300):
        place.phone = f"023-0000 {position:04}"
    Township.objects.bulk_update(townships, ["phone"])
    Village.objects.bulk_update(villages, ["phone"])


def _settling(seed: str, village: Village, per_village: int) -> Settling:
    rng = random.Random(f"{seed}/{village.code}/places")  # noqa: S311 - invention, not secrecy
    count = size(rng, village, per_village)
    groups = max(rng.randint(3, 7), -(-count // MOST_IN_GROUP))
    return Settling(village, rng, count, [names.person(rng, age="old") for _ in range(groups)])


def _settle_township(those: list[Settling], opening: dt.date) -> int:
    grids = roster.add_grids(keepers={one.village: one.keepers for one in those})
    newcomers = [
        newcomer
        for one in those
        for newcomer in _newcomers(one.rng, one.village, grids[one.village], one.count, opening)
    ]
    return len(roster.enrol_many(newcomers=newcomers))


def size(rng: random.Random, village: Village, per_village: int) -> int:
    if village.code == HOME:
        return min(3 * per_village, max(HOME_AT_LEAST, per_village))
    return max(6, round(per_village * rng.uniform(0.75, 1.25)))


def _newcomers(
    rng: random.Random, village: Village, grids: list[Grid], count: int, opening: dt.date
) -> Iterator[Newcomer]:
    neighbours = NEIGHBOURS if village.code == HOME else {}
    for position, family in enumerate(names.families(rng, count)):
        grid, place = grids[position % len(grids)], position // len(grids) + 1
        known = neighbours.get((grid.number, place))
        people = (names.family_of(rng, known) if known else family).people
        joined = opening - dt.timedelta(days=rng.randint(90, 900))
        if not known and rng.random() < 0.02:
            joined = opening + dt.timedelta(days=rng.randint(20, 150))
        yield Newcomer(grid, people[0].name, joined, len(people), people=people)
