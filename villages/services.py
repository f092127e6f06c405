"""Convenience services: what a village does for people, and what it has taken on for somebody."""

import datetime as dt

from django.db import transaction

from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.personal import NO_PUBLIC_PHONE, PUBLIC_PHONE, is_phone, plain_phone
from qianjiang_portal.foundation.refusals import Refused
from villages import permissions
from villages.models import Errand, Guide, User, Village


class CannotServe(Refused):
    """The guide or errand cannot be kept as it was given."""


@transaction.atomic
def put_guide(
    *, village: Village, name: str, papers: str, place: str, phone: str, days: int, by: User, now: dt.datetime
) -> Guide:
    """Tell people what to bring for a matter; the same matter again replaces what was said. Raises CannotServe."""
    _check_maker(by, village)
    if not (name.strip() and papers.strip() and place.strip() and phone.strip()):
        raise CannotServe("事项、材料、地点和电话都要填")
    if not is_phone(phone, PUBLIC_PHONE):
        raise CannotServe(NO_PUBLIC_PHONE)
    said = {
        "papers": papers.strip(),
        "place": place.strip(),
        "phone": plain_phone(phone),
        "days": days,
        "withdrawn_on": None,
    }
    guide, _ = Guide.objects.update_or_create(village=village, name=name.strip(), defaults=said)
    audit.record(actor=by, action="guide.put", target=guide.name, place=village.code, at=now)
    return guide


@transaction.atomic
def take_down(*, guide: Guide, by: User, now: dt.datetime) -> Guide:
    """Take a matter off the public page; errands taken on for it go on. Raises CannotServe."""
    guide = Guide.objects.select_for_update(of=("self",)).select_related("village__township").get(pk=guide.pk)
    _check_maker(by, guide.village)
    if guide.withdrawn_on:
        raise CannotServe(f"“{guide.name}”已经撤下")
    guide.withdrawn_on = calendar.local_date(now)
    guide.save(update_fields=["withdrawn_on"])
    audit.record(actor=by, action="guide.withdraw", target=guide.name, place=guide.village.code, at=now)
    return guide


@transaction.atomic
def receive(*, guide: Guide, asked_by: str, on: dt.date, by: User, now: dt.datetime) -> Errand:
    """Take on an errand, promised within the working days its guide names. Raises CannotServe."""
    guide = Guide.objects.select_for_update(no_key=True, of=("self",)).select_related("village").get(pk=guide.pk)
    _check_maker(by, guide.village)
    if guide.withdrawn_on:
        raise CannotServe(f"“{guide.name}”已经撤下，先重新公开")
    if not asked_by.strip():
        raise CannotServe("写明替谁办")
    if on > calendar.local_date(now):
        raise CannotServe("受理日期还没有到")
    errand = Errand.objects.create(
        guide=guide,
        village=guide.village,
        asked_by=asked_by.strip(),
        received_on=on,
        promised_on=calendar.add_working_days(on, guide.days),
        made_by=by,
    )
    audit.record(actor=by, action="errand.receive", target=guide.name, place=guide.village.code, at=now)
    return errand


@transaction.atomic
def move(*, errand: Errand, state: str, result: str, by: User, now: dt.datetime) -> Errand:
    """Say how far an errand is; done, it keeps the day. Raises CannotServe."""
    errand = Errand.objects.select_for_update(of=("self",)).select_related("village", "guide").get(pk=errand.pk)
    _check_maker(by, errand.village)
    if errand.state == Errand.State.DONE:
        raise CannotServe("这一件已经办结")
    errand.state, errand.result = state, result.strip()
    errand.done_on = calendar.local_date(now) if state == Errand.State.DONE else None
    errand.save(update_fields=["state", "result", "done_on"])
    audit.record(actor=by, action=f"errand.{state}", target=errand.guide.name, place=errand.village.code, at=now)
    return errand


def _check_maker(by: User, village: Village) -> None:
    if not permissions.can_report(by, village):
        raise CannotServe(f"{village.short_name}不归本岗位登记")
