"""Who holds which role where, and the accounts they hold it with."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import accounts
from villages.models import Appointment, Township, Unit, User, Village

# role → the places it may have, and what is said when it has another
PLACES: dict[str, tuple[tuple[list[str], ...], str]] = {
    "clerk": ((["town"], ["village"]), "乡镇经办要选一个乡镇街道或一个村"),
    "reviewer": ((["town"], ["village"]), "评议审核要选一个乡镇街道或一个村"),
    "leader": ((["town"],), "分管领导要选一个乡镇街道"),
    "liaison": ((["unit"],), "联络员要选一个成员单位"),
    **{
        role: (([],), f"{label}不选地方")
        for role, label in (
            ("counter", "兑换经办"),
            ("district", "区级"),
            ("auditor", "审计员"),
            ("admin", "系统管理员"),
        )
    },
}


class CannotAppoint(Refused):
    """The appointment cannot be made."""


@transaction.atomic
def appoint(
    *,
    user: User,
    role: str,
    begins_on: dt.date,
    township: Township | None = None,
    village: Village | None = None,
    unit: Unit | None = None,
    covers: Iterable[Village] = (),
    ends_on: dt.date | None = None,
    by: User | None = None,
) -> Appointment:
    """Give a person a role at a place from a day on; `by` is nobody where a portal is set up. Raises CannotAppoint."""
    _refuse_others(by)
    if ends_on and ends_on < begins_on:
        raise CannotAppoint("任职结束日期早于开始日期")
    _check_place(role, township, village, unit)
    covers = list(covers)
    if gone := gone_before([village, *covers], ends_on):
        raise CannotAppoint(gone)
    # Whoever appoints the same person at the same moment waits here, and then sees what was written.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    same = Appointment.objects.filter(user=user, role=role, township=township, village=village, unit=unit)
    if twice := same.overlapping(begins_on, ends_on).first():
        raise CannotAppoint(f"已有同样的任职：{twice.label}")
    post = Appointment.objects.create(
        user=user,
        role=role,
        township=township,
        village=village,
        unit=unit,
        begins_on=begins_on,
        ends_on=ends_on,
    )
    post.villages.set(covers)
    _record(by, "appointment.appoint", post)
    return post


@transaction.atomic
def end(*, appointment: Appointment, on: dt.date, by: User | None = None) -> Appointment:
    """End an appointment with `on` as its last day. Raises CannotAppoint."""
    _refuse_others(by)
    accounts.take_turns()
    appointment = Appointment.objects.select_for_update(of=("self",)).select_related("user").get(pk=appointment.pk)
    if reason := why_not_end(appointment, on, by):
        raise CannotAppoint(reason)
    appointment.ends_on = on
    appointment.save(update_fields=["ends_on"])
    _record(by, "appointment.end", appointment)
    return appointment


@transaction.atomic
def move(
    *,
    appointment: Appointment,
    on: dt.date,
    role: str,
    by: User,
    township: Township | None = None,
    village: Village | None = None,
    unit: Unit | None = None,
) -> Appointment:
    """Another place or role from `on`; the appointment held until then ends the day before. Raises CannotAppoint."""
    if on <= appointment.begins_on:
        raise CannotAppoint(f"新任职要从 {appointment.begins_on} 以后的日子开始")
    held = (appointment.role, appointment.township, appointment.village, appointment.unit)
    if (role, township, village, unit) == held:
        raise CannotAppoint("和现在的任职一样，换一个角色或地方")
    end(appointment=appointment, on=on - dt.timedelta(days=1), by=by)
    return appoint(user=appointment.user, role=role, begins_on=on, by=by, township=township, village=village, unit=unit)


def gone_before(villages: Iterable[Village | None], last: dt.date | None) -> str:
    """Which of the villages a term until then cannot be in, in words; empty where it can be in all."""
    gone = next((one for one in villages if one and one.is_gone_before(last)), None)
    return f"{gone.short_name}已经撤并，选并入的村" if gone else ""


def why_not_end(appointment: Appointment, on: dt.date, by: User | None) -> str:
    """What stands against that last day, in words; empty where nothing does."""
    if on < appointment.begins_on:
        return "任职结束日期早于开始日期"
    if by and appointment.role == Appointment.Role.ADMIN and appointment.user_id == by.pk:
        return "自己的管理员任职由另一位系统管理员结束"
    if by and _would_go_on(appointment, on):
        return f"这条任职到 {appointment.ends_on} 已经结束，再任职请另登记一条"
    return accounts.ONE_STAYS if by and _is_the_last_administrator(appointment, on) else ""


def _is_the_last_administrator(appointment: Appointment, on: dt.date) -> bool:
    """Whether nobody would be left on the day after, nor today where it is over already."""
    if appointment.role != Appointment.Role.ADMIN:
        return False
    day = max(on + dt.timedelta(days=1), calendar.today())
    return not accounts.other_administrators(appointment.user, day).exists()


def _would_go_on(appointment: Appointment, on: dt.date) -> bool:
    """Whether one that is over would hold again, or for more days than it did."""
    return appointment.ends_on is not None and appointment.ends_on < min(on, calendar.today())


def _record(by: User | None, action: str, post: Appointment) -> None:
    place = post.township or post.village
    target = f"{post.user.username} {post.label}"
    audit.record(actor=by, action=action, target=target[:120], place=place.code if place else "")


def _refuse_others(by: User | None) -> None:
    if by is not None and not (by.is_active and by.is_staff):
        raise CannotAppoint("任职由系统管理员登记")


def _check_place(role: str, township: Township | None, village: Village | None, unit: Unit | None) -> None:
    """The place a role needs, in words for it; the constraint of the table says the same."""
    given = [name for name, value in (("town", township), ("village", village), ("unit", unit)) if value]
    if role not in PLACES:
        raise CannotAppoint("没有这个角色")
    allowed, words = PLACES[role]
    if given not in allowed:
        raise CannotAppoint(words)


@transaction.atomic
def change_password(*, user: User, password: str) -> User:
    """Store a password the person chose; the first sign-in is then over."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit.record(actor=user, action="account.password", target=user.username)
    return user
