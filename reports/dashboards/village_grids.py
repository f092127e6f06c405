"""The groups of a village: their households, who took part, their points."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from qianjiang_portal.foundation.periods import Period
from reports.dashboards import heat
from reports.dashboards.parts import Cell, Link
from reports.figures import Sums, grid_sums, ratio, show, villages_of
from villages.models import Grid, Village


@dataclass(frozen=True, slots=True)
class GridRow:
    name: Link
    keeper: str
    households: int
    people: int
    participants: int
    participation: Cell
    net_points: str
    net_per_household: str
    lines: str

    @property
    def awards(self) -> str:
        """The list of those who took part."""
        return self.lines and f"{self.lines}&only=awards"


def grid_rows(village: Village, period: Period, books: str, lines: str) -> list[GridRow]:
    sums = grid_sums(villages_of(village), period)
    end = period.ends_on
    left = Q(households__left_on__isnull=True) | Q(households__left_on__gt=end)
    there = left & Q(households__joined_on__lte=end)
    rows = (
        Grid.objects.filter(village=village)
        .in_order()
        .annotate(registered=Count("households", filter=there), people=Sum("households__members", filter=there))
        .values_list("pk", "number", "name", "keeper", "registered", "people")
    )
    return [
        _grid_row(
            Link(name, f"{books}&grid={number}" if books else ""),
            keeper,
            counted,
            people or 0,
            *sums.get(pk, (0, 0)),
            f"{lines}&grid={number}" if lines else "",
        )
        for pk, number, name, keeper, counted, people in rows
    ]


def whole_row(grids: list[GridRow], sums: Sums, books: str, lines: str) -> GridRow:
    people = sum(grid.people for grid in grids)
    return _grid_row(
        Link(f"全村 {len(grids)}", books), "", sums.households, people, sums.participants, sums.net_points, lines
    )


def _grid_row(
    name: Link, keeper: str, households: int, people: int, participants: int, points: int, lines: str
) -> GridRow:
    rate, each = ratio(participants, households), ratio(points, households)
    cell = Cell(show(rate, "%"), heat.level("participation", rate))
    return GridRow(name, keeper, households, people, participants, cell, show(points), show(each, "分/户"), lines)
