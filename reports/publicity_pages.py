"""宣传报道 to read: what appeared in a year, by level, and what a new note may name."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from reports import case_pages, permissions
from reports.models import CaseStudy, Publicity, Sender
from villages import scope
from villages.models import Township, Unit

Level = Publicity.Level


@dataclass(frozen=True, slots=True)
class Totals:
    """How many pieces of a year appeared at each level."""

    levels: list[tuple[str, int]]

    @property
    def all(self) -> int:
        return sum(number for _, number in self.levels)


def rows(user: Any, year: int, level: str) -> QuerySet[Publicity]:
    found = Publicity.objects.visible_to(user).standing().filter(on__year=year)
    if level:
        found = found.filter(level=level)
    return found.select_related("township", "village__township", "unit", "case").order_by("-on", "-pk")


def totals(user: Any, year: int) -> Totals:
    counted = Publicity.objects.visible_to(user).standing().filter(on__year=year).values("level")
    numbers = dict(counted.annotate(number=Count("pk")).values_list("level", "number"))
    return Totals([(one.label, numbers.get(one.value, 0)) for one in Level])


def senders(user: Any) -> list[Sender]:
    """Whose publicity a person may note: the district itself and everybody, else one's own."""
    if not scope.holds(user, "district"):
        return case_pages.own_senders(user)
    units = Unit.objects.order_by("position", "code")
    townships = Township.objects.in_code_order()
    return [Sender(), *(Sender(township=one) for one in townships), *(Sender(unit=one) for one in units)]


def cases(user: Any) -> list[CaseStudy]:
    """Adopted cases that a piece may be about."""
    return list(CaseStudy.objects.visible_to(user).filter(state="adopted").order_by("-number"))


def can_withdraw(user: Any, one: Publicity) -> bool:
    return permissions.can_note_publicity(user, one.sender)
