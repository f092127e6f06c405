"""Joint and special meetings: planned, held, decided, done."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.files.base import File as Sent
from django.db import transaction

from demos import permissions
from demos.models import Decision, Meeting, MeetingPaper
from qianjiang_portal.foundation import audit, calendar, uploads
from qianjiang_portal.foundation.refusals import Conflict, Refused
from qianjiang_portal.foundation.texts import clean
from villages.models import Unit, User

MOST_PAPERS = 8
SAID = ("kind", "unit", "planned_on", "held_on", "place", "host", "topic", "minutes", "made_by")


class CannotHold(Refused):
    """The meeting cannot be entered as it was given."""


class CannotAttach(Refused):
    """The paper cannot be kept with the meeting, or not by this person."""


class CannotSettle(Refused):
    """The decision cannot be closed."""


@dataclass(frozen=True)
class Decided:
    """A decision as somebody typed it."""

    text: str
    unit: Unit
    due_on: dt.date


@dataclass(frozen=True)
class Facts:
    """What is known of a meeting besides its day."""

    place: str = ""
    host: str = ""
    topic: str = ""
    minutes: str = ""
    attendees: tuple[Unit, ...] = ()


@transaction.atomic
def plan(
    *,
    kind: str,
    unit: Unit | None,
    on: dt.date,
    by: User,
    now: dt.datetime,
    facts: Facts = Facts(),
    key: uuid.UUID | None = None,
) -> Meeting:
    """Put a meeting on the calendar, once for each `key`. Raises CannotHold, Conflict."""
    _check_maker(kind, unit, by)
    if on < calendar.local_date(now):
        raise CannotHold("计划日期已经过了，开过的会请填召开日期")
    meeting = _new(kind, unit, by, now, facts, key)
    meeting.planned_on = on
    if entered := _entered(meeting, facts):
        return entered
    return _keep(meeting, facts, "meeting.plan", by, now)


@transaction.atomic
def hold(
    *,
    kind: str,
    unit: Unit | None,
    on: dt.date,
    decided: Sequence[Decided],
    by: User,
    now: dt.datetime,
    facts: Facts = Facts(),
    planned: Meeting | None = None,
    key: uuid.UUID | None = None,
) -> Meeting:
    """Enter a meeting that was held, planned before or not, with what it decided; once for each plan and each `key`.

    Raises CannotHold, Conflict.
    """
    _check_maker(kind, unit, by)
    if on > calendar.local_date(now):
        raise CannotHold("召开日期还没有到")
    for one in decided:
        if one.due_on < on:
            raise CannotHold(f"“{one.text}”的期限早于会议日期")
    meeting = _planned(planned, kind, unit) if planned else _new(kind, unit, by, now, facts, key)
    meeting.held_on = on
    meeting.place, meeting.host, meeting.topic, meeting.minutes = facts.place, facts.host, facts.topic, facts.minutes
    if not planned and (entered := _entered(meeting, facts, decided)):
        return entered
    _keep(meeting, facts, "meeting.hold", by, now)
    _decide(meeting, decided)
    return meeting


@transaction.atomic
def settle(*, decision: Decision, result: str, by: User, now: dt.datetime) -> Decision:
    """Close a decision with what came of it. Raises CannotSettle."""
    decision = Decision.objects.select_for_update(of=("self",)).select_related("unit", "meeting").get(pk=decision.pk)
    if not permissions.can_settle(by, decision):
        raise CannotSettle("由责任单位或区级办结")
    if decision.done_on:
        raise CannotSettle("这一项已经办结")
    if not result.strip():
        raise CannotSettle("写明办理结果")
    decision.done_on, decision.result = calendar.local_date(now), result.strip()
    decision.save(update_fields=["done_on", "result"])
    audit.record(actor=by, action="decision.settle", target=decision.text[:60], at=now)
    return decision


@transaction.atomic
def attach(*, meeting: Meeting, caption: str, sent: "Sent[bytes]", by: User, now: dt.datetime) -> MeetingPaper:
    """Keep a paper of a meeting that was held. Raises CannotAttach, BadUpload."""
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("unit").get(pk=meeting.pk)
    if not permissions.can_hold(by, meeting.unit):
        raise CannotAttach("联席会议的文件由区级上传，专题会的由本单位或区级上传")
    if meeting.held_on is None:
        raise CannotAttach("会议还没有召开")
    if not clean(caption):
        raise CannotAttach("写明是什么文件")
    if meeting.papers.standing().count() >= MOST_PAPERS:
        raise CannotAttach(f"一次会议最多 {MOST_PAPERS} 个文件")
    place = meeting.unit.code[:12] if meeting.unit else ""
    with uploads.storing_all(sent=[sent], place=place, by=by, now=now) as [stored]:
        made = MeetingPaper.objects.create(
            meeting=meeting, file=stored, caption=clean(caption), made_by=by, made_at=now
        )
        audit.record(actor=by, action="meeting.attach", target=f"{meeting} {made}", at=now)
    return made


@transaction.atomic
def detach(*, paper: MeetingPaper, by: User, now: dt.datetime) -> MeetingPaper:
    """Take a wrong paper off the page. Raises CannotAttach."""
    found = MeetingPaper.objects.select_for_update(of=("self",)).select_related("meeting__unit").get(pk=paper.pk)
    if not permissions.can_hold(by, found.meeting.unit):
        raise CannotAttach("联席会议的文件由区级撤下，专题会的由本单位或区级撤下")
    if found.withdrawn_at:
        raise CannotAttach("这个文件已经撤下")
    found.withdrawn_at = now
    found.save(update_fields=["withdrawn_at"])
    audit.record(actor=by, action="meeting.detach", target=f"{found.meeting} {found}", at=now)
    return found


def _check_maker(kind: str, unit: Unit | None, by: User) -> None:
    if (kind == Meeting.Kind.SPECIAL) != (unit is not None):
        raise CannotHold("专题会要选牵头单位，联席会议不选")
    if not permissions.can_hold(by, unit):
        raise CannotHold("联席会议由区级登记，专题会由本单位或区级登记")


def _new(kind: str, unit: Unit | None, by: User, now: dt.datetime, facts: Facts, key: uuid.UUID | None) -> Meeting:
    words = {"place": facts.place, "host": facts.host, "topic": facts.topic}
    return Meeting(kind=kind, unit=unit, **words, key=key, made_by=by, made_at=now)


def _entered(wanted: Meeting, facts: Facts, decided: Iterable[Decided] = ()) -> Meeting | None:
    """The same page sent a second time is the same meeting; where it says something else by now, that is told."""
    if wanted.key is None:
        return None
    # Whoever sends one page twice at the same moment waits here, and then sees what was written.
    User.objects.select_for_update(no_key=True).get(pk=wanted.made_by_id)
    there = Meeting.objects.select_related("unit").filter(key=wanted.key).first()
    if there and _said(there) != (*(getattr(wanted, name) for name in SAID), set(facts.attendees), set(decided)):
        raise Conflict(f"这一页已经登记过{there.title}。这是另一次会议的话，再保存一次")
    return there


def _said(meeting: Meeting) -> tuple[object, ...]:
    decided = {Decided(one.text, one.unit, one.due_on) for one in meeting.decisions.select_related("unit")}
    return (*(getattr(meeting, name) for name in SAID), set(meeting.attendees.all()), decided)


def _planned(planned: Meeting, kind: str, unit: Unit | None) -> Meeting:
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=planned.pk)
    if meeting.held_on:
        raise CannotHold("这次会议已经登记过")
    if (meeting.kind, meeting.unit_id) != (kind, unit.pk if unit else None):
        raise CannotHold("类型和牵头单位要与计划一致")
    return meeting


def _keep(meeting: Meeting, facts: Facts, action: str, by: User, now: dt.datetime) -> Meeting:
    meeting.save()
    meeting.attendees.set(facts.attendees)
    audit.record(actor=by, action=action, target=str(meeting), at=now)
    return meeting


def _decide(meeting: Meeting, decided: Iterable[Decided]) -> None:
    Decision.objects.bulk_create(
        Decision(meeting=meeting, text=one.text, unit=one.unit, due_on=one.due_on) for one in decided
    )
