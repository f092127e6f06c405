"""A household sheet on its way into a village's register: taken in, compared, put right, confirmed.

Only confirming writes, in one transaction and only what was seen, through the functions that write single households.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.db import transaction

from points import ledger, openings, permissions, register_rows, rosters
from points.models import RegisterFile, RegisterLine
from points.roster_rows import Does
from points.workbooks import BadWorkbook, reader, registers
from points.workbooks.child import Facts
from points.workbooks.limits import kind_of
from qianjiang_portal.foundation import audit, calendar, files, jobs
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import User, Village

COMPARE, WRITE = "compare-register", "write-register"
STALE = "比对以后名册或存折又有变动，没有写入，请再看一遍"
State, Kind = RegisterFile.State, RegisterFile.Kind
WRITERS = {"roster": rosters.write, "opening": openings.write}


class CannotTake(Refused):
    """The file or what it would do cannot go on."""


class Changed(Conflict):
    """The sheet no longer does what was shown; it has to be looked at again."""


@transaction.atomic
def begin(
    *,
    kind: str,
    village: Village,
    maker: User,
    name: str,
    content: bytes,
    now: dt.datetime,
    day: dt.date | None = None,
) -> RegisterFile:
    """Keep an uploaded sheet and queue its comparison; `day` is that of brought-over points. Raises CannotTake."""
    if not permissions.can_enter(maker, village):
        raise CannotTake("没有在这个村录入的任职")
    if day and day > calendar.local_date(now):
        raise CannotTake("截至日期不能晚于今天")
    try:
        kind_of(content)
    except BadWorkbook as bad:
        raise CannotTake(str(bad), bad.code) from None
    file = files.keep(
        name=name[-160:] if Path(name).suffix else f"{name}.xlsx"[-160:],
        content=content,
        content_type="application/octet-stream",
        place=village.code,
        made_at=now,
        made_by=maker,
    )
    source = RegisterFile.objects.create(
        kind=kind, village=village, maker=maker, file=file, name=file.name, day=day, made_at=now, updated_at=now
    )
    _queue(source, COMPARE, now)
    return source


def read(source: RegisterFile, held: jobs.Held | None, now: dt.datetime) -> RegisterFile:
    """Read the whole file and lay it beside the register, if that is still waited for. Does the comparing job."""
    if source.state != State.CHECKING:
        jobs.finish(held)
        return source
    try:
        jobs.step(held, 0, 2, "正在读取表格")
        with transaction.atomic():
            facts = _fill(source)
        jobs.step(held, 1, 2, f"正在比对 {facts.rows:,} 户")
        with transaction.atomic():
            source.titles, source.fields, source.remarks = facts.titles, facts.fields, facts.remarks
            source.state, source.message = State.CHECKED, ""
            _compare(source, now)
            jobs.finish(held)
    except BadWorkbook as bad:
        with transaction.atomic():
            source.state, source.message, source.counts = State.FAILED, str(bad)[:200], {}
            _keep(source, now)
            RegisterLine.objects.filter(source=source).delete()
            jobs.finish(held)
    return source


def _fill(source: RegisterFile) -> Facts:
    with reader.reading(source.file.content.path, label=source.pk, kind=source.kind) as (facts, stream):
        if register_rows.fill(source, stream) != facts.rows:
            raise BadWorkbook("文件没有读完，请再传一次", "I-10")
    return facts


def _compare(source: RegisterFile, now: dt.datetime) -> None:
    source.stamp = register_rows.compare(source, now)
    source.counts = register_rows.counts(source)
    _keep(source, now)


@transaction.atomic
def fix(
    *, source: RegisterFile, line_id: int, field: str, value: str, everywhere: bool = False, now: dt.datetime
) -> RegisterFile:
    """Change one cell, or the same mistake in every line, and compare anew. Raises CannotTake."""
    source = _locked(source)
    _refuse_unless(source, State.CHECKED, "这份表已经在写入，不能再改")
    line = RegisterLine.objects.filter(source=source, pk=line_id).first()
    if line is None or field not in registers.TYPED:
        raise CannotTake("没有找到这一行，请重新比对")
    raw = f"raw_{field}"
    same = RegisterLine.objects.filter(source=source, does=Does.PROBLEM, **{raw: getattr(line, raw)})
    lines = list(same) if everywhere else [line]
    for one in lines:
        setattr(one, raw, value.strip()[: registers.LENGTHS.get(field, 40)])
        for name, meant in registers.meanings({each: getattr(one, f"raw_{each}") for each in registers.TYPED}).items():
            setattr(one, name, meant)
    names = [raw, "name", "number", "grid_number", "size", "into_number", "points"]
    RegisterLine.objects.bulk_update(lines, names, batch_size=500)
    _compare(source, now)
    return source


@transaction.atomic
def confirm(*, source: RegisterFile, maker: User, stamp: str, reason: str, now: dt.datetime) -> RegisterFile:
    """Queue the writing of what was shown under `stamp`; an opening waits for somebody else first.

    Sent twice, it is done once. Raises CannotTake, Changed.
    """
    source = _locked(source)
    if source.state in (State.WAITING, State.WRITING, State.DONE):
        return source
    _refuse_unless(source, State.CHECKED, "这份表还没有比对完")
    if not permissions.can_enter(maker, source.village):
        raise CannotTake("没有在这个村录入的任职")
    if not source.counts.get("writes"):
        raise CannotTake("没有要写入的户")
    if stamp != source.stamp:
        raise Changed(STALE)
    source.reason, source.message = _reason(source, reason), ""
    if source.kind == Kind.OPENING:
        source.state = State.WAITING
        _keep(source, now)
    else:
        source.state = State.WRITING
        _queue(source, WRITE, now)
    return source


@transaction.atomic
def approve(*, source: RegisterFile, by: User, stamp: str, now: dt.datetime) -> RegisterFile:
    """A second person has looked: queue the posting of what was shown under `stamp`. Raises CannotTake, Changed."""
    source = _locked(source)
    if source.state in (State.WRITING, State.DONE):
        return source
    _refuse_unless(source, State.WAITING, "这份表没有在等复核")
    _refuse_checker(source, by)
    if stamp != source.stamp:
        raise Changed(STALE)
    source.state, source.checker = State.WRITING, by
    _queue(source, WRITE, now)
    return source


@transaction.atomic
def send_back(*, source: RegisterFile, by: User, reason: str = "", now: dt.datetime) -> RegisterFile:
    """Give a waiting sheet back to its maker, who takes it back without a reason. Raises CannotTake."""
    source = _locked(source)
    _refuse_unless(source, State.WAITING, "这份表没有在等复核")
    if by.pk != source.maker_id:
        _refuse_checker(source, by)
        if not reason.strip():
            raise CannotTake("退回要写原因")
    if kind := personal_data(reason):
        raise CannotTake(f"原因里像是有{kind}，去掉再退回")
    _ask_again(source, f"{by.name}退回：{reason.strip()}" if by.pk != source.maker_id else "", now)
    facts = {"reason": reason.strip()} if reason.strip() else {}
    _note(source, "back", by, facts, now)
    return source


def _refuse_checker(source: RegisterFile, by: User) -> None:
    if not permissions.can_check_opening(by, source.village):
        raise CannotTake("由这个村的评议审核或分管领导复核")
    if by.pk == source.maker_id:
        raise CannotTake("自己上传的表由别人复核")


def _reason(source: RegisterFile, typed: str) -> str:
    reason = typed.strip()
    if not reason and (source.counts[Does.REGROUP] or source.counts[Does.MERGE]):
        raise CannotTake("有换组或并户，写明原因")
    if len(reason) > 60:
        raise CannotTake("原因最多 60 个字")
    if kind := personal_data(reason):
        raise CannotTake(f"原因里像是有{kind}，去掉再写入")
    return reason


@transaction.atomic
def write(source: RegisterFile, held: jobs.Held | None, now: dt.datetime) -> RegisterFile:
    """Compare once more and write every line that stands; all of it or nothing. Does the writing job.

    Where register or passbooks have changed since the list was shown, nothing is written and the person looks again.
    """
    source = _locked(source)
    if source.state == State.WRITING:
        ledger.lock_village(source.village)
        seen = source.stamp
        _compare(source, now)
        _write_down(source, now) if source.stamp == seen else _ask_again(source, STALE, now)
    jobs.finish(held)
    return source


def _write_down(source: RegisterFile, now: dt.datetime) -> None:
    try:
        with transaction.atomic():
            facts = WRITERS[source.kind](source, now)
    except Refused as refusal:
        _ask_again(source, f"没有写入：{refusal}", now)
        return
    source.state, source.message = State.DONE, ""
    _keep(source, now)
    RegisterLine.objects.filter(source=source).delete()
    _note(source, source.kind, source.checker or source.maker, facts, now)


def _note(source: RegisterFile, verb: str, by: User, facts: dict[str, Any], now: dt.datetime) -> None:
    audit.record(
        actor=by, action=f"register.{verb}", target=source.name, place=source.village.code, facts=facts, at=now
    )


def _ask_again(source: RegisterFile, why: str, now: dt.datetime) -> None:
    source.state, source.message, source.checker = State.CHECKED, why[:200], None
    _keep(source, now)


@transaction.atomic
def drop(*, source: RegisterFile, maker: User, now: dt.datetime) -> RegisterFile:
    """Give up a sheet of which nothing was written. Raises CannotTake."""
    source = _locked(source)
    if source.maker_id != maker.pk:
        raise CannotTake("由上传的人放弃")
    if source.state == State.DROPPED:
        return source
    if source.state == State.WAITING:
        raise CannotTake("这份表在等复核，先撤回来再放弃")
    if not source.can_be_dropped:
        raise CannotTake("这份表正在处理或已经写入，不能放弃")
    RegisterLine.objects.filter(source=source).delete()
    source.state, source.message, source.checker = State.DROPPED, "", None
    _keep(source, now)
    _note(source, "drop", maker, {}, now)
    return source


@transaction.atomic
def recheck(*, source: RegisterFile, now: dt.datetime) -> RegisterFile:
    """Read the file once more, to see it beside the register of now or after a job that stopped. Raises CannotTake."""
    source = _locked(source)
    if not source.is_stuck and source.state != State.CHECKED:
        raise CannotTake("这份表不用重新比对")
    source.state, source.message = State.CHECKING, ""
    _queue(source, COMPARE, now)
    return source


def needs_reading(source: RegisterFile) -> bool:
    """Whether the lines of a compared sheet are gone, as after a crash of the database."""
    return source.state == State.CHECKED and not RegisterLine.objects.filter(source=source).exists()


def _locked(source: RegisterFile) -> RegisterFile:
    locked = RegisterFile.objects.select_for_update(of=("self",))
    return locked.select_related("village__township", "maker", "checker", "job", "file").get(pk=source.pk)


def _refuse_unless(source: RegisterFile, state: str, words: str) -> None:
    if source.state != state:
        raise CannotTake(words)


def _queue(source: RegisterFile, kind: str, now: dt.datetime) -> None:
    source.tries += 1
    source.job, _ = jobs.enqueue(kind=kind, scope=str(source.pk), version=source.tries, owner=source.maker, now=now)
    _keep(source, now)


def _keep(source: RegisterFile, now: dt.datetime) -> None:
    source.updated_at = now
    source.save()
