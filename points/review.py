"""The panel's work: open a batch, see what stands out, pass rows or send them back with a reason."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from points import batches, caps, permissions
from points.checks import signed
from points.models import Batch, Claim, Evidence, PanelMember, Review
from points.models.batches import RESERVING, State
from points.models.reviews import recused_homes
from qianjiang_portal.foundation import audit, calendar, options
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import User

REASONS = {
    "absent": "没有参加",
    "points": "分值不对",
    "household": "户主不对",
    "repeated": "重复",
    "evidence": "缺证明",
    "other": "其他",
}


class CannotReview(Refused):
    """The decision cannot be taken."""


@dataclass(frozen=True)
class ReturnNote:
    """Why a row goes back: keys of `REASONS`, and the reviewer's own words."""

    reasons: list[str] = field(default_factory=list)
    note: str = ""


def quorum() -> int:
    return int(options.get("panel_quorum"))


def recused(batch: Batch, checker: User) -> set[int]:
    """Claims this person must leave to others: those of their own household and of their kin's."""
    return set(batch.claims.filter(household__in=recused_homes(checker).values("pk")).values_list("pk", flat=True))


@transaction.atomic
def open(*, batch: Batch, checker: User, now: dt.datetime) -> Batch:
    """Note that somebody has begun to review; the first one stays noted. Refuses nobody who may look."""
    batch = Batch.objects.select_for_update(of=("self",)).select_related("village").get(pk=batch.pk)
    if batch.state == State.SUBMITTED and batch.opened_by_id is None and permissions.can_review(checker, batch):
        batch.opened_by, batch.opened_at = checker, now
        batch.save(update_fields=["opened_by", "opened_at"])
        audit.record(actor=checker, action="review.open", target=batch.number, place=batch.village.code, at=now)
    return batch


@transaction.atomic
def decide(
    *,
    batch: Batch,
    checker: User,
    version: int,
    approve: Iterable[int] = (),
    returned: Mapping[int, ReturnNote] | None = None,
    present: Iterable[PanelMember] = (),
    held_at: dt.datetime,
    opinion: str = "",
    now: dt.datetime,
) -> Review:
    """Pass the claims in `approve` (ids) and send back those in `returned`; the rest keep waiting.

    `version` is the batch's as the reviewer saw it. Raises CannotReview, Conflict.
    """
    batch = Batch.objects.select_for_update(of=("self",)).select_related("village").get(pk=batch.pk)
    returned = dict(returned or {})
    passed = set(approve) - set(returned)
    panel = list(present)
    _refuse(batch, checker, version, passed, returned, panel, held_at, now)
    waiting = batch.claims.select_for_update().filter(state=State.SUBMITTED)
    if missing := (passed | set(returned)) - set(waiting.values_list("pk", flat=True)):
        raise _already_decided(batch, missing)
    if (passed | set(returned)) & recused(batch, checker):
        raise CannotReview("自己家和亲属家的行请由其他成员审核")
    _mark(passed, State.APPROVED, checker, now, ReturnNote())
    for pk, note in returned.items():
        _mark([pk], State.RETURNED, checker, now, note)
    return _minute(batch, checker, panel, held_at, opinion, len(passed), len(returned), now)


def hints(batch: Batch) -> dict[int, list[str]]:
    """What the panel should look at twice, by claim id: caps, unusual values, repeats, late entry."""
    return hints_among(list(batch.claims.live().select_related("batch", "rule", "household", "resident")))


def hints_among(claims: list[Claim]) -> dict[int, list[str]]:
    """The same for claims of any batches, with their batch, rule and household at hand. Four queries."""
    elsewhere = _same_day_elsewhere(claims)
    shown_before = _shown_before(claims)
    uses = caps.tally(claim for claim in claims if not claim.reverses_id)
    with options.held():
        found = {claim.pk: _hints_of(claim, uses.get(claim.pk), elsewhere) for claim in claims}
    for claim in claims:
        if {(claim.batch_id, None), (claim.batch_id, claim.pk)} & shown_before:
            found[claim.pk].append("证明在另一批也用过")
    return {pk: texts for pk, texts in found.items() if texts}


def late_before(batch: Batch) -> dt.date:
    """What happened before this day was entered late."""
    entered = calendar.local_date(batch.submitted_at or batch.made_at)
    return entered - dt.timedelta(days=options.get("late_entry_days"))


Day = tuple[int, str, dt.date]


def _hints_of(claim: Claim, use: caps.Used | None, elsewhere: dict[Day, set[int]]) -> list[str]:
    texts = []
    if use is not None:
        if use.count:
            texts.append(f"{use.span}第 {use.count + 1} 次")
        if abs(claim.points) > claim.rule.default_points:
            texts.append(f"高于常用值 {signed(claim.rule.default)}")
    if elsewhere.get((claim.household_id, claim.rule.code, claim.occurred_on), set()) - {claim.batch_id}:
        texts.append("当天已在另一批录过")
    if claim.occurred_on < late_before(claim.batch):
        texts.append("补录")
    return texts


def _same_day_elsewhere(claims: list[Claim]) -> dict[Day, set[int]]:
    """The batches that hold a counting claim of the same household, rule and day."""
    others = Claim.objects.filter(
        household__in={claim.household_id for claim in claims},
        state__in=RESERVING,
        occurred_on__in={claim.occurred_on for claim in claims},
        reverses__isnull=True,
    )
    found: dict[Day, set[int]] = {}
    for household, code, day, batch in others.values_list("household_id", "rule__code", "occurred_on", "batch_id"):
        found.setdefault((household, code, day), set()).add(batch)
    return found


def _shown_before(claims: list[Claim]) -> set[tuple[int, int | None]]:
    """Batch and claim (None for the whole batch) of evidence that also stands behind another batch of the village."""
    standing = Evidence.objects.standing()
    other = standing.filter(file__sha256=OuterRef("file__sha256"), batch__village=OuterRef("batch__village"))
    again = standing.filter(Exists(other.exclude(batch=OuterRef("batch"))), batch__in={one.batch_id for one in claims})
    return set(again.values_list("batch_id", "claim_id"))


def _refuse(
    batch: Batch,
    checker: User,
    version: int,
    passed: set[int],
    returned: Mapping[int, ReturnNote],
    panel: list[PanelMember],
    held_at: dt.datetime,
    now: dt.datetime,
) -> None:
    if permissions.is_editor(checker, batch):
        raise CannotReview("这一批由本人录入，请由其他成员审核", "R-03")
    if not permissions.can_review(checker, batch):
        raise CannotReview("没有审核这个村的任职")
    if batch.state != State.SUBMITTED:
        raise _already_decided(batch, set())
    if version != batch.version:
        raise Conflict("这一批刚被改过，请对照后再审核")
    if not passed and not returned:
        raise CannotReview("还没有选要通过或退回的行")
    if any(not note.reasons and not note.note.strip() for note in returned.values()):
        raise CannotReview("选一个退回原因，录入员才知道怎么改", "R-02")
    if kind := next((kind for note in returned.values() if (kind := personal_data(note.note))), ""):
        raise CannotReview(f"退回说明里像是有{kind}，去掉再提交", "N-01")
    _refuse_meeting(batch, panel, held_at, now)


def _refuse_meeting(batch: Batch, panel: list[PanelMember], held_at: dt.datetime, now: dt.datetime) -> None:
    seated = set(PanelMember.objects.filter(village=batch.village).current(calendar.local_date(held_at)))
    if not set(panel) <= seated:
        raise CannotReview("参评人里有不在任的成员")
    if len(set(panel)) < quorum():
        raise CannotReview(f"参评 {len(set(panel))} 人，至少 {quorum()} 人", "R-04")
    if held_at > now:
        raise CannotReview("会议时间晚于现在")


def _already_decided(batch: Batch, claims: set[int]) -> Conflict:
    decided = Claim.objects.filter(batch=batch, checker__isnull=False).select_related("checker")
    if claims:
        decided = decided.filter(pk__in=claims)
    last = decided.order_by("-decided_at").first()
    if last and last.checker and last.decided_at:
        moment = last.decided_at.astimezone(calendar.SHANGHAI)
        what = "行" if claims else "批"
        return Conflict(f"{last.checker.name} 已在 {moment:%m-%d %H:%M} 处理过这一{what}", "R-05")
    return Conflict("这一批刚被改过，请对照后再审核")


def _mark(ids: Iterable[int], state: str, checker: User, now: dt.datetime, note: ReturnNote) -> None:
    Claim.objects.filter(pk__in=ids).update(
        state=state,
        checker=checker,
        decided_at=now,
        return_reasons=[REASONS.get(reason, reason)[:20] for reason in note.reasons],
        return_note=note.note.strip()[:120],
        version=F("version") + 1,
    )


def _minute(
    batch: Batch,
    checker: User,
    panel: list[PanelMember],
    held_at: dt.datetime,
    opinion: str,
    passed: int,
    returned: int,
    now: dt.datetime,
) -> Review:
    review = Review.objects.create(
        batch=batch,
        decided_by=checker,
        decided_at=now,
        held_at=held_at,
        opinion=opinion.strip()[:200],
        approved=passed,
        returned=returned,
    )
    review.present.set(panel)
    batch.decided_at, batch.updated_at = now, now
    batches.settle(batch)
    facts = {"approved": passed, "returned": returned, "present": len(panel)}
    audit.record(
        actor=checker, action="review.decide", target=batch.number, place=batch.village.code, facts=facts, at=now
    )
    return review
