"""资格暂停 to read: who is suspended in a person's villages, and what is known when one is set."""

import datetime as dt
from dataclasses import dataclass

from points import permissions
from points.models import Claim, Suspension
from points.models.batches import State
from points.models.reviews import recused_homes
from villages.choices import Places
from villages.models import Household, User

# A veto that has points with it was deducted lately.
RECENT = dt.timedelta(days=366)


@dataclass(frozen=True)
class Line:
    """A suspension and how it stands: now, later (to come), over or lifted; `can_lift` for whoever reads."""

    suspension: Suspension
    state: str
    can_lift: bool


def lines(user: User, places: Places, today: dt.date) -> list[Line]:
    """The suspensions a person sees, those in force first. Two queries."""
    found = Suspension.objects.visible_to(user).filter(
        **{f"household__{name}": place for name, place in places.filters.items()}
    )
    found = found.select_related("household__village__township", "household__grid", "made_by", "lifted_by")
    apart = set(recused_homes(user).values_list("pk", flat=True))
    made = [_line(one, user, apart, today) for one in found.order_by("-begins_on", "-pk")]
    order = ("now", "later", "lifted", "over")
    return sorted(made, key=lambda line: order.index(line.state))


def deductions(household: Household, today: dt.date) -> list[Claim]:
    """Deductions of the last year that a suspension may name."""
    claims = household.claims.filter(points__lt=0, reverses__isnull=True, occurred_on__gte=today - RECENT)
    return list(claims.exclude(state__in=[State.DRAFT, State.WITHDRAWN]).select_related("rule", "batch"))


def _line(one: Suspension, user: User, apart: set[int], today: dt.date) -> Line:
    state = one.state_on(today)
    may = state in ("now", "later") and one.household_id not in apart
    return Line(one, state, may and permissions.can_suspend(user, one.household.village))
