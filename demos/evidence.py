"""What speaks for a candidate and against it: scores in three columns, evidence, the negative list, inspections."""

import datetime as dt
from collections.abc import Mapping

from django.core.files.base import File as Sent
from django.db import transaction

from demos import permissions
from demos.models import Candidate, Criterion, Evidence, Finding, Inspection, Score
from qianjiang_portal.foundation import audit, calendar, uploads
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User

Column = Score.Column


class CannotScore(Refused):
    """The scores cannot be kept."""


class CannotProve(Refused):
    """The evidence, finding or note cannot be kept."""


@transaction.atomic
def score(*, candidate: Candidate, column: str, points: Mapping[int, int | None], by: User, now: dt.datetime) -> int:
    """Put one column's points by criterion id, None takes a score away; all or none. Raises CannotScore."""
    candidate = _locked(candidate)
    if not permissions.can_score(by, candidate, column):
        raise CannotScore(f"{Column(column).label}不由您填")
    items = {one.pk: one for one in Criterion.objects.filter(standard=candidate.standard_id, is_veto=False)}
    there = {one.criterion_id: one for one in candidate.scores.filter(column=column)}
    own = _own_of_other_column(candidate, column, by)
    changed: dict[int, int | None] = {}
    for pk, given in points.items():
        item, old = items.get(pk), there.get(pk)
        if item is None:
            raise CannotScore("有一条标准已经改版，刷新页面再填")
        if given == (old.points if old else None):
            continue
        _check_points(item, given, pk in own)
        changed[pk] = given
    if changed:
        _put(candidate, column, changed, by, now)
        facts = {"column": column, "items": len(changed)}
        audit.record(
            actor=by,
            action="candidate.score",
            target=str(candidate),
            place=candidate.place.code,
            at=now,
            facts=facts,
        )
    return len(changed)


@transaction.atomic
def add(
    *,
    candidate: Candidate,
    criterion: Criterion,
    caption: str,
    of: dt.date,
    by: User,
    now: dt.datetime,
    kept_at: str = "",
    file: "Sent[bytes] | None" = None,
) -> Evidence:
    """Enter what proves an item: a photograph or PDF, or where it is kept. Raises CannotProve, BadUpload."""
    candidate = _locked(candidate)
    if not permissions.can_prepare(by, candidate):
        raise CannotProve("材料由本乡镇街道或区级登记")
    if criterion.standard_id != candidate.standard_id or criterion.is_veto:
        raise CannotProve("材料要对应本计划的一条标准")
    if not caption.strip():
        raise CannotProve("写明材料是什么")
    if not kept_at.strip() and not file:
        raise CannotProve("上传文件，或写明文号和放在哪里")
    if of > calendar.local_date(now):
        raise CannotProve("材料日期还没有到")
    with uploads.storing(sent=file, place=candidate.place.code, by=by, now=now) as stored:
        made = Evidence.objects.create(
            candidate=candidate,
            criterion=criterion,
            caption=caption.strip(),
            of=of,
            kept_at=kept_at.strip(),
            file=stored,
            made_by=by,
            made_at=now,
        )
        _record("candidate.evidence", candidate, by, now)
    return made


@transaction.atomic
def withdraw(*, evidence: Evidence, by: User, now: dt.datetime) -> Evidence:
    """Take evidence out of the file; that it was there stays known. Raises CannotProve."""
    candidate = _locked(evidence.candidate)
    evidence = Evidence.objects.select_for_update().get(pk=evidence.pk)
    if not permissions.can_prepare(by, candidate):
        raise CannotProve("材料由本乡镇街道或区级登记")
    if candidate.stage.is_done:
        raise CannotProve("已经认定，材料不能撤下")
    if evidence.withdrawn_at:
        raise CannotProve("这份材料已经撤下")
    evidence.withdrawn_at = now
    evidence.save(update_fields=["withdrawn_at"])
    _record("candidate.evidence-withdraw", candidate, by, now)
    return evidence


@transaction.atomic
def find(*, candidate: Candidate, criterion: Criterion, on: dt.date, text: str, by: User, now: dt.datetime) -> Finding:
    """Enter something of the negative list. Raises CannotProve."""
    candidate = _locked(candidate)
    _check_finder(candidate, by)
    if criterion.standard_id != candidate.standard_id or not criterion.is_veto:
        raise CannotProve("选负面清单里的一条")
    if not text.strip():
        raise CannotProve("写明情况")
    if on > calendar.local_date(now):
        raise CannotProve("发现日期还没有到")
    if candidate.findings.filter(criterion=criterion, cleared_on=None).exists():
        raise CannotProve("这一条已经登记，还没有销号")
    made = Finding.objects.create(candidate=candidate, criterion=criterion, found_on=on, text=text.strip(), made_by=by)
    _record("candidate.find", candidate, by, now)
    return made


@transaction.atomic
def clear(*, finding: Finding, on: dt.date, how: str, by: User, now: dt.datetime) -> Finding:
    """Say that something of the negative list is mended; only the district does. Raises CannotProve."""
    candidate = _locked(finding.candidate)
    finding = Finding.objects.select_for_update().get(pk=finding.pk)
    if not permissions.can_recheck(by):
        raise CannotProve("销号由区级登记")
    if finding.cleared_on:
        raise CannotProve("已经销号")
    if not how.strip():
        raise CannotProve("写明整改情况")
    if not finding.found_on <= on <= calendar.local_date(now):
        raise CannotProve("销号日期在发现日期和今天之间")
    finding.cleared_on, finding.cleared = on, how.strip()
    finding.save(update_fields=["cleared_on", "cleared"])
    _record("candidate.clear", candidate, by, now)
    return finding


@transaction.atomic
def inspect(
    *,
    candidate: Candidate,
    on: dt.date,
    inspectors: str,
    text: str,
    by: User,
    now: dt.datetime,
    photo: "Sent[bytes] | None" = None,
) -> Inspection:
    """Write down what was seen on the spot, with a photograph where there is one. Raises CannotProve, BadUpload."""
    candidate = _locked(candidate)
    _check_finder(candidate, by)
    if not inspectors.strip() or not text.strip():
        raise CannotProve("写明检查人和情况")
    if on > calendar.local_date(now):
        raise CannotProve("检查日期还没有到")
    with uploads.storing(sent=photo, place=candidate.place.code, by=by, now=now) as stored:
        said = {"inspectors": inspectors.strip(), "text": text.strip(), "photo": stored}
        made = Inspection.objects.create(candidate=candidate, on=on, **said, made_by=by, made_at=now)
        _record("candidate.inspect", candidate, by, now)
    return made


def _check_points(item: Criterion, given: int | None, is_own: bool) -> None:
    if given is not None and not 0 <= given <= item.weight:
        raise CannotScore(f"第 {item.position} 条最多 {item.weight} 分")
    if is_own and given is not None:
        raise CannotScore(f"第 {item.position} 条自评和镇评要由两个人填")


def _put(candidate: Candidate, column: str, changed: Mapping[int, int | None], by: User, now: dt.datetime) -> None:
    """The whole column in two statements."""
    gone = [pk for pk, given in changed.items() if given is None]
    candidate.scores.filter(column=column, criterion__in=gone).delete()
    facts = {"candidate": candidate, "column": column, "made_by": by, "made_at": now}
    Score.objects.bulk_create(
        [Score(criterion_id=pk, points=given, **facts) for pk, given in changed.items() if given is not None],
        update_conflicts=True,
        unique_fields=["candidate", "criterion", "column"],
        update_fields=["points", "made_by", "made_at"],
    )


def _own_of_other_column(candidate: Candidate, column: str, by: User) -> set[int]:
    """The items whose self or township score this person gave, when it is the other one's turn."""
    other = {Column.SELF: Column.TOWN, Column.TOWN: Column.SELF}.get(Column(column))
    if other is None:
        return set()
    return set(candidate.scores.filter(column=other, made_by=by).values_list("criterion", flat=True))


def _check_finder(candidate: Candidate, by: User) -> None:
    if not permissions.can_find(by, candidate):
        raise CannotProve("由本乡镇街道的分管领导或区级登记")


def _record(action: str, candidate: Candidate, by: User, now: dt.datetime) -> None:
    audit.record(actor=by, action=action, target=str(candidate), place=candidate.place.code, at=now)


def _locked(candidate: Candidate) -> Candidate:
    found = Candidate.objects.held(candidate.pk)
    if found.closed_on:
        raise CannotProve(f"{found.closed_on} 已经退出")
    return found
