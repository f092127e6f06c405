"""A batch as the panel sees it: rows with their hints, who may decide them, who sits, what has been decided."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import QuerySet

from points import evidence_pages, permissions, review
from points.models import Batch, Claim, PanelMember, Review
from points.models.batches import State
from qianjiang_portal.foundation import calendar, options
from villages.models import User

PASSED = (State.APPROVED, State.PUBLISHED, State.CONTESTED, State.EFFECTIVE)


@dataclass(frozen=True)
class Row:
    """One claim that waits for a decision. `recused` says that this reviewer leaves it to the others."""

    claim: Claim
    hints: tuple[str, ...] = ()
    recused: bool = False
    chosen: bool = False
    proofs: int = 0


@dataclass(frozen=True)
class Sitting:
    """One reviewer before one batch. `chosen` are the rows ticked so far, `by_grid` the order asked for."""

    batch: Batch
    user: User
    chosen: frozenset[int] = frozenset()
    by_grid: bool = False
    only_hinted: bool = False
    states: dict[str, int] = field(default_factory=dict)

    @cached_property
    def may_decide(self) -> bool:
        return self.batch.state == State.SUBMITTED and permissions.can_review(self.user, self.batch)

    @cached_property
    def is_own(self) -> bool:
        return permissions.is_editor(self.user, self.batch)

    @cached_property
    def claims(self) -> list[Claim]:
        found = self.batch.claims.select_related("household__grid", "resident", "rule", "reverses").in_line_order()
        return list(found)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows that wait, those with hints first unless the order by group is asked for."""
        hints = review.hints(self.batch)
        recused = review.recused(self.batch, self.user)
        proofs = evidence_pages.counts(self.batch)
        waiting = [claim for claim in self.claims if claim.state == State.SUBMITTED]
        rows = [
            Row(
                claim,
                tuple(hints.get(claim.pk, ())),
                claim.pk in recused,
                claim.pk in self.chosen,
                proofs[claim.pk] + proofs[None],
            )
            for claim in waiting
        ]
        return sorted(rows, key=self._place)

    def _place(self, row: Row) -> tuple[bool, str, int]:
        number = row.claim.household.number if self.by_grid else ""
        return not (row.hints or self.by_grid), number, row.claim.line

    @property
    def shown(self) -> list[Row]:
        return [row for row in self.rows if row.hints] if self.only_hinted else self.rows

    @cached_property
    def hinted(self) -> list[Row]:
        return [row for row in self.rows if row.hints]

    @cached_property
    def plain(self) -> list[Row]:
        return [row for row in self.rows if not row.hints]

    @property
    def first_plain(self) -> int | None:
        """The row under which the ones without hints begin."""
        return self.plain[0].claim.pk if self.plain and self.hinted else None

    @cached_property
    def summary(self) -> str:
        """The hints added up: 2 户本月第 2 次，1 户高于常用值."""
        words = Counter(hint for row in self.rows for hint in row.hints)
        return "，".join(f"{count} 户{hint}" for hint, count in words.most_common(3))

    @cached_property
    def decidable(self) -> list[int]:
        return [row.claim.pk for row in self.rows if not row.recused] if self.may_decide else []

    @property
    def is_over(self) -> bool:
        """Whether nothing is left for this reviewer: all decided, or only rows that are for the others."""
        return self.batch.state != State.SUBMITTED or (self.may_decide and not self.decidable)

    @property
    def left_out(self) -> int:
        return sum(row.recused for row in self.rows)

    @cached_property
    def points(self) -> int:
        return sum(claim.points for claim in self.claims if claim.state != State.WITHDRAWN)

    @cached_property
    def households(self) -> int:
        return len({claim.household_id for claim in self.claims if claim.state != State.WITHDRAWN})

    @cached_property
    def counts(self) -> dict[str, int]:
        states = Counter(claim.state for claim in self.claims)
        passed = sum(states[state] for state in PASSED)
        return {"passed": passed, "returned": states[State.RETURNED], "waiting": states[State.SUBMITTED]}

    def points_of(self, rows: Iterable[int]) -> int:
        wanted = set(rows)
        return sum(row.claim.points for row in self.rows if row.claim.pk in wanted)

    def rows_of(self, rows: Iterable[int]) -> list[Row]:
        wanted = set(rows)
        return [row for row in self.rows if row.claim.pk in wanted]

    @cached_property
    def members(self) -> QuerySet[PanelMember]:
        return PanelMember.objects.current(calendar.today()).filter(village=self.batch.village_id).order_by("pk")

    @cached_property
    def quorum(self) -> int:
        return int(options.get("panel_quorum"))

    @cached_property
    def reviews(self) -> list[Review]:
        return list(self.batch.reviews.select_related("decided_by").order_by("-decided_at", "-pk"))

    @property
    def someone_else(self) -> User | None:
        """Another reviewer who has the batch open."""
        opened = self.batch.opened_by
        return opened if opened and opened.pk != self.user.pk else None


def usual_present(sitting: Sitting) -> list[PanelMember]:
    """Who to tick beforehand: those of the village's last sitting who still serve, else the whole panel."""
    return present_in(sitting.batch.village_id, list(sitting.members))


def present_in(village: int, members: list[PanelMember]) -> list[PanelMember]:
    """Those among `members` who sat last time in a village (its id), else all of them."""
    last = Review.objects.filter(batch__village=village).order_by("-decided_at", "-pk").values_list("pk", flat=True)[:1]
    sat = set(PanelMember.objects.filter(sittings__in=last).values_list("pk", flat=True))
    return [member for member in members if member.pk in sat] or members


def waited(batch: Batch, now: dt.datetime) -> int:
    """Whole days since the batch was submitted."""
    return (calendar.local_date(now) - calendar.local_date(batch.submitted_at)).days if batch.submitted_at else 0
