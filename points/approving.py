"""A whole filter approved at once: every row of a village that waits for a reviewer, with the exact total they saw."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction

from points import review
from points.models import Batch, Claim, PanelMember, Rule
from points.models.batches import State
from points.models.reviews import recused_homes
from qianjiang_portal.foundation.refusals import Conflict
from villages.models import User, Village


@dataclass(frozen=True)
class Lot:
    """A batch with the claims of it that would pass, and how many stay: with hints, and of the reviewer's own kin."""

    batch: Batch
    claims: tuple[Claim, ...]
    hinted: int = 0
    recused: int = 0

    @property
    def points(self) -> int:
        return sum(claim.points for claim in self.claims)

    @property
    def households(self) -> int:
        return len({claim.household_id for claim in self.claims})


@dataclass(frozen=True)
class Selection:
    """What a filter holds at this moment. `stamp` changes with any batch, row or value in it."""

    village: Village
    lots: tuple[Lot, ...]
    rules: tuple[Rule, ...] = field(default=())

    @property
    def rows(self) -> int:
        return sum(len(lot.claims) for lot in self.lots)

    @property
    def points(self) -> int:
        return sum(lot.points for lot in self.lots)

    @property
    def hinted(self) -> int:
        return sum(lot.hinted for lot in self.lots)

    @property
    def recused(self) -> int:
        return sum(lot.recused for lot in self.lots)

    @property
    def chosen(self) -> list[Lot]:
        return [lot for lot in self.lots if lot.claims]

    @property
    def stamp(self) -> str:
        parts = [f"{lot.batch.pk}:{lot.batch.version}:{claim.pk}" for lot in self.lots for claim in lot.claims]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]


def select(*, village: Village, checker: User, rule: str = "", only_plain: bool = True) -> Selection:
    """What waits for this reviewer in a village, under one rule (its code) or all, without hinted rows or with them.

    Seven queries however many batches there are.
    """
    batches = list(
        Batch.objects.to_review_by(checker)
        .filter(village=village)
        .select_related("village", "rule", "maker")
        .order_by("submitted_at", "pk")
    )
    waiting = Claim.objects.filter(batch__in=batches, state=State.SUBMITTED)
    claims = list(waiting.select_related("batch", "rule", "household", "resident").order_by("batch", "line"))
    hints = review.hints_among(claims)
    aside = set(recused_homes(checker).values_list("pk", flat=True))
    rules = {claim.rule.code: claim.rule for claim in claims}
    asked = [claim for claim in claims if not rule or claim.rule.code == rule]
    lots = [
        _lot(batch, [one for one in asked if one.batch_id == batch.pk], hints, aside, only_plain) for batch in batches
    ]
    found = tuple(lot for lot in lots if lot.claims or lot.hinted or lot.recused)
    return Selection(village, found, tuple(rules[code] for code in sorted(rules)))


def _lot(batch: Batch, claims: list[Claim], hints: Collection[int], aside: Collection[int], only_plain: bool) -> Lot:
    kinds: Counter[str] = Counter()
    passing = []
    for claim in claims:
        if claim.household_id in aside:
            kinds["recused"] += 1
        elif only_plain and claim.pk in hints:
            kinds["hinted"] += 1
        else:
            passing.append(claim)
    return Lot(batch, tuple(passing), kinds["hinted"], kinds["recused"])


@transaction.atomic
def approve(
    *,
    selection: Selection,
    seen: str,
    checker: User,
    present: Collection[PanelMember],
    held_at: dt.datetime,
    opinion: str = "",
    now: dt.datetime,
) -> int:
    """Pass all rows of a selection, or none; answers how many. `seen` is the stamp of what the reviewer looked at.

    Each batch gets a sitting of its own with the same people. Raises CannotReview, Conflict.
    """
    if seen != selection.stamp:
        raise Conflict("这些行刚有变动，合计已经重新算过，请对照后再通过")
    if not selection.rows:
        raise review.CannotReview("没有可以通过的行")
    for lot in sorted(selection.chosen, key=lambda lot: lot.batch.pk):
        review.decide(
            batch=lot.batch,
            checker=checker,
            version=lot.batch.version,
            approve=[claim.pk for claim in lot.claims],
            present=present,
            held_at=held_at,
            opinion=opinion,
            now=now,
        )
    return selection.rows
