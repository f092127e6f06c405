"""Quick entry of one household with many rules: what it has, what each rule still allows, and its rows of the day.

Rows of one village entered for one day share a batch, whichever household they are for.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.shortcuts import get_object_or_404

from points import caps, entering, passbooks
from points.entering import Asked, Entering
from points.models import Batch, Claim, Rule
from points.models.batches import State
from qianjiang_portal.foundation import calendar, digits
from villages.models import Household, User, Village


@dataclass(frozen=True)
class Offer:
    """A rule for one household: `left` says in words what its cap still allows on the day, where it has one."""

    rule: Rule
    left: str


@dataclass(frozen=True)
class Visit:
    """A household before a clerk. `key` names the day's batch, begun or not; points are whole and signed."""

    entering: Entering
    household: Household | None = None
    available: int = 0
    on_notice: int = 0
    month: int = 0
    offers: list[Offer] = field(default_factory=list)
    rows: list[Claim] = field(default_factory=list)
    members: list[tuple[int, str]] = field(default_factory=list)
    before: Household | None = None
    after: Household | None = None
    key: str = ""

    @property
    def batch(self) -> Batch | None:
        return self.entering.batch

    @property
    def is_open(self) -> bool:
        """Whether rows can be entered."""
        place = self.entering
        return bool(self.household and place.day and place.rule_set and place.problem is None)


def begin(user: User, query: Mapping[str, str], now: dt.datetime) -> Visit:
    """What the address asks for: `v` a village, `h` a household, `date` a day. Raises Http404 out of scope."""
    household = _household(user, query.get("h", ""))
    village = household.village.code if household else query.get("v")
    place = entering.begin(user, Asked(village, "", query.get("date")), now)
    if place.village is None or place.day is None:
        return Visit(place)
    key, batch = _sheet(user, place.village, place.day)
    place = replace(place, batch=batch)
    return _visit(place, household, key, now) if household else Visit(place, key=key)


def resume(user: User, batch: Batch, now: dt.datetime) -> Visit:
    """Go on with a draft, at the household that was entered last."""
    last = batch.claims.live().order_by("-line").values_list("household", flat=True).first()
    query = {"v": batch.village.code, "date": batch.occurred_on.isoformat(), "h": str(last or "")}
    visit = begin(user, query, now)
    if visit.batch == batch or visit.household is None:
        return visit
    place = replace(visit.entering, batch=batch)
    return _visit(place, visit.household, batch.idempotency_key, now)


def _household(user: User, asked: str) -> Household | None:
    pk = digits.number(asked)
    if pk is None:
        return None
    mine = Household.objects.visible_to(user).filter(village__in=entering.enterable(user)).active()
    return get_object_or_404(mine.select_related("village__township", "grid"), pk=pk)


def _sheet(user: User, village: Village, day: dt.date) -> tuple[str, Batch | None]:
    """The key of the day's batch, and the batch where it was begun; a submitted one is followed by another."""
    stem = f"visit:{village.code}:{day}:"
    mine = Batch.objects.visible_to(user).made_by(user).filter(idempotency_key__startswith=stem)
    begun = list(mine.select_related("village", "rule"))
    open_one = next((batch for batch in begun if batch.state == State.DRAFT), None)
    return (open_one.idempotency_key, open_one) if open_one else (f"{stem}{len(begun)}", None)


def _visit(place: Entering, household: Household, key: str, now: dt.datetime) -> Visit:
    assert place.day
    claims = passbooks.waiting(household)
    figures = passbooks.figures(household, claims)
    beside = passbooks.neighbours(household)
    rows = []
    if place.batch:
        standing = place.batch.claims.live().filter(household=household)
        rows = list(standing.select_related("rule").in_line_order())
    return Visit(
        entering=place,
        household=household,
        available=figures.available,
        on_notice=figures.on_notice,
        month=_this_month(household, now),
        offers=_offers(place, household),
        rows=rows,
        members=entering.members(household),
        before=beside.before,
        after=beside.after,
        key=key,
    )


def _offers(place: Entering, household: Household) -> list[Offer]:
    """Every rule of the day with what is left of its cap, the rows of the batch itself counted; one query."""
    assert place.day
    asked = [Claim(pk=-rule.pk, household=household, rule=rule, occurred_on=place.day) for rule in place.rules]
    used = caps.tally(asked, batch_id=place.batch.pk if place.batch else None)
    return [Offer(claim.rule, used[claim.pk].left) for claim in asked]


def _this_month(household: Household, now: dt.datetime) -> int:
    return entering.this_month(household.village, calendar.local_date(now), only=household).get(household.pk, 0)


def rule_facts(offer: Offer) -> dict[str, Any]:
    """A rule as the scripts of the page know it; `least` and `most` are sizes, `sign` carries the direction."""
    rule = offer.rule
    return {
        "id": rule.pk,
        "code": rule.code,
        "item": rule.item,
        "initials": rule.initials,
        "sign": rule.sign,
        "least": rule.min_points,
        "most": rule.max_points,
        "usual": rule.default,
        "evidence": rule.evidence,
        "person": rule.unit == Rule.Unit.PERSON,
        "range": rule.range_text,
        "dimension": rule.get_dimension_display(),
        "joy": rule.get_joy_display(),
        "left": f"户主{offer.left}" if offer.left and rule.unit == Rule.Unit.PERSON else offer.left,
    }
