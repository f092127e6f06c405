"""Units that help villages: who is paired with whom, and what came of it. Keeps the villages of liaisons up to date."""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

from django.core.files.base import File as Sent
from django.db import transaction

from demos import permissions
from demos.models import Pairing, Problem, Support, Visit, VisitPhoto
from demos.models.pairings import MOST_PHOTOS
from qianjiang_portal.foundation import audit, calendar, uploads
from qianjiang_portal.foundation.personal import no_number, number_to_keep
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Appointment, Unit, User, Village

NAMES = re.compile(r"[、,，;；\s]+")


class CannotPair(Refused):
    """The pairing cannot stand as it was given."""


class CannotNote(Refused):
    """What happened in a pairing cannot be written down like this."""


@transaction.atomic
def pair(
    *,
    unit: Unit,
    village: Village,
    role: str,
    begins_on: dt.date,
    contact: str,
    by: User | None,
    now: dt.datetime,
    ends_on: dt.date | None = None,
    phone: str = "",
    village_contact: str = "",
) -> Pairing:
    """Pair a unit with a village from a day on. Raises CannotPair."""
    _lock(village)
    if by and not permissions.can_pair(by):
        raise CannotPair("结对由区级安排")
    if ends_on and ends_on < begins_on:
        raise CannotPair("结束日期早于开始日期")
    if other := _overlapping(village, role, begins_on, ends_on):
        until = f"到 {other.ends_on}" if other.ends_on else "还没有结束"
        held = f"{village.short_name}已有{other.get_role_display()}单位{other.unit.name}，{until}"
        raise CannotPair(f"{held}；先结束那一对，或改分工、换时间", field="village")
    made = Pairing.objects.create(
        unit=unit,
        village=village,
        role=role,
        contact=contact,
        phone=number_to_keep(phone, no_number("联系电话"), CannotPair),
        village_contact=village_contact,
        begins_on=begins_on,
        ends_on=ends_on,
    )
    _cover(unit, calendar.local_date(now))
    audit.record(actor=by, action="pairing.pair", target=str(made), place=village.code, at=now)
    return made


@transaction.atomic
def end(*, pairing: Pairing, on: dt.date, by: User, now: dt.datetime) -> Pairing:
    """End a pairing with `on` as its last day. Raises CannotPair."""
    pairing = _locked(pairing)
    if not permissions.can_pair(by):
        raise CannotPair("结对由区级安排")
    if on < pairing.begins_on:
        raise CannotPair("结束日期早于开始日期")
    if pairing.visits.filter(on__gt=on).exists() or pairing.supports.filter(on__gt=on).exists():
        raise CannotPair("这一天以后还有走访或支持的记录")
    pairing.ends_on = on
    pairing.save(update_fields=["ends_on"])
    _cover(pairing.unit, calendar.local_date(now))
    audit.record(actor=by, action="pairing.end", target=str(pairing), place=pairing.village.code, at=now)
    return pairing


@transaction.atomic
def refresh_covers(*, today: dt.date) -> int:
    """Give every liaison the villages their unit is paired with today, whichever began or ended by the calendar."""
    units = Unit.objects.filter(pairings__isnull=False).distinct().order_by("pk")
    return sum(_cover(unit, today) for unit in units)


@transaction.atomic
def log_visit(
    *,
    pairing: Pairing,
    on: dt.date,
    visitors: str,
    done: str,
    by: User,
    now: dt.datetime,
    support: str = "",
    worth: Decimal | None = None,
    photos: "Sequence[Sent[bytes]]" = (),
) -> Visit:
    """Write down a visit, the goods it brought and its photographs, if any. Raises CannotNote, BadUpload."""
    pairing = _locked(pairing)
    _check(pairing, on, by, now)
    names = [name for name in NAMES.split(visitors) if name]
    if not names or not done.strip():
        raise CannotNote("走访人和做了什么都要填")
    if bool(support.strip()) != (worth is not None):
        raise CannotNote("带来的支持要写内容和折价")
    if len(photos) > MOST_PHOTOS:
        raise CannotNote(f"一次走访最多 {MOST_PHOTOS} 张照片")
    place = pairing.village.code
    with uploads.storing_all(sent=photos, place=place, by=by, now=now, only_photos=True) as stored:
        visit = Visit.objects.create(
            pairing=pairing, on=on, visitors="、".join(names), people=len(names), done=done.strip(), made_by=by,
            made_at=now,
        )  # fmt: skip
        VisitPhoto.objects.bulk_create(
            VisitPhoto(visit=visit, position=at, file=file) for at, file in enumerate(stored, 1)
        )
        if worth is not None:
            _support(pairing, Support.Kind.GOODS, on, support, worth, "", by, now, visit)
        audit.record(actor=by, action="pairing.visit", target=str(pairing), place=pairing.village.code, at=now)
    return visit


@transaction.atomic
def take_photo_off(*, photo: VisitPhoto, by: User, now: dt.datetime) -> VisitPhoto:
    """Take a photograph off that should not be there. Raises CannotNote."""
    pairing = _locked(photo.visit.pairing)
    photo = VisitPhoto.objects.select_for_update(of=("self",)).get(pk=photo.pk)
    if not permissions.can_note(by, pairing):
        raise CannotNote("由结对单位或本乡镇街道登记")
    if photo.withdrawn_at:
        raise CannotNote("这张照片已经撤下")
    photo.withdrawn_at = now
    photo.save(update_fields=["withdrawn_at"])
    audit.record(actor=by, action="pairing.photo-withdraw", target=str(pairing), place=pairing.village.code, at=now)
    return photo


@transaction.atomic
def add_support(
    *,
    pairing: Pairing,
    kind: str,
    on: dt.date,
    what: str,
    amount: Decimal,
    by: User,
    now: dt.datetime,
    receipt: str = "",
) -> Support:
    """Enter people, money or goods in the ledger of a pairing. Raises CannotNote."""
    pairing = _locked(pairing)
    _check(pairing, on, by, now)
    made = _support(pairing, kind, on, what, amount, receipt, by, now)
    audit.record(actor=by, action="pairing.support", target=str(pairing), place=pairing.village.code, at=now)
    return made


@transaction.atomic
def raise_problem(*, pairing: Pairing, text: str, on: dt.date, by: User, now: dt.datetime) -> Problem:
    """Write down what the village asks for. Raises CannotNote."""
    pairing = _locked(pairing)
    _check(pairing, on, by, now)
    if not text.strip():
        raise CannotNote("写明问题")
    made = Problem.objects.create(pairing=pairing, raised_on=on, text=text.strip(), made_by=by)
    audit.record(actor=by, action="pairing.problem", target=str(pairing), place=pairing.village.code, at=now)
    return made


@transaction.atomic
def answer_problem(*, problem: Problem, state: str, answer: str, by: User, now: dt.datetime) -> Problem:
    """Say how far a problem is; solved, it keeps the day and what helped. Raises CannotNote."""
    problem = Problem.objects.select_for_update(of=("self",)).select_related("pairing__village").get(pk=problem.pk)
    if not permissions.can_note(by, problem.pairing):
        raise CannotNote("由结对单位或本乡镇街道登记")
    if problem.state == Problem.State.SOLVED:
        raise CannotNote("这个问题已经解决")
    solved = state == Problem.State.SOLVED
    if solved and not answer.strip():
        raise CannotNote("写明怎样解决的")
    problem.state, problem.answer = state, answer.strip()
    problem.solved_on = calendar.local_date(now) if solved else None
    problem.save()
    audit.record(
        actor=by, action=f"problem.{state}", target=str(problem)[:60], place=problem.pairing.village.code, at=now
    )
    return problem


def _support(
    pairing: Pairing,
    kind: str,
    on: dt.date,
    what: str,
    amount: Decimal,
    receipt: str,
    by: User,
    now: dt.datetime,
    visit: Visit | None = None,
) -> Support:
    if not what.strip():
        raise CannotNote("写明给了什么")
    if amount <= 0:
        raise CannotNote("数额要大于 0")
    if kind == Support.Kind.PEOPLE and amount != int(amount):
        raise CannotNote("人次填整数")
    if kind == Support.Kind.MONEY and not receipt.strip():
        raise CannotNote("资金要写凭证号")
    return Support.objects.create(
        pairing=pairing,
        visit=visit,
        kind=kind,
        on=on,
        what=what.strip(),
        amount=amount,
        receipt=receipt.strip(),
        made_by=by,
        made_at=now,
    )


def _check(pairing: Pairing, on: dt.date, by: User, now: dt.datetime) -> None:
    if not permissions.can_note(by, pairing):
        raise CannotNote("由结对单位或本乡镇街道登记")
    if on > calendar.local_date(now):
        raise CannotNote("日期还没有到")
    if on < pairing.begins_on or (pairing.ends_on and on > pairing.ends_on):
        raise CannotNote("日期不在结对期内")


def _overlapping(village: Village, role: str, begins_on: dt.date, ends_on: dt.date | None) -> Pairing | None:
    rows = Pairing.objects.filter(village=village, role=role).select_related("unit").order_by("begins_on")
    last = ends_on or dt.date.max
    return next((one for one in rows if one.begins_on <= last and (one.ends_on or dt.date.max) >= begins_on), None)


def _cover(unit: Unit, today: dt.date) -> int:
    """The liaisons of a unit cover the villages it is paired with today; answers how many liaisons there are."""
    posts = list(Appointment.objects.current(today).filter(role="liaison", unit=unit).order_by("pk"))
    villages = Village.objects.filter(pairings__in=Pairing.objects.on(today).filter(unit=unit))
    for post in posts:
        post.villages.set(villages)
    return len(posts)


def _lock(village: Village) -> None:
    Village.objects.select_for_update(no_key=True, of=("self",)).get(pk=village.pk)


def _locked(pairing: Pairing) -> Pairing:
    _lock(pairing.village)
    return (
        Pairing.objects.select_for_update(of=("self",)).select_related("unit", "village__township").get(pk=pairing.pk)
    )
