"""Village activities: registered once, with who was there, and turned into a batch of points once."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from points import batches, permissions, sheets
from points.models import Activity, Attendance, Batch, Rule
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Household, Resident, User, Village


class CannotRecord(Refused):
    """The activity, its list or its points cannot be kept as they were given."""


@dataclass(frozen=True)
class Facts:
    """What is known of an activity besides who was there. `kind` and `joy` are values of `Activity.Kind` and `Joy`."""

    kind: str
    joy: str
    title: str
    held_on: dt.date
    place: str


@dataclass(frozen=True)
class Present:
    """Somebody who was there: the head of a household, or the member named."""

    household: Household
    resident: Resident | None = None
    note: str = ""


@transaction.atomic
def register(*, village: Village, facts: Facts, by: User, now: dt.datetime) -> Activity:
    """Enter an activity that was held. Raises CannotRecord."""
    _check_maker(by, village)
    village = Village.objects.select_for_update().get(pk=village.pk)
    _check_facts(village, facts, now)
    activity = Activity.objects.create(village=village, made_by=by, made_at=now, **vars(facts))
    _record(by, "activity.register", activity, now)
    return activity


@transaction.atomic
def amend(*, activity: Activity, facts: Facts, by: User, now: dt.datetime) -> Activity:
    """Put right what was entered about an activity. Its day stands once it has points. Raises CannotRecord."""
    activity = _lock(activity, by)
    if has_points(activity) and facts.held_on != activity.held_on:
        raise CannotRecord("已经转成积分批次，日期不能再改")
    _check_facts(activity.village, facts, now, beside=activity.pk)
    for name, value in vars(facts).items():
        setattr(activity, name, value)
    activity.save()
    _record(by, "activity.amend", activity, now)
    return activity


@transaction.atomic
def attend(*, activity: Activity, people: Sequence[Present], by: User, now: dt.datetime) -> int:
    """Note who was there; answers how many were not on the list yet. Raises CannotRecord."""
    activity = _lock_list(activity, by)
    for person in people:
        _check_person(activity, person)
    standing = set(activity.attendances.values_list("household", "resident"))
    new: dict[tuple[int, int | None], Attendance] = {}
    for person in people:
        who = (person.household.pk, person.resident.pk if person.resident else None)
        if who not in standing:
            note = person.note.strip()[:60]
            new.setdefault(
                who, Attendance(activity=activity, household=person.household, resident=person.resident, note=note)
            )
    Attendance.objects.bulk_create(new.values())
    if new:
        _record(by, "activity.attend", activity, now, added=len(new))
    return len(new)


@transaction.atomic
def tick(
    *, activity: Activity, shown: Collection[Household], ticked: Collection[int], by: User, now: dt.datetime
) -> int:
    """Make the list stand as the ticks do, for the households `shown` alone; `ticked` are their ids.

    A household that is on the list by a member stays so. Answers how many lines changed. Raises CannotRecord.
    """
    activity = _lock_list(activity, by)
    ids = {household.pk for household in shown}
    gone = activity.attendances.filter(household__in=ids - set(ticked))
    left = gone.count()
    gone.delete()
    here = set(activity.attendances.filter(household__in=ids).values_list("household", flat=True))
    people = [Present(household) for household in shown if household.pk in ticked and household.pk not in here]
    added = attend(activity=activity, people=people, by=by, now=now)
    if left:
        _record(by, "activity.leave", activity, now, removed=left)
    return added + left


@transaction.atomic
def leave(*, activity: Activity, line: int, by: User, now: dt.datetime) -> None:
    """Take one line (its id) off the list; one that is gone already is gone. Raises CannotRecord."""
    activity = _lock_list(activity, by)
    removed, _ = activity.attendances.filter(pk=line).delete()
    if removed:
        _record(by, "activity.leave", activity, now, removed=1)


@transaction.atomic
def to_points(*, activity: Activity, rule: Rule, by: User, now: dt.datetime) -> sheets.Made:
    """Make a draft of points from the list, with the usual points of one awarding rule, once.

    Rules that count persons give a row to everybody on the list, all others one to each household. Whom the rule
    refuses, a cap used up for one, is told and left out. Raises CannotRecord, CannotOpen, CannotSave.
    """
    activity = _lock(activity, by)
    if has_points(activity):
        raise CannotRecord("这次活动已经转成积分批次，不能再转")
    if rule.sign < 0:
        raise CannotRecord("参加活动只能加分，换一个加分的事项")
    lines = list(activity.attendances.select_related("household", "resident").order_by("household__number", "pk"))
    if not lines:
        raise CannotRecord("还没有到场的农户，先记到场")
    batch = batches.open_draft(
        maker=by,
        village=activity.village,
        rule=rule,
        occurred_on=activity.held_on,
        key=f"activity:{activity.pk}:{uuid.uuid4()}"[:64],
        source=Batch.Source.ACTIVITY,
        reason=f"{activity.title}({activity.place})"[:120],
        now=now,
    )
    outcomes = sheets.put(batch=batch, editor=by, rows=_rows(activity, rule, lines), now=now)
    made = sheets.Made.of(batch, outcomes)
    if made.nothing:
        raise CannotRecord(made.nothing)
    activity.batch = batch
    activity.save(update_fields=["batch"])
    _record(by, "activity.points", activity, now, batch=batch.number, rows=made.rows)
    return made


def has_points(activity: Activity) -> bool:
    """Whether a batch with rows stands behind the activity; one that was emptied does not count."""
    return activity.batch is not None and activity.batch.claims.live().exists()


def _rows(activity: Activity, rule: Rule, lines: Sequence[Attendance]) -> list[sheets.Row]:
    by_person = rule.unit == Rule.Unit.PERSON
    taken: dict[tuple[int, int | None], Attendance] = {}
    for line in lines:
        taken.setdefault((line.household_id, line.resident_id if by_person else None), line)
    return [
        sheets.Row(
            uuid.uuid4(),
            line.household,
            rule,
            rule.default,
            activity.held_on,
            line.note,
            resident=line.resident if by_person else None,
        )
        for line in taken.values()
    ]


def _check_maker(by: User, village: Village) -> None:
    if not permissions.can_enter(by, village):
        raise CannotRecord("没有在这个村登记活动的任职")


def _check_facts(village: Village, facts: Facts, now: dt.datetime, beside: int = 0) -> None:
    if not (facts.title.strip() and facts.place.strip()):
        raise CannotRecord("写明活动和地点")
    if facts.held_on > calendar.local_date(now):
        raise CannotRecord("日期晚于今天，活动办了再登记")
    same = Activity.objects.filter(village=village, held_on=facts.held_on, title=facts.title).exclude(pk=beside)
    if same.exists():
        raise CannotRecord(f"{village.short_name}这一天已经登记过“{facts.title}”")


def _check_person(activity: Activity, person: Present) -> None:
    if person.household.village_id != activity.village_id:
        raise CannotRecord(f"{person.household.head_name}不在{activity.village.short_name}的名册上")
    if person.resident and person.resident.household_id != person.household.pk:
        raise CannotRecord(f"{person.resident.name}不是{person.household.head_name}户的成员")


def _lock(activity: Activity, by: User) -> Activity:
    locked = Activity.objects.select_for_update(of=("self",)).select_related("village", "batch")
    activity = locked.get(pk=activity.pk)
    _check_maker(by, activity.village)
    return activity


def _lock_list(activity: Activity, by: User) -> Activity:
    activity = _lock(activity, by)
    if has_points(activity):
        raise CannotRecord("已经转成积分批次，到场名单不能再改")
    return activity


def _record(by: User, action: str, activity: Activity, now: dt.datetime, **facts: int | str) -> None:
    audit.record(actor=by, action=action, target=str(activity)[:60], place=activity.village.code, facts=facts, at=now)
