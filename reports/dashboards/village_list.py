"""The villages a person may look at, by township, with the month's figures."""

from collections.abc import Iterable
from dataclasses import dataclass

from points.models import Notice
from qianjiang_portal.foundation.periods import Period
from reports.dashboards import heat
from reports.dashboards.parts import Cell
from reports.dashboards.township import village_address
from reports.figures import Limits, Sums, show, total, village_sums
from villages.models import Township, Village


@dataclass(frozen=True, slots=True)
class VillageLine:
    village: Village
    href: str
    households: str
    participation: Cell
    net_points: str
    net_per_household: str
    reviewed: str
    notice: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Group:
    township: Township
    lines: tuple[VillageLine, ...]


@dataclass(frozen=True, slots=True)
class VillageList:
    """The groups, and the sum over the villages in them that use points."""

    groups: list[Group]
    whole: Sums

    @property
    def count(self) -> int:
        return sum(len(group.lines) for group in self.groups)

    @property
    def participation(self) -> str:
        return show(self.whole.participation, "%")

    @property
    def net_per_household(self) -> str:
        return show(self.whole.net_per_household, "分/户")

    @property
    def reviewed(self) -> str:
        return show(self.whole.reviewed_on_time, "%")


def village_list(villages: Iterable[Village], period: Period, unpublished: bool = False) -> VillageList:
    """Villages in code order, which keeps a township's together; `unpublished` leaves those without a notice."""
    found = list(villages)
    noticed = set(Notice.objects.filter(village__in=found, period=period.slug).values_list("village", flat=True))
    if unpublished:
        found = [village for village in found if _owes(village, period) and village.pk not in noticed]
    groups = _groups(found, period, noticed)
    used = [line.sums for group in groups for line in group.lines if line.village.uses_points]
    return VillageList(groups, total(used))


def _owes(village: Village, period: Period) -> bool:
    """Whether a notice is asked of it: one that became part of another in the period puts none up any more."""
    return village.uses_points and village.is_there(period.ends_on)


def _notice(sums: Sums, *, is_there: bool, is_noticed: bool) -> str:
    if not is_there:
        return "—"
    return "按期" if sums.notices_in_time else "没有按期" if is_noticed else "没有公示"


def _groups(found: list[Village], period: Period, noticed: set[int]) -> list[Group]:
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
            f"{own.batches_on_time}/{own.batches_due}",
            _notice(own, is_there=_owes(village, period), is_noticed=village.pk in noticed),
            own,
        )
        groups.setdefault(village.township, []).append(line)
    return [Group(township, tuple(lines)) for township, lines in groups.items()]
