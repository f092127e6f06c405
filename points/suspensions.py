"""一票否决: a household goes without honours and redemption for a stated time; lifted early it says why."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from points import permissions, rules
from points.models import Claim, Suspension
from points.models.reviews import recused_homes
from qianjiang_portal.foundation import audit, calendar, options
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages import roster
from villages.models import Household, User, Village


class CannotSuspend(Refused):
    """The suspension cannot be set or lifted like this."""


@dataclass(frozen=True)
class Veto:
    """What is held against a household: the code of a veto item, what happened, the paper that says so."""

    item: str
    reason: str
    basis: str
    claim: Claim | None = None


def items(village: Village, on: dt.date) -> dict[str, str]:
    """Veto items by code: those that the version a village lives under marks, after the district's without points."""
    version = rules.in_force(village, on)
    marked = version.rules.filter(veto=True).in_code_order() if version else []
    return dict(options.get("veto_items")) | {rule.code: rule.item for rule in marked}


@transaction.atomic
def suspend(
    *, household: Household, veto: Veto, ends_on: dt.date, by: User, now: dt.datetime, begins_on: dt.date | None = None
) -> Suspension:
    """Stop a household's honours and redemption until the end of a day, from today on. Raises CannotSuspend."""
    household = _lock(household)
    begins_on = begins_on or calendar.local_date(now)
    _refuse(household, by)
    words = items(household.village, calendar.local_date(now)).get(veto.item)
    if words is None:
        raise CannotSuspend("选一个否决事项")
    _refuse_words(情况=veto.reason, 依据=veto.basis)
    _refuse_term(household, begins_on, ends_on, now)
    if veto.claim and veto.claim.household_id != household.pk:
        raise CannotSuspend("这一行扣分不是这一户的")
    made = Suspension.objects.create(
        household=household,
        item=veto.item,
        words=words,
        reason=veto.reason.strip(),
        basis=veto.basis.strip(),
        claim=veto.claim,
        begins_on=begins_on,
        ends_on=ends_on,
        made_by=by,
        made_at=now,
    )
    _record(by, "suspension.set", made, now, until=ends_on.isoformat())
    return made


@transaction.atomic
def lift(*, suspension: Suspension, reason: str, by: User, now: dt.datetime) -> Suspension:
    """End a suspension before its day. Raises CannotSuspend."""
    _lock(suspension.household)
    found = Suspension.objects.select_for_update(of=("self",)).select_related("household__village")
    suspension = found.get(pk=suspension.pk)
    _refuse(suspension.household, by)
    if suspension.lifted_at:
        raise CannotSuspend("已经解除过")
    if suspension.ends_on < calendar.local_date(now):
        raise CannotSuspend("暂停期已满，不用解除")
    _refuse_words(解除原因=reason)
    suspension.lifted_by, suspension.lifted_at, suspension.lift_reason = by, now, reason.strip()
    suspension.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
    _record(by, "suspension.lift", suspension, now)
    return suspension


def holds(household: Household, on: dt.date) -> bool:
    """Whether a household is suspended on a day."""
    return Suspension.objects.filter(household=household).in_force(on).exists()


def _lock(household: Household) -> Household:
    # A redemption takes the same lock: it comes wholly before the suspension or meets it.
    roster.lock([household.pk])
    return Household.objects.select_related("village").get(pk=household.pk)


def _refuse(household: Household, by: User) -> None:
    if not permissions.can_suspend(by, household.village):
        raise CannotSuspend("资格暂停由评议审核或分管领导登记")
    if recused_homes(by).filter(pk=household.pk).exists():
        raise CannotSuspend("本户和亲属户由其他人登记")


def _refuse_words(**words: str) -> None:
    for name, text in words.items():
        if not text.strip():
            raise CannotSuspend(f"写明{name}")
        if kind := personal_data(text):
            raise CannotSuspend(f"{name}里像是有{kind}，去掉再保存", "N-01")


def _refuse_term(household: Household, begins_on: dt.date, ends_on: dt.date, now: dt.datetime) -> None:
    if begins_on < calendar.local_date(now):
        raise CannotSuspend("开始日期从今天起")
    if ends_on < begins_on:
        raise CannotSuspend("结束日期早于开始日期")
    if ends_on.year > begins_on.year + 1:
        raise CannotSuspend(f"最长到次年年底，{begins_on.year + 1}-12-31")
    beside = Suspension.objects.filter(household=household, lifted_at__isnull=True)
    if other := beside.filter(begins_on__lte=ends_on, ends_on__gte=begins_on).first():
        raise CannotSuspend(f"这一户已暂停到 {other.ends_on:%Y-%m-%d}")


def _record(by: User, action: str, suspension: Suspension, now: dt.datetime, **facts: str) -> None:
    household = suspension.household
    audit.record(actor=by, action=action, target=household.number, place=household.village.code, facts=facts, at=now)
