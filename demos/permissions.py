"""Who may do what around the demonstration programmes. Predicates only; the write modules refuse, the views hide."""

from typing import Any

from demos.models import Candidate, Decision, Measure, Pairing, Stage
from villages import scope
from villages.models import Township, Unit, Village


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


def can_set_targets(user: Any) -> bool:
    return scope.holds(user, "district")


def can_nominate(user: Any, place: Village | Township) -> bool:
    """The township puts its places forward; the district may name them as well."""
    return scope.holds(user, "district") or _works_for(user, {"clerk", "leader"}, place)


def can_prepare(user: Any, candidate: Candidate) -> bool:
    """Who plans the work of a candidate and gathers its papers."""
    return can_nominate(user, candidate.place)


def can_advance(user: Any, candidate: Candidate) -> bool:
    """Until it applies the township moves it on, its leader passes the township's review, the district the rest."""
    key = candidate.stage.key
    if key in (Stage.Key.NURTURE, Stage.Key.APPLY):
        return _works_for(user, {"clerk", "leader"}, candidate.place)
    if key == Stage.Key.TOWN:
        return _works_for(user, {"leader"}, candidate.place)
    return scope.holds(user, "district")


def can_send_back(user: Any, candidate: Candidate) -> bool:
    """Whoever has it under review; before that there is nothing to send back."""
    if candidate.stage.key in (Stage.Key.NURTURE, Stage.Key.RECOGNISED, Stage.Key.CARE):
        return False
    if candidate.stage.key in (Stage.Key.APPLY, Stage.Key.TOWN):
        return _works_for(user, {"leader"}, candidate.place)
    return scope.holds(user, "district")


def can_score(user: Any, candidate: Candidate, column: str) -> bool:
    """The clerk scores for the place, the leader for the township, the office for the district, until it is done."""
    if candidate.closed_on or candidate.stage.is_done:
        return False
    if column == "district":
        return scope.holds(user, "district")
    return _works_for(user, {"clerk" if column == "self" else "leader"}, candidate.place)


def can_find(user: Any, candidate: Candidate) -> bool:
    """The leader and the district say what stands on the negative list, and what they saw on the spot."""
    return scope.holds(user, "district") or _works_for(user, {"leader"}, candidate.place)


def can_recheck(user: Any) -> bool:
    return scope.holds(user, "district")


def _works_for(user: Any, roles: set[str], place: Village | Township) -> bool:
    if isinstance(place, Village):
        return scope.covers(user, roles, place)
    return place.pk in scope.places(user, roles).townships
