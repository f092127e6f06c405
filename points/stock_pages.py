"""The shelves of an outlet: what each thing costs, how much there is, what a month brought and took, its last count."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from points import permissions
from points.models import Item, Outlet, StockMove
from qianjiang_portal.foundation import calendar, options, periods
from villages.models import Appointment, User, Village

PER_PAGE = 50
Kind = StockMove.Kind


@dataclass(frozen=True)
class ShelfLine:
    """Goods and their month: sizes, except `counted`, which is the signed difference that counts found."""

    item: Item
    received: int
    redeemed: int
    lost: int
    counted: int
    counted_on: dt.date | None
    is_overdue: bool


@dataclass(frozen=True)
class Shelves:
    """An outlet's stock as one person sees it."""

    outlet: Outlet
    lines: list[ShelfLine]
    keepers: list[User]
    villages: list[Village]
    can_keep_stock: bool
    can_keep_outlet: bool

    @property
    def overdue(self) -> int:
        return sum(line.is_overdue for line in self.lines)


@dataclass(frozen=True)
class SheetLine:
    """One thing on a sheet of receipts or of a count, with what was typed."""

    item: Item
    quantity: str = ""
    note: str = ""


def shelves(user: User, outlet: Outlet, today: dt.date) -> Shelves:
    return Shelves(
        outlet,
        _lines(outlet, today),
        keepers=list(outlet.keepers.order_by("name")),
        villages=list(outlet.villages.order_by("code")),
        can_keep_stock=permissions.can_keep_stock(user, outlet),
        can_keep_outlet=permissions.can_keep_outlet(user, outlet.village),
    )


def outlets(user: User) -> list[Outlet]:
    """All outlets somebody sees, their own first and closed ones last."""
    seen = Outlet.objects.visible_to(user).select_related("village__township").order_by("name")
    own = set(user.outlets.values_list("pk", flat=True))
    return sorted(seen, key=lambda outlet: (outlet.closed_on is not None, outlet.pk not in own))


def places(user: User) -> QuerySet[Village]:
    """Where somebody may open an outlet."""
    return Village.objects.for_role(user, "clerk", "leader").open().select_related("township").in_code_order()


def counters(townships: Iterable[int]) -> QuerySet[User]:
    """Who may be named keeper there: counters of villages of these townships, and those who serve nowhere yet."""
    posts = Appointment.objects.current().filter(role=Appointment.Role.COUNTER)
    here = posts.filter(Q(villages__township__in=townships) | Q(villages__isnull=True))
    return User.objects.filter(pk__in=here.values("user")).order_by("name")


def moves(item: Item, number: str | int) -> Page[StockMove]:
    """A page of an item's register, the last first."""
    register = item.moves.select_related("made_by", "redemption__household").order_by("-made_at", "-pk")
    return Paginator(register, PER_PAGE).get_page(number)


def sheet(outlet: Outlet, typed: Iterable[SheetLine] = ()) -> list[SheetLine]:
    """A line for each thing that is listed or still there, in code order, with what was typed so far."""
    held = {line.item.pk: line for line in typed}
    items = outlet.items.filter(Q(is_listed=True) | Q(stock__gt=0)).in_code_order()
    return [held.get(item.pk, SheetLine(item)) for item in items]


def _lines(outlet: Outlet, today: dt.date) -> list[ShelfLine]:
    month = Q(moves__made_at__gte=calendar.moment(periods.of(today).begins_on))

    def moved(*kinds: str) -> Coalesce:
        return Coalesce(Sum("moves__quantity", filter=month & Q(moves__kind__in=kinds)), 0)

    items = outlet.items.in_code_order().annotate(
        received=moved(Kind.RECEIPT),
        redeemed=moved(Kind.REDEMPTION, Kind.UNDO),
        lost=moved(Kind.LOSS),
        found=moved(Kind.COUNT),
        counted_at=Max("moves__made_at", filter=Q(moves__kind=Kind.COUNT)),
        begun_at=Min("moves__made_at"),
    )
    patience = dt.timedelta(options.get("stock_count_days"))
    return [_line(item, today, patience) for item in items]


def _line(item: Any, today: dt.date, patience: dt.timedelta) -> ShelfLine:
    counted_on = calendar.local_date(item.counted_at) if item.counted_at else None
    since = counted_on or (calendar.local_date(item.begun_at) if item.begun_at else today)
    return ShelfLine(
        item,
        received=item.received,
        redeemed=-item.redeemed,
        lost=-item.lost,
        counted=item.found,
        counted_on=counted_on,
        is_overdue=item.stock > 0 and today - since > patience,
    )
