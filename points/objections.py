"""Objections to a notice: what they name waits, two people look into it, and what stands is posted later."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from points import batches, checks, ledger, masking, permissions, postings
from points.models import Batch, Claim, Notice, NoticeLine, Objection, ObjectionRow, PanelMember
from points.models.batches import State
from qianjiang_portal.foundation import audit, calendar, numbering, options
from qianjiang_portal.foundation.personal import NO_PHONE, number_to_keep, personal_data, phone_mark
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import roster
from villages.models import User, Village

Outcome = ObjectionRow.Outcome
Channel = Objection.Channel
LONGEST = 300


class CannotObject(Refused):
    """The objection cannot be received."""


class TooMany(CannotObject):
    """More came within an hour than people can have written."""


class CannotAnswer(Refused):
    """The objection cannot be looked into or answered like that."""


@dataclass(frozen=True)
class Said:
    """What somebody said: which line of the notice, by its position and the end of the household's number, and why."""

    position: int
    tail: str
    text: str
    about: str = ""
    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Finding:
    """What is to become of one claim; `points` only where it is revised, with their sign."""

    outcome: str
    points: int | None = None


@transaction.atomic
def send(*, notice: Notice, said: Said, key: uuid.UUID, origin: str, now: dt.datetime) -> Objection:
    """Receive an objection from the public page, or answer the one sent with the same key, or with the same words.

    `origin` is a digest of where it came from. Raises CannotObject, TooMany.
    """
    if sent := Objection.objects.filter(key=key).first() or _same(notice, said, origin):
        return sent
    _refuse_flood(notice, origin, now)
    notice = _locked(notice)
    if notice.state != Notice.State.OPEN or calendar.local_date(now) > notice.ends_on:
        raise CannotObject(f"公示期已过。仍可到村委会{_calls(notice.village)}反映", "N-06")
    return _receive(notice, said, Channel.WEB, calendar.local_date(now), None, key, origin, now)


@transaction.atomic
def note(
    *, notice: Notice, said: Said, channel: str, raised_on: dt.date, by: User, key: uuid.UUID, now: dt.datetime
) -> Objection:
    """Write down an objection made by telephone or in person on a day of the notice's period. Raises CannotObject.

    After the posting it is kept and answered all the same, but names no row: what was posted is put right by reversal.
    """
    if not permissions.can_note_objection(by, notice.village):
        raise CannotObject("没有给这个村登记异议的任职")
    if noted := Objection.objects.filter(key=key).first():
        return noted
    notice = _locked(notice)
    if channel not in (Channel.PHONE, Channel.VISIT):
        raise CannotObject("选电话或当面")
    if raised_on > calendar.local_date(now):
        raise CannotObject("提出日期晚于今天")
    if not notice.starts_on <= raised_on <= notice.ends_on:
        raise CannotObject(f"提出日期不在公示期 {notice.starts_on:%Y-%m-%d} 到 {notice.ends_on:%Y-%m-%d} 之内")
    return _receive(notice, said, channel, raised_on, by, key, "", now)


@transaction.atomic
def propose(
    *,
    objection: Objection,
    version: int,
    findings: Mapping[int, Finding],
    evidence: str,
    answer: str,
    by: User,
    now: dt.datetime,
) -> Objection:
    """The first name: what was found, what should become of each row (by its id), and the answer. Raises CannotAnswer.

    May be done again, by anybody entitled, until somebody else has closed it.
    """
    objection = _opened(objection, version)
    rows = list(objection.rows.select_related("claim__rule", "claim__household"))
    _refuse_person(objection, rows, by)
    _refuse_words(objection, evidence, answer)
    for row in rows:
        _propose_row(row, findings.get(row.pk))
    objection.evidence, objection.answer = evidence.strip(), answer.strip()
    objection.proposed_by, objection.proposed_at = by, now
    objection.state = Objection.State.PROPOSED
    _keep(objection)
    _record(by, "objection.propose", objection, now)
    return objection


@transaction.atomic
def send_back(*, objection: Objection, version: int, by: User, now: dt.datetime) -> Objection:
    """The second name does not agree: it is looked into once more. Raises CannotAnswer."""
    objection = _opened(objection, version)
    _refuse_person(objection, list(objection.rows.select_related("claim__batch")), by)
    _refuse_second(objection, by)
    objection.state, objection.proposed_by, objection.proposed_at = Objection.State.RECEIVED, None, None
    _keep(objection)
    _record(by, "objection.return", objection, now)
    return objection


@transaction.atomic
def close(*, objection: Objection, version: int, by: User, now: dt.datetime) -> Objection:
    """The second name: the answer goes out and every row goes its way. Raises CannotAnswer, Conflict.

    While the notice is up, what stands goes back on it; after its posting it is posted now, under a seal of its own.
    """
    ledger.lock_village(objection.village)
    notice = _locked(objection.notice)
    objection = _opened(objection, version)
    rows = list(objection.rows.select_related("claim__batch", "claim__household").order_by("claim__household_id", "pk"))
    _refuse_person(objection, rows, by)
    _refuse_second(objection, by)
    _refuse_loose(objection, rows)
    objection.state, objection.decided_by, objection.decided_at = Objection.State.SETTLED, by, now
    _keep(objection)
    _settle(notice, rows, now)
    counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in Outcome.values}
    _record(by, "objection.close", objection, now, **counts)
    return objection


def corrections(notice: Notice) -> QuerySet[ObjectionRow]:
    """Rows of a notice that were revised or withdrawn after an objection, in the order of the list."""
    changed = ObjectionRow.objects.filter(
        objection__notice=notice,
        objection__state=Objection.State.SETTLED,
        outcome__in=(Outcome.REVISED, Outcome.WITHDRAWN),
    )
    return changed.select_related("objection__line", "claim__rule").order_by("objection__line__position", "pk")


def _same(notice: Notice, said: Said, origin: str) -> Objection | None:
    """What came from there about the line in the same words and waits: sent again by whoever went back a page."""
    waiting = Objection.objects.open().filter(notice=notice, channel=Channel.WEB, origin=origin, about=said.about)
    line = Q(line__position=said.position, line__tail=said.tail.strip())
    return waiting.filter(line, text=said.text.strip()).first()


def _receive(
    notice: Notice,
    said: Said,
    channel: str,
    raised_on: dt.date,
    by: User | None,
    key: uuid.UUID,
    origin: str,
    now: dt.datetime,
) -> Objection:
    line = _line(notice, said)
    _refuse_text(said)
    objection = Objection.objects.create(
        number=f"YY-{now.year}-{numbering.take(f'objection:{now.year}'):04}",
        key=key,
        notice=notice,
        village=notice.village,
        line=line,
        about=said.about,
        text=said.text.strip(),
        name=said.name.strip(),
        phone=number_to_keep(said.phone, NO_PHONE, CannotObject),
        phone_mark=phone_mark(said.phone),
        channel=channel,
        raised_on=raised_on,
        received_at=now,
        received_by=by,
        origin=origin,
        due_on=calendar.add_working_days(raised_on, options.get("objection_working_days")),
    )
    _contest(objection)
    _record(by, "objection.receive", objection, now, rows=objection.rows.count())
    return objection


def _contest(objection: Objection) -> None:
    """Set aside what it names: the household's rows still on the notice, all or those of one dimension."""
    named = objection.notice.claims.filter(
        household=objection.line.household_id, state__in=(State.PUBLISHED, State.CONTESTED)
    )
    if objection.about:
        named = named.filter(rule__dimension=objection.about)
    claims = list(named.select_related("batch").order_by("pk"))
    ObjectionRow.objects.bulk_create(ObjectionRow(objection=objection, claim=one, points=one.points) for one in claims)
    Claim.objects.filter(pk__in=[one.pk for one in claims], state=State.PUBLISHED).update(
        state=State.CONTESTED, contest_reason=f"异议 {objection.number}", version=F("version") + 1
    )
    batches.settle_all(Batch.objects.filter(claims__in=claims))


def _settle(notice: Notice, rows: list[ObjectionRow], now: dt.datetime) -> None:
    """Each claim goes where its finding says, unless another objection still holds it."""
    held = set(
        ObjectionRow.objects.filter(claim__in=[row.claim_id for row in rows])
        .exclude(objection__state=Objection.State.SETTLED)
        .values_list("claim", flat=True)
    )
    roster.lock(row.claim.household_id for row in rows)
    standing = State.EFFECTIVE if notice.state == Notice.State.POSTED else State.PUBLISHED
    to_post = []
    for row in rows:
        claim = row.claim
        if row.outcome == Outcome.REVISED:
            assert row.revised_points is not None
            claim.points = row.revised_points
        if claim.pk not in held:
            claim.state = State.WITHDRAWN if row.outcome == Outcome.WITHDRAWN else standing
        claim.contest_reason = f"异议 {row.objection.number} {row.get_outcome_display()}"
        claim.version += 1
        claim.save()
        to_post += [claim.pk] if claim.state == State.EFFECTIVE else []
    posted = Claim.objects.filter(pk__in=to_post)
    ledger.post(village=notice.village, lines=postings.lines_to_post(posted), now=now)
    batches.settle_all(Batch.objects.filter(claims__in=[row.claim_id for row in rows]))


def _propose_row(row: ObjectionRow, finding: Finding | None) -> None:
    if finding is None or finding.outcome not in Outcome.values:
        raise CannotAnswer("每一行都要选维持、更正或撤销")
    row.points, row.outcome = row.claim.points, finding.outcome
    row.revised_points = finding.points if finding.outcome == Outcome.REVISED else None
    if row.outcome == Outcome.REVISED:
        _refuse_points(row)
    row.save()


def _refuse_points(row: ObjectionRow) -> None:
    claim = row.claim
    if row.revised_points is None:
        raise CannotAnswer("写明更正为多少分")
    if claim.reverses_id:
        raise CannotAnswer("冲正只能维持或撤销")
    if row.revised_points == row.points:
        raise CannotAnswer("更正后的分值和原来一样，不用改就选维持")
    try:
        checks.check_points(claim.rule, row.revised_points)
    except Refused as refusal:
        raise CannotAnswer(str(refusal)) from refusal


def _line(notice: Notice, said: Said) -> NoticeLine:
    line = notice.lines.select_related("household").filter(position=said.position, tail=said.tail.strip()).first()
    if line is None:
        raise CannotObject(f"公示上没有序号 {said.position}、户号尾号 {said.tail.strip()} 的农户，对照名单再填")
    return line


def _locked(notice: Notice) -> Notice:
    return Notice.objects.select_for_update(of=("self",)).select_related("village__township").get(pk=notice.pk)


def _opened(objection: Objection, version: int) -> Objection:
    kept = Objection.objects.select_for_update(of=("self",)).select_related("village", "line").get(pk=objection.pk)
    if kept.state == Objection.State.SETTLED:
        raise CannotAnswer("这条异议已经办结")
    if kept.version != version:
        raise Conflict("这条异议刚有人处理过，看过后再办")
    return kept


def _refuse_flood(notice: Notice, origin: str, now: dt.datetime) -> None:
    lately = Objection.objects.filter(channel=Channel.WEB, received_at__gt=now - dt.timedelta(hours=1))
    from_here = options.get("objections_an_hour_from_one_place")
    if lately.filter(origin=origin).count() >= from_here:
        raise TooMany(f"一小时内已提了 {from_here} 条，过一会儿再提，或者{_calls(notice.village, '到村委会')}说明")
    if lately.filter(notice=notice).count() >= options.get("objections_an_hour_on_one_notice"):
        raise TooMany(f"这一期公示收到的异议较多，过一会儿再提，或者{_calls(notice.village, '到村委会')}说明")


def _refuse_text(said: Said) -> None:
    if not said.text.strip():
        raise CannotObject("写明有什么不同意见")
    if len(said.text.strip()) > LONGEST:
        raise CannotObject(f"说明最多 {LONGEST} 个字")
    if said.about not in Objection.About.values:
        raise CannotObject("选哪一项有意见")
    if kind := personal_data(f"{said.text}\n{said.name}"):
        raise CannotObject(f"说明里像是有{kind}，去掉再提交；电话只填在联系电话一栏")


def _refuse_person(objection: Objection, rows: list[ObjectionRow], by: User) -> None:
    """Not whoever entered the rows, and nobody about a household of their own."""
    made = Batch.objects.filter(claims__doubts__in=rows)
    if not permissions.can_settle(by, objection.village) or any(permissions.is_editor(by, one) for one in made):
        raise CannotAnswer("请由没有录入这一批的评议审核或分管领导处理")
    if PanelMember.objects.filter(user=by, household=objection.line.household_id).exists():
        raise CannotAnswer("这一户是自己家，请由其他成员处理")


def _refuse_second(objection: Objection, by: User) -> None:
    if objection.state != Objection.State.PROPOSED:
        raise CannotAnswer("还没有核实意见")
    if objection.proposed_by_id == by.pk:
        raise CannotAnswer("核实和办结要两个人，请由另一位评议审核或分管领导办结")


def _refuse_words(objection: Objection, evidence: str, answer: str) -> None:
    if not evidence.strip():
        raise CannotAnswer("写明核实情况")
    if not answer.strip():
        raise CannotAnswer("写明给村民的答复")
    if len(evidence.strip()) > LONGEST or len(answer.strip()) > LONGEST:
        raise CannotAnswer(f"核实情况和答复各最多 {LONGEST} 个字")
    if kind := personal_data(answer):
        raise CannotAnswer(f"答复会公开，里面像是有{kind}，去掉再保存")
    if name := masking.named(answer, objection.village):
        raise CannotAnswer(f"答复会公开，里面有“{name}”的全名，改成“{masking.mask(name)}”或“该户”")


def _refuse_loose(objection: Objection, rows: list[ObjectionRow]) -> None:
    """A row that another open objection holds cannot be withdrawn under it."""
    for row in rows:
        if row.claim.state != State.CONTESTED:
            raise CannotAnswer("所指的行已不在核实中")
        others = ObjectionRow.objects.filter(claim=row.claim_id).exclude(objection__state=Objection.State.SETTLED)
        other = others.exclude(objection=objection).select_related("objection").first()
        if other and row.outcome == Outcome.WITHDRAWN:
            raise CannotAnswer(f"同一行还有异议 {other.objection.number} 没有办结，先办结那一条")
        if row.points != row.claim.points:
            raise CannotAnswer("这一行的分值在核实后变过，退回重新核实")


def _calls(village: Village, otherwise: str = "") -> str:
    phone = village.phone or village.township.phone
    return f"打电话 {phone} " if phone and otherwise else f"或打电话 {phone} " if phone else otherwise


def _keep(objection: Objection) -> None:
    objection.version += 1
    objection.save()


def _record(actor: User | None, action: str, objection: Objection, now: dt.datetime, **facts: Any) -> None:
    audit.record(actor=actor, action=action, target=objection.number, place=objection.village.code, facts=facts, at=now)
