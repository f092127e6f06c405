"""Who may do what around the demonstration programmes. Predicates only; the write modules refuse, the views hide."""

from typing import Any

from demos.models import Decision, Measure, Pairing
from villages import scope
from villages.models import Unit, Village


def can_pair(user: Any) -> bool:
    return scope.holds(user, "district")


def can_note(user: Any, pairing: Pairing) -> bool:
    """The unit's liaison, the village's clerk and the district write down what happens in a pairing."""
    return (
        speaks_for(user, pairing.unit)
        or scope.covers(user, {"clerk"}, pairing.village)
        or scope.holds(user, "district")
    )


def speaks_for(user: Any, unit: Unit) -> bool:
    return unit.pk in scope.places(user, {"liaison"}).units


def can_hold(user: Any, unit: Unit | None) -> bool:
    """The district enters every meeting, a liaison those of their own unit."""
    return scope.holds(user, "district") or (unit is not None and speaks_for(user, unit))


def can_settle(user: Any, decision: Decision) -> bool:
    return can_hold(user, decision.unit)


def can_set_measures(user: Any) -> bool:
    return scope.holds(user, "district")


def can_report_on(user: Any, measure: Measure) -> bool:
    """The unit that leads a measure says how far it is; the district may as well."""
    return can_hold(user, measure.lead)


def can_fund(user: Any, village: Village) -> bool:
    return scope.covers(user, {"clerk"}, village) or scope.holds(user, "district")
