"""The counter of a points store: whom it serves, what stands on its shelves, and what a day handed out."""

import datetime as dt
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from points import passbooks, permissions, store, suspensions
from points.models import Item, Outlet, Redemption
from qianjiang_portal.foundation import calendar
from villages import pinyin, search
from villages.models import Household, User

# As many as are listed for one query; whoever gets more types another letter.
MOST_FOUND = 12


@dataclass(frozen=True)
class Good:
    """Goods on the shelf with the quantity that was typed beside them, and `wrong` where it can be none."""

    item: Item
    typed: str = ""
    wrong: bool = False

    @property
    def short(self) -> str:
        """Why there is none to be had."""
        return "" if self.item.stock else store.short_of(self.item)


@dataclass(frozen=True)
class Caller:
    """The household at the counter and what it may spend."""

    household: Household
    figures: passbooks.Figures
    # Why nothing is handed out to them, as the counter may hear it.
    held: str = ""


@dataclass(frozen=True)
class Tally:
    """Slips of a day that stand, the points they took, and how many were taken back."""

    count: int
    points: int
    undone: int


@dataclass(frozen=True)
class Slip:
    """A line of the day list."""

    made: Redemption
    can_undo: bool


@dataclass(frozen=True)
class Shop:
    """An outlet as one person sees it at one moment."""

    outlet: Outlet
    can_redeem: bool
    is_open: bool
    today: dt.date


def outlets(user: User) -> list[Outlet]:
    """Open outlets somebody sees, their own first."""
    seen = Outlet.objects.visible_to(user).open().select_related("village__township").order_by("name")
    own = set(user.outlets.values_list("pk", flat=True))
    return sorted(seen, key=lambda outlet: outlet.pk not in own)


def outlet_for(user: User, household: Household) -> Outlet | None:
    """Where somebody may hand goods out to a household."""
    if household.state != Household.State.ACTIVE:
        return None
    serving = Outlet.objects.visible_to(user).open().filter(villages=household.village_id).select_related("village")
    return next((outlet for outlet in serving.order_by("name") if permissions.can_redeem(user, outlet)), None)


def shop(user: User, outlet: Outlet, now: dt.datetime) -> Shop:
    local = now.astimezone(calendar.SHANGHAI)
    return Shop(outlet, permissions.can_redeem(user, outlet), outlet.is_open_at(local), local.date())


def served(user: User, outlet: Outlet) -> QuerySet[Household]:
    """Registered households of the villages an outlet serves."""
    households = Household.objects.visible_to(user).active().filter(village__served_by=outlet)
    return households.select_related("village", "grid")


def found(user: User, outlet: Outlet, query: str) -> list[Household]:
    """Those who answer to a name, first letters or a number, with `available`; one more than is listed if there are."""
    matching = served(user, outlet).filter(search.households(query)).order_by("pinyin", "number")
    return list(passbooks.with_figures(matching)[: MOST_FOUND + 1])


def index(user: User, outlet: Outlet) -> dict[str, Any]:
    """The register of the villages served, for the lookup: whom and how much they may spend, no other members.

    `rows`: id, head, initials, number, group, people, points to spend, aliases, nothing.
    """
    several = outlet.villages.count() > 1
    households: list[Any] = list(passbooks.with_figures(served(user, outlet).order_by("pinyin", "number")))
    rows = [
        [
            one.pk,
            one.head_name,
            one.initials,
            one.short_number,
            f"{one.village.short_name}{one.grid.name}" if several else one.grid.name,
            one.members,
            one.available,
            one.aliases.replace("、", " "),
            "",
        ]
        for one in households
    ]
    return {"rows": rows, "readings": pinyin.character_readings(one.head_name for one in households)}


def caller(household: Household) -> Caller:
    held = store.HELD if suspensions.holds(household, calendar.today()) else ""
    return Caller(household, passbooks.figures(household, passbooks.waiting(household)), held)


def goods(outlet: Outlet, typed: Mapping[int, str], wrong: Container[int] = ()) -> list[Good]:
    """What can be redeemed here, in code order; `wrong` are those whose quantity cannot be one."""
    listed = outlet.items.listed().in_code_order()
    return [Good(item, typed.get(item.pk, ""), item.pk in wrong) for item in listed]


def tally(outlet: Outlet, on: dt.date) -> Tally:
    stands = Q(undone_at__isnull=True)
    sums = outlet.redemptions.filter(on=on).aggregate(
        count=Count("pk", filter=stands), undone=Count("pk", filter=~stands), points=Sum("points", filter=stands)
    )
    return Tally(sums["count"], sums["points"] or 0, sums["undone"])


def slips(shop: Shop, on: dt.date) -> list[Slip]:
    """What an outlet handed out on a day, the last first."""
    made = shop.outlet.redemptions.filter(on=on).newest_first().prefetch_related("lines")
    made = made.select_related("household__village", "household__grid", "made_by")
    may = shop.can_redeem and on == shop.today
    return [Slip(one, may and not one.is_undone) for one in made]


def tally_of(slips: Iterable[Slip]) -> Tally:
    stands = [slip.made.points for slip in slips if not slip.made.is_undone]
    return Tally(len(stands), sum(stands), sum(slip.made.is_undone for slip in slips))


def by_item(slips: Iterable[Slip]) -> list[tuple[str, int]]:
    """What left the shelves on slips that stand: name and quantity, the most first."""
    sums: Counter[str] = Counter()
    for slip in slips:
        for line in slip.made.lines.all():
            sums[f"{line.name}({line.unit})"] += 0 if slip.made.is_undone else line.quantity
    return sums.most_common()
