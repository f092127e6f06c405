"""A batch before it is submitted: what it adds up to, what stands out, and who will look at it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.db.models.functions import Abs

from points import caps, evidence_pages
from points.evidence_pages import Shelf
from points.models import Batch, Claim, Rule
from points.models.batches import RESERVING
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
    claims = list(batch.claims.open().select_related("household__grid", "rule").in_line_order())
    shelf = evidence_pages.shelf(batch, claims)
    return Check(batch, claims, warnings(batch, claims), shelf.missing | (problems or {}), reviewers(batch), shelf)


def warnings(batch: Batch, claims: Iterable[Claim]) -> list[tuple[Claim, str]]:
    """Rows that fit but come near a cap; one query for each rule and period."""
    spans = {(claim.rule, caps.window(claim.rule, claim.occurred_on)) for claim in claims if claim.rule.cap_period}
    used = {span: _used_elsewhere(batch, *span) for span in spans}
    found = []
    for claim in claims:
        households = used.get((claim.rule, caps.window(claim.rule, claim.occurred_on)), {})
        count, points = households.get(claim.household_id, (0, 0))
        if text := caps.Used(claim.rule, count, points).warning():
            found.append((claim, text))
    return found


def reviewers(batch: Batch) -> list[User]:
    """Those who may check the batch: reviewers of the village without a hand in it, by name."""
    posts = Appointment.objects.current().over(batch.village).filter(role=Appointment.Role.REVIEWER)
    able = posts.exclude(user__in=batch.editors.values("user")).select_related("user").order_by("user__name")
    return list({post.user_id: post.user for post in able}.values())


def _used_elsewhere(batch: Batch, rule: Rule, window: tuple[dt.date, dt.date]) -> dict[int, tuple[int, int]]:
    """Times and points by household id that already count under a rule in a period, outside this batch."""
    counted = Claim.objects.filter(
        household__village=batch.village_id,
        rule__code=rule.code,
        occurred_on__range=window,
        state__in=RESERVING,
        reverses__isnull=True,
    ).exclude(batch=batch)
    totals = counted.values_list("household").annotate(times=Count("pk"), size=Sum(Abs("points")))
    return {household: (times, size) for household, times, size in totals}
