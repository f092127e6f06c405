"""Batches of claims while they are with their maker: opened, filled row by row, submitted, recalled, corrected."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from points import caps, checks, permissions, rules
from points.checks import CannotSave
from points.models import Batch, BatchEditor, Claim, Entry, Rule
from points.models.batches import OPEN, State
from qianjiang_portal.foundation import audit, calendar, numbering
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import roster
from villages.models import Household, Resident, User, Village


class CannotOpen(Refused):
    """A batch cannot be begun for this village, rule and day."""


class RowChanged(Conflict):
    """Somebody saved the row in between; `claim` is what stands there now."""

    def __init__(self, claim: Claim) -> None:
        super().__init__("这一行刚被改过，请对照后再保存")
        self.claim = claim


class CannotSubmit(Refused):
    """The batch cannot go to review yet; `problems` says why for each claim id."""

    def __init__(self, message: str, code: str = "", problems: dict[int, str] | None = None) -> None:
        super().__init__(message, code)
        self.problems = problems or {}


@dataclass(frozen=True)
class Saved:
    """A row as it was kept, and what its maker should know about it."""

    claim: Claim
    warnings: list[str] = field(default_factory=list)


@transaction.atomic
def open_draft(
    *,
    maker: User,
    village: Village,
    rule: Rule | None,
    occurred_on: dt.date,
    key: str,
    source: str = Batch.Source.ENTRY,
    reason: str = "",
    now: dt.datetime,
) -> Batch:
    """Begin a batch, or answer the one this maker began with the same key. Raises CannotOpen."""
    begun = Batch.objects.filter(maker=maker, idempotency_key=key)
    if existing := begun.first():
        return existing
    if not permissions.can_enter(maker, village):
        raise CannotOpen("没有在这个村录入的任职")
    rule_set = rules.in_force(village, occurred_on)
    if rule_set is None:
        raise CannotOpen(f"{village.short_name}在 {occurred_on:%Y-%m-%d} 没有生效的积分细则")
    checks.check_day(occurred_on, now)
    if rule is not None:
        checks.check_rule(rule, rule_set.pk, occurred_on)
    number = _next_number(now)
    # Taking a number waits for whoever takes one now: the same key sent twice at once meets its twin here.
    if existing := begun.first():
        return existing
    batch = Batch.objects.create(
        number=number,
        village=village,
        rule_set=rule_set,
        rule=rule,
        occurred_on=occurred_on,
        source=source,
        maker=maker,
        idempotency_key=key,
        reason=reason,
        made_at=now,
        updated_at=now,
    )
    BatchEditor.objects.create(batch=batch, user=maker)
    return batch


def put_claim(
    *,
    batch: Batch,
    editor: User,
    client_key: uuid.UUID,
    household: Household,
    rule: Rule,
    points: int,
    occurred_on: dt.date,
    note: str = "",
    resident: Resident | None = None,
    quantity: int = 1,
    version: int | None = None,
    is_held: bool = False,
    now: dt.datetime,
) -> Saved:
    """Insert a row, or change the one saved before with the same `client_key`. Sent twice, it is kept once.

    `points` carry their sign; `version` is the one the editor saw, None for a new row; without a `resident` a rule
    that counts persons is for the head; `is_held` where this transaction has the batch from `hold`.
    Raises CannotSave, RowChanged.
    """
    with transaction.atomic(savepoint=not is_held):
        batch = batch if is_held else lock_for_edit(batch, editor)
        resident = checks.who(household, rule, resident)
        seen = checks.around(batch, client_key, household, rule, occurred_on, resident)
        claim = seen.claim
        wanted = {
            "household": household,
            "resident": resident,
            "rule": rule,
            "quantity": quantity,
            "points": points,
            "occurred_on": occurred_on,
            "note": note.strip(),
        }
        if claim and claim.state in OPEN and _is(claim, wanted):
            return Saved(claim)
        if claim and (claim.state not in OPEN or (version is not None and version != claim.version)):
            raise RowChanged(claim)
        checks.check_note(note)
        warnings = checks.check_row(batch, seen, household, rule, points, occurred_on, now)
        if claim is None:
            claim = Claim(batch=batch, client_key=client_key, line=seen.last_line + 1, maker=batch.maker)
        else:
            claim.version += 1
        for name, value in wanted.items():
            setattr(claim, name, value)
        claim.save()
        touch(batch, editor, now)
        return Saved(claim, warnings)


@transaction.atomic
def remove_claim(*, batch: Batch, editor: User, claim: Claim, now: dt.datetime) -> Claim:
    """Take a row out of an open batch; it stays as 已撤销 and can be put back."""
    batch = lock_for_edit(batch, editor)
    claim = batch.claims.select_for_update().get(pk=claim.pk)
    if claim.state in OPEN:
        claim.state = State.WITHDRAWN
        claim.version += 1
        claim.save()
        touch(batch, editor, now)
        if batch.state == State.RETURNED and not batch.claims.open().exists():
            settle(batch)
    return claim


@transaction.atomic
def restore_claim(*, batch: Batch, editor: User, claim: Claim, now: dt.datetime) -> Saved:
    """Put a removed row back where it was. Raises CannotSave where it does not fit any more."""
    batch = lock_for_edit(batch, editor)
    claim = batch.claims.select_for_update().get(pk=claim.pk)
    if claim.state != State.WITHDRAWN:
        return Saved(claim)
    seen = checks.around(batch, claim.client_key, claim.household, claim.rule, claim.occurred_on, claim.resident)
    warnings = checks.check_row(batch, seen, claim.household, claim.rule, claim.points, claim.occurred_on, now)
    claim.state = State.RETURNED if claim.return_reasons else State.DRAFT
    claim.version += 1
    claim.save()
    touch(batch, editor, now)
    return Saved(claim, warnings)


@transaction.atomic
def submit(*, batch: Batch, maker: User, version: int | None = None, now: dt.datetime) -> Batch:
    """Send the open rows to review and reserve their caps under the households' locks.

    Sent twice, it is submitted once. Raises CannotSubmit, Conflict.
    """
    batch = Batch.objects.select_for_update(of=("self",)).select_related("village").get(pk=batch.pk)
    if batch.state == State.SUBMITTED and batch.maker_id == maker.pk:
        return batch
    if not permissions.can_edit(maker, batch):
        raise CannotSubmit("这一批已提交，或没有修改它的任职")
    if version is not None and version != batch.version:
        raise Conflict("这一批刚被改过，请对照后再提交")
    claims = list(batch.claims.open().select_related("household", "rule", "resident").order_by("line"))
    if not claims:
        raise CannotSubmit("这一批还没有农户，录入后再提交")
    roster.lock(claim.household_id for claim in claims)
    if problems := _problems(claims, now):
        raise CannotSubmit(f"还有 {len(problems)} 行要改，改好后再提交", "G-17", problems)
    batch.claims.open().update(state=State.SUBMITTED, checker=None, decided_at=None)
    batch.state, batch.submitted_at, batch.opened_by, batch.opened_at = State.SUBMITTED, now, None, None
    touch(batch, maker, now)
    _record(maker, "batch.submit", batch, now, rows=len(claims), points=sum(claim.points for claim in claims))
    return batch


@transaction.atomic
def recall(*, batch: Batch, maker: User, now: dt.datetime) -> Batch:
    """Take a submitted batch back while nobody has opened it for review. Raises CannotSubmit."""
    batch = Batch.objects.select_for_update(of=("self",)).select_related("opened_by").get(pk=batch.pk)
    if batch.maker_id != maker.pk or batch.state != State.SUBMITTED:
        raise CannotSubmit("这一批不在待审核，不能撤回")
    if batch.opened_by:
        raise CannotSubmit(f"{batch.opened_by.name} 已开始审核，请联系退回", "G-21")
    waiting = batch.claims.filter(state=State.SUBMITTED)
    waiting.filter(return_reasons=[]).update(state=State.DRAFT)
    waiting.exclude(return_reasons=[]).update(state=State.RETURNED)
    settle(batch)
    touch(batch, maker, now)
    _record(maker, "batch.recall", batch, now)
    return batch


@transaction.atomic
def correct(*, entry: Entry, maker: User, reason: str, now: dt.datetime) -> Batch:
    """Begin and submit the reversal of an entry, in a batch of its own that goes the way of every other claim.

    Raises CannotSubmit.
    """
    entry = Entry.objects.select_for_update(of=("self",)).select_related("rule", "household__village").get(pk=entry.pk)
    if not reason.strip():
        raise CannotSubmit("写明冲正的原因")
    if kind := personal_data(reason):
        raise CannotSubmit(f"冲正原因里像是有{kind}，去掉再提交", "N-01")
    if entry.kind not in ("award", "deduction") or entry.rule is None:
        raise CannotSubmit("只有加分和扣分可以这样冲正")
    if hasattr(entry, "reversed_by") or entry.reversing_claims.live().exists():
        raise CannotSubmit("这一笔已经冲正过，或正在冲正")
    if not permissions.can_enter(maker, entry.household.village):
        raise CannotSubmit("没有在这个村录入的任职")
    if entry.household.successor_id:
        raise CannotSubmit("这一户已经并入或迁为别的户，这里的流水不再改")
    batch = _correction_batch(entry, maker, reason, now)
    Claim.objects.create(
        batch=batch,
        line=1,
        client_key=uuid.uuid4(),
        household=entry.household,
        rule=entry.rule,
        points=-entry.points,
        occurred_on=calendar.local_date(now),
        note=reason.strip()[:60],
        maker=maker,
        reverses=entry,
    )
    return submit(batch=batch, maker=maker, now=now)


def settle(batch: Batch) -> None:
    """Set a batch's state to the work that is left to do on its claims. Call it with the batch locked."""
    states = set(batch.claims.order_by().values_list("state", flat=True).distinct())
    batch.state = next((state for state in State if state in states), State.WITHDRAWN) if states else State.DRAFT
    batch.version += 1
    batch.save()


def settle_all(touched: QuerySet[Batch]) -> None:
    """The same for several, locked in the order of their ids. Needs a transaction."""
    for batch in Batch.objects.select_for_update(of=("self",)).filter(pk__in=touched.values("pk")).order_by("pk"):
        settle(batch)


def _correction_batch(entry: Entry, maker: User, reason: str, now: dt.datetime) -> Batch:
    assert entry.rule is not None
    batch = Batch.objects.create(
        number=_next_number(now),
        village=entry.household.village,
        rule_set=entry.rule.rule_set,
        rule=entry.rule,
        occurred_on=calendar.local_date(now),
        source=Batch.Source.CORRECTION,
        maker=maker,
        idempotency_key=f"correct:{entry.pk}:{uuid.uuid4()}",
        reason=reason.strip()[:120],
        made_at=now,
        updated_at=now,
    )
    BatchEditor.objects.create(batch=batch, user=maker)
    return batch


def lock_for_edit(batch: Batch, editor: User) -> Batch:
    """The batch, locked, where this person may change its rows now. Raises CannotSave."""
    held = hold(Batch.objects.filter(pk=batch.pk), editor)
    assert held is not None
    return held


def hold(wanted: QuerySet[Batch], editor: User) -> Batch | None:
    """The one batch asked for, locked as `lock_for_edit` does; None where there is none. Needs a transaction."""
    batch = wanted.select_for_update(of=("self",)).select_related("village", "maker").first()
    if batch is not None and not permissions.can_edit(editor, batch):
        raise CannotSave("这一批已提交，或没有修改它的任职")
    return batch


def _problems(claims: list[Claim], now: dt.datetime) -> dict[int, str]:
    """What has come up since the rows were typed: a household gone, a rule over, a cap taken by somebody else."""
    problems: dict[int, str] = checks.unproved(claims)
    uses = caps.tally((claim for claim in claims if not claim.reverses_id), batch_id=claims[0].batch_id)
    for claim in claims:
        try:
            checks.check_again(claim, uses.get(claim.pk, caps.Used(claim.rule, 0, 0)), now)
        except CannotSave as refusal:
            problems[claim.pk] = str(refusal)
    return problems


def touch(batch: Batch, editor: User, now: dt.datetime) -> None:
    """Note that somebody changed the batch: they can never check it, and whoever is looking at it sees it move."""
    # The maker is an editor from the first day; everybody else is noted at their first change.
    if editor.pk != batch.maker_id:
        BatchEditor.objects.get_or_create(batch=batch, user=editor)
    batch.version += 1
    batch.updated_at = now
    batch.save()


def _is(claim: Claim, wanted: dict[str, Any]) -> bool:
    """Whether a claim says all that already; what it names is compared by id, so that nothing is read for it."""
    ids = {f"{name}_id": value.pk for name, value in wanted.items() if isinstance(value, Model)}
    plain = {name: value for name, value in wanted.items() if not isinstance(value, Model)}
    return all(getattr(claim, name) == value for name, value in (plain | ids).items())


def _next_number(now: dt.datetime) -> str:
    month = calendar.local_date(now).strftime("%y%m")
    return f"{month}-{numbering.take(f'batch:{month}'):03}"


def _record(actor: User, action: str, batch: Batch, now: dt.datetime, **facts: int) -> None:
    audit.record(actor=actor, action=action, target=batch.number, place=batch.village.code, facts=facts, at=now)
