"""A group of households ticked off on the roster: the draft is made to stand as the ticks do.

Where persons count a tick is the head's; rows of other members are left alone.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from points import batches, sheets
from points.checks import CannotSave
from points.models import Batch, Claim
from villages.models import Household, User


@dataclass(frozen=True)
class Tick:
    """A ticked household. `points` carry their sign."""

    household: Household
    points: int
    note: str = ""


@transaction.atomic
def save(
    *, batch: Batch, editor: User, shown: Collection[int], ticks: Sequence[Tick], now: dt.datetime
) -> dict[int, CannotSave]:
    """Add, change and take out rows of the households `shown` (by id); answers the refusals by household.

    Sent twice, nothing changes the second time. Raises CannotSave where the editor may not change the batch.
    """
    batch = batches.lock_for_edit(batch, editor)
    standing = {claim.household_id: claim for claim in _standing(batch) if claim.household_id in shown}
    refused = _change(batch, editor, standing, ticks, now)
    ticked = {tick.household.pk for tick in ticks}
    for pk in sorted(set(standing) - ticked):
        batches.remove_claim(batch=batch, editor=editor, claim=standing[pk], now=now)
    return refused | _add(batch, editor, [tick for tick in ticks if tick.household.pk not in standing], now)


def _standing(batch: Batch) -> Sequence[Claim]:
    claims = batch.claims.live().filter(rule=batch.rule, occurred_on=batch.occurred_on, resident=None)
    return list(claims.select_related("household"))


def _change(
    batch: Batch, editor: User, standing: dict[int, Claim], ticks: Sequence[Tick], now: dt.datetime
) -> dict[int, CannotSave]:
    refused = {}
    for tick in ticks:
        claim = standing.get(tick.household.pk)
        if claim is None or (claim.points, claim.note) == (tick.points, tick.note):
            continue
        try:
            _put(batch, editor, claim, tick, now)
        except CannotSave as refusal:
            refused[tick.household.pk] = refusal
    return refused


@transaction.atomic
def _put(batch: Batch, editor: User, claim: Claim, tick: Tick, now: dt.datetime) -> None:
    assert batch.rule
    batches.put_claim(
        batch=batch,
        editor=editor,
        client_key=claim.client_key,
        household=tick.household,
        rule=batch.rule,
        points=tick.points,
        occurred_on=batch.occurred_on,
        note=tick.note,
        now=now,
    )


def _add(batch: Batch, editor: User, ticks: Sequence[Tick], now: dt.datetime) -> dict[int, CannotSave]:
    assert batch.rule
    rows = [
        sheets.Row(uuid.uuid4(), tick.household, batch.rule, tick.points, batch.occurred_on, tick.note)
        for tick in ticks
    ]
    outcomes = sheets.put(batch=batch, editor=editor, rows=rows, now=now) if rows else []
    return {outcome.row.household.pk: outcome.refusal for outcome in outcomes if outcome.refusal}
