"""示范创建 to read: the targets of a year, and every candidate a person may see, by stage or as a table."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q

from demos import permissions
from demos.models import Candidate, Criterion, Finding, Milestone, Programme, Score, Stage

Key = Stage.Key


@dataclass(frozen=True)
class Target:
    """A programme with how far the district is: places, not points."""

    programme: Programme
    done: int
    under_way: int

    @property
    def is_reached(self) -> bool:
        return self.done >= max(self.programme.minimum, 1)

    @property
    def gap(self) -> int:
        """How many of those that must be are still not recognised."""
        return max(self.programme.minimum - self.done, 0)

    @property
    def uncovered(self) -> int:
        """How many of the gap nobody is even preparing."""
        return max(self.gap - self.under_way, 0)


@dataclass(frozen=True)
class Card:
    """A candidate on the board: its next milestone, by how many days that is late (0 where it is not), and whether
    something of the negative list holds it back."""

    candidate: Candidate
    next: Milestone | None
    late: int
    can_move: bool = False
    progress: str = ""
    is_vetoed: bool = False

    @property
    def late_words(self) -> str:
        return f"逾期 {self.late} 天" if self.late else ""

    @property
    def due(self) -> dt.date | None:
        return self.candidate.mend_by or (self.next.planned_on if self.next else None)


@dataclass(frozen=True)
class Column:
    name: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to."""

    year: int
    level: str = ""
    kind: str = ""
    township: str = ""
    late: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str], year: int) -> "Wanted":
        asked = given.get("year", "")
        return cls(
            year=int(asked) if asked.isdecimal() and len(asked) == 4 else year,
            level=given.get("level", ""),
            kind=given.get("kind", ""),
            township=given.get("township", ""),
            late=given.get("late") == "1",
        )

    @property
    def query(self) -> str:
        """The same list again, as the end of an address."""
        given = {"year": self.year, "level": self.level, "kind": self.kind, "township": self.township}
        return urlencode({key: value for key, value in given.items() if value} | ({"late": 1} if self.late else {}))

    @property
    def is_narrow(self) -> bool:
        return bool(self.level or self.kind or self.township or self.late)


def targets(user: Any, year: int) -> list[Target]:
    """The year's targets with the whole district's numbers: they are everybody's to see."""
    is_open, is_done = Q(candidates__closed_on=None), Q(candidates__stage__key__in=Stage.DONE)
    counted = (
        Programme.objects.visible_to(user)
        .filter(year=year)
        .annotate(
            done=Count("candidates", filter=is_open & is_done),
            under_way=Count("candidates", filter=is_open & ~is_done & Q(candidates__isnull=False)),
        )
    )
    return [Target(one, *_numbers(one)) for one in counted.in_order()]


def cards(user: Any, wanted: Wanted, today: dt.date) -> list[Card]:
    """The open candidates of a year, each with its next milestone and its scores: four queries."""
    found = Candidate.objects.visible_to(user).open().filter(programme__year=wanted.year)
    if wanted.level:
        found = found.filter(programme__level=wanted.level)
    if wanted.kind:
        found = found.filter(programme__kind=wanted.kind)
    if wanted.township:
        found = found.filter(
            Q(township__code=wanted.township) | Q(village__township__code=wanted.township),
        )
    standing = Finding.objects.filter(candidate=OuterRef("pk"), cleared_on=None)
    candidates = list(found.with_places().annotate(vetoed=Exists(standing)).in_order())
    following = next_milestones(candidates)
    scored = progress(candidates)
    made = [_card(user, one, following.get(one.pk), today, scored.get(one.pk, "")) for one in candidates]
    return [card for card in made if card.late or not wanted.late]


def columns(found: Iterable[Card]) -> list[Column]:
    """The stages in order, empty ones included; the same stage of several programmes is one column."""
    by_key: dict[str, list[Card]] = {key: [] for key in Key.values}
    names: dict[str, str] = {}
    for card in found:
        by_key[card.candidate.stage.key].append(card)
        names.setdefault(card.candidate.stage.key, card.candidate.stage.name)
    return [Column(names.get(key, Key(key).label), tuple(there)) for key, there in by_key.items()]


def next_milestones(candidates: Iterable[Candidate]) -> dict[int, Milestone]:
    """The earliest milestone of each candidate that is not reached yet."""
    rows = Milestone.objects.filter(candidate__in=[one.pk for one in candidates], done_on=None)
    found: dict[int, Milestone] = {}
    for milestone in rows.order_by("planned_on", "pk"):
        found.setdefault(milestone.candidate_id, milestone)
    return found


# Whose column is being filled at a stage.
SCORING = {Key.APPLY: Score.Column.SELF, Key.TOWN: Score.Column.TOWN, Key.DISTRICT: Score.Column.DISTRICT}


def progress(candidates: Iterable[Candidate]) -> dict[int, str]:
    """自评 12/16 of each candidate whose scores are being given now: two queries."""
    scoring = {one.pk: (SCORING[Key(one.stage.key)], one) for one in candidates if one.stage.key in SCORING}
    wanted = Criterion.objects.filter(is_veto=False, standard__in={one.standard_id for _, one in scoring.values()})
    items = dict(wanted.values_list("standard").annotate(n=Count("pk")).order_by())
    rows = Score.objects.filter(candidate__in=scoring).values_list("candidate", "column")
    given = {(pk, column): count for pk, column, count in rows.annotate(n=Count("pk")).order_by()}
    return {
        pk: f"{column.label} {given.get((pk, column), 0)}/{items[one.standard_id]}"
        for pk, (column, one) in scoring.items()
        if one.standard_id in items
    }


def lateness(candidate: Candidate, following: Milestone | None, today: dt.date) -> int:
    """Days past the next milestone, or past the day by which a place has to mend; 0 where nothing is late."""
    due = candidate.mend_by or (following.planned_on if following else None)
    return max((today - due).days, 0) if due else 0


def years(user: Any, year: int) -> list[int]:
    found = set(Programme.objects.visible_to(user).values_list("year", flat=True)) | {year}
    return sorted(found, reverse=True)


def _numbers(programme: Any) -> tuple[int, int]:
    """What the query added to its row."""
    return programme.done, programme.under_way


def _card(user: Any, candidate: Any, following: Milestone | None, today: dt.date, scored: str) -> Card:
    """`candidate` with `vetoed`, which the query added to its row."""
    forward = candidate.stage.key != Key.CARE and permissions.can_advance(user, candidate)
    can_move = forward or permissions.can_send_back(user, candidate)
    return Card(candidate, following, lateness(candidate, following, today), can_move, scored, candidate.vetoed)
