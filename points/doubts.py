"""Objections to honours and year ends: received without an account, answered by one who had no hand in it.

What is doubted waits: `awards` and `year_ends` ask here by the rows, and the database asks again.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from points import awards, masking, objections, permissions
from points.models import Doubt, Honour, Objection, YearEnd
from points.models.reviews import recused_homes
from points.objections import CannotAnswer, CannotObject, TooMany
from qianjiang_portal.foundation import audit, calendar, numbering, options
from qianjiang_portal.foundation.personal import NO_PHONE, number_to_keep, personal_data, phone_mark
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User, Village

Outcome = Doubt.Outcome
LONGEST = objections.LONGEST


@dataclass(frozen=True)
class Words:
    """What somebody wrote, and whom to call back, if anybody."""

    text: str
    name: str = ""
    phone: str = ""


def honour_is_over(honour: Honour, today: dt.date) -> bool:
    """Whether an objection comes too late: it is not on notice, or its days are over."""
    return honour.state != Honour.State.PUBLISHED or not honour.notice or today > honour.notice.ends_on


def year_end_is_over(year_end: YearEnd, today: dt.date) -> bool:
    return year_end.state != YearEnd.State.OPEN or not year_end.ends_on or today > year_end.ends_on


@transaction.atomic
def about_honour(*, honour: Honour, words: Words, key: uuid.UUID, origin: str, now: dt.datetime) -> Doubt:
    """Receive an objection to an honour on notice, once for each key and wording. Raises CannotObject, TooMany."""
    if sent := Doubt.objects.filter(key=key).first() or _same(Q(honour=honour), words, origin):
        return sent
    _refuse_flood(honour.village, origin, now)
    found = Honour.objects.select_for_update(of=("self",)).select_related("kind", "village__township", "notice")
    honour = found.get(pk=honour.pk)
    if honour_is_over(honour, calendar.local_date(now)):
        raise CannotObject("公示期已过，仍可到村（居）委会反映", "N-06")
    return _receive(Doubt(village=honour.village, honour=honour), words, key, origin, now)


@transaction.atomic
def about_year_end(
    *, year_end: YearEnd, position: int, tail: str, words: Words, key: uuid.UUID, origin: str, now: dt.datetime
) -> Doubt:
    """Receive an objection to what a household is to lose, named by its place in the list and the end of its number.

    Raises CannotObject, TooMany.
    """
    line_asked = Q(line__year_end=year_end, line__position=position, line__tail=tail.strip())
    if sent := Doubt.objects.filter(key=key).first() or _same(line_asked, words, origin):
        return sent
    _refuse_flood(year_end.village, origin, now)
    kept = YearEnd.objects.select_for_update(of=("self",)).select_related("village__township").get(pk=year_end.pk)
    if year_end_is_over(kept, calendar.local_date(now)):
        raise CannotObject("公示期已过，仍可到村（居）委会反映", "N-06")
    line = kept.lines.select_related("year_end").filter(position=position, tail=tail.strip()).first()
    if line is None:
        raise CannotObject(f"公示上没有序号 {position}、户号尾号 {tail.strip()} 的农户，对照名单再填")
    return _receive(Doubt(village=kept.village, line=line), words, key, origin, now)


@transaction.atomic
def answer(*, doubt: Doubt, outcome: str, answer: str, by: User, now: dt.datetime) -> Doubt:
    """Answer an objection; withdrawn, the honour is taken off, or the household loses nothing. Raises CannotAnswer."""
    rows = Doubt.objects.select_for_update(of=("self",))
    doubt = rows.select_related("village", "honour__kind", "line__year_end", "line__household").get(pk=doubt.pk)
    _refuse_person(doubt, by)
    if doubt.state == Doubt.State.SETTLED:
        raise CannotAnswer("这条异议已经答复")
    if outcome not in Outcome.values:
        raise CannotAnswer("选维持或撤下")
    _refuse_answer(answer, doubt.village)
    doubt.state, doubt.outcome, doubt.answer = Doubt.State.SETTLED, outcome, answer.strip()
    doubt.decided_by, doubt.decided_at = by, now
    doubt.save(update_fields=["state", "outcome", "answer", "decided_by", "decided_at"])
    if outcome == Outcome.WITHDRAWN and doubt.honour and doubt.honour.state == Honour.State.PUBLISHED:
        try:
            awards.decline(honour=doubt.honour, reason=f"异议 {doubt.number} 成立", by=by, now=now)
        except Refused as refusal:
            raise CannotAnswer(str(refusal), refusal.code) from refusal
    _record(by, "doubt.answer", doubt, now, withdrawn=int(outcome == Outcome.WITHDRAWN))
    return doubt


def may_answer(user: User, doubt: Doubt) -> bool:
    """Reviewers and the leader about an honour, the leader about a year's end."""
    if doubt.honour_id:
        return permissions.can_suspend(user, doubt.village)
    return permissions.can_end_year(user, doubt.village)


def _same(about: Q, words: Words, origin: str) -> Doubt | None:
    """What came from there about it in the same words and waits: sent again by whoever went back a page."""
    waiting = Doubt.objects.filter(about, origin=origin).exclude(state=Doubt.State.SETTLED)
    return waiting.filter(text=words.text.strip()).first()


def _receive(doubt: Doubt, words: Words, key: uuid.UUID, origin: str, now: dt.datetime) -> Doubt:
    _refuse_text(words)
    today = calendar.local_date(now)
    # One series with the objections to points: a receipt is looked up in one place.
    doubt.number = f"YY-{now.year}-{numbering.take(f'objection:{now.year}'):04}"
    doubt.key, doubt.origin = key, origin
    doubt.text, doubt.name = words.text.strip(), words.name.strip()
    doubt.phone = number_to_keep(words.phone, NO_PHONE, CannotObject)
    doubt.phone_mark = phone_mark(words.phone)
    doubt.raised_on, doubt.received_at = today, now
    doubt.due_on = calendar.add_working_days(today, options.get("objection_working_days"))
    doubt.save(force_insert=True)
    _record(None, "doubt.receive", doubt, now)
    return doubt


def _refuse_flood(village: Village, origin: str, now: dt.datetime) -> None:
    hour = now - dt.timedelta(hours=1)
    most = options.get("objections_an_hour_from_one_place")
    sent = Doubt.objects.filter(origin=origin, received_at__gt=hour).count()
    sent += Objection.objects.filter(channel=Objection.Channel.WEB, origin=origin, received_at__gt=hour).count()
    if sent >= most:
        raise TooMany(f"一小时内已提了 {most} 条，过一会儿再提，或者到村（居）委会说明")
    if Doubt.objects.filter(village=village, received_at__gt=hour).count() >= options.get(
        "objections_an_hour_on_one_notice"
    ):
        raise TooMany("这个村收到的异议较多，过一会儿再提，或者到村（居）委会说明")


def _refuse_text(words: Words) -> None:
    if not words.text.strip():
        raise CannotObject("写明有什么不同意见")
    if len(words.text.strip()) > LONGEST:
        raise CannotObject(f"说明最多 {LONGEST} 个字")
    if kind := personal_data(f"{words.text}\n{words.name}"):
        raise CannotObject(f"说明里像是有{kind}，去掉再提交；电话只填在联系电话一栏")


def _refuse_person(doubt: Doubt, by: User) -> None:
    if not may_answer(by, doubt):
        raise CannotAnswer("荣誉的异议由评议审核或分管领导答复，清零的由分管领导答复")
    if doubt.honour and doubt.honour.nominated_by_id == by.pk:
        raise CannotAnswer("自己提名的由其他人答复")
    household = doubt.honour.household_id if doubt.honour else doubt.line.household_id if doubt.line else None
    if recused_homes(by).filter(pk=household or 0).exists():
        raise CannotAnswer("本户和亲属户由其他人答复")


def _refuse_answer(text: str, village: Village) -> None:
    if not text.strip():
        raise CannotAnswer("写明给村民的答复")
    if len(text.strip()) > LONGEST:
        raise CannotAnswer(f"答复最多 {LONGEST} 个字")
    if kind := personal_data(text):
        raise CannotAnswer(f"答复会公开，里面像是有{kind}，去掉再保存")
    if name := masking.named(text, village):
        raise CannotAnswer(f"答复会公开，里面有“{name}”的全名，改成“{masking.mask(name)}”或“该户”")


def _record(by: User | None, action: str, doubt: Doubt, now: dt.datetime, **facts: int) -> None:
    audit.record(actor=by, action=action, target=doubt.number, place=doubt.village.code, facts=facts, at=now)
