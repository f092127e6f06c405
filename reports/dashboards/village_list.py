"""The villages a person may look at, by township, with the month's figures."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from points.models import Notice
from qianjiang_portal.foundation.periods import Period
from reports.dashboards import heat, links
from reports.dashboards.parts import Cell
from reports.dashboards.township import village_address
from reports.figures import Limits, Sums, show, standings, total, village_sums
from villages.models import Township, Village

# What villages may be listed for: no notice, none in time, batches past their time, batches that wait for a notice.
SHOWN = ("unpublished", "untimely", "unreviewed", "waiting")


@dataclass(frozen=True, slots=True)
class VillageLine:
    village: Village
    href: str
    households: str
    participation: Cell
    net_points: str
    net_per_household: str
    reviewed: str
    batches: str
    notice: str
    sums: Sums
    amount: int


@dataclass(frozen=True, slots=True)
class Group:
    township: Township
    lines: tuple[VillageLine, ...]


@dataclass(frozen=True, slots=True)
class VillageList:
    """The groups, the sum over the villages in them that use points, and what they are listed for."""

    groups: list[Group]
    whole: Sums
    show: str = ""

    @property
    def count(self) -> int:
        return sum(len(group.lines) for group in self.groups)

    @property
    def counts_batches(self) -> bool:
        return self.show in ("unreviewed", "waiting")

    @property
    def amount(self) -> int:
        return sum(line.amount for group in self.groups for line in group.lines)

    @property
    def participation(self) -> str:
        return show(self.whole.participation, "%")

    @property
    def net_per_household(self) -> str:
        return show(self.whole.net_per_household, "分/户")

    @property
    def reviewed(self) -> str:
        return show(self.whole.reviewed_on_time, "%")


def village_list(villages: Iterable[Village], period: Period, user: Any, show: str = "") -> VillageList:
    """Villages in code order, which keeps a township's together; `show` leaves those with something of `SHOWN`."""
    found, limits = list(villages), Limits.current()
    noticed = set(Notice.objects.filter(village__in=found, period=period.slug).values_list("village", flat=True))
    [sums] = village_sums(found, [period], limits)
    amounts = _amounts(found, period, show, sums, noticed, limits)
    if show in SHOWN:
        found = [village for village in found if amounts[village.pk]]
    groups = _groups(found, period, user, sums, noticed, amounts)
    used = [line.sums for group in groups for line in group.lines if line.village.uses_points]
    return VillageList(groups, total(used), show if show in SHOWN else "")


def _amounts(
    found: list[Village], period: Period, show: str, sums: dict[int, Sums], noticed: Collection[int], limits: Limits
) -> Counter[int]:
    """What is there to list of each village that uses points, by its id."""
    used = [village for village in found if village.uses_points]
    if show == "unpublished":
        return Counter(village.pk for village in used if _owes(village, period) and village.pk not in noticed)
    if show == "untimely":
        return Counter({one.pk: sums[one.pk].notices_due - sums[one.pk].notices_in_time for one in used})
    if show in ("unreviewed", "waiting"):
        standing = standings(used, limits)
        measure = "late" if show == "unreviewed" else show
        return Counter({pk: getattr(one, measure) for pk, one in standing.items()})
    return Counter()


def _owes(village: Village, period: Period) -> bool:
    """Whether a notice is asked of it: one that became part of another in the period puts none up any more."""
    return village.uses_points and village.is_there(period.ends_on)


def _notice(sums: Sums, *, is_there: bool, is_noticed: bool) -> str:
    if not is_there:
        return "—"
    return "按期" if sums.notices_in_time else "没有按期" if is_noticed else "没有公示"


def _groups(
    found: list[Village],
    period: Period,
    user: Any,
    sums: dict[int, Sums],
    noticed: Collection[int],
    amounts: Counter[int],
) -> list[Group]:
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
            links.batches(user, village, period) if own.batches_due else "",
            _notice(own, is_there=_owes(village, period), is_noticed=village.pk in noticed),
            own,
            amounts[village.pk],
        )
        groups.setdefault(village.township, []).append(line)
    return [Group(township, tuple(lines)) for township, lines in groups.items()]
