"""From a person's appointments to the rows they may see or touch.

Role and place are read off the same appointment: a clerk in one village who is a reviewer in another reviews only
there. Nothing here imports a model; a person is anything with `appointments_now`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Protocol

from django.db.models import Q

NOTHING = Q(pk__in=())

EVERYWHERE = frozenset({"district", "auditor"})
HOUSEHOLD_READERS = frozenset({"clerk", "reviewer", "leader", "counter", "district", "auditor"})
# Roles whose villages are listed one by one instead of lying in a place.
COVERING = frozenset({"counter", "liaison"})
PLACE_READERS = HOUSEHOLD_READERS | {"liaison", "admin"}


class Appointed(Protocol):
    role: str
    township_id: int | None
    village_id: int | None
    unit_id: int | None

    @property
    def covered_village_ids(self) -> frozenset[int]: ...

    @property
    def is_district_wide(self) -> bool: ...


@dataclass(frozen=True)
class Places:
    """Where a person may act in the given roles: everywhere, or whole townships and single villages."""

    everywhere: bool = False
    townships: frozenset[int] = frozenset()
    villages: frozenset[int] = frozenset()
    units: frozenset[int] = field(default=frozenset())

    def as_q(self, path: str) -> Q:
        """Rows whose `path` leads to a village of these places; `path` is "" on Village itself."""
        if self.everywhere:
            return Q()
        lead = f"{path}__" if path else ""
        parts = []
        if self.townships:
            parts.append(Q(**{f"{lead}township__in": self.townships}))
        if self.villages:
            parts.append(Q(**{f"{path}__in" if path else "pk__in": self.villages}))
        return reduce(or_, parts, NOTHING) if parts else NOTHING

    def covers(self, village: Any) -> bool:
        return self.everywhere or village.township_id in self.townships or village.pk in self.villages

    def covers_township(self, township: Any) -> bool:
        """Whether the whole township is within, not only some of its villages."""
        return self.everywhere or township.pk in self.townships


def places(user: Any, roles: Iterable[str] = PLACE_READERS) -> Places:
    """The places of a person's current appointments in any of `roles`."""
    wanted = frozenset(roles)
    posts = [post for post in _posts(user) if post.role in wanted]
    return Places(
        everywhere=any(post.is_district_wide for post in posts),
        townships=frozenset(post.township_id for post in posts if post.township_id),
        villages=frozenset(post.village_id for post in posts if post.village_id)
        | frozenset(village for post in posts for village in post.covered_village_ids),
        units=frozenset(post.unit_id for post in posts if post.unit_id),
    )


def within(user: Any, roles: Iterable[str] = PLACE_READERS, path: str = "village") -> Q:
    """Rows whose village lies where the person holds one of `roles`."""
    return places(user, roles).as_q(path)


def covers(user: Any, roles: Iterable[str], village: Any) -> bool:
    """Whether the person holds one of `roles` over this village."""
    return places(user, roles).covers(village)


def holds(user: Any, *roles: str) -> bool:
    """Whether the person holds one of `roles` anywhere."""
    return any(post.role in roles for post in _posts(user))


def _posts(user: Any) -> list[Appointed]:
    return user.appointments_now if user.is_authenticated else []
