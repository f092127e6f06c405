"""Returned rows, corrected by their maker and sent to review again in one step."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from points import batches
from points.batches import CannotSubmit
from points.models import Batch, Claim
from points.models.batches import State
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User


@dataclass(frozen=True)
class Correction:
    """What the maker puts in a returned row; `points` carry their sign, `version` is the one that was on the page."""

    points: int
    note: str
    version: int


@transaction.atomic
def resubmit(*, batch: Batch, maker: User, corrections: Mapping[int, Correction], now: dt.datetime) -> Batch:
    """Save the corrections (by claim id) and submit the batch, or nothing at all.

    Raises CannotSubmit, whose `problems` name the rows that were not accepted.
    """
    problems: dict[int, str] = {}
    rows = batch.claims.filter(state=State.RETURNED, pk__in=corrections).select_related("household", "rule", "resident")
    for claim in rows:
        try:
            _correct(batch, maker, claim, corrections[claim.pk], now)
        except Refused as refusal:
            problems[claim.pk] = str(refusal)
    if problems:
        raise CannotSubmit(f"还有 {len(problems)} 行要改，改好后再提交", "G-17", problems)
    return batches.submit(batch=batch, maker=maker, now=now)


def _correct(batch: Batch, maker: User, claim: Claim, correction: Correction, now: dt.datetime) -> None:
    batches.put_claim(
        batch=batch,
        editor=maker,
        client_key=claim.client_key,
        household=claim.household,
        rule=claim.rule,
        points=correction.points,
        occurred_on=claim.occurred_on,
        note=correction.note,
        resident=claim.resident,
        quantity=claim.quantity,
        version=correction.version,
        now=now,
    )
