"""干部培训 and 年度考核: what people with a post were taught, and how their year was judged."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.texts import clean
from villages import permissions
from villages.models import Appraisal, Attended, Post, Township, Training, User, Village

MOST_HOURS = Decimal(200)


class CannotTrain(Refused):
    """The training cannot be entered or taken back like this."""


class CannotAppraise(Refused):
    """The grade cannot be entered or taken back like this."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was taught, when, for how many hours, by whom."""

    topic: str
    held_on: dt.date
    hours: Decimal
    organiser: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A year's grade, the day it was given, and what was said about it."""

    year: int
    grade: str
    on: dt.date
    note: str = ""


@transaction.atomic
def enter_training(
    *,
    township: Township,
    lesson: Lesson,
    people: Sequence[Post],
    by: User,
    now: dt.datetime,
    village: Village | None = None,
) -> Training:
    """Enter a training with whoever attended. Raises CannotTrain."""
    place = village or township
    if not permissions.can_train(by, place):
        raise CannotTrain(f"{place}不归本岗位登记")
    if village and village.township_id != township.pk:
        raise CannotTrain(f"{village.short_name}不在{township.name}")
    lesson = Lesson(clean(lesson.topic), lesson.held_on, lesson.hours, clean(lesson.organiser))
    _refuse_lesson(lesson, now)
    chosen = list(Post.objects.select_for_update(of=("self",)).filter(pk__in=[post.pk for post in people]))
    _refuse_people(chosen, township, village, lesson.held_on)
    standing = Training.objects.standing().filter(township=township, village=village)
    if standing.filter(topic=lesson.topic, held_on=lesson.held_on).exists():
        raise CannotTrain(f"{lesson.held_on} 的“{lesson.topic}”已经登记过")
    made = Training.objects.create(
        township=township,
        village=village,
        topic=lesson.topic,
        held_on=lesson.held_on,
        hours=lesson.hours,
        organiser=lesson.organiser,
        made_by=by,
        made_at=now,
    )
    Attended.objects.bulk_create(Attended(training=made, post=post) for post in chosen)
    _record_training(made, "enter", by, now, {"attended": len(chosen)})
    return made


@transaction.atomic
def withdraw_training(*, training: Training, why: str, by: User, now: dt.datetime) -> Training:
    """Take a wrong entry back; that it was there stays known. Raises CannotTrain."""
    rows = Training.objects.select_for_update(of=("self",)).select_related("township", "village__township")
    found = rows.get(pk=training.pk)
    if not permissions.can_train(by, found.village or found.township):
        raise CannotTrain("只能撤下本乡镇街道、本村登记的培训")
    if found.withdrawn_at:
        raise CannotTrain("这次培训已经撤下")
    if not clean(why):
        raise CannotTrain("写明撤下的原因")
    found.withdrawn_at, found.withdrawn_why = now, clean(why)
    found.save(update_fields=["withdrawn_at", "withdrawn_why"])
    _record_training(found, "withdraw", by, now, {"reason": found.withdrawn_why})
    return found


@transaction.atomic
def appraise(*, post: Post, judged: Judged, by: User, now: dt.datetime) -> Appraisal:
    """Enter the grade of a year. Raises CannotAppraise."""
    found = Post.objects.select_for_update(of=("self",)).select_related("township", "village__township").get(pk=post.pk)
    if not permissions.can_appraise(by, found):
        raise CannotAppraise("镇级岗位由区级登记考核，村里的由分管领导或区级登记")
    note = clean(judged.note)
    _refuse_judged(found, judged, note, now)
    made = Appraisal.objects.create(
        post=found,
        year=judged.year,
        grade=judged.grade,
        given_by=Appraisal.by_whom(found),
        on=judged.on,
        note=note,
        made_by=by,
        made_at=now,
    )
    _record_grade(made, "enter", by, now)
    return made


@transaction.atomic
def withdraw_appraisal(*, appraisal: Appraisal, why: str, by: User, now: dt.datetime) -> Appraisal:
    """Take a wrong grade back, so that the right one can be entered. Raises CannotAppraise."""
    rows = Appraisal.objects.select_for_update(of=("self",))
    found = rows.select_related("post__township", "post__village__township").get(pk=appraisal.pk)
    if not permissions.can_appraise(by, found.post):
        raise CannotAppraise("镇级岗位由区级登记考核，村里的由分管领导或区级登记")
    if found.withdrawn_at:
        raise CannotAppraise("这一条考核已经撤下")
    if not clean(why):
        raise CannotAppraise("写明撤下的原因")
    found.withdrawn_at, found.withdrawn_why = now, clean(why)
    found.save(update_fields=["withdrawn_at", "withdrawn_why"])
    _record_grade(found, "withdraw", by, now)
    return found


def _refuse_lesson(lesson: Lesson, now: dt.datetime) -> None:
    if not lesson.topic or not lesson.organiser:
        raise CannotTrain("主题和主办都要填写")
    if not 0 < lesson.hours <= MOST_HOURS:
        raise CannotTrain(f"学时在 0.5 和 {MOST_HOURS} 之间")
    if lesson.held_on > calendar.local_date(now):
        raise CannotTrain("培训日期还没有到")


def _refuse_people(people: list[Post], township: Township, village: Village | None, day: dt.date) -> None:
    if not people:
        raise CannotTrain("至少选一个参加的人")
    own = set(
        Post.objects.of_township(township).filter(pk__in=[post.pk for post in people]).values_list("pk", flat=True)
    )
    for post in people:
        if post.pk not in own or (village and post.village_id != village.pk):
            raise CannotTrain(f"{post.name}不是{village.short_name if village else township.name}的人员")
        if not post.begins_on <= day <= (post.ends_on or day):
            raise CannotTrain(f"{post.name}在 {day} 不在任期内")


def _refuse_judged(post: Post, judged: Judged, note: str, now: dt.datetime) -> None:
    first, last = dt.date(judged.year, 1, 1), dt.date(judged.year, 12, 31)
    if post.begins_on > last or (post.ends_on and post.ends_on < first):
        raise CannotAppraise(f"{post.name}在 {judged.year} 年没有任职")
    if not first <= judged.on <= calendar.local_date(now):
        raise CannotAppraise(f"考核日期在 {first} 和今天之间")
    if judged.grade == Appraisal.Grade.POOR and not note:
        raise CannotAppraise("不称职要写明理由")
    if kind := personal_data(note):
        raise CannotAppraise(f"说明里像是有{kind}，去掉再保存")
    if post.appraisals.filter(year=judged.year, withdrawn_at__isnull=True).exists():
        raise CannotAppraise(f"{post.name} {judged.year} 年已经有考核等次，登记错了先撤下")


def _record_training(made: Training, verb: str, by: User, now: dt.datetime, facts: dict[str, object]) -> None:
    place = (made.village or made.township).code
    audit.record(actor=by, action=f"training.{verb}", target=str(made), place=place, facts=facts, at=now)


def _record_grade(made: Appraisal, verb: str, by: User, now: dt.datetime) -> None:
    """The log says that a grade was entered for whom and when, not which."""
    place = made.post.village or made.post.township
    target = f"{made.post} {made.year}"
    audit.record(actor=by, action=f"appraisal.{verb}", target=target, place=place.code if place else "", at=now)
