"""A batch before it is submitted: what it adds up to, what stands out, and who will look at it."""

from collections.abc import Collection, Iterable
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
    def size(self) -> str:
        return size(self.claims)

    @property
    def each(self) -> str:
        """Whom one row is for, where all have the same points."""
        return "每户" if len({claim.household_id for claim in self.claims}) == len(self.claims) else "每行"

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


def size(claims: Collection[Claim]) -> str:
    """How much is sent, for people: the rows are told where a household has several."""
    homes = len({claim.household_id for claim in claims})
    return f"{homes} 户" if homes == len(claims) else f"{homes} 户 {len(claims)} 行"


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
