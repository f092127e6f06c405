"""荣誉 to read: the list, what a village has on its way, and what the public may see of it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, QuerySet

from points import awards, masking, permissions, review
from points.models import Doubt, Honour, HonourKind, HonourNotice, PanelMember
from points.models.reviews import recused_homes
from qianjiang_portal.foundation import calendar, options
from villages import scope
from villages.choices import Places
from villages.models import Household, Township, User, Village

State = Honour.State
# The list is narrowed to states, and to what stands on a notice whose days are over and is not awarded yet.
OVER = "over"
STATES = [*State.choices[:3], (OVER, "公示已结束"), *State.choices[3:]]


@dataclass(frozen=True)
class Filters:
    """What a list of honours is narrowed to; empty is everything."""

    state: str
    year: int | None
    kind: int | None

    @classmethod
    def read(cls, given: "dict[str, str]") -> "Filters":
        state, year, kind = (given.get(name, "") for name in ("state", "year", "kind"))
        number = [int(text) if text.isdecimal() and len(text) < 10 else None for text in (year, kind)]
        return cls(state if state in (*State.values, OVER) else "", *number)

    @property
    def is_narrow(self) -> bool:
        return any((self.state, self.year, self.kind))

    def as_q(self, today: dt.date) -> Q:
        wanted = {"year": self.year, "kind": self.kind}
        return self._state(today) & Q(**{name: value for name, value in wanted.items() if value})

    def _state(self, today: dt.date) -> Q:
        apart = {State.PUBLISHED.value: _on_notice, OVER: _over}
        if self.state in apart:
            return apart[self.state](today)
        return Q(state=self.state) if self.state else Q()


def _on_notice(today: dt.date, path: str = "") -> Q:
    return Q(**{f"{path}state": State.PUBLISHED, f"{path}notice__ends_on__gte": today})


def _over(today: dt.date, path: str = "") -> Q:
    """On a notice whose days are over, and not awarded yet."""
    return Q(**{f"{path}state": State.PUBLISHED, f"{path}notice__ends_on__lt": today})


def found(user: User, places: Places, filters: Filters, today: dt.date) -> QuerySet[Any]:
    """Nominations and awards somebody sees, the newest first, with `is_over` for a notice whose days are over."""
    rows = Honour.objects.visible_to(user).filter(filters.as_q(today), **places.filters).annotate(is_over=_over(today))
    rows = rows.select_related("kind", "village__township", "household__grid", "notice")
    return rows.order_by("-year", "-nominated_on", "-pk")


def years(user: User) -> list[int]:
    return list(Honour.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct())


@dataclass(frozen=True)
class Work:
    """A village with nominations on their way, and how many wait for what."""

    village: Village
    nominated: int
    passed: int
    on_notice: int
    over: int


def work(user: User, today: dt.date) -> list[Work]:
    """Villages where something waits. One query."""
    waits = {state.value: Count("honours", filter=Q(honours__state=state)) for state in (State.NOMINATED, State.PASSED)}
    villages: QuerySet[Any] = Village.objects.filter(scope.within(user, {"clerk", "reviewer", "leader"}, path=""))
    some = (
        villages.annotate(**waits, **_put_up(today))
        .filter(Q(nominated__gt=0) | Q(passed__gt=0) | Q(on_notice__gt=0) | Q(over__gt=0))
        .select_related("township")
    )
    return [Work(one, one.nominated, one.passed, one.on_notice, one.over) for one in some.in_code_order()]


def _put_up(today: dt.date) -> dict[str, Count]:
    """For each village: how many are on notice, and how many of a notice that is over wait for their award."""
    path = "honours__"
    return {
        "on_notice": Count("honours", filter=_on_notice(today, path), distinct=True),
        "over": Count("honours", filter=_over(today, path), distinct=True),
    }


@dataclass(frozen=True)
class Up:
    """A notice with the names that stand on it, whether its days are over, and whether they may be awarded now."""

    notice: HonourNotice
    honours: list[Honour]
    is_over: bool
    is_due: bool


@dataclass(frozen=True)
class Desk:
    """What a village's honours wait for, and what the reader may do about it. `apart` are ids others decide.

    `awarded` are those of this year and the last, for whoever may cancel them.
    """

    village: Village
    nominated: list[Honour]
    passed: list[tuple[Honour, str]]
    up: list[Up]
    pointless: list[Honour]
    awarded: list[Honour]
    doubts: list[Doubt]
    members: list[PanelMember]
    quorum: int
    apart: set[int]
    can_nominate: bool
    can_decide: bool
    can_publish: bool
    can_award: bool
    can_end: bool

    @property
    def is_idle(self) -> bool:
        return not (self.nominated or self.passed or self.up or self.pointless or self.doubts)

    @property
    def decidable(self) -> list[Honour]:
        return [one for one in self.nominated if one.pk not in self.apart]


def desk(user: User, village: Village, now: dt.datetime) -> Desk:
    live = Honour.objects.filter(village=village, state__in=Honour.LIVE[:3])
    rows = list(live.select_related("kind", "household__grid", "village", "nominated_by", "notice").order_by("pk"))
    homes = set(recused_homes(user).values_list("pk", flat=True))
    apart = {one.pk for one in rows if one.nominated_by_id == user.pk or one.household_id in homes}
    passed = [one for one in rows if one.state == State.PASSED]
    can_end = permissions.can_suspend(user, village)
    return Desk(
        village=village,
        nominated=[one for one in rows if one.state == State.NOMINATED],
        passed=[(one, masking.mask(one.name) if one.name else village.short_name) for one in passed],
        up=_up(rows, now),
        pointless=awards.without_points(village),
        awarded=_awarded(village, now.year - 1) if can_end else [],
        doubts=list(
            Doubt.objects.open()
            .filter(village=village, honour__isnull=False)
            .select_related("honour__kind")
            .order_by("pk")
        ),
        members=list(PanelMember.objects.filter(village=village).current(now.date()).order_by("-is_head", "pk")),
        quorum=review.quorum(),
        apart=apart,
        can_nominate=permissions.can_nominate(user, village),
        can_decide=permissions.can_decide_honours(user, village),
        can_publish=permissions.can_publish(user, village),
        can_award=permissions.can_award(user, village),
        can_end=can_end,
    )


def _awarded(village: Village, since_year: int) -> list[Honour]:
    found = Honour.objects.awarded().filter(village=village, year__gte=since_year)
    return list(found.select_related("kind", "village", "household__grid").order_by("-awarded_on", "pk"))


def _up(rows: Iterable[Honour], now: dt.datetime) -> list[Up]:
    shown = sorted((one for one in rows if one.notice), key=lambda one: (one.notice_id or 0, one.pk))
    made = []
    for notice, own in groupby(shown, key=lambda one: one.notice):
        if notice:
            over = calendar.local_date(now) > notice.ends_on
            made.append(Up(notice, list(own), over, notice.due_at <= now))
    return made


def kinds() -> list[HonourKind]:
    """All kinds, with `used` for how often each was nominated."""
    return list(HonourKind.objects.annotate(used=Count("honours")).order_by("position", "pk"))


def of_household(household: Household) -> list[Honour]:
    """What a passbook shows: honours that stand, those of a household that became part of this one too."""
    theirs = Q(household=household) | Q(household__successor=household)
    return list(Honour.objects.awarded().filter(theirs).select_related("kind").newest_first())


# --- the red list: for everybody --------------------------------------------------


@dataclass(frozen=True)
class RedVillage:
    """How many honours stand, how many are on notice, and how many of a notice that is over wait for their award."""

    village: Village
    count: int
    on_notice: int
    over: int


def red_villages(query: str, today: dt.date) -> list[tuple[Township, list[RedVillage]]]:
    """Villages with an honour the public still reads or one that was put up, by township."""
    standing = Q(honours__state=State.AWARDED, honours__year__gte=since(today))
    villages: QuerySet[Any] = Village.objects.annotate(
        count=Count("honours", filter=standing, distinct=True), **_put_up(today)
    ).filter(Q(count__gt=0) | Q(on_notice__gt=0) | Q(over__gt=0))
    if query:
        villages = villages.filter(Q(short_name__icontains=query) | Q(township__name__icontains=query))
    ordered = villages.select_related("township").order_by("township__code", "code")
    grouped = groupby(ordered, key=lambda village: village.township)
    return [
        (township, [RedVillage(one, one.count, one.on_notice, one.over) for one in own]) for township, own in grouped
    ]


def red_list(village: Village, since: int) -> list[tuple[int, list[Honour]]]:
    """A village's awards by year, the newest first, as the public reads them."""
    rows = village.honours.awarded().filter(year__gte=since).select_related("kind", "household__grid")
    ordered = rows.order_by("-year", "kind__position", "pk")
    return [(year, list(own)) for year, own in groupby(ordered, key=lambda one: one.year)]


def read_by_all(since: int) -> QuerySet[Honour]:
    """Honours whose masked names the public reads: on notice, or awarded."""
    return Honour.objects.filter(Q(state=State.PUBLISHED) | Q(state=State.AWARDED, year__gte=since))


def on_notice(village: Village, now: dt.datetime) -> list[Up]:
    rows = village.honours.filter(state=State.PUBLISHED).select_related("kind", "household__grid", "notice")
    return _up(rows, now)


def since(today: dt.date) -> int:
    """The first year the public still reads."""
    return today.year - int(options.get("red_list_years")) + 1
