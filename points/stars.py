"""星级: how many stars a household's year is worth, by the thresholds of the rule set it lives under."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from points import rules
from points.models import RuleSet
from qianjiang_portal.foundation import options
from villages.models import Household, Village

MOST = 5


@dataclass(frozen=True)
class Scale:
    """Points of a year from which there are 1, 2, … 5 stars, and the rule set that says so, if one does."""

    thresholds: tuple[int, ...]
    rule_set: RuleSet | None

    def of(self, points: int) -> int:
        return bisect_right(self.thresholds, points)


def scale(village: Village, on: dt.date) -> Scale:
    """The thresholds of the version in force; the district's where it has none."""
    rule_set = rules.in_force(village, on)
    if rule_set and rule_set.star_points:
        return Scale(tuple(rule_set.star_points), rule_set)
    return Scale(tuple(sorted(int(value) for value in options.get("star_points"))), None)


def shortfall(thresholds: Sequence[int]) -> str:
    """Why thresholds cannot stand, or nothing."""
    if len(thresholds) != MOST:
        return f"写 {MOST} 个数，从一星到五星"
    if thresholds[0] < 1 or any(low >= high for low, high in pairwise(thresholds)):
        return "从 1 起，后一星要比前一星高"
    return ""


def with_year(households: QuerySet[Household], year: int) -> QuerySet[Household]:
    """Each household with `year_points`: awards and deductions less their reversals, by month of posting."""
    in_year = ~Q(entries__dimension="") & Q(entries__period__startswith=f"{year}-")
    return households.annotate(year_points=Coalesce(Sum("entries__points", filter=in_year), 0))


WORDS = ("没有星", "一星", "二星", "三星", "四星", "五星")


@dataclass(frozen=True)
class Standing:
    """A household's year: its points, its stars, and the points of the next star (None at five)."""

    points: int
    stars: int
    next_at: int | None

    @property
    def to_next(self) -> int:
        """Points that are missing for the next star; 0 at five."""
        return self.next_at - self.points if self.next_at else 0

    @property
    def mark(self) -> str:
        return "★" * self.stars + "☆" * (MOST - self.stars)

    @property
    def word(self) -> str:
        return WORDS[self.stars]


def standing(points: int, scale: Scale) -> Standing:
    stars = scale.of(points)
    return Standing(points, stars, scale.thresholds[stars] if stars < len(scale.thresholds) else None)
