"""A household sheet on its way into a village's register: taken in, compared, put right, confirmed.

Only confirming writes, in one transaction and only what was seen, through the functions that write single households.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.db import transaction

from points import households, ledger, permissions, register_rows
from points.models import RegisterFile, RegisterLine
from points.register_rows import Does
from points.workbooks import BadWorkbook, child, registers
from points.workbooks.limits import kind_of
from qianjiang_portal.foundation import audit, calendar, files, jobs
from qianjiang_portal.foundation.models import Job
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import roster
from villages.models import Grid, Household, User, Village

COMPARE, WRITE = "compare-register", "write-register"
STALE = "比对以后名册或存折又有变动，没有写入，请再看一遍"
State = RegisterFile.State


class CannotTake(Refused):
    """The file or what it would do cannot go on."""


class Changed(Conflict):
    """The sheet no longer does what was shown; it has to be looked at again."""


@transaction.atomic
def begin(*, kind: str, village: Village, maker: User, name: str, content: bytes, now: dt.datetime) -> RegisterFile:
    """Keep an uploaded sheet and queue its comparison. Raises CannotTake."""
    if not permissions.can_enter(maker, village):
        raise CannotTake("没有在这个村录入的任职")
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
        kind=kind, village=village, maker=maker, file=file, name=file.name, made_at=now, updated_at=now
    )
    _queue(source, COMPARE, now)
    return source


def read(source: RegisterFile, held: jobs.Held | None, now: dt.datetime) -> RegisterFile:
    """Read the whole file and lay it beside the register. Does the comparing job."""
    try:
        _step(held, 0, 2, "正在读取表格")
        with transaction.atomic():
            facts = _fill(source)
        _step(held, 1, 2, f"正在比对 {facts.rows:,} 户")
        with transaction.atomic():
            source.titles, source.fields, source.remarks = facts.titles, facts.fields, facts.remarks
            source.state, source.message = State.CHECKED, ""
            _compare(source, now)
            _finish(held)
    except BadWorkbook as bad:
        with transaction.atomic():
            source.state, source.message, source.counts = State.FAILED, str(bad)[:200], {}
            _keep(source, now)
            RegisterLine.objects.filter(source=source).delete()
            _finish(held)
    return source


def _fill(source: RegisterFile) -> child.Facts:
    with child.reading(source.file.content.path, label=source.pk, kind=source.kind) as (facts, stream):
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
    """Queue the writing of what was shown under `stamp`. Sent twice, it is queued once. Raises CannotTake, Changed."""
    source = _locked(source)
    if source.state in (State.WRITING, State.DONE):
        return source
    _refuse_unless(source, State.CHECKED, "这份表还没有比对完")
    if not permissions.can_enter(maker, source.village):
        raise CannotTake("没有在这个村录入的任职")
    if not source.counts.get("writes"):
        raise CannotTake("没有要写入的户")
    if stamp != source.stamp:
        raise Changed(STALE)
    source.reason = _reason(source, reason)
    source.state = State.WRITING
    _queue(source, WRITE, now)
    return source


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
    _finish(held)
    return source


def _write_down(source: RegisterFile, now: dt.datetime) -> None:
    try:
        with transaction.atomic():
            _write_lines(source, now)
    except Refused as refusal:
        _ask_again(source, f"没有写入：{refusal}", now)
        return
    source.state, source.message = State.DONE, ""
    _keep(source, now)
    RegisterLine.objects.filter(source=source).delete()
    facts = {str(key): source.counts[key] for key in (Does.NEW, Does.CHANGE, Does.REGROUP, Does.MERGE)}
    audit.record(
        actor=source.maker,
        action=f"register.{source.kind}",
        target=source.name,
        place=source.village.code,
        facts=facts,
        at=now,
    )


def _ask_again(source: RegisterFile, why: str, now: dt.datetime) -> None:
    source.state, source.message = State.CHECKED, why[:200]
    _keep(source, now)


def _write_lines(source: RegisterFile, now: dt.datetime) -> None:
    lines = list(
        RegisterLine.objects.filter(source=source, does__in=(Does.NEW, Does.CHANGE, Does.REGROUP, Does.MERGE))
        .select_related("household__grid", "household__village", "into")
        .order_by("line")
    )
    roster.lock(pk for line in lines for pk in (line.household_id, line.into_id) if pk)
    grids = _grids(source, lines)
    new = [line for line in lines if line.does == Does.NEW]
    kept = [line for line in lines if line.does in (Does.CHANGE, Does.REGROUP)]
    known = register_rows.Register.read(source.village_id)
    today = calendar.local_date(now)
    roster.enrol_many(newcomers=[_newcomer(line, grids, today) for line in new])
    roster.amend_many(amendments=[one for line in kept if (one := _amendment(line, known))])
    said: dict[str, Any] = {"reason": source.reason, "by": source.maker, "now": now}
    for line in lines:
        if line.does == Does.REGROUP and line.household:
            households.regroup(household=line.household, grid=grids[line.grid_number or 0], **said)
        elif line.does == Does.MERGE and line.household and line.into:
            households.merge(household=line.household, into=line.into, **said)


def _grids(source: RegisterFile, lines: list[RegisterLine]) -> dict[int, Grid]:
    """The groups of the village, those included that the sheet names and nobody has set up."""
    there = {grid.number: grid for grid in Grid.objects.filter(village=source.village).select_related("village")}
    missing = {line.grid_number for line in lines if line.grid_number and line.does != Does.MERGE} - there.keys()
    return there | {number: roster.add_grid(village=source.village, number=number) for number in sorted(missing)}


def _newcomer(line: RegisterLine, grids: dict[int, Grid], today: dt.date) -> roster.Newcomer:
    coming = register_rows.newcomers(line, [])
    people = [roster.Person(line.name, roster.HEAD, is_head=True), *(roster.Person(*one) for one in coming)]
    return roster.Newcomer(
        grid=grids[line.grid_number or 0],
        head_name=line.name,
        joined_on=today,
        members=register_rows.size_of(line, None, len(coming)),
        aliases=line.raw_aliases,
        people=tuple(people),
    )


def _amendment(line: RegisterLine, known: register_rows.Register) -> roster.Amendment | None:
    """What a line writes otherwise, its group left aside."""
    home: Household | None = known.homes.get(line.household_id or 0)
    if home is None or all(label == "组" for label, _, _ in line.changes):
        return None
    coming = register_rows.newcomers(line, [name for name, _ in known.members.get(home.pk, [])])
    return roster.Amendment(
        home,
        head_name=line.name if line.name and line.name != home.head_name else None,
        members=register_rows.size_of(line, home, len(coming)),
        aliases=line.raw_aliases or None,
        people=tuple(roster.Person(*one) for one in coming),
    )


@transaction.atomic
def recheck(*, source: RegisterFile, now: dt.datetime) -> RegisterFile:
    """Read the file once more, to see it beside the register of now or after a job that stopped. Raises CannotTake."""
    source = _locked(source)
    stuck = source.is_busy and source.job is not None and source.job.state == Job.State.FAILED
    if not stuck and source.state != State.CHECKED:
        raise CannotTake("这份表不用重新比对")
    source.state, source.message = State.CHECKING, ""
    _queue(source, COMPARE, now)
    return source


def needs_reading(source: RegisterFile) -> bool:
    """Whether the lines of a compared sheet are gone, as after a crash of the database."""
    return source.state == State.CHECKED and not RegisterLine.objects.filter(source=source).exists()


def _locked(source: RegisterFile) -> RegisterFile:
    locked = RegisterFile.objects.select_for_update(of=("self",))
    return locked.select_related("village__township", "maker", "job", "file").get(pk=source.pk)


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


def _step(held: jobs.Held | None, done: int, total: int, note: str) -> None:
    if held:
        held.step(done, total, note)


def _finish(held: jobs.Held | None) -> None:
    if held:
        held.finish()
