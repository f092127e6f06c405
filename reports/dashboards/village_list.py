"""The villages a person may look at, by township, with the month's figures."""

from collections.abc import Iterable
from dataclasses import dataclass

from qianjiang_portal.foundation.periods import Period
from reports.dashboards import heat
from reports.dashboards.parts import Cell
from reports.dashboards.township import village_address
from reports.figures import Limits, show, village_sums
from villages.models import Township, Village


@dataclass(frozen=True, slots=True)
class VillageLine:
    village: Village
    href: str
    households: str
    participation: Cell
    net_points: str
    net_per_household: str


@dataclass(frozen=True, slots=True)
class Group:
    township: Township
    lines: tuple[VillageLine, ...]


def village_groups(villages: Iterable[Village], period: Period) -> list[Group]:
    """Villages in code order, which keeps a township's together."""
    found = list(villages)
    [sums] = village_sums(found, [period], Limits.current())
    groups: dict[Township, list[VillageLine]] = {}
    for village in found:
        own = sums[village.pk]
        rate = Cell(show(own.participation, "%"), heat.level("participation", own.participation))
        line = VillageLine(
            village,
            village_address(village.code, period),
            f"{own.households:,}",
            rate,
            show(own.net_points),
            show(own.net_per_household, "分/户"),
        )
        groups.setdefault(village.township, []).append(line)
    return [Group(township, tuple(lines)) for township, lines in groups.items()]
