"""The review panel of a village: members for a term, the household each lives in, and the kin they stand aside for."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from points import permissions
from points.models import PanelMember
from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Appointment, Household, User, Village


class CannotSeat(Refused):
    """The member cannot be named, marked or ended like this."""


@transaction.atomic
def seat(
    *,
    village: Village,
    name: str,
    begins_on: dt.date,
    by: User,
    now: dt.datetime,
    ends_on: dt.date | None = None,
    household: Household | None = None,
    account: User | None = None,
    is_head: bool = False,
) -> PanelMember:
    """Name a member for a term. `account` is the one they review with, if they have one. Raises CannotSeat."""
    village = _lock(village, by)
    name = name.strip()
    if not name:
        raise CannotSeat("写明姓名")
    if ends_on and ends_on < begins_on:
        raise CannotSeat("任期结束早于开始")
    if household and household.village_id != village.pk:
        raise CannotSeat(f"{household.head_name}不在{village.short_name}的名册上")
    if account and account not in reviewers(village):
        raise CannotSeat(f"{account.name}没有在{village.short_name}审核的任职，请管理员先任命")
    _refuse_twice(village, name, household, account, begins_on, ends_on)
    member = PanelMember.objects.create(
        village=village,
        name=name,
        household=household,
        user=account,
        is_head=is_head,
        begins_on=begins_on,
        ends_on=ends_on,
    )
    _record(by, "panel.seat", member, now)
    return member


@transaction.atomic
def end(*, member: PanelMember, on: dt.date, by: User, now: dt.datetime) -> PanelMember:
    """End a term with `on` as its last day. What was decided in it stands. Raises CannotSeat."""
    member = _lock_member(member, by)
    if on < member.begins_on:
        raise CannotSeat("任期结束早于开始")
    if member.ends_on and on > member.ends_on:
        raise CannotSeat("只能提前结束；延长请另外登记一届")
    member.ends_on = on
    member.save(update_fields=["ends_on"])
    _record(by, "panel.end", member, now)
    return member


@transaction.atomic
def stand_aside(*, member: PanelMember, homes: Collection[Household], by: User, now: dt.datetime) -> PanelMember:
    """Set the households of a member's kin, whose rows they leave to others. Raises CannotSeat."""
    member = _lock_member(member, by)
    if strange := next((one for one in homes if one.village_id != member.village_id), None):
        raise CannotSeat(f"{strange.head_name}不在{member.village.short_name}的名册上")
    member.kin.set(homes)
    _record(by, "panel.kin", member, now, households=len(homes))
    return member


def reviewers(village: Village) -> list[User]:
    """Accounts that may review in the village today, by name."""
    posts = Appointment.objects.current().over(village).filter(role=Appointment.Role.REVIEWER)
    return list({post.user_id: post.user for post in posts.select_related("user").order_by("user__name")}.values())


def _refuse_twice(
    village: Village,
    name: str,
    household: Household | None,
    account: User | None,
    begins_on: dt.date,
    ends_on: dt.date | None,
) -> None:
    terms = PanelMember.objects.filter(village=village).overlapping(begins_on, ends_on)
    if account and (other := terms.filter(user=account).first()):
        raise CannotSeat(f"{account.name}的账号已登记给{other.name}，任期重叠")
    same = terms.filter(name=name, household=household) if household else terms.filter(name=name)
    if same.exists():
        raise CannotSeat(f"{name}已在评议小组里，任期重叠" + ("" if household else "；同名的人请写明农户"))


def _lock(village: Village, by: User) -> Village:
    if not permissions.can_seat(by, village):
        raise CannotSeat("评议小组由本乡镇街道的经办或分管领导登记")
    return Village.objects.select_for_update(no_key=True, of=("self",)).select_related("township").get(pk=village.pk)


def _lock_member(member: PanelMember, by: User) -> PanelMember:
    _lock(member.village, by)
    return PanelMember.objects.select_for_update(of=("self",)).select_related("village").get(pk=member.pk)


def _record(by: User, action: str, member: PanelMember, now: dt.datetime, **facts: int) -> None:
    audit.record(actor=by, action=action, target=member.name, place=member.village.code, facts=facts, at=now)
