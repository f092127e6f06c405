"""Who may do what with a village's registers. Predicates only; the write modules refuse, the views hide."""

from typing import Any

from villages import scope
from villages.models import Post, Township, Village


def can_report(user: Any, village: Village) -> bool:
    """The clerks of a village or its township enter its figures."""
    return scope.covers(user, {"clerk"}, village)


def can_define(user: Any) -> bool:
    """The district says what villages report."""
    return scope.holds(user, "district")


def can_disclose(user: Any, village: Village) -> bool:
    """The clerks of a village or its township put up what the village makes public."""
    return scope.covers(user, {"clerk"}, village)


def can_file(user: Any, village: Village) -> bool:
    """The leader of the township files what its villages pass; the district may as well."""
    return scope.holds(user, "district") or scope.covers(user, {"leader"}, village)


def can_train(user: Any, place: Township | Village) -> bool:
    """Whoever says who serves in a place says what they were taught."""
    return can_name(user, place)


def can_appraise(user: Any, post: Post) -> bool:
    """The leader enters grades of people in the villages; those of the township itself come from the district."""
    if scope.holds(user, "district"):
        return True
    return post.village is not None and scope.covers(user, {"leader"}, post.village)


def can_name(user: Any, place: Township | Village) -> bool:
    """The clerks and the leader of a place say who serves there; the district may as well."""
    if scope.holds(user, "district"):
        return True
    if isinstance(place, Village):
        return scope.covers(user, {"clerk", "leader"}, place)
    return place.pk in scope.places(user, {"clerk", "leader"}).townships
