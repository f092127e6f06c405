"""Money of a village's governance work: planned, come in, gone out. Lines are never changed, only taken back."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from demos import permissions
from demos.models import FundBudget, FundLine
from qianjiang_portal.foundation import audit, calendar, purchases
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User, Village


class CannotBook(Refused):
    """The money cannot be entered as it was given."""


@transaction.atomic
def book(
    *,
    village: Village,
    kind: str,
    on: dt.date,
    what: str,
    amount: Decimal,
    receipt: str,
    by: User,
    now: dt.datetime,
    purchase: UUID | None = None,
) -> FundLine:
    """Enter money that came in or went out. Raises CannotBook."""
    _lock(village)
    _check_maker(village, by)
    if amount <= 0:
        raise CannotBook("金额要大于 0")
    if not what.strip() or not receipt.strip():
        raise CannotBook("摘要和凭证号都要填")
    if on > calendar.local_date(now):
        raise CannotBook("日期还没有到")
    if purchase:
        _check_purchase(village, kind, on, purchase)
    line = FundLine.objects.create(
        village=village,
        kind=kind,
        on=on,
        what=what.strip(),
        amount=amount,
        receipt=receipt.strip(),
        purchase=purchase,
        made_by=by,
        made_at=now,
    )
    audit.record(actor=by, action="fund.book", target=line.receipt, place=village.code, at=now)
    return line


@transaction.atomic
def take_back(*, line: FundLine, reason: str, by: User, now: dt.datetime) -> FundLine:
    """Undo a line by another one of the opposite amount, on its own day. Raises CannotBook."""
    _lock(line.village)
    line = FundLine.objects.select_related("village").get(pk=line.pk)
    _check_maker(line.village, by)
    if line.reverses_id or FundLine.objects.filter(reverses=line).exists():
        raise CannotBook("这一笔已经冲销过，或本身就是冲销")
    if not reason.strip():
        raise CannotBook("写明冲销的原因")
    back = FundLine.objects.create(
        village=line.village,
        kind=line.kind,
        on=line.on,
        what=f"冲销：{reason.strip()}"[:80],
        amount=-line.amount,
        receipt=line.receipt,
        reverses=line,
        made_by=by,
        made_at=now,
    )
    audit.record(actor=by, action="fund.take-back", target=line.receipt, place=line.village.code, at=now)
    return back


@transaction.atomic
def set_budget(*, village: Village, year: int, amount: Decimal, by: User, now: dt.datetime) -> FundBudget:
    """What a village plans to spend in a year. Raises CannotBook."""
    _lock(village)
    _check_maker(village, by)
    if amount < 0:
        raise CannotBook("预算不能小于 0")
    budget, _ = FundBudget.objects.update_or_create(village=village, year=year, defaults={"amount": amount})
    audit.record(actor=by, action="fund.budget", target=str(year), place=village.code, at=now)
    return budget


def _check_purchase(village: Village, kind: str, on: dt.date, key: UUID) -> None:
    found = purchases.find([key]).get(key)
    if found is None or found.village != village.pk:
        raise CannotBook("没有这张进货单，或不是这个村兑换点的")
    if kind != FundLine.Kind.GOODS:
        raise CannotBook("进货单只能登记成兑换物品")
    if FundLine.objects.filter(purchase=key, reversed_by=None).exists():
        raise CannotBook("这张进货单已经登记过，登记错了先冲销")


def _check_maker(village: Village, by: User) -> None:
    if not permissions.can_fund(by, village):
        raise CannotBook("经费由本乡镇街道的经办或区级登记")


def _lock(village: Village) -> None:
    Village.objects.select_for_update(no_key=True, of=("self",)).get(pk=village.pk)
