"""Many rows at once: an attendance list, a pasted column. The same rules as row by row, in a handful of queries."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Q

from points import batches, caps, checks
from points.caps import Used
from points.checks import CannotSave
from points.models import Batch, Claim, Rule
from points.models.batches import RESERVING, State
from qianjiang_portal.foundation import options
from villages.models import Household, Resident, User


@dataclass(frozen=True)
class Row:
    """One line of the list. `points` carry their sign; `client_key` makes sending it twice harmless."""

    client_key: uuid.UUID
    household: Household
    rule: Rule
    points: int
    occurred_on: dt.date
    note: str = ""
    resident: Resident | None = None
    quantity: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of a row: the claim that was kept, with warnings, or the reason why none was."""

    row: Row
    claim: Claim | None = None
    refusal: CannotSave | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """A batch that a list became, how many rows stand in it, and whom the rule refused, with the reason."""

    batch: Batch
    rows: int
    refused: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, batch: Batch, outcomes: Sequence[Outcome]) -> "Made":
        """Of what `put` answered."""
        refused = [(one.row.household.head_name, str(one.refusal)) for one in outcomes if one.refusal]
        return cls(batch, len(outcomes) - len(refused), refused)

    @property
    def nothing(self) -> str:
        """Why no row stands in it, in words; empty where one does."""
        return "" if self.rows else "没有一户能加分：" + "，".join(self.refused[0])


@transaction.atomic
def put(*, batch: Batch, editor: User, rows: Sequence[Row], most: int | None = None, now: dt.datetime) -> list[Outcome]:
    """Add rows in the order given, as `batches.put_claim` would one by one; refused ones are told, not raised.

    A row whose key the batch knows is left as it was saved. After `most` rows have been kept the rest is not tried.
    Raises CannotSave where the editor may not change the batch.
    """
    batch = batches.lock_for_edit(batch, editor)
    with options.held():
        sheet = _Sheet(batch, rows, now)
        outcomes = []
        for row in rows:
            if most is not None and len(sheet.added) >= most:
                break
            outcomes.append(sheet.take(row))
    Claim.objects.bulk_create(sheet.added)
    if sheet.added:
        batches.touch(batch, editor, now)
    return outcomes


class _Sheet:
    """A batch with what stands on it and what caps have been used, kept up to date while rows are taken."""

    def __init__(self, batch: Batch, rows: Sequence[Row], now: dt.datetime) -> None:
        self.batch, self.now = batch, now
        standing = list(batch.claims.select_related("household"))
        self.known = {claim.client_key: claim for claim in standing}
        self.on_sheet = {_identity(claim): claim for claim in standing if claim.state != State.WITHDRAWN}
        self.line = max((claim.line for claim in standing), default=0)
        self.uses = _uses(batch, rows)
        self.added: list[Claim] = []

    def take(self, row: Row) -> Outcome:
        if claim := self.known.get(row.client_key):
            return Outcome(row, claim)
        try:
            row = replace(row, resident=checks.who(row.household, row.rule, row.resident))
            use = self._check(row)
        except CannotSave as refusal:
            return Outcome(row, refusal=refusal)
        return Outcome(row, self._add(row), warnings=[warning] if (warning := use.warning()) else [])

    def _check(self, row: Row) -> Used:
        checks.check_note(row.note)
        checks.check_fit(self.batch, row.household, row.rule, row.points, row.occurred_on, self.now)
        if twin := self.on_sheet.get(_identity(row)):
            raise checks.repeated(row.household, twin)
        use = self._used(row)
        if refusal := use.refusal(row.points):
            raise CannotSave(refusal, "G-07")
        return use

    def _used(self, row: Row) -> Used:
        rule = row.rule
        first, last = caps.window(rule, row.occurred_on)
        mine = row.resident.pk if row.resident else None
        sizes = [
            abs(points)
            for resident, day, points in self.uses.get((row.household.pk, rule.code), ())
            if first <= day <= last and (rule.unit != Rule.Unit.PERSON or resident == mine)
        ]
        return Used(rule, len(sizes), sum(sizes)) if rule.cap_period else Used(rule, 0, 0)

    def _add(self, row: Row) -> Claim:
        self.line += 1
        claim = Claim(batch=self.batch, line=self.line, maker=self.batch.maker, **vars(row))
        claim.note = row.note.strip()
        self.added.append(claim)
        self.known[row.client_key] = self.on_sheet[_identity(row)] = claim
        self.uses.setdefault((row.household.pk, row.rule.code), []).append(
            (claim.resident_id, row.occurred_on, row.points)
        )
        return claim


def _identity(row: Row | Claim) -> tuple[int, int | None, int, dt.date]:
    """What makes two rows of a batch the same: household, member, rule and day."""
    return row.household.pk, row.resident.pk if row.resident else None, row.rule.pk, row.occurred_on


def _uses(batch: Batch, rows: Iterable[Row]) -> dict[tuple[int, str], list[tuple[int | None, dt.date, int]]]:
    """What counts against the caps of the rows' rules, by household and rule code: (member, day, points)."""
    capped = [row for row in rows if row.rule.cap_period]
    counted = Q(state__in=RESERVING) | Q(batch=batch) & ~Q(state=State.WITHDRAWN)
    claims = Claim.objects.filter(
        counted,
        household__in={row.household.pk for row in capped},
        rule__code__in={row.rule.code for row in capped},
        reverses__isnull=True,
    )
    found: dict[tuple[int, str], list[tuple[int | None, dt.date, int]]] = {}
    rows_used = claims.values_list("household_id", "rule__code", "resident_id", "occurred_on", "points")
    for household, code, resident, day, points in rows_used:
        found.setdefault((household, code), []).append((resident, day, points))
    return found
