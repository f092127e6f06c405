"""A workbook on its way to a batch: taken in, checked, corrected, confirmed, undone. Only confirming writes claims."""

import datetime as dt
import hashlib
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max

from points import batches, import_rows, permissions, rules, sheet_words
from points.models import Batch, Import, ImportRow, RuleSet
from points.models.batches import State
from points.workbooks import BadWorkbook, lines, reader
from points.workbooks.child import Facts
from points.workbooks.limits import kind_of
from qianjiang_portal.foundation import audit, files, jobs
from qianjiang_portal.foundation.models import Job
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import User, Village

CHECK, CONFIRM = "check-import", "confirm-import"
FIXES_UP_TO = 50
FIXABLE = ("name", "number", "member", "rule", "day", "points", "note")
STANDS = (Import.State.CHECKING, Import.State.CHECKED, Import.State.CONFIRMING, Import.State.DONE)

INSERT = """
INSERT INTO points_claim (batch_id, line, client_key, household_id, resident_id, rule_id, quantity, points, occurred_on,
  note, state, version, maker_id, return_reasons, return_note, contest_reason)
SELECT %(batch)s, row_number() OVER (ORDER BY line, part), md5(%(source)s || ':' || line || ':' || part)::uuid,
  household_id, resident_id, rule_id, 1, points, day, btrim(raw_note), 'draft', 1, %(maker)s, '{}', '', ''
FROM points_importrow WHERE source_id = %(source)s AND standing = 'new'
"""


class CannotImport(Refused):
    """The file or the import cannot go on."""


class AlreadyThere(CannotImport):
    """The same file was taken in before; `source` is that import."""

    def __init__(self, source: Import) -> None:
        said = f"，批次 {source.batch}" if source.batch else ""
        super().__init__(
            f"这个文件由{source.maker.name}在 {source.made_at:%Y-%m-%d} 上传过{said}，没有再收一次", "I-13"
        )
        self.source = source


class Changed(Conflict):
    """What can be imported is not what it was when it was looked at."""


@transaction.atomic
def begin(
    *, village: Village, maker: User, name: str, content: bytes, default_day: dt.date, now: dt.datetime
) -> Import:
    """Keep an uploaded file and queue its check. Raises CannotImport, AlreadyThere."""
    if not permissions.can_enter(maker, village):
        raise CannotImport("没有在这个村录入的任职")
    try:
        kind_of(content)
    except BadWorkbook as bad:
        raise CannotImport(str(bad), bad.code) from None
    digest = hashlib.sha256(content).hexdigest()
    Village.objects.select_for_update(no_key=True, of=("self",)).get(pk=village.pk)
    before = Import.objects.filter(village=village, sha256=digest, state__in=STANDS).select_related("maker", "batch")
    if found := before.first():
        raise AlreadyThere(found)
    suffix = Path(name).suffix.lower()
    file = files.keep(
        name=name[-160:] if suffix else f"{name}.xlsx"[-160:],
        content=content,
        content_type="application/octet-stream",
        place=village.code,
        made_at=now,
        made_by=maker,
    )
    source = Import.objects.create(
        village=village, maker=maker, file=file, name=file.name, sha256=digest, default_day=default_day,
        made_at=now, updated_at=now,
    )  # fmt: skip
    _queue(source, CHECK, now)
    return source


def read(source: Import, held: jobs.Held | None, now: dt.datetime) -> Import:
    """Read and judge the whole file; a file that cannot be read is told as such. Does the check's job.

    What was given up is left alone, as when a job that stopped is begun anew.
    """
    if source.state == Import.State.DROPPED:
        jobs.finish(held)
        return source
    try:
        _take_in(source, held, now)
    except BadWorkbook as bad:
        with transaction.atomic():
            source.state, source.message, source.counts = Import.State.FAILED, str(bad)[:200], {}
            _keep(source, now)
            ImportRow.objects.filter(source=source).delete()
            jobs.finish(held)
    return source


def _take_in(source: Import, held: jobs.Held | None, now: dt.datetime) -> None:
    jobs.step(held, 0, 3, "正在读取表格")
    with transaction.atomic():
        facts = _fill(source)
    jobs.step(held, 1, 3, f"正在校验 0 / {facts.rows:,} 行")
    with transaction.atomic():
        source.rule_set = _rules(source, import_rows.latest_day(source, now))
        source.titles, source.fields, source.wide = facts.titles, facts.fields, facts.wide
        source.words = sheet_words.last_time(source, source.rule_set)
        import_rows.check(source, source.rule_set, now)
        source.counts = import_rows.counts(source)
        source.remarks = facts.remarks + _doubts(source)
        source.state, source.message = Import.State.CHECKED, ""
        _keep(source, now)
        jobs.finish(held)


def _fill(source: Import) -> Facts:
    with reader.reading(source.file.content.path, label=source.pk, default_day=source.default_day) as (facts, stream):
        if import_rows.fill(source, stream) != facts.rows:
            raise BadWorkbook("文件没有读完，请再传一次", "I-10")
    return facts


def _rules(source: Import, day: dt.date) -> RuleSet:
    rule_set = rules.in_force(source.village, day)
    if rule_set is None:
        raise BadWorkbook(f"{source.village.short_name}在 {day:%Y-%m-%d} 没有生效的积分细则", "G-18")
    return rule_set


def _doubts(source: Import) -> list[str]:
    """Most households unknown: rather the wrong village than so many mistakes."""
    unknown = ImportRow.objects.filter(source=source, household=None).count()
    if unknown * 2 > source.counts["all"] and unknown > 2:
        return [f"多数户主不在{source.village.short_name}的名册上，看看是不是选错了村"]
    return []


@transaction.atomic
def fix(*, source: Import, row_id: int, field: str, value: str, everywhere: bool = False, now: dt.datetime) -> Import:
    """Change one cell of a line, or of every line with the same mistake, and judge those again. Raises CannotImport."""
    source = _locked(source)
    _refuse_unless(source, Import.State.CHECKED, "这份表已经在导入，不能再改")
    if field not in FIXABLE:
        raise CannotImport("这一列不能改")
    row = ImportRow.objects.filter(source=source, pk=row_id).first()
    if row is None or source.rule_set is None:
        raise CannotImport("没有找到这一行，请重新校验")
    if field == "rule" and everywhere and row.rule_id is None and sheet_words.can_mean(row.rule_key):
        return settle(source=source, word=row.rule_key, code=value, maker=source.maker, now=now)
    same = ImportRow.objects.filter(source=source, standing="problem", **{f"raw_{field}": getattr(row, f"raw_{field}")})
    rows = list(same) if everywhere else [row]
    for one in rows:
        _retype(one, field, value, source.default_day)
    names = [
        "name",
        "number",
        "member",
        "rule_key",
        "day",
        "typed_points",
        "ticked",
        *(f"raw_{each}" for each in FIXABLE),
    ]
    ImportRow.objects.bulk_update(rows, names, batch_size=500)
    return _judged_again(source, [one.pk for one in rows], now)


@transaction.atomic
def settle(*, source: Import, word: str, code: str, maker: User, now: dt.datetime) -> Import:
    """Say which item a word means, in all lines of this workbook and in the village's next; without a code it is asked
    for again. Raises CannotImport, CannotSettle."""
    source = _locked(source)
    _refuse_unless(source, Import.State.CHECKED, "这份表已经在导入，不能再改")
    if not permissions.can_enter(maker, source.village):
        raise CannotImport("没有在这个村录入的任职")
    rows = list(ImportRow.objects.filter(source=source, rule_key=word).values_list("pk", flat=True))
    if not rows:
        raise CannotImport(f"表里没有“{word}”")
    if code:
        sheet_words.settle(source, word, code, maker, now)
    else:
        sheet_words.forget(source, word, maker, now)
    return _judged_again(source, rows, now)


def _judged_again(source: Import, rows: list[int], now: dt.datetime) -> Import:
    assert source.rule_set is not None
    import_rows.check_again(source, source.rule_set, now, rows)
    source.counts = import_rows.counts(source)
    _keep(source, now)
    return source


def _retype(row: ImportRow, field: str, value: str, default_day: dt.date) -> None:
    limit = 200 if field == "note" else 80 if field == "name" else 120 if field == "rule" else 40
    setattr(row, f"raw_{field}", value.strip()[:limit])
    typed = {f"raw_{each}": getattr(row, f"raw_{each}") for each in FIXABLE}
    line = lines.Line(line=row.line, part=row.part, cells="", **typed)
    for name, meant in lines.understood(line, default_day)._asdict().items():
        setattr(row, name, meant)


@transaction.atomic
def confirm(*, source: Import, maker: User, expected: int, now: dt.datetime) -> Import:
    """Queue the writing of the `expected` lines that stand. Sent twice, it is queued once. Raises CannotImport."""
    source = _locked(source)
    if source.state in (Import.State.CONFIRMING, Import.State.DONE):
        return source
    _refuse_unless(source, Import.State.CHECKED, "这份表还没有校验完")
    if not permissions.can_enter(maker, source.village):
        raise CannotImport("没有在这个村录入的任职")
    if not expected or expected != source.counts.get("new"):
        raise Changed(f"可导入的行数刚变为 {source.counts.get('new', 0)}，请再看一下")
    source.state = Import.State.CONFIRMING
    _queue(source, CONFIRM, now, expected=expected)
    return source


@transaction.atomic
def write(source: Import, held: jobs.Held | None, expected: int, now: dt.datetime) -> Import:
    """Judge once more and write every line that stands into one batch; all of it or nothing. Does the confirming job.

    Where other claims have meanwhile changed what stands, nothing is written and the person looks again.
    """
    source = _locked(source)
    if source.state in (Import.State.DONE, Import.State.DROPPED) or source.rule_set is None:
        jobs.finish(held)
        return source
    import_rows.check(source, source.rule_set, now)
    source.counts = import_rows.counts(source)
    if source.counts["new"] != expected:
        source.state = Import.State.CHECKED
        source.message = f"可导入的行数刚变为 {source.counts['new']}，没有写入，请再看一下"
        _keep(source, now)
    else:
        source.batch = _batch(source, now)
        source.state, source.message = Import.State.DONE, ""
        _keep(source, now)
        ImportRow.objects.filter(source=source).delete()
        facts = {key: source.counts[key] for key in ("new", "points")}
        audit.record(
            actor=source.maker, action="import.confirm", target=source.batch.number, place=source.village.code,
            facts=facts, at=now,
        )  # fmt: skip
    jobs.finish(held)
    return source


def _batch(source: Import, now: dt.datetime) -> Batch:
    new = ImportRow.objects.filter(source=source, standing="new")
    single = set(new.order_by().values_list("rule", flat=True).distinct()[:2])
    only = source.rule_set.rules.get(pk=single.pop()) if len(single) == 1 and source.rule_set else None
    batch = batches.open_draft(
        maker=source.maker,
        village=source.village,
        rule=only,
        occurred_on=new.aggregate(day=Max("day"))["day"],
        key=f"import:{source.pk}:{source.tries}",
        source=Batch.Source.IMPORT,
        reason=source.name[:120],
        now=now,
    )
    if batch.rule_set_id != source.rule_set_id:
        raise CannotImport("细则刚换了版本，请重新校验")
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"batch": batch.pk, "source": source.pk, "maker": source.maker_id})
    batches.touch(batch, source.maker, now)
    return batch


@transaction.atomic
def undo(*, source: Import, maker: User, now: dt.datetime) -> Import:
    """Take a finished import back while its batch has not been submitted. Raises CannotImport."""
    source = _locked(source)
    if source.state == Import.State.UNDONE:
        return source
    _refuse_unless(source, Import.State.DONE, "这份表没有导入过")
    assert source.batch is not None
    batch = batches.lock_for_edit(source.batch, maker)
    if batch.state != State.DRAFT:
        raise CannotImport("这一批已提交过，不能撤销导入")
    batch.claims.open().update(state=State.WITHDRAWN)
    batches.touch(batch, maker, now)
    batches.settle(batch)
    source.state = Import.State.UNDONE
    _keep(source, now)
    audit.record(actor=maker, action="import.undo", target=batch.number, place=source.village.code, at=now)
    return source


@transaction.atomic
def drop(*, source: Import, maker: User, now: dt.datetime) -> Import:
    """Give up a workbook of which nothing was written; the same file may be sent again. Raises CannotImport."""
    source = _locked(source)
    if source.state == Import.State.DROPPED:
        return source
    if not source.can_be_dropped:
        raise CannotImport("这份表正在处理或已经导入，不能放弃")
    ImportRow.objects.filter(source=source).delete()
    source.state, source.message = Import.State.DROPPED, ""
    _keep(source, now)
    audit.record(actor=maker, action="import.drop", target=source.name, place=source.village.code, at=now)
    return source


@transaction.atomic
def recheck(*, source: Import, now: dt.datetime) -> Import:
    """Read the file once more: after a crash, or when a job did not come to its end. Raises CannotImport."""
    source = _locked(source)
    stuck = source.is_busy and source.job is not None and source.job.state == Job.State.FAILED
    if not stuck and source.state != Import.State.CHECKED:
        raise CannotImport("这份表不用重新校验")
    source.state, source.message = Import.State.CHECKING, ""
    _queue(source, CHECK, now)
    return source


def needs_reading(source: Import) -> bool:
    """Whether the lines of a checked import are gone, as after a crash of the database."""
    return source.state == Import.State.CHECKED and not ImportRow.objects.filter(source=source).exists()


def _locked(source: Import) -> Import:
    locked = Import.objects.select_for_update(of=("self",))
    return locked.select_related("village__township", "maker", "batch", "rule_set", "job", "file").get(pk=source.pk)


def _refuse_unless(source: Import, state: str, words: str) -> None:
    if source.state != state:
        raise CannotImport(words)


def _queue(source: Import, kind: str, now: dt.datetime, **params: int) -> None:
    source.tries += 1
    source.job, _ = jobs.enqueue(
        kind=kind, scope=str(source.pk), version=source.tries, owner=source.maker, params=params, now=now
    )
    _keep(source, now)


def _keep(source: Import, now: dt.datetime) -> None:
    source.updated_at = now
    source.save()
