"""Points brought over from another book: the first entry of a household, posted once under one seal.

One that was wrong is taken back whole, by an entry of its own, when a second person has looked.
"""

import datetime as dt

from django.db import transaction

from points import ledger, permissions
from points.models import Entry, OpeningReversal, RegisterFile, RegisterLine
from points.models.ledger import Kind
from points.models.reviews import recused_homes
from points.roster_rows import Does
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User

State = OpeningReversal.State


class CannotTakeBack(Refused):
    """The opening stays as it is."""


def write(source: RegisterFile, now: dt.datetime) -> dict[str, int]:
    """Post every line that stands; answers what was done. Raises CannotPost."""
    lines = RegisterLine.objects.filter(source=source, does=Does.NEW).select_related("household__grid").order_by("line")
    posted = [_line(source, line) for line in lines]
    ledger.post(village=source.village, lines=posted, now=now)
    return {"households": len(posted), "points": sum(line.points for line in posted)}


def _line(source: RegisterFile, line: RegisterLine) -> ledger.Line:
    assert line.household
    assert line.points
    return ledger.Line.of(
        line.household,
        source=f"opening:{source.pk}:{line.line}",
        points=line.points,
        kind=Kind.OPENING,
        occurred_on=source.day,
    )


@transaction.atomic
def ask_back(*, entry: Entry, reason: str, maker: User, now: dt.datetime) -> OpeningReversal:
    """Ask to take a wrong opening back; somebody else has to pass it. Raises CannotTakeBack."""
    found = Entry.objects.select_for_update(of=("self",)).select_related("household__village")
    entry = found.get(pk=entry.pk)
    if entry.kind != Kind.OPENING:
        raise CannotTakeBack("只有期初这样冲正")
    if not permissions.can_enter(maker, entry.household.village):
        raise CannotTakeBack("没有在这个村录入的任职")
    _refuse_gone(entry)
    if hasattr(entry, "reversed_by"):
        raise CannotTakeBack("这一笔期初已经冲正过")
    if entry.opening_reversals.waiting().exists():
        raise CannotTakeBack("这一笔期初正在冲正，等着复核")
    made = OpeningReversal.objects.create(
        entry=entry, village=entry.household.village, reason=_reason(reason, "冲正"), maker=maker, made_at=now
    )
    _note("opening.ask-back", made, maker, now)
    return made


@transaction.atomic
def take_back(*, asked: OpeningReversal, by: User, now: dt.datetime) -> OpeningReversal:
    """A second person has looked: post the reversal. Raises CannotTakeBack, CannotPost."""
    ledger.lock_village(asked.village)
    asked = _locked(asked)
    _refuse_checker(asked, by)
    _refuse_gone(asked.entry)
    asked.state, asked.checker, asked.decided_at = State.DONE, by, now
    asked.save(update_fields=["state", "checker", "decided_at"])
    line = ledger.Line.of(
        asked.entry.household,
        source=f"unopen:{asked.pk}",
        points=-asked.entry.points,
        kind=Kind.REVERSAL,
        occurred_on=calendar.local_date(now),
        reverses_id=asked.entry_id,
        reverses=asked.entry.source,
    )
    ledger.post(village=asked.village, lines=[line], now=now)
    _note("opening.take-back", asked, by, now)
    return asked


@transaction.atomic
def send_back(*, asked: OpeningReversal, reason: str, by: User, now: dt.datetime) -> OpeningReversal:
    """Leave the opening as it is and say why; whoever asked drops it without a reason. Raises CannotTakeBack."""
    asked = _locked(asked)
    if by.pk == asked.maker_id:
        asked.state = State.DROPPED
    else:
        _refuse_checker(asked, by)
        asked.state, asked.checker, asked.answer = State.RETURNED, by, _reason(reason, "退回")
    asked.decided_at = now
    asked.save(update_fields=["state", "checker", "answer", "decided_at"])
    _note("opening.keep", asked, by, now)
    return asked


def _locked(asked: OpeningReversal) -> OpeningReversal:
    found = OpeningReversal.objects.select_for_update(of=("self",))
    asked = found.select_related("village", "entry__household__grid", "maker").get(pk=asked.pk)
    if asked.state != State.WAITING:
        raise CannotTakeBack(f"这次冲正{asked.get_state_display()}")
    return asked


def _refuse_checker(asked: OpeningReversal, by: User) -> None:
    if not permissions.can_check_opening(by, asked.village):
        raise CannotTakeBack("由这个村的评议审核或分管领导复核")
    if by.pk == asked.maker_id:
        raise CannotTakeBack("自己提交的冲正由别人复核")
    if recused_homes(by).filter(pk=asked.entry.household_id).exists():
        raise CannotTakeBack("本户和亲属户由其他人复核")


def _refuse_gone(entry: Entry) -> None:
    if entry.household.successor_id:
        raise CannotTakeBack("这一户已经并入或迁为别的户，这里的流水不再改")


def _reason(text: str, what: str) -> str:
    reason = text.strip()
    if not reason:
        raise CannotTakeBack(f"写明{what}的原因", field="reason")
    if len(reason) > 60:
        raise CannotTakeBack(f"{what}原因最多 60 个字", field="reason")
    if kind := personal_data(reason):
        raise CannotTakeBack(f"原因里像是有{kind}，去掉再提交", "N-01", field="reason")
    return reason


def _note(action: str, asked: OpeningReversal, by: User, now: dt.datetime) -> None:
    facts = {"points": asked.entry.points}
    audit.record(
        actor=by, action=action, target=asked.entry.household.number, place=asked.village.code, facts=facts, at=now
    )
