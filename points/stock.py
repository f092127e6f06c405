"""Outlets and what stands on their shelves: opened, listed, received, lost, counted. Each change is a move."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from points import permissions
from points.models import Item, Outlet, StockMove
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Refused, unless_taken
from villages import pinyin
from villages.models import Appointment, User, Village


class CannotKeep(Refused):
    """The outlet or its goods cannot be kept like that."""


@transaction.atomic
def keep_outlet(
    *,
    village: Village,
    name: str,
    serves: Iterable[Village],
    weekdays: str,
    opens_at: dt.time,
    closes_at: dt.time,
    by: User | None,
    now: dt.datetime,
    keepers: Iterable[User] = (),
    outlet: Outlet | None = None,
    closed_on: dt.date | None = None,
) -> Outlet:
    """Open an outlet or change one; its keepers' appointments then cover the villages it serves. Raises CannotKeep."""
    Village.objects.select_for_update(no_key=True).get(pk=village.pk)
    served = list(serves)
    kept = outlet or Outlet(village=village)
    village = kept.village
    if by and not permissions.can_keep_outlet(by, village):
        raise CannotKeep("没有管理这个村兑换点的任职")
    if any(place.township_id != village.township_id for place in served) or not served:
        raise CannotKeep("服务的村至少选一个，都在本乡镇街道")
    if closes_at <= opens_at:
        raise CannotKeep("关门时间晚于开门时间")
    named = list(keepers)
    for keeper in named:
        if not keeper.appointments.current().filter(role=Appointment.Role.COUNTER).exists():
            raise CannotKeep(f"{keeper.name} 没有兑换经办的任职，先请系统管理员任命")
    if closed_on and closed_on != kept.closed_on:
        _refuse_closing(kept, closed_on, now)
    before = set(kept.keepers.all()) if kept.pk else set()
    kept.name, kept.weekdays = name.strip(), weekdays
    kept.opens_at, kept.closes_at, kept.closed_on = opens_at, closes_at, closed_on
    _save(kept, "已经有叫这个名字的兑换点")
    kept.villages.set(served)
    kept.keepers.set(named)
    for keeper in before | set(named):
        _cover(keeper)
    audit.record(actor=by, action="outlet.keep", target=kept.name, place=village.code, at=now)
    return kept


@transaction.atomic
def keep_item(
    *,
    outlet: Outlet,
    code: str,
    name: str,
    points: int,
    by: User,
    now: dt.datetime,
    unit: str = "件",
    barcode: str = "",
    restock_on: dt.date | None = None,
    is_listed: bool = True,
    item: Item | None = None,
) -> Item:
    """List goods at a price in whole points, or change their listing; stock is moved apart. Raises CannotKeep."""
    _refuse(outlet, by)
    if points < 1:
        raise CannotKeep("单价至少 1 分")
    kept = Item.objects.select_for_update().get(pk=item.pk) if item else Item(outlet=outlet)
    kept.code, kept.name, kept.unit = code.strip().upper(), name.strip(), unit.strip() or "件"
    kept.points, kept.barcode, kept.restock_on, kept.is_listed = points, barcode.strip(), restock_on, is_listed
    kept.initials = pinyin.first_letters(kept.name)
    _save(kept, "编码或条码已经有别的物品在用")
    audit.record(
        actor=by, action="item.keep", target=f"{outlet} {kept.code}", place=outlet.village.code,
        facts={"points": points}, at=now,
    )  # fmt: skip
    return kept


@transaction.atomic
def receive(
    *, item: Item, quantity: int, by: User, now: dt.datetime, note: str = "", key: uuid.UUID | None = None
) -> StockMove:
    """Goods came in. Raises CannotKeep."""
    item = _locked(item, by)
    if quantity < 1:
        raise CannotKeep("进货数量至少 1")
    return _move(item, StockMove.Kind.RECEIPT, quantity, by, now, note, key)


@transaction.atomic
def lose(
    *, item: Item, quantity: int, by: User, now: dt.datetime, note: str, key: uuid.UUID | None = None
) -> StockMove:
    """Goods were spoilt or lost; the register says why. Raises CannotKeep."""
    item = _locked(item, by)
    if made := _booked(item, key):
        return made
    if not note.strip():
        raise CannotKeep("写明损耗的原因")
    if not 1 <= quantity <= item.stock:
        raise CannotKeep(f"损耗填 1 到 {item.stock}，库存只有这么多" if item.stock else f"{item.name} 没有库存")
    return _move(item, StockMove.Kind.LOSS, -quantity, by, now, note, key)


@transaction.atomic
def count(
    *, item: Item, counted: int, by: User, now: dt.datetime, note: str = "", key: uuid.UUID | None = None
) -> StockMove:
    """`counted` stand on the shelf: the move is the difference, 0 where the books were right. Raises CannotKeep."""
    item = _locked(item, by)
    if made := _booked(item, key):
        return made
    if counted < 0:
        raise CannotKeep("盘点数不能小于 0")
    if counted != item.stock and not note.strip():
        raise CannotKeep(f"账上 {item.stock}，盘点 {counted}，写明差在哪里")
    return _move(item, StockMove.Kind.COUNT, counted - item.stock, by, now, note, key)


@dataclass(frozen=True)
class Typed:
    """One line of a sheet: goods, how many came or stand there, and a word about it."""

    item: Item
    quantity: int
    note: str = ""


@transaction.atomic
def book(
    *, outlet: Outlet, kind: str, lines: Iterable[Typed], key: uuid.UUID, by: User, now: dt.datetime
) -> list[StockMove]:
    """A sheet of receipts or of a count, all or none, once for each `key`. Raises CannotKeep, naming the goods."""
    typed = sorted(lines, key=lambda line: line.item.pk)
    if not typed:
        raise CannotKeep("至少填一件物品的数量")
    if any(line.item.outlet_id != outlet.pk for line in typed):
        raise CannotKeep("有物品不在这个兑换点")
    return [_book(line, kind, key, by, now) for line in typed]


def _book(line: Typed, kind: str, key: uuid.UUID, by: User, now: dt.datetime) -> StockMove:
    said: dict[str, Any] = {"item": line.item, "note": line.note, "by": by, "now": now, "key": key}
    try:
        if kind == StockMove.Kind.COUNT:
            return count(counted=line.quantity, **said)
        return receive(quantity=line.quantity, **said)
    except CannotKeep as refusal:
        raise CannotKeep(f"{line.item.name}：{refusal}") from refusal


def _locked(item: Item, by: User) -> Item:
    item = Item.objects.select_for_update(of=("self",)).select_related("outlet__village").get(pk=item.pk)
    _refuse(item.outlet, by)
    return item


def _refuse(outlet: Outlet, by: User) -> None:
    if not permissions.can_keep_stock(by, outlet):
        raise CannotKeep("没有管理这个兑换点物品的任职")


def _booked(item: Item, key: uuid.UUID | None) -> StockMove | None:
    return item.moves.filter(key=key).first() if key else None


def _move(
    item: Item, kind: str, quantity: int, by: User, now: dt.datetime, note: str, key: uuid.UUID | None
) -> StockMove:
    """Write a move; the same sheet sent a second time is the move it made the first time."""
    if made := _booked(item, key):
        return made
    move = StockMove.objects.create(
        item=item, kind=kind, quantity=quantity, note=note.strip()[:60], key=key, made_by=by, made_at=now
    )
    audit.record(
        actor=by, action=f"stock.{kind}", target=f"{item.outlet} {item.code}", place=item.outlet.village.code,
        facts={"quantity": quantity}, at=now,
    )  # fmt: skip
    return move


def _save(row: Outlet | Item, taken: str) -> None:
    with unless_taken(CannotKeep(taken)):
        row.save()


@transaction.atomic
def serve_also(*, outlet: Outlet, village: Village) -> Outlet:
    """Let an outlet and its keepers serve one village more, in which the ones they served go on."""
    outlet.villages.add(village)
    for keeper in outlet.keepers.all():
        _cover(keeper)
    return outlet


def _refuse_closing(outlet: Outlet, on: dt.date, now: dt.datetime) -> None:
    """It closes when the day is written down: on none to come, and on none before the last line of its books."""
    if on > calendar.local_date(now):
        raise CannotKeep("停用日期晚于今天；保存后马上停用，到那天再填")
    last = StockMove.objects.filter(item__outlet=outlet).order_by("-made_at").first() if outlet.pk else None
    if last and on < (day := calendar.local_date(last.made_at)):
        raise CannotKeep(f"{day} 还有兑换、进货、损耗或盘点，停用日期不早于这一天")


def _cover(keeper: User) -> None:
    """A counter covers the villages of the open outlets they keep."""
    served = Village.objects.filter(served_by__in=Outlet.objects.open().filter(keepers=keeper)).distinct()
    for post in Appointment.objects.current().filter(user=keeper, role=Appointment.Role.COUNTER):
        post.villages.set(served)
