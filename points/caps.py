"""What a rule still allows a household (or each member, where the rule counts persons) in its period.

A claim that names no member is the head's.

Everything that has been submitted and not taken back counts, by the day it happened: a cap is reserved when a batch is
submitted, and a posting never meets one.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from points.models import Claim, Rule
from points.models.batches import RESERVING
from villages.models import Household, Resident

MONTHS = {"month": 1, "two-months": 2, "quarter": 3, "half-year": 6, "year": 12}
WORDS = {
    "day": "当天",
    "month": "本月",
    "two-months": "这两个月",
    "quarter": "本季",
    "half-year": "本半年",
    "year": "本年",
    "once": "至今",
}
LATER = {
    "day": "换一天",
    "month": "可从下月起再录",
    "two-months": "可从下一个双月起再录",
    "quarter": "可从下季起再录",
    "half-year": "可从下个半年起再录",
    "year": "可从明年起再录",
    "once": "这一事项只计一次",
}


@dataclass(frozen=True)
class Used:
    """How often and for how many points (a size) a rule was used in its period, other rows of this batch included."""

    rule: Rule
    count: int
    points: int

    @property
    def span(self) -> str:
        return WORDS.get(self.rule.cap_period, "")

    def refusal(self, points: int) -> str:
        """Why one more claim of `points` does not fit, or nothing."""
        later = LATER.get(self.rule.cap_period, "")
        if self.rule.cap_count is not None and self.count + 1 > self.rule.cap_count:
            return f"{self.span} {self.rule.cap_count} 次已用完，{later}"
        if self.rule.cap_points is not None and self.points + abs(points) > self.rule.cap_points:
            return f"{self.span}已有 {self.points} 分，上限 {self.rule.cap_points} 分，{later}"
        return ""

    @property
    def left(self) -> str:
        """What may still be entered, in words; nothing where there is no cap."""
        if refusal := self.refusal(self.rule.min_points):
            return refusal.partition("，")[0]
        parts = []
        if self.rule.cap_count is not None:
            parts.append(f"{self.rule.cap_count - self.count} 次")
        if self.rule.cap_points is not None:
            parts.append(f"{self.rule.cap_points - self.points} 分")
        return f"{self.span}还可 {'、'.join(parts)}" if parts else ""

    def warning(self) -> str:
        """What a clerk should know about a claim that still fits, or nothing."""
        if self.rule.cap_count is not None and self.count:
            return f"{self.span}已有 {self.count} 次，上限 {self.rule.cap_count} 次"
        if self.rule.cap_points is not None and self.points:
            return f"{self.span}已有 {self.points} 分，上限 {self.rule.cap_points} 分"
        return ""


def window(rule: Rule, on: dt.date) -> tuple[dt.date, dt.date]:
    """The first and last day of the cap period that holds `on`."""
    if rule.cap_period == Rule.CapPeriod.DAY:
        return on, on
    if rule.cap_period not in MONTHS:
        return dt.date.min, dt.date.max
    length = MONTHS[rule.cap_period]
    first = dt.date(on.year, (on.month - 1) // length * length + 1, 1)
    after = (first.replace(day=28) + dt.timedelta(days=31 * length - 27)).replace(day=1)
    return first, after - dt.timedelta(days=1)


def used(
    rule: Rule,
    household: Household,
    on: dt.date,
    *,
    resident: Resident | None = None,
    beside: int | None = None,
    batch_id: int | None = None,
) -> Used:
    """What counts against a cap on a day.

    `batch_id` adds the open rows of a batch that is being written; `beside` leaves one claim out, by id. Versions of a
    rule share their cap by code.
    """
    one = Claim(pk=beside, household=household, resident=resident, rule=rule, occurred_on=on)
    return tally([one], batch_id=batch_id)[beside]


def tally(claims: Iterable[Claim], *, batch_id: int | None = None) -> dict[int | None, Used]:
    """What counts against the cap of each claim besides itself, by claim id, in one query for them all."""
    wanted = list(claims)
    capped = [claim for claim in wanted if claim.rule.cap_period]
    others = _others(capped, batch_id) if capped else {}
    return {claim.pk: _use(claim, others.get((claim.household_id, claim.rule.code), [])) for claim in wanted}


Other = tuple[int, int | None, dt.date, int]


def counting(claims: Iterable[Claim], batch_id: int | None) -> Q:
    """Which claims use up what the caps of these allow, in their periods; none where no rule has a cap."""
    capped = [claim for claim in claims if claim.rule.cap_period]
    if not capped:
        return Q(pk__in=())
    windows = [window(claim.rule, claim.occurred_on) for claim in capped]
    counted = Q(state__in=RESERVING)
    if batch_id is not None:
        counted |= Q(batch=batch_id) & ~Q(state="withdrawn")
    return counted & Q(
        household__in={claim.household_id for claim in capped},
        rule__code__in={claim.rule.code for claim in capped},
        occurred_on__range=(min(first for first, _ in windows), max(last for _, last in windows)),
        reverses__isnull=True,
    )


def of(claim: Claim, others: Iterable[Claim]) -> Used:
    """What counts against the cap of a claim, out of what `counting` found for it."""
    return _use(claim, [(one.pk, one.resident_id, one.occurred_on, one.points) for one in others])


def _others(claims: list[Claim], batch_id: int | None) -> dict[tuple[int, str], list[Other]]:
    """Counting claims of these households and rules by (household, code): (id, resident, day, points)."""
    rows = Claim.objects.filter(counting(claims, batch_id)).values_list(
        "household_id", "rule__code", "pk", "resident_id", "occurred_on", "points"
    )
    found: dict[tuple[int, str], list[Other]] = {}
    for household, code, pk, resident, day, points in rows:
        found.setdefault((household, code), []).append((pk, resident, day, points))
    return found


def _use(claim: Claim, others: list[Other]) -> Used:
    if not claim.rule.cap_period:
        return Used(claim.rule, 0, 0)
    first, last = window(claim.rule, claim.occurred_on)
    by_person = claim.rule.unit == Rule.Unit.PERSON
    sizes = [
        abs(points)
        for pk, resident, day, points in others
        if pk != claim.pk and first <= day <= last and (not by_person or resident == claim.resident_id)
    ]
    return Used(claim.rule, len(sizes), sum(sizes))
