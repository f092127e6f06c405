"""What a clerk is about to enter: village, rule and day, remembered from the last batch, and what stands in the way."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Sum
from django.shortcuts import get_object_or_404

from points import checks, rules
from points.models import Batch, Claim, Rule, RuleSet
from points.models.batches import QUICK, RESERVING
from qianjiang_portal.foundation import calendar, periods
from villages import pinyin
from villages.models import Household, Resident, User, Village


@dataclass(frozen=True)
class Asked:
    """Village and rule by code and the day as it was typed; None where the address says nothing about it."""

    village: str | None = None
    rule: str | None = None
    date: str | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Asked":
        return cls(query.get("v"), query.get("rule"), query.get("date"))


@dataclass(frozen=True)
class Problem:
    """Why nothing can be entered for this village, rule and day, and which field to look at."""

    field: str
    text: str


@dataclass(frozen=True)
class Choice:
    """A village to choose: `initials` in lower-case letters."""

    code: str
    name: str
    initials: str
    note: str


@dataclass(frozen=True)
class Entering:
    """The state of the context bar. `rules` are those in force for the village on the day, `code` the one asked for."""

    villages: list[Village]
    village: Village | None = None
    day: dt.date | None = None
    typed_date: str = ""
    rules: list[Rule] = field(default_factory=list)
    rule_set: RuleSet | None = None
    rule: Rule | None = None
    problem: Problem | None = None
    batch: Batch | None = None
    code: str = ""

    @property
    def kept_code(self) -> str:
        """The rule to come back to once the day is put right: on the wrong day it may not be among `rules`."""
        return self.code if self.rule is None and self.problem and self.problem.field == "date" else ""

    @property
    def is_open(self) -> bool:
        """Whether rows can be entered."""
        return self.village is not None and self.rule is not None and self.problem is None

    @property
    def by_person(self) -> bool:
        """Whether each row asks which member of the household it is for."""
        return self.rule is not None and self.rule.unit == Rule.Unit.PERSON

    @property
    def choices(self) -> list[Choice]:
        several = len({village.township_id for village in self.villages}) > 1
        return [
            Choice(
                village.code,
                village.full_name if several else village.short_name,
                pinyin.first_letters(village.short_name),
                village.get_kind_display(),
            )
            for village in self.villages
        ]


def enterable(user: User) -> QuerySet[Village]:
    """The villages a person may enter points for."""
    found = Village.objects.for_role(user, "clerk").open().with_points()
    return found.select_related("township").in_code_order()


def resume(user: User, batch: Batch, now: dt.datetime) -> Entering:
    """Go on with a draft: its village, rule and day are settled."""
    asked = Asked(batch.village.code, batch.rule.code if batch.rule else "", batch.occurred_on.isoformat())
    entering = begin(user, asked, now)
    return Entering(**{**vars(entering), "batch": batch})


def begin(user: User, asked: Asked, now: dt.datetime) -> Entering:
    """A new batch: what the address asks for, else what this person entered last. Raises Http404 out of scope."""
    villages = list(enterable(user))
    last = Batch.objects.visible_to(user).made_by(user).filter(source__in=QUICK).order_by("-updated_at").first()
    village = _village(villages, asked, last, user)
    typed, day = _day(asked, last, now)
    if village is None or day is None:
        problem = None if day else Problem("date", "日期写成 2026-11-30 这样")
        return Entering(villages, village, day, typed, problem=problem, code=_code(asked, last))
    return _with_rules(villages, village, day, typed, _code(asked, last), now)


def _with_rules(
    villages: list[Village], village: Village, day: dt.date, typed: str, code: str, now: dt.datetime
) -> Entering:
    rule_set = rules.in_force(village, day)
    usable = list(rules.usable(village, day)) if rule_set else []
    rule = next((rule for rule in usable if rule.code == code), None)
    problem = _problem(village, day, rule_set, rule, code, now)
    return Entering(villages, village, day, typed, usable, rule_set, rule, problem, code=code)


def _problem(
    village: Village, day: dt.date, rule_set: RuleSet | None, rule: Rule | None, code: str, now: dt.datetime
) -> Problem | None:
    try:
        checks.check_day(day, now)
    except checks.CannotSave as refusal:
        return Problem("date", str(refusal))
    if rule_set is None:
        return Problem("rule", f"{village.short_name}在 {day:%Y-%m-%d} 没有生效的积分细则")
    if code and rule is None:
        return Problem("rule", f"{day:%Y-%m-%d} 的细则里没有 {code}，换一个事项")
    return None


def _village(villages: list[Village], asked: Asked, last: Batch | None, user: User) -> Village | None:
    if asked.village:
        return get_object_or_404(enterable(user), code=asked.village)
    if asked.village is None and last:
        return next((village for village in villages if village.pk == last.village_id), None)
    return villages[0] if len(villages) == 1 else None


def _day(asked: Asked, last: Batch | None, now: dt.datetime) -> tuple[str, dt.date | None]:
    """The day last entered is remembered until midnight: yesterday's would be a trap tomorrow."""
    if asked.date:
        try:
            return asked.date, dt.date.fromisoformat(asked.date)
        except ValueError:
            return asked.date, None
    today = calendar.local_date(now)
    same_day = last and calendar.local_date(last.updated_at) == today
    day = last.occurred_on if last and same_day else today
    return day.isoformat(), day


def _code(asked: Asked, last: Batch | None) -> str:
    if asked.rule is not None:
        return asked.rule
    return last.rule.code if last and last.rule else ""


def index(village: Village, today: dt.date, *, with_members: bool = False) -> dict[str, Any]:
    """The register of a village for the lookup, in register order, without phone or identity numbers.

    `rows`: id, head, initials, number, group, people, points so far this month, aliases, other members, and where they
    are asked for the ids of those members.
    """
    households = list(village.households.active().select_related("grid").order_by("pinyin", "number"))
    month = this_month(village, today)
    family = _family(village)
    rows = [
        [
            household.pk,
            household.head_name,
            household.initials,
            household.short_number,
            household.grid.name,
            household.members,
            month.get(household.pk, 0),
            household.aliases.replace("、", " "),
            " ".join(name for _, name in family.get(household.pk, [])),
            *([[pk for pk, _ in family.get(household.pk, [])]] if with_members else []),
        ]
        for household in households
    ]
    return {"rows": rows, "readings": pinyin.character_readings(household.head_name for household in households)}


def this_month(village: Village, today: dt.date, only: Household | None = None) -> dict[int, int]:
    """Points of the current month by household id, submitted ones included; of the whole village, or of one alone."""
    month = periods.of(today)
    claims = Claim.objects.filter(state__in=RESERVING, occurred_on__range=(month.begins_on, month.ends_on))
    claims = claims.filter(household=only) if only else claims.filter(household__village=village)
    return dict(claims.values_list("household").annotate(total=Sum("points")))


def found_elsewhere(user: User, query: str, limit: int = 8) -> list[Household]:
    """Households of all villages a clerk enters for, by the beginning of the initials or a part of the name."""
    letters = query.lower().replace(" ", "")
    registered = Household.objects.visible_to(user).filter(village__in=enterable(user)).active()
    matching = registered.filter(head_name__icontains=query) | registered.filter(
        initials__regex=rf"(^| ){letters}" if letters.isascii() and letters.isalpha() else "^$"
    )
    return list(matching.select_related("village", "grid").order_by("pinyin", "number")[:limit])


def members(household: Household) -> list[tuple[int, str]]:
    """Everybody in a household but its head, by id and name."""
    return list(household.residents.filter(is_head=False).order_by("pk").values_list("pk", "name"))


def _family(village: Village) -> dict[int, list[tuple[int, str]]]:
    names: dict[int, list[tuple[int, str]]] = {}
    residents = Resident.objects.filter(household__village=village, is_head=False).order_by("pk")
    for household, pk, name in residents.values_list("household", "pk", "name"):
        names.setdefault(household, []).append((pk, name))
    return names
