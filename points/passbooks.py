"""The head of a passbook: what may be spent, what is still on its way, what a year and twelve months brought.

Points on notice are never mixed with points that can be spent; what a household earned never falls by redeeming.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from points.models import Balance, Claim, Entry
from points.models.batches import State
from points.models.ledger import Kind
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from villages.models import Household

# Vouched for by somebody, and not counting yet.
IN_FLIGHT = (State.SUBMITTED, State.APPROVED, State.PUBLISHED, State.CONTESTED)
MONTHS = 12
# The drawing's own units: bars stand on a line at RISE, and what is below zero hangs at most DROP under it.
RISE, DROP = 40, 8


@dataclass(frozen=True)
class Figures:
    """Whole points. `reserved` is a size: what waiting deductions and reversals hold back from being spent."""

    posted: int
    earned: int
    reserved: int
    on_notice: int
    usable_from: dt.date | None
    contested: int
    waiting: int

    @property
    def available(self) -> int:
        return max(0, self.posted - self.reserved)

    @property
    def debt(self) -> int:
        return max(0, -self.posted)


@dataclass(frozen=True)
class Year:
    """A year's awards, deductions and redemptions, each less its own reversals: `taken` ≤ 0, `redeemed` ≥ 0."""

    year: int
    added: int
    taken: int
    redeemed: int


@dataclass(frozen=True)
class Bar:
    """One month of the small chart: what took effect in it, redemptions apart, and where its bar stands."""

    slug: str
    points: int
    x: int
    y: int
    height: int

    @property
    def month(self) -> int:
        return int(self.slug[5:])


@dataclass(frozen=True)
class Neighbours:
    """The households before and after one in its village, by number."""

    before: Household | None
    after: Household | None


def neighbours(household: Household) -> Neighbours:
    register = Household.objects.filter(village=household.village_id, state=Household.State.ACTIVE)
    return Neighbours(
        register.filter(number__lt=household.number).order_by("-number").first(),
        register.filter(number__gt=household.number).order_by("number").first(),
    )


def with_figures(households: QuerySet[Household]) -> QuerySet[Household]:
    """Each household with `available`, `earned` and `on_notice`, for lists."""
    posted = Coalesce(F("balance__posted"), 0)
    held_back = _claimed(Q(state__in=IN_FLIGHT, points__lt=0))
    return households.annotate(
        available=Greatest(posted + held_back, 0),
        earned=Coalesce(F("balance__earned"), 0),
        on_notice=_claimed(Q(state=State.PUBLISHED)),
    )


def waiting(household: Household) -> list[Claim]:
    """Claims on their way into the passbook, the youngest first."""
    claims = household.claims.filter(state__in=IN_FLIGHT).select_related("batch", "notice", "rule", "reverses")
    return list(claims.order_by("-occurred_on", "-pk"))


def figures(household: Household, claims: Iterable[Claim]) -> Figures:
    """The figures of a household whose claims in flight are `claims`."""
    claims = list(claims)
    held = Balance.objects.filter(household=household).first() or Balance()
    points = _points_by_state(claims)
    return Figures(
        posted=held.posted,
        earned=held.earned,
        reserved=-sum(claim.points for claim in claims if claim.points < 0),
        on_notice=points[State.PUBLISHED],
        usable_from=_usable_from(claims),
        contested=points[State.CONTESTED],
        waiting=points[State.SUBMITTED] + points[State.APPROVED],
    )


def history(household: Household, since: Period) -> dict[tuple[str, str], int]:
    """(month, kind) → points since a month. A reversal counts against the kind of what it reverses."""
    rows = (
        Entry.objects.filter(household=household, period__gte=since.slug)
        .values("period", side=Coalesce("reverses__kind", "kind"))
        .annotate(sum=Sum("points"))
    )
    return {(row["period"], row["side"]): row["sum"] for row in rows}


def year_of(past: dict[tuple[str, str], int], year: int) -> Year:
    sums: Counter[str] = Counter()
    for (period, kind), points in past.items():
        if period.startswith(f"{year}-"):
            sums[kind] += points
    return Year(year, sums[Kind.AWARD], sums[Kind.DEDUCTION], -sums[Kind.REDEMPTION])


def bars(past: dict[tuple[str, str], int], last: Period) -> list[Bar]:
    """The twelve months up to `last`, drawn to one scale."""
    months = [last.shift(-ago).slug for ago in reversed(range(MONTHS))]
    points = [past.get((slug, Kind.AWARD), 0) + past.get((slug, Kind.DEDUCTION), 0) for slug in months]
    top = max(1, *points)
    return [_bar(slug, value, at, top) for at, (slug, value) in enumerate(zip(months, points, strict=True))]


def _bar(slug: str, points: int, at: int, top: int) -> Bar:
    up = round(RISE * max(0, points) / top)
    return Bar(slug, points, x=10 * at + 2, y=RISE - up, height=up or (min(DROP, -points) if points < 0 else 0))


def _points_by_state(claims: list[Claim]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for claim in claims:
        sums[claim.state] += claim.points
    return sums


def _usable_from(claims: list[Claim]) -> dt.date | None:
    """The day from which everything now on notice can be spent."""
    due = [claim.notice.due_at for claim in claims if claim.state == State.PUBLISHED and claim.notice]
    return calendar.local_date(max(due)) if due else None


def _claimed(which: Q) -> Coalesce:
    """Points of a household's claims of some kind, as a column."""
    claims = Claim.objects.filter(which, household=OuterRef("pk")).order_by().values("household")
    return Coalesce(Subquery(claims.annotate(sum=Sum("points")).values("sum"), output_field=IntegerField()), 0)
