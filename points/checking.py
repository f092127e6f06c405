"""A batch before it is submitted: what it adds up to, what stands out, and who will look at it."""

from collections.abc import Iterable
from dataclasses import dataclass

from points import caps, evidence_pages
from points.evidence_pages import Shelf
from points.models import Batch, Claim
from villages.models import Appointment, User


@dataclass(frozen=True)
class Check:
    """The rows that would go to review, in line order. Points carry their sign."""

    batch: Batch
    claims: list[Claim]
    warnings: list[tuple[Claim, str]]
    problems: dict[int, str]
    reviewers: list[User]
    shelf: Shelf

    @property
    def total(self) -> int:
        return sum(claim.points for claim in self.claims)

    @property
    def lowest(self) -> int:
        return min((claim.points for claim in self.claims), default=0)

    @property
    def highest(self) -> int:
        return max((claim.points for claim in self.claims), default=0)

    @property
    def refused(self) -> list[tuple[Claim, str]]:
        """The rows that cannot go as they are, with the reason."""
        return [(claim, self.problems[claim.pk]) for claim in self.claims if claim.pk in self.problems]

    @property
    def panel_name(self) -> str:
        return f"{self.batch.village.short_name}评议小组"


def look_over(batch: Batch, problems: dict[int, str] | None = None) -> Check:
    """Work out the page that is read before submitting; `problems` are those a refused submission named."""
    claims = list(batch.claims.open().select_related("household__grid", "resident", "rule").in_line_order())
    shelf = evidence_pages.shelf(batch, claims)
    return Check(batch, claims, warnings(claims), shelf.missing | (problems or {}), reviewers(batch), shelf)


def warnings(claims: Iterable[Claim]) -> list[tuple[Claim, str]]:
    """Rows that fit but come near a cap; what counts is what was sent elsewhere. One query."""
    rows = list(claims)
    uses = caps.tally(rows)
    return [(claim, text) for claim in rows if (text := uses[claim.pk].warning())]


def reviewers(batch: Batch) -> list[User]:
    """Those who may check the batch: reviewers of the village without a hand in it, by name."""
    posts = Appointment.objects.current().over(batch.village).filter(role=Appointment.Role.REVIEWER)
    able = posts.exclude(user__in=batch.editors.values("user")).select_related("user").order_by("user__name")
    return list({post.user_id: post.user for post in able}.values())
