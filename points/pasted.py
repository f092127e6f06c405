"""A pasted list against the register of one village: who is meant, what a person has to settle, what can be added."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from points import checks, entering, pasting, sheets
from points.models import Batch, Rule
from points.pasted_members import Person, Whose, whose
from points.pasting import Line
from villages import search
from villages.models import Household, Resident, Village

Who = tuple[int, int | None]
# More than this is not settled one by one on a page; those that wait come up when these are done.
MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Answers:
    """What a person settled by line: household, what was typed to find one, member (0: the head), points, and skips."""

    chosen: Mapping[int, int] = field(default_factory=dict)
    sought: Mapping[int, str] = field(default_factory=dict)
    points: Mapping[int, str] = field(default_factory=dict)
    members: Mapping[int, int] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Match:
    """A line and its household, or the reason why it has none yet.

    `state`: ok, same (namesakes), none (nobody), member, points, twice, refused, skipped or added. `asked` is the state
    before anything was answered, so that an answer can be changed. `choices` are namesakes, with their points this
    month; `people` are the members to choose from, `resident` the one it is for, None for the head.
    """

    line: Line
    state: str
    asked: str
    household: Household | None = None
    points: int | None = None
    text: str = ""
    choices: tuple[tuple[Household, int], ...] = ()
    tidied: tuple[str, ...] = ()
    sought: str = ""
    resident: int | None = None
    people: tuple[Person, ...] = ()

    @property
    def who(self) -> tuple[int, int | None]:
        """Household and member: what stands on a sheet once."""
        return (self.household.pk if self.household else 0, self.resident)

    @property
    def name(self) -> str:
        return self.line.names[-1] if self.line.names else self.line.text

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.state not in ("ok", "skipped", "added")


@dataclass(frozen=True)
class Reading:
    """All lines in order. `sheet` is what was read from the text."""

    sheet: pasting.Sheet
    matches: list[Match]

    def count(self, *states: str) -> int:
        return sum(match.state in states for match in self.matches)

    @property
    def ready(self) -> list[Match]:
        return [match for match in self.matches if match.state == "ok"]

    @property
    def all_problems(self) -> list[Match]:
        return [match for match in self.matches if match.asked != "ok" and match.state != "added"]

    @property
    def problems(self) -> list[Match]:
        return self.all_problems[:MOST_PROBLEMS]

    @property
    def more_problems(self) -> int:
        return len(self.all_problems) - len(self.problems)

    @property
    def open_count(self) -> int:
        return sum(match.is_open for match in self.matches)

    @property
    def tidied(self) -> list[Match]:
        return [match for match in self.matches if match.tidied and match.state in ("ok", "added")]

    @property
    def matched(self) -> int:
        """Lines whose household was clear from the text alone."""
        return sum(match.asked not in ("same", "none") for match in self.matches)

    @property
    def same(self) -> int:
        return sum(match.asked == "same" for match in self.matches)

    @property
    def unknown(self) -> int:
        return sum(match.asked == "none" for match in self.matches)

    @property
    def to_put_right(self) -> int:
        """Lines whose household is clear, but which cannot be added as they are."""
        return self.count("member", "points", "twice", "refused")

    @property
    def added(self) -> int:
        return self.count("added")

    @property
    def count_after(self) -> int:
        """Households of the list that stand in the draft once the clear lines are added."""
        return self.count("ok", "added")

    @property
    def points_after(self) -> int:
        return sum(match.points or 0 for match in self.matches if match.state in ("ok", "added"))

    @property
    def source(self) -> list[tuple[int, str, Match | None]]:
        """The pasted text line by line, the lines that name nobody included."""
        lines: dict[int, tuple[str, Match | None]] = {at: (text, None) for at, text in self.sheet.passed.items()}
        lines |= {match.line.at: (match.line.text, match) for match in self.matches}
        return [(at, *lines[at]) for at in sorted(lines)]


@dataclass(frozen=True)
class Meant:
    """Who may be meant, the family member through whom, and why even a single one has to be looked at."""

    found: list[Household]
    through: str = ""
    doubt: str = ""


class Register:
    """The active households of a village by name, by member and by number; three queries."""

    def __init__(self, village: Village, today: dt.date) -> None:
        self.households = {one.pk: one for one in village.households.active().select_related("grid").order_by("number")}
        self.month = entering.this_month(village, today)
        self.heads: dict[str, list[Household]] = {}
        for household in self.households.values():
            for name in {household.head_name, *household.aliases.replace(" ", "、").split("、")} - {""}:
                self.heads.setdefault(name, []).append(household)
        self.members: dict[str, list[Household]] = {}
        self.others: dict[int, list[Person]] = {}
        residents = Resident.objects.filter(household__in=self.households, is_head=False).order_by("pk")
        for name, home, pk in residents.values_list("name", "household", "pk"):
            self.members.setdefault(name, []).append(self.households[home])
            self.others.setdefault(home, []).append((pk, name))

    def meant(self, line: Line) -> Meant:
        """Heads come before family members; nothing is guessed."""
        for called in (self.heads, self.members):
            for name in line.names:
                if found := list(dict.fromkeys(called.get(name, ()))):
                    return _narrowed(found, line, name if called is self.members else "")
        found = self.by_number(line.number) if line.number else []
        doubt = f"户号 {line.number} 的户主不叫“{line.names[-1]}”，看看是不是这一户" if found and line.names else ""
        return Meant(found, doubt=doubt)

    def by_number(self, number: str) -> list[Household]:
        return [one for one in self.households.values() if number in (one.number, one.short_number)]

    def sought(self, text: str) -> list[Household]:
        """What a person typed to find a household: a number, a name or the first letters."""
        wanted = search.clean(text)
        if wanted[:1].isdigit():
            return self.by_number(wanted)
        named = self.heads.get(wanted) or self.members.get(wanted)
        return named or [one for one in self.households.values() if wanted in one.initials.split()]


def look(
    sheet: pasting.Sheet,
    *,
    register: Register,
    rule: Rule,
    usual: int,
    answers: Answers,
    standing: Mapping[Who, uuid.UUID],
    key: uuid.UUID,
) -> Reading:
    """Match every line. `standing` are the batch's rows by whom they are for; `key` names its pasted rows."""
    seen: dict[Who, int] = {}
    matches = []
    for line in sheet.lines:
        match = _match(line, register, rule, usual, answers)
        matches.append(_against(match, seen, standing, key))
        if match.state == "ok" and match.household:
            seen.setdefault(match.who, line.at)
    return Reading(sheet, matches)


def rows(reading: Reading, *, rule: Rule, on: dt.date, key: uuid.UUID) -> list[sheets.Row]:
    """The lines that are clear, as rows of a sheet; the same list sent twice has the same keys."""
    people: dict[int | None, Resident] = {
        one.pk: one
        for one in Resident.objects.filter(pk__in=[match.resident for match in reading.ready if match.resident])
    }
    return [
        sheets.Row(
            _row_key(key, match.who),
            match.household,
            rule,
            match.points,
            on,
            match.line.note,
            people.get(match.resident),
        )
        for match in reading.ready
        if match.household and match.points is not None
    ]


def with_refusals(reading: Reading, outcomes: Iterable[sheets.Outcome]) -> Reading:
    """The reading after its rows were put: what was kept is added, what was refused says why."""
    told = {_who(outcome.row): outcome for outcome in outcomes}
    return Reading(reading.sheet, [_after(match, told) for match in reading.matches])


def standing(batch: Batch | None) -> dict[Who, uuid.UUID]:
    """The batch's rows under its own rule and day: key by household and member."""
    if batch is None:
        return {}
    claims = batch.claims.live().filter(rule=batch.rule, occurred_on=batch.occurred_on)
    return {(home, resident): key for home, resident, key in claims.values_list("household", "resident", "client_key")}


def _narrowed(found: list[Household], line: Line, through: str) -> Meant:
    """Numbers and groups tell namesakes apart; where they fit nobody by that name, somebody has to look."""
    tests = (
        (line.number, f"户号不是 {line.number}", lambda one: line.number in (one.number, one.short_number)),
        (line.tail, f"尾号不是 {line.tail}", lambda one: one.tail == line.tail),
        (line.group, f"不在 {line.group}组", lambda one: str(one.grid.number) == line.group),
    )
    for given, wrong, fits in tests:
        fitting = [one for one in found if fits(one)] if given else found
        if not fitting:
            return Meant(found, through, f"名册上的“{through or found[0].head_name}”{wrong}，看看是不是这一户")
        found = fitting
    return Meant(found, through)


def _who(row: sheets.Row) -> Who:
    return row.household.pk, row.resident.pk if row.resident else None


def _after(match: Match, told: Mapping[Who, sheets.Outcome]) -> Match:
    outcome = told.get(match.who) if match.household and match.state == "ok" else None
    if outcome is None:
        return match
    if outcome.refusal is None:
        return Match(**{**vars(match), "state": "added"})
    return Match(**{**vars(match), "state": "refused", "asked": "refused", "text": str(outcome.refusal)})


def _row_key(key: uuid.UUID, who: Who) -> uuid.UUID:
    household, resident = who
    return uuid.uuid5(key, f"paste:{household}:{resident}" if resident else f"paste:{household}")


def _against(match: Match, seen: Mapping[Who, int], standing: Mapping[Who, uuid.UUID], key: uuid.UUID) -> Match:
    """Whoever stands on the list or in the batch already is not entered again."""
    household = match.household
    if household is None or match.state != "ok":
        return match
    person = next((name for pk, name in match.people if pk == match.resident), household.head_name)
    if match.who in seen:
        text = f"{person} 已在第 {seen[match.who]} 行"
        return Match(**{**vars(match), "state": "twice", "asked": _worse(match, "twice"), "text": text})
    if standing.get(match.who) == _row_key(key, match.who):
        return Match(**{**vars(match), "state": "added"})
    if match.who in standing:
        text = f"{person} 已在这一批里"
        return Match(**{**vars(match), "state": "twice", "asked": _worse(match, "twice"), "text": text})
    return match


def _worse(match: Match, state: str) -> str:
    return state if match.asked == "ok" else match.asked


def _match(line: Line, register: Register, rule: Rule, usual: int, answers: Answers) -> Match:
    meant = register.meant(line)
    asked = "none" if not meant.found else "same" if len(meant.found) > 1 or meant.doubt else "ok"
    sought = answers.sought.get(line.at, "") if asked == "none" else ""
    household, found = settled(line, meant, sought, register, answers)
    points, problem = _points(answers.points.get(line.at, line.points), rule, usual)
    others = tuple(register.others.get(household.pk, ())) if household else ()
    chosen = answers.members.get(line.at)
    person = whose(line, household, others, rule, through=meant.through, chosen=chosen) if household else Whose()
    state = "ok" if household else "same" if found else "none"
    if household and (person.problem or problem):
        state = "member" if person.problem else "points"
    if asked == "ok" and (person.problem or chosen is not None):
        asked = "member"
    elif asked == "ok" and (problem or line.at in answers.points):
        asked = "points"
    return Match(
        line=line,
        state="skipped" if line.at in answers.skipped else state,
        asked=asked,
        household=household,
        points=points,
        text=person.problem or problem
        if state in ("member", "points")
        else why(line, state, found, sought, meant.doubt),
        choices=tuple((one, register.month.get(one.pk, 0)) for one in found) if len(found) > 1 or meant.doubt else (),
        tidied=_repairs(line, household, person.told),
        resident=person.resident,
        people=others,
        sought=sought or (household.head_name if household and asked == "none" else ""),
    )


def settled(
    line: Line, meant: Meant, sought: str, register: Register, answers: Answers
) -> tuple[Household | None, list[Household]]:
    """The household a line stands for by now, and those to choose from."""
    picked = register.households.get(answers.chosen.get(line.at, 0))
    found = register.sought(sought) if sought and not picked else meant.found
    if picked and (not found or picked in found):
        return picked, found
    return (found[0] if len(found) == 1 and not meant.doubt else None), found


def why(line: Line, state: str, found: Sequence[Household], sought: str, doubt: str) -> str:
    name = sought or (line.names[-1] if line.names else line.text)
    if state == "same":
        return doubt or f"有 {len(found)} 户叫“{name}”，按组和户号选一户"
    if sought and state == "none":
        return f"没有找到“{sought}”"
    return "没有找到这一户" if state == "none" else ""


def _repairs(line: Line, household: Household | None, told: str) -> tuple[str, ...]:
    tidied = line.tidied
    if household and len(line.names) > 1 and household.head_name == line.names[0]:
        tidied = tuple(text for text in tidied if not text.endswith("字"))
    return (*tidied, told) if told else tidied


def _points(text: str, rule: Rule, usual: int) -> tuple[int | None, str]:
    """Points with the rule's own sign, and what is wrong with them."""
    value = pasting.whole(text) if text.strip() else usual
    if value is None:
        return None, "分值只填数字，如 5 或 -2"
    value = -abs(value) if rule.sign < 0 else value
    try:
        checks.check_points(rule, value)
    except checks.CannotSave as refusal:
        return value, str(refusal)
    return value, ""
