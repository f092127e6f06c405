"""When a notice has been up for its days: what stands becomes points, what is contested waits for its check."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When

from points import batches, ledger, permissions, seals
from points.models import Batch, Claim, Notice, Seal
from points.models.batches import State
from points.models.ledger import Kind
from qianjiang_portal.foundation import audit, calendar, jobs
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages import roster
from villages.models import Household, User, Village

# In the order in which `_line_to_post` takes them.
LINE_FIELDS = (
    "pk",
    "rule__kind",
    "rule__rule_set_id",
    "rule__code",
    "reverses_id",
    "reverses__source",
    "points",
    "occurred_on",
    "household_id",
    "household__number",
    "household__village_id",
    "household__grid_id",
    "household__grid__number",
    "rule_id",
    "rule__dimension",
    "rule__joy",
)


class CannotPost(Refused):
    """The notice's points cannot be posted now."""


class CannotSettle(Refused):
    """The contested row cannot be settled like that."""


@dataclass(frozen=True)
class Posting:
    """What a posting did: how many claims took effect, how many were set aside for a check, and the seal, if any."""

    notice: Notice
    effective: int
    contested: int
    seal: Seal | None


@transaction.atomic
def post(*, notice: Notice, now: dt.datetime, by: User | None = None) -> Posting:
    """Post what stands when the period is over, under one seal; what no longer fits is set aside for a check.

    Posted twice, it is posted once. `by` is None for the scheduled job. Raises CannotPost.
    """
    head = ledger.lock_village(notice.village)
    notice = Notice.objects.select_for_update(of=("self",)).select_related("village").get(pk=notice.pk)
    if notice.state == Notice.State.POSTED:
        return Posting(notice, 0, 0, None)
    if by is not None and not permissions.can_post(by, notice):
        raise CannotPost("没有给这个村入账的任职")
    if now < notice.due_at:
        raise CannotPost(
            f"公示到 {notice.ends_on:%Y-%m-%d}，{notice.due_at.astimezone(calendar.SHANGHAI):%Y-%m-%d %H:%M} 后入账"
        )
    claims = notice.claims.filter(state=State.PUBLISHED)
    roster.lock(claims.order_by().values_list("household_id", flat=True).distinct())
    lines, contested = _lines_that_stand(claims, notice.village)
    seal = ledger.append(head=head, village=notice.village, lines=lines, now=now) if lines else None
    effective = claims.update(state=State.EFFECTIVE)
    notice.state, notice.posted_at, notice.posted_by = Notice.State.POSTED, now, by
    notice.save(update_fields=["state", "posted_at", "posted_by"])
    batches.settle_all(Batch.objects.filter(claims__notice=notice))
    audit.record(
        actor=by,
        action="notice.post",
        target=notice.code,
        place=notice.village.code,
        facts={"effective": effective, "contested": contested},
        at=now,
    )
    return Posting(notice, effective, contested, seal)


@transaction.atomic
def settle_contested(*, claim: Claim, by: User, uphold: bool, reason: str, now: dt.datetime) -> Claim:
    """End the check of a row: upheld it is posted now, otherwise withdrawn. Raises CannotSettle."""
    village = Village.objects.get(batches__claims=claim)
    ledger.lock_village(village)
    Batch.objects.select_for_update(of=("self",)).get(claims=claim)
    claim = (
        Claim.objects.select_for_update(of=("self",))
        .select_related("household__grid", "rule", "batch")
        .get(pk=claim.pk)
    )
    _refuse_settling(claim, village, by, reason)
    if uphold:
        ledger.post(village=village, lines=lines_to_post(Claim.objects.filter(pk=claim.pk)), now=now)
    claim.state = State.EFFECTIVE if uphold else State.WITHDRAWN
    claim.contest_reason = reason.strip()[:120]
    claim.version += 1
    claim.save()
    batches.settle(claim.batch)
    audit.record(
        actor=by,
        action="claim.uphold" if uphold else "claim.withdraw",
        target=str(claim),
        place=village.code,
        facts={"points": claim.points},
        at=now,
    )
    return claim


@transaction.atomic
def post_job(held: jobs.Held, notice: Notice) -> Posting:
    """Post a notice as a background job: the posting and the job's end are kept together or not at all."""
    posting = post(notice=notice, now=calendar.now())
    held.finish()
    return posting


def due(now: dt.datetime) -> list[Notice]:
    """Open notices whose points may be posted."""
    return list(Notice.objects.open().filter(due_at__lte=now).select_related("village").order_by("due_at", "pk"))


def _refuse_settling(claim: Claim, village: Village, by: User, reason: str) -> None:
    if claim.state != State.CONTESTED:
        raise CannotSettle("这一行不在核实中")
    if not permissions.can_settle(by, village) or permissions.is_editor(by, claim.batch):
        raise CannotSettle("请由没有录入这一批的评议审核或分管领导处理")
    if claim.doubts.exclude(objection__state="settled").exists():
        raise CannotSettle("这一行有村民提了异议，到异议页处理")
    if not reason.strip():
        raise CannotSettle("写明核实结果")
    if kind := personal_data(reason):
        raise CannotSettle(f"核实结果里像是有{kind}，去掉再保存", "N-01")


def _lines_that_stand(claims: QuerySet[Claim], village: Village) -> tuple[list[ledger.Line], int]:
    """What there is to post, read once; claims whose household has gone in between are put under check instead.

    Answers how many those are, too.
    """
    # A reversal of a household that moved away is no gain of theirs: the mistake is put right all the same.
    moved, merged = Household.State.MOVED, Household.State.MERGED
    reasons = [
        (Q(household__state=moved, reverses__isnull=True), moved.label),
        (Q(household__state=merged), merged.label),
        (~Q(household__village=village.pk), "换了村"),
    ]
    gone = Case(When(reduce(or_, (unfit for unfit, _ in reasons)), then=True), default=False)
    rows = list(_rows(claims.annotate(gone=gone), "gone"))
    if not any(row[-1] for row in rows):
        return [_line_to_post(*row[:-1]) for row in rows], 0
    contested = sum(
        claims.filter(unfit).update(state=State.CONTESTED, contest_reason=f"公示期内{reason}", version=F("version") + 1)
        for unfit, reason in reasons
    )
    return lines_to_post(claims), contested


def lines_to_post(claims: QuerySet[Claim]) -> list[ledger.Line]:
    """What claims become in the ledger, households in the order in which they are locked."""
    return [_line_to_post(*row) for row in _rows(claims)]


def _rows(claims: QuerySet[Claim], *more: str) -> Iterable[tuple[Any, ...]]:
    return claims.order_by("household_id", "pk").values_list(*LINE_FIELDS, *more)


def _line_to_post(
    pk: int,
    kind: str,
    rule_set: int,
    code: str,
    reverses_id: int | None,
    reverses: str | None,
    points: int,
    occurred_on: dt.date,
    *place_and_rule: Any,
) -> ledger.Line:
    household_id, household, village_id, grid_id, grid, rule_id, dimension, joy = place_and_rule
    return ledger.Line(
        f"claim:{pk}",
        points,
        Kind.REVERSAL if reverses_id else kind,
        occurred_on,
        household_id,
        household,
        village_id,
        grid_id,
        grid,
        rule_id,
        seals.rule_name(rule_set, code),
        dimension,
        joy,
        reverses_id,
        reverses or "",
    )
