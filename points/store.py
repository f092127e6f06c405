"""Points become goods: one transaction writes slip, stock moves, entry and seal, or nothing at all.

Lock order as everywhere: the head of the village's chain, the household, then items by id.
"""

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import transaction

from points import ledger, passbooks, permissions, slips
from points.models import Entry, Item, Outlet, Redemption, StockMove
from points.models.ledger import Kind
from qianjiang_portal.foundation import audit, calendar, options
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


def available(household: Household) -> int:
    """Whole points the household may spend now: posted, less deductions and reversals on their way, never below 0."""
    return passbooks.figures(household, passbooks.waiting(household)).available


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
    asked = slips.Asked(
        village=household.village_id,
        household=household.pk,
        outlet=outlet.pk,
        basket=_wanted(basket),
        key=key,
        on=calendar.local_date(now),
    )
    made = Redemption(
        outlet=outlet,
        household=household,
        key=key,
        on=asked.on,
        serial=0,
        collector=collector.strip()[:40],
        made_by=by,
        made_at=now,
    )
    # What needs no lock is looked up before it, since others wait for as long as it is held.
    with options.held("clerks_at_counter", "seal_algorithm"):
        return _hand_out(made, asked, seen, may=permissions.can_redeem(by, outlet))


@transaction.atomic
def _hand_out(made: Redemption, asked: slips.Asked, seen: int | None, *, may: bool) -> Redemption:
    standing = slips.lock(asked)
    if len(standing.goods) < len(asked.basket):
        raise CannotRedeem("有物品不在这个兑换点")
    if standing.made:
        return _again(Redemption.objects.get(pk=standing.made), asked)
    _refuse_place(made, standing, may=may)
    _refuse_items(standing.goods)
    _refuse_points(made, standing, seen)
    assert standing.head is not None  # whoever has points to spend has been posted to
    slips.write(made, standing.goods)
    village, line = made.household.village, _line(made, made.household)
    ledger.append(head=standing.head, village=village, lines=[line], now=made.made_at)
    _record(made, "redemption.redeem", made.made_by, made.made_at)
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


def _wanted(basket: Mapping[int, int]) -> dict[int, int]:
    wanted = {pk: quantity for pk, quantity in basket.items() if quantity}
    if not wanted:
        raise CannotRedeem("先选物品")
    if any(not 1 <= quantity <= MOST_OF_ONE for quantity in wanted.values()):
        raise CannotRedeem(f"数量填 1 到 {MOST_OF_ONE}")
    return wanted


def _again(made: Redemption, asked: slips.Asked) -> Redemption:
    """The same press a second time is the same slip; the same key for something else is a page gone stale."""
    lines = {line.item_id: line.quantity for line in made.lines.all()}
    if made.household_id != asked.household or lines != asked.basket:
        raise Conflict("这一页已经用过，重新打开后再兑换")
    return made


def _refuse_place(made: Redemption, standing: slips.Standing, *, may: bool) -> None:
    outlet, household = made.outlet, made.household
    if not may:
        raise CannotRedeem("没有在这个兑换点办理的任职")
    if not outlet.is_open_at(made.made_at.astimezone(calendar.SHANGHAI)):
        raise CannotRedeem(f"现在不是兑换时间，{outlet.hours} 办理")
    if standing.state != Household.State.ACTIVE:
        raise CannotRedeem(f"这一户{Household.State(standing.state).label}，不能兑换")
    if standing.is_suspended:
        raise CannotRedeem(HELD)
    if not standing.is_served:
        raise CannotRedeem(f"{outlet.name}不为{household.village.short_name}办理")
    if not standing.is_of(household):
        raise Conflict("这一户刚变动过，重新打开后再兑换")


def _refuse_items(goods: Mapping[Item, int]) -> None:
    for item, quantity in goods.items():
        if not item.is_listed:
            raise CannotRedeem(f"{item.name} 现在不能兑换")
        if item.stock < quantity:
            raise OutOfStock(short_of(item))


def _refuse_points(made: Redemption, standing: slips.Standing, seen: int | None) -> None:
    """Sets what the slip takes and what is left."""
    have, points = standing.available, sum(item.points * quantity for item, quantity in standing.goods.items())
    if have < points:
        raise Overdrawn(f"可兑换 {have} 分，还差 {points - have} 分")
    if seen is not None and seen != have:
        raise Conflict(f"余额刚变为 {have} 分，请再看一下", "B-06")
    made.points, made.balance = points, have - points


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
