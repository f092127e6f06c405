"""Audit events to read: narrowed by person, action, place, days and outcome, the newest first, page by page.

Pages go on from the last row shown, not by number: the log only grows, and counting it would take longer than reading.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.pages.auditing import reading, words
from qianjiang_portal.pages.auditing.reading import LONGEST, Days, Page, days_of
from villages.models import Township, Village

# What is done in somebody's name before it is known whether it is them.
TRIES = ("account.sign-in", "factor.check")


@dataclass(frozen=True)
class Filters(Days):
    """`action` is a name, or a noun with its dot for all it has; `place` the code of a township or village, or less."""

    person: str = ""
    action: str = ""
    place: str = ""
    outcome: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        """What cannot be read counts as not asked for."""
        action, place = given.get("action", ""), given.get("place", "")
        outcome = given.get("outcome", "")
        return cls(
            person=given.get("person", "").strip()[:LONGEST],
            action=action if words.known(action) else "",
            place=place if place.isdecimal() and len(place) in (6, 9, 12) else "",
            outcome=outcome if outcome in AuditEvent.Outcome.values else "",
            **days_of(given),
        )

    @property
    def q(self) -> Q:
        asked = self.within
        if self.person:
            tried = Q(actor=None, action__in=TRIES, target__iexact=self.person)
            asked &= Q(actor_name__icontains=self.person) | Q(actor__username__iexact=self.person) | tried
        if self.action:
            asked &= Q(action__startswith=self.action) if self.action.endswith(".") else Q(action=self.action)
        if self.place:
            asked &= Q(place__startswith=self.place)
        if self.outcome:
            asked &= Q(outcome=self.outcome)
        return asked

    @property
    def asked(self) -> dict[str, str]:
        """What is narrowed, as it stands in the address."""
        return self.as_asked(person=self.person, action=self.action, place=self.place, outcome=self.outcome)


@dataclass(frozen=True)
class Line:
    """One event as a row: in words, with the place's name."""

    event: AuditEvent
    action: str
    place: str
    facts: list[tuple[str, str]]

    @property
    def is_refused(self) -> bool:
        return self.event.outcome == AuditEvent.Outcome.REFUSED


def found(filters: Filters) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(filters.q).order_by("-at", "-pk")


def page(filters: Filters, before: str = "") -> Page:
    """The page after the row `before` (its id), or the first."""
    last = AuditEvent.objects.filter(pk=reading.row_id(before)).first()
    return reading.page(found(filters), _after(last) if last else None, filters.asked, lines=lines, unit="条")


def lines(events: Iterable[AuditEvent]) -> list[Line]:
    """Events in words. Two queries for the names of places, however many there are."""
    events = list(events)
    names = place_names({event.place for event in events})
    return [
        Line(event, words.action(event.action), names.get(event.place, event.place), words.facts(event.facts))
        for event in events
    ]


def place_names(codes: Iterable[str]) -> dict[str, str]:
    """Statistics code → name, for townships, villages and the district."""
    codes = [code for code in codes if code]
    if not codes:
        return {}
    villages = Village.objects.filter(code__in=codes).select_related("township")
    names = {village.code: village.full_name for village in villages}
    names |= dict(Township.objects.filter(code__in=codes).values_list("code", "name"))
    return names | {code: "黔江区" for code in codes if len(code) == 6}


def _after(last: AuditEvent) -> Q:
    return Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk)
