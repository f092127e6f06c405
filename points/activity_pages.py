"""活动 to read: the register with its counts, who was there, which rule suits, and a pasted list of names."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, QuerySet, When

from points import pasted, pasting, rules
from points.activities import Present
from points.models import Activity, Attendance, Rule
from points.models.rules import Dimension
from points.pasted import Answers, Register
from villages.models import Grid, Household, Resident, User

# Kinds of activities that carry a name of the 三治.
DIMENSIONS = {
    Activity.Kind.SELF: Dimension.SELF,
    Activity.Kind.LAW: Dimension.LAW,
    Activity.Kind.VIRTUE: Dimension.VIRTUE,
}


def register_of(user: User, year: int, kind: str = "") -> QuerySet[Activity]:
    """The activities a person may see in a year, the latest first; `present` counts the households that were there."""
    found = Activity.objects.visible_to(user).filter(held_on__year=year)
    if kind:
        found = found.filter(kind=kind)
    return (
        found.select_related("village__township", "batch")
        .annotate(present=Count("attendances__household", distinct=True))
        .newest_first()
    )


def counts_by_kind(user: User, year: int) -> list[tuple[str, str, int]]:
    """(kind, its name, number of activities) in the order of the kinds, with those of which there were none."""
    found = Activity.objects.visible_to(user).filter(held_on__year=year)
    counts = dict(found.order_by().values_list("kind").annotate(number=Count("pk")))
    return [(kind, label, counts.get(kind, 0)) for kind, label in Activity.Kind.choices]


@dataclass(frozen=True)
class Line:
    """Somebody on the list. `in_batch` is None while there is no batch to be in."""

    attendance: Attendance
    in_batch: bool | None


@dataclass(frozen=True)
class Group:
    grid: Grid
    lines: list[Line]


@dataclass(frozen=True)
class Roll:
    """Who was there, by group."""

    groups: list[Group]

    @property
    def households(self) -> int:
        return len({line.attendance.household_id for group in self.groups for line in group.lines})

    @property
    def left_out(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines if line.in_batch is False]


def roll(activity: Activity) -> Roll:
    """The list of an activity with what became of each line. Two queries."""
    found = activity.attendances.select_related("household__grid", "resident").order_by("household__number", "pk")
    given = None
    if activity.batch:
        given = set(activity.batch.claims.live().values_list("household", flat=True))
    groups: dict[int, Group] = {}
    for one in found:
        group = groups.setdefault(one.household.grid_id, Group(one.household.grid, []))
        group.lines.append(Line(one, None if not given else one.household_id in given))
    return Roll(sorted(groups.values(), key=lambda group: group.grid.number))


@dataclass(frozen=True)
class Offered:
    """Awarding rules of the day: those that suit the activity, the others, and the one used for its kind."""

    suiting: list[Rule]
    others: list[Rule]
    usual: str = ""

    @property
    def every(self) -> list[Rule]:
        return [*self.suiting, *self.others]


def rules_for(activity: Activity) -> Offered:
    """What an activity's list can be given points under: its 三治 or its 五乐 makes a rule suit."""
    usable = [rule for rule in rules.usable(activity.village, activity.held_on) if rule.sign > 0]
    wanted = DIMENSIONS.get(Activity.Kind(activity.kind))
    suits = [rule for rule in usable if (wanted and rule.dimension == wanted) or rule.joy == activity.joy]
    others = [rule for rule in usable if rule not in suits]
    last = _used_before(activity)
    return Offered(suits, others, last if last in {rule.code for rule in usable} else "")


def _used_before(activity: Activity) -> str:
    """The rule under which a list of this kind became points last, in the village or else next door in the township."""
    kind = Activity.objects.filter(kind=activity.kind, batch__rule__isnull=False)
    nearby = kind.filter(village__township=activity.village.township_id)
    elsewhere = Case(When(village=activity.village_id, then=0), default=1)
    codes = nearby.order_by(elsewhere, "-held_on", "-pk").values_list("batch__rule__code", flat=True)
    return codes.first() or ""


@dataclass(frozen=True)
class Match:
    """A pasted line and who is meant. `state`: ok, there (on the list already), twice, same, none or skipped."""

    line: pasting.Line
    state: str
    household: Household | None = None
    resident: Resident | None = None
    choices: tuple[Household, ...] = ()
    text: str = ""
    sought: str = ""

    @property
    def name(self) -> str:
        return self.line.names[-1] if self.line.names else self.line.text

    @property
    def is_open(self) -> bool:
        return self.state in ("same", "none")


@dataclass(frozen=True)
class Reading:
    matches: list[Match]

    @property
    def ready(self) -> list[Match]:
        return [match for match in self.matches if match.state == "ok"]

    @property
    def problems(self) -> list[Match]:
        return [match for match in self.matches if match.is_open or match.state == "skipped" or match.sought]

    @property
    def open_count(self) -> int:
        return sum(match.is_open for match in self.matches)

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(match.state for match in self.matches))

    @property
    def people(self) -> list[Present]:
        return [Present(match.household, match.resident, match.line.note) for match in self.ready if match.household]


def read(activity: Activity, sheet: pasting.Sheet, answers: Answers, today: dt.date) -> Reading:
    """Every pasted line against the village's register and the list as it stands."""
    register = Register(activity.village, today)
    members = _members(register)
    there: set[tuple[int, int | None]] = set(activity.attendances.values_list("household", "resident"))
    seen: set[tuple[int, int | None]] = set()
    matches = []
    for line in sheet.lines:
        match = _match(line, register, members, answers)
        if match.state == "ok" and match.household:
            who = (match.household.pk, match.resident.pk if match.resident else None)
            if who in there or who in seen:
                match = Match(**{**vars(match), "state": "there" if who in there else "twice"})
            seen.add(who)
        matches.append(match)
    return Reading(matches)


def _members(register: Register) -> dict[tuple[int, str], Resident]:
    found = Resident.objects.filter(household__in=register.households, is_head=False).order_by("-pk")
    return {(one.household_id, one.name): one for one in found}


def _match(line: pasting.Line, register: Register, members: dict[tuple[int, str], Resident], answers: Answers) -> Match:
    meant = register.meant(line)
    asked = "none" if not meant.found else "same" if len(meant.found) > 1 or meant.doubt else "ok"
    sought = answers.sought.get(line.at, "") if asked == "none" else ""
    household, found = pasted.settled(line, meant, sought, register, answers)
    state = "ok" if household else "same" if found else "none"
    if line.at in answers.skipped:
        state = "skipped"
    return Match(
        line=line,
        state=state,
        household=household,
        resident=members.get((household.pk, meant.through)) if household and meant.through else None,
        choices=tuple(found) if len(found) > 1 or meant.doubt else (),
        text="" if household else pasted.why(line, state, found, sought, meant.doubt),
        sought=sought,
    )


def found_by(activity: Activity, text: str, today: dt.date) -> Sequence[Household]:
    """The households a typed name, member, number or first letters may mean."""
    return Register(activity.village, today).sought(text)
