"""What proves the rows of a batch, as the pages of clerks and reviewers show it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from points import checks
from points.models import Batch, Claim, Evidence
from points.models.batches import OPEN, State


@dataclass(frozen=True)
class Shelf:
    """The evidence of a batch, the oldest first, with the rows that still want some: why, by claim id."""

    items: list[Evidence]
    missing: dict[int, str]
    loose: frozenset[int] = frozenset()

    @property
    def whole(self) -> int:
        """How many are of the whole batch."""
        return sum(one.claim_id is None for one in self.items)

    def count(self, claim: Claim) -> int:
        """How many speak for one row."""
        return self.whole + sum(one.claim_id == claim.pk for one in self.items)


def shelf(batch: Batch, claims: Iterable[Claim]) -> Shelf:
    """`claims` are rows of the batch with their rules at hand. One query."""
    rows = list(claims)
    items = list(batch.evidence.standing().select_related("file", "claim__household", "made_by").order_by("pk"))
    open_rows = [claim for claim in rows if claim.state in OPEN]
    missing = checks.without_evidence(open_rows, {one.claim_id for one in items})
    return Shelf(items, missing, _loose(items, rows))


def counts(batch: Batch) -> Counter[int | None]:
    """How many there are by claim id; None stands for the whole batch."""
    return Counter(batch.evidence.standing().values_list("claim_id", flat=True))


def _loose(items: list[Evidence], rows: list[Claim]) -> frozenset[int]:
    """What may still be taken back: of rows that are with their maker, or of a batch that is so as a whole."""
    free = {claim.pk for claim in rows if claim.state in (*OPEN, State.WITHDRAWN)}
    whole = len(free) == len(rows)
    return frozenset(one.pk for one in items if (whole if one.claim_id is None else one.claim_id in free))
