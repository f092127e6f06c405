"""What villagers get points for in the course of a year, and what costs them some."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Occasion:
    """Rule `code` and the points usually given, signed; `weight` says how often it comes up, `months` when at all."""

    code: str
    points: tuple[int, ...]
    weight: int = 1
    months: frozenset[int] = frozenset(range(1, 13))
    note: str = ""

    def size(self, rng: random.Random) -> int:
        return rng.choice(self.points)


SUMMER, SPRING, HARVEST = frozenset({7, 8}), frozenset({2, 3, 4}), frozenset({8, 9, 10, 11})

# Entered for many households at once: one rule, one day.
GATHERINGS = (
    Occasion("Z01", (5,), 7, note="院坝会"),
    Occasion("Z02", (5, 5, 5, 3, 8), 8),
    Occasion("Z04", (5,), 4),
    Occasion("Z06", (10, 10, 5, 15), 4),
    Occasion("Z07", (5,), 5, note="夜校"),
    Occasion("F01", (5,), 7, note="院坝普法"),
    Occasion("F02", (10,), 6, note="夜间巡防"),
    Occasion("H01", (5,), 6),
    Occasion("H02", (10,), 5, SPRING),
    Occasion("H04", (10,), 4),
    Occasion("H05", (25, 20, 20, 15), 5),
    Occasion("H06", (4,), 5),
    Occasion("H07", (2,), 3),
    Occasion("H13", (5,), 2),
    Occasion("D01", (10,), 5),
    Occasion("D02", (10,), 6),
    Occasion("E02", (5,), 4),
)

# Gathered by the panel over the month and entered as one mixed batch.
DEEDS = (
    Occasion("Z10", (5,), 3),
    Occasion("Z12", (2,), 4),
    Occasion("D02", (10,), 5),
    Occasion("D08", (5,), 4),
    Occasion("D09", (20,), 2),
    Occasion("D10", (10,), 3),
    Occasion("D11", (10,), 1),
    Occasion("D14", (10, 20), 3, SUMMER),
    Occasion("E01", (10,), 1),
    Occasion("E04", (10,), 2, HARVEST),
    Occasion("F02", (10,), 3),
    Occasion("H03", (15,), 2),
)
LAPSES = (
    Occasion("Z13", (-2,), 3),
    Occasion("F14", (-5,), 3, HARVEST),
    Occasion("F15", (-5,), 2),
    Occasion("H09", (-10,), 1),
    Occasion("H10", (-1,), 4),
    Occasion("H11", (-5,), 3),
    Occasion("H12", (-3,), 4),
    Occasion("D16", (-20,), 1),
)


@dataclass(frozen=True)
class Event:
    """How an occasion stands in the register of activities; `kind` and `joy` are the register's values."""

    kind: str
    joy: str
    title: str
    place: str


# Held as an activity: the list of who came is typed once and becomes the points.
EVENTS = {
    "Z01": Event("self", "harmony", "院坝会议事", "二组院坝"),
    "Z04": Event("self", "harmony", "邻里同乐活动", "文化广场"),
    "Z07": Event("publicity", "learn", "农民夜校", "村文化室"),
    "F01": Event("law", "learn", "院坝普法", "村委会坝子"),
    "H01": Event("virtue", "live", "全民清洁日", "主干道沿线"),
    "E02": Event("economy", "work", "集体茶园采摘", "集体茶园"),
}
# Held a few days ago and still waiting to be turned into points.
LATEST = Event("party", "learn", "支部主题党日", "党群服务中心")


def choose(rng: random.Random, among: tuple[Occasion, ...], month: int) -> Occasion:
    possible = [occasion for occasion in among if month in occasion.months]
    return rng.choices(possible, [occasion.weight for occasion in possible])[0]
