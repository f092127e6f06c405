"""What proves a row: photographs and papers, added and taken back while the row is its maker's."""

import datetime as dt

from django.core.files.base import File as Sent
from django.db import transaction

from points import batches, permissions
from points.models import Batch, Claim, Evidence, Rule
from points.models.batches import OPEN, State
from qianjiang_portal.foundation import audit, options, uploads
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User


class CannotProve(Refused):
    """The evidence cannot be kept or taken back."""


@transaction.atomic
def add(
    *,
    batch: Batch,
    file: "Sent[bytes]",
    by: User,
    now: dt.datetime,
    claim: Claim | None = None,
    caption: str = "",
) -> Evidence:
    """Keep a photograph or PDF for a row, or for all rows of the batch. Raises CannotProve, BadUpload."""
    batch = _locked(batch, by)
    if kind := personal_data(caption):
        raise CannotProve(f"说明里像是有{kind}，去掉再传", "N-01")
    _check_wanted(batch, claim)
    most = options.get("evidence_files_a_batch")
    if batch.evidence.standing().count() >= most:
        raise CannotProve(f"一批最多 {most} 份证明，撤下用不上的再传")
    with uploads.storing(sent=file, place=batch.village.code, by=by, now=now) as stored:
        assert stored
        said = {"caption": caption.strip(), "made_by": by, "made_at": now}
        made = Evidence.objects.create(batch=batch, claim=claim, file=stored, **said)
        batches.touch(batch, by, now)
        _record("evidence.add", made, by, now)
    return made


@transaction.atomic
def withdraw(*, evidence: Evidence, by: User, now: dt.datetime) -> Evidence:
    """Take evidence back; that it was there stays known. Raises CannotProve."""
    batch = _locked(evidence.batch, by)
    evidence = Evidence.objects.select_for_update(of=("self",)).select_related("claim", "file").get(pk=evidence.pk)
    if evidence.withdrawn_at:
        return evidence
    covered = [evidence.claim.state] if evidence.claim else batch.claims.live().values_list("state", flat=True)
    if any(state not in (*OPEN, State.WITHDRAWN) for state in covered):
        raise CannotProve("有的行已经送审，它们的证明不能撤下")
    evidence.batch = batch
    evidence.withdrawn_at, evidence.withdrawn_by = now, by
    evidence.save(update_fields=["withdrawn_at", "withdrawn_by"])
    batches.touch(batch, by, now)
    _record("evidence.withdraw", evidence, by, now)
    return evidence


def note_reading(*, evidence: Evidence, by: User, now: dt.datetime) -> None:
    """Write down who had a look: a photograph may show people and their homes."""
    _record("evidence.read", evidence, by, now)


def _locked(batch: Batch, by: User) -> Batch:
    batch = Batch.objects.select_for_update(of=("self",)).select_related("village", "rule").get(pk=batch.pk)
    if not permissions.can_edit(by, batch):
        raise CannotProve("这一批已提交，或没有修改它的任职")
    return batch


def _check_wanted(batch: Batch, claim: Claim | None) -> None:
    if claim is not None and (claim.batch_id != batch.pk or claim.state not in OPEN):
        raise CannotProve("这一行已经送审或移除，不能再加证明")
    rule = claim.rule if claim else batch.rule
    if rule is not None and rule.evidence == Rule.Evidence.NONE:
        raise CannotProve(f"{rule} 不用传证明")


def _record(action: str, evidence: Evidence, by: User, now: dt.datetime) -> None:
    facts = {"line": evidence.claim.line} if evidence.claim else {}
    batch = evidence.batch
    audit.record(
        actor=by,
        action=action,
        target=batch.number,
        place=batch.village.code,
        facts=facts | {"file": evidence.file.name},
        at=now,
    )
