"""Who holds which role where, and the accounts they hold it with."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Appointment, Township, Unit, User, Village


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
    """Give a person a role at a place from a day on. Raises CannotAppoint."""
    if ends_on and ends_on < begins_on:
        raise CannotAppoint("任职结束日期早于开始日期")
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
    audit.record(actor=by, action="appointment.appoint", target=f"{user.username} {post.label}")
    return post


@transaction.atomic
def end(*, appointment: Appointment, on: dt.date, by: User | None = None) -> Appointment:
    """End an appointment with `on` as its last day."""
    appointment = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if on < appointment.begins_on:
        raise CannotAppoint("任职结束日期早于开始日期")
    appointment.ends_on = on
    appointment.save(update_fields=["ends_on"])
    audit.record(
        actor=by,
        action="appointment.end",
        target=f"{appointment.user.username} {appointment.label}",
    )
    return appointment


@transaction.atomic
def change_password(*, user: User, password: str) -> User:
    """Store a password the person chose; the first sign-in is then over."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit.record(actor=user, action="account.password", target=user.username)
    return user
