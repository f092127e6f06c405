"""Points become goods: one transaction writes slip, stock moves, entry and seal, or nothing at all.

Lock order as everywhere: the head of the village's chain, the household, then items by id.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from points import ledger, passbooks, permissions
from points.models import Entry, Item, Outlet, Redemption, RedemptionLine, StockMove, Suspension
from points.models.ledger import Kind
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import roster
from villages.models import Household, User

MOST_OF_ONE = 99
# All that is said at the counter, where others wait in line.
HELD = "这一户现在不办理兑换，请户主到村委会问清楚"


class CannotRedeem(Refused):
    """Nothing was handed out."""


class Overdrawn(CannotRedeem):
    """The household cannot spend that much."""

    code = "B-02"


class OutOfStock(CannotRedeem):
    """There is not that much of the item."""

    code = "B-03"


class CannotUndo(Refused):
    """The slip stands."""


@dataclass(frozen=True)
class _Slip:
    """What a redemption asks for, looked up and locked: item → quantity."""

    items: dict[Item, int]

    @property
    def points(self) -> int:
        return sum(item.points * quantity for item, quantity in self.items.items())

    def is_like(self, made: Redemption) -> bool:
        wanted = {item.pk: quantity for item, quantity in self.items.items()}
        return wanted == {line.item_id: line.quantity for line in made.lines.all()}


def available(household: Household) -> int:
    """Whole points the household may spend now: posted, less deductions and reversals on their way, never below 0."""
    return passbooks.figures(household, passbooks.waiting(household)).available


@transaction.atomic
def redeem(
    *,
    outlet: Outlet,
    household: Household,
    basket: Mapping[int, int],
    key: uuid.UUID,
    by: User,
    now: dt.datetime,
    seen: int | None = None,
    collector: str = "",
) -> Redemption:
    """Hand out `basket` (item id → quantity) for points of the household, once for each `key`.

    `seen` is what the counter was shown as available. Raises CannotRedeem (Overdrawn, OutOfStock), Conflict.
    """
    ledger.lock_village(household.village)
    roster.lock([household.pk])
    household = Household.objects.select_related("village", "grid").get(pk=household.pk)
    slip = _slip(outlet, basket)
    if made := Redemption.objects.filter(key=key).first():
        return _again(made, household, slip)
    _refuse_place(outlet, household, by, now)
    _refuse_items(slip)
    have = available(household)
    if have < slip.points:
        raise Overdrawn(f"可兑换 {have} 分，还差 {slip.points - have} 分")
    if seen is not None and seen != have:
        raise Conflict(f"余额刚变为 {have} 分，请再看一下", "B-06")
    made = _write(outlet, household, slip, key, by, now, have, collector.strip())
    ledger.post(village=household.village, lines=[_line(made, household)], now=now)
    _record(made, "redemption.redeem", by, now)
    return made


@transaction.atomic
def undo(*, redemption: Redemption, reason: str, by: User, now: dt.datetime) -> Redemption:
    """Take a slip back on its own day: points return by a reversing entry, goods by a move. Raises CannotUndo."""
    village = redemption.household.village
    ledger.lock_village(village)
    roster.lock([redemption.household_id])
    made = Redemption.objects.select_for_update(of=("self",)).select_related("outlet__village").get(pk=redemption.pk)
    _refuse_undo(made, reason, by, now)
    household = Household.objects.select_related("grid").get(pk=made.household_id)
    lines = list(made.lines.order_by("item_id"))
    list(Item.objects.select_for_update().filter(pk__in=[line.item_id for line in lines]).order_by("pk"))
    _move(StockMove.Kind.UNDO, {line.item_id: line.quantity for line in lines}, by, now, made)
    taken = Entry.objects.get(source=f"redemption:{made.pk}")
    ledger.post(village=village, lines=[_line(made, household, taken)], now=now)
    made.undone_by, made.undone_at, made.undo_reason = by, now, reason.strip()[:60]
    made.save(update_fields=["undone_by", "undone_at", "undo_reason"])
    _record(made, "redemption.undo", by, now)
    return made


def _slip(outlet: Outlet, basket: Mapping[int, int]) -> _Slip:
    wanted = {pk: quantity for pk, quantity in basket.items() if quantity}
    if not wanted:
        raise CannotRedeem("先选物品")
    if any(not 1 <= quantity <= MOST_OF_ONE for quantity in wanted.values()):
        raise CannotRedeem(f"数量填 1 到 {MOST_OF_ONE}")
    found = Item.objects.select_for_update().filter(outlet=outlet, pk__in=wanted).order_by("pk")
    items = {item: wanted[item.pk] for item in found}
    if len(items) < len(wanted):
        raise CannotRedeem("有物品不在这个兑换点")
    return _Slip(items)


def _again(made: Redemption, household: Household, slip: _Slip) -> Redemption:
    """The same press a second time is the same slip; the same key for something else is a page gone stale."""
    if made.household_id != household.pk or not slip.is_like(made):
        raise Conflict("这一页已经用过，重新打开后再兑换")
    return made


def _refuse_place(outlet: Outlet, household: Household, by: User, now: dt.datetime) -> None:
    if not permissions.can_redeem(by, outlet):
        raise CannotRedeem("没有在这个兑换点办理的任职")
    if not outlet.is_open_at(now.astimezone(calendar.SHANGHAI)):
        raise CannotRedeem(f"现在不是兑换时间，{outlet.hours} 办理")
    if household.state != Household.State.ACTIVE:
        raise CannotRedeem(f"这一户{household.get_state_display()}，不能兑换")
    if Suspension.objects.filter(household=household).in_force(calendar.local_date(now)).exists():
        raise CannotRedeem(HELD)
    if not outlet.villages.filter(pk=household.village_id).exists():
        raise CannotRedeem(f"{outlet.name}不为{household.village.short_name}办理")


def _refuse_items(slip: _Slip) -> None:
    for item, quantity in slip.items.items():
        if not item.is_listed:
            raise CannotRedeem(f"{item.name} 现在不能兑换")
        if item.stock < quantity:
            raise OutOfStock(short_of(item))


def short_of(item: Item) -> str:
    """What a counter is told where there is too little of an item."""
    rest = f"{item.name} 库存 {item.stock} {item.unit}" if item.stock else f"{item.name} 没有库存"
    return f"{rest}，预计 {item.restock_on:%m月%d日} 到货" if item.restock_on else rest


def _refuse_undo(made: Redemption, reason: str, by: User, now: dt.datetime) -> None:
    if not permissions.can_redeem(by, made.outlet):
        raise CannotUndo("没有在这个兑换点办理的任职")
    if made.is_undone:
        raise CannotUndo("这张小票已经撤销")
    if made.household.successor:
        raise CannotUndo(f"这一户已经转到 {made.household.successor.number}，小票不能再撤销")
    if made.on != calendar.local_date(now):
        raise CannotUndo("只能撤销当天的小票")
    if not reason.strip():
        raise CannotUndo("选一个撤销的原因")


def _write(
    outlet: Outlet,
    household: Household,
    slip: _Slip,
    key: uuid.UUID,
    by: User,
    now: dt.datetime,
    have: int,
    collector: str,
) -> Redemption:
    on = calendar.local_date(now)
    # One slip at a time gets a number of the outlet: two villages may share it, so the village's lock is not enough.
    Outlet.objects.select_for_update(no_key=True).get(pk=outlet.pk)
    last = outlet.redemptions.filter(on=on).aggregate(top=Max("serial"))["top"] or 0
    made = Redemption.objects.create(
        outlet=outlet,
        household=household,
        key=key,
        on=on,
        serial=last + 1,
        points=slip.points,
        balance=have - slip.points,
        collector=collector[:40],
        made_by=by,
        made_at=now,
    )
    RedemptionLine.objects.bulk_create(
        RedemptionLine(redemption=made, item=item, name=item.name, unit=item.unit, price=item.points, quantity=quantity)
        for item, quantity in slip.items.items()
    )
    _move(StockMove.Kind.REDEMPTION, {item.pk: -quantity for item, quantity in slip.items.items()}, by, now, made)
    return made


def _move(kind: str, quantities: Mapping[int, int], by: User, now: dt.datetime, made: Redemption) -> None:
    StockMove.objects.bulk_create(
        StockMove(item_id=item, kind=kind, quantity=quantity, redemption=made, made_by=by, made_at=now)
        for item, quantity in sorted(quantities.items())
    )


def _line(made: Redemption, household: Household, taken: Entry | None = None) -> ledger.Line:
    return ledger.Line.of(
        household,
        source=f"undo:{made.pk}" if taken else f"redemption:{made.pk}",
        points=made.points if taken else -made.points,
        kind=Kind.REVERSAL if taken else Kind.REDEMPTION,
        occurred_on=made.on,
        reverses_id=taken.pk if taken else None,
        reverses=taken.source if taken else "",
    )


def _record(made: Redemption, action: str, by: User, now: dt.datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        target=f"{made.outlet} {made.number}",
        place=made.outlet.village.code,
        facts={"points": made.points},
        at=now,
    )
