"""What the points were given for: by 三治, by 五乐, by rule, month after month. Awards only, so that shares add up."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Sum, Value, When

from points.models import GridRollup, Rollup, RuleUsage
from points.models.ledger import Kind
from points.models.rules import Dimension, Joy
from qianjiang_portal.foundation.periods import Period
from reports.figures.definitions import ratio
from villages.models.places import VillageQuerySet


@dataclass(frozen=True, slots=True)
class Share:
    """The part of one dimension or joy in all awards."""

    code: str
    label: str
    points: int
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Composition:
    """Award points by dimension and joy."""

    cells: tuple[tuple[str, str, int], ...] = ()

    @property
    def total(self) -> int:
        return sum(points for _, _, points in self.cells)

    @property
    def by_dimension(self) -> tuple[Share, ...]:
        return tuple(self._share(code, label, 0) for code, label in Dimension.choices)

    @property
    def by_joy(self) -> tuple[Share, ...]:
        return tuple(self._share(code, label, 1) for code, label in Joy.choices)

    def _share(self, code: str, label: str, axis: int) -> Share:
        points = sum(cell[2] for cell in self.cells if cell[axis] == code)
        return Share(code, label, points, ratio(points, self.total))


@dataclass(frozen=True, slots=True)
class UsedRule:
    code: str
    item: str
    count: int
    points: int
    is_award: bool


def compositions(villages: VillageQuerySet, spans: Sequence[Period]) -> list[Composition]:
    """The composition of each span, for the villages together. One query."""
    months = [month for span in spans for month in span.months]
    which = Case(
        *(When(period__in=span.months, then=Value(nth)) for nth, span in enumerate(spans)), output_field=IntegerField()
    )
    rows = _awards(villages, months).annotate(span=which).values_list("span", "dimension", "joy")
    return _gathered(rows.annotate(sum=Sum("points")), range(len(spans)))


def village_compositions(villages: VillageQuerySet, span: Period) -> dict[int, Composition]:
    """The composition of each village that gave points in the span, by its id. One query."""
    rows = _awards(villages, span.months).values_list("village", "dimension", "joy").annotate(sum=Sum("points"))
    keys = list(dict.fromkeys(row[0] for row in rows))
    return dict(zip(keys, _gathered(rows, keys), strict=True))


def most_used_rules(villages: VillageQuerySet, span: Period, count: int = 10) -> list[UsedRule]:
    """The rules that gave or took most points, by size, then by code."""
    rows = (
        RuleUsage.objects.filter(village__in=villages, period__in=span.months)
        .values_list("rule__code", "rule__item", "rule__kind")
        .annotate(count=Sum("count"), points=Sum("points"))
    )
    used = [UsedRule(code, item, count, points, kind == "award") for code, item, kind, count, points in rows]
    return sorted(used, key=lambda rule: (-abs(rule.points), rule.code))[:count]


def grid_sums(villages: VillageQuerySet, span: Period) -> dict[int, tuple[int, int]]:
    """Participants and net points of each grid in a month, by its id."""
    rows = GridRollup.objects.filter(grid__village__in=villages, period__in=span.months)
    return {grid: (took_part, points) for grid, took_part, points in rows.values_list("grid", "participants", "points")}


def _awards(villages: VillageQuerySet, months: list[str]) -> QuerySet[Any]:
    return Rollup.objects.filter(village__in=villages, period__in=months, kind=Kind.AWARD).order_by()


def _gathered(rows: QuerySet[Any], keys: Sequence[int]) -> list[Composition]:
    cells: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for key, dimension, joy, points in rows:
        cells[key].append((dimension, joy, points))
    return [Composition(tuple(sorted(cells[key]))) for key in keys]
