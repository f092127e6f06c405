"""Audit events to read: narrowed by person, action, place, days and outcome, the newest first, page by page.

Pages go on from the last row shown, not by number: the log only grows, and counting it would take longer than reading.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.pages.auditing import words
from villages.models import Township, Village

PER_PAGE = 50
COUNTED_TO = 10_000
LONGEST = 40


@dataclass(frozen=True)
class Filters:
    """`action` is a name, or a noun with its dot for all it has; `place` the code of a township or village, or less."""

    person: str = ""
    action: str = ""
    place: str = ""
    outcome: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

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
            since=day(given.get("since", "")),
            until=day(given.get("until", "")),
        )

    @property
    def q(self) -> Q:
        asked = Q()
        if self.person:
            asked &= Q(actor_name__icontains=self.person) | Q(actor__username__iexact=self.person)
        if self.action:
            asked &= Q(action__startswith=self.action) if self.action.endswith(".") else Q(action=self.action)
        if self.place:
            asked &= Q(place__startswith=self.place)
        if self.outcome:
            asked &= Q(outcome=self.outcome)
        if self.since:
            asked &= Q(at__gte=calendar.moment(self.since))
        if self.until:
            asked &= Q(at__lt=calendar.moment(self.until + dt.timedelta(days=1)))
        return asked

    @property
    def asked(self) -> dict[str, str]:
        """What is narrowed, as it stands in the address."""
        pairs = {
            "person": self.person,
            "action": self.action,
            "place": self.place,
            "outcome": self.outcome,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: value for name, value in pairs.items() if value}


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


@dataclass(frozen=True)
class Page:
    """One page of the log; `count` stops at COUNTED_TO; `older` is empty on the last page."""

    lines: list[Line]
    count: int
    older: str
    first: str
    is_first: bool

    @property
    def count_text(self) -> str:
        return f"{COUNTED_TO} 条以上" if self.count > COUNTED_TO else f"{self.count} 条"


def found(filters: Filters) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(filters.q).order_by("-at", "-pk")


def page(filters: Filters, before: str = "") -> Page:
    """The page after the row `before` (its id), or the first."""
    last = AuditEvent.objects.filter(pk=int(before)).first() if before.isdecimal() and len(before) < 19 else None
    rows = found(filters)
    shown = list((rows.filter(_after(last)) if last else rows)[: PER_PAGE + 1])
    more = len(shown) > PER_PAGE
    shown = shown[:PER_PAGE]
    return Page(
        lines=lines(shown),
        count=rows.order_by()[: COUNTED_TO + 1].count(),
        older=f"?{urlencode(filters.asked | {'before': shown[-1].pk})}" if more else "",
        first=f"?{urlencode(filters.asked)}",
        is_first=last is None,
    )


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


def day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
