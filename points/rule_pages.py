"""A draft as a grid of fields, and what two versions differ in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from points import rule_lines
from points.models import Claim, Rule, RuleSet
from points.rule_lines import CHOICES, COLUMNS, Line
from points.rules import in_force
from villages import scope
from villages.models import Township, User, Village

# What a row already there may change; code, sign, unit and 三治 are the reference's.
OPEN = (
    "item",
    "joy",
    "min_points",
    "max_points",
    "default_points",
    "cap_count",
    "cap_points",
    "cap_period",
    "evidence",
    "rhythm",
    "veto",
)
NEW_ROWS = 3
NUMBERS = ("min_points", "max_points", "default_points", "cap_count", "cap_points")


@dataclass(frozen=True)
class Cell:
    """One field of the grid, or, without a name, a word that stands."""

    column: str
    value: str
    label: str
    name: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def is_number(self) -> bool:
        return self.column in NUMBERS


@dataclass(frozen=True)
class Row:
    """`key` is the rule's id, or `n1`… for an empty row; `line` what was understood of a posted one."""

    key: str
    cells: tuple[Cell, ...]
    line: Line | None = None
    removed: bool = False
    sentence: str = ""


@dataclass(frozen=True)
class Grid:
    rows: tuple[Row, ...]
    missing: tuple[Rule, ...]

    @property
    def lines(self) -> list[Line]:
        return [row.line for row in self.rows if row.line and not row.removed]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Field and sentence of everything to put right."""
        return [(cell.name, f"{cell.label}：{cell.problem}") for row in self.rows for cell in row.cells if cell.problem]

    @property
    def removed(self) -> list[str]:
        return [row.line.rule.code for row in self.rows if row.line and row.removed]


def grid(rule_set: RuleSet, posted: Mapping[str, str] | None = None) -> Grid:
    """The items of a draft with empty rows below; with what was posted, understood."""
    rules = list(rule_set.rules.in_code_order())
    source = rule_set.based_on.rules.in_code_order() if rule_set.based_on else Rule.objects.none()
    missing = source.exclude(code__in=[rule.code for rule in rules])
    rows = [_kept(at, rule, posted) for at, rule in enumerate(rules, start=1)]
    rows += [_new(len(rules) + at, f"n{at}", posted) for at in range(1, NEW_ROWS + 1)]
    return Grid(tuple(rows), tuple(missing))


def _kept(at: int, rule: Rule, posted: Mapping[str, str] | None) -> Row:
    texts = {column: "" if getattr(rule, column) is None else str(getattr(rule, column)) for column in COLUMNS}
    key = str(rule.pk)
    if posted is None:
        return Row(key, _cells(key, rule.code, texts, None, OPEN), sentence=rule.sentence)
    texts |= {column: posted.get(f"{key}-{column}", texts[column]) for column in OPEN}
    line = rule_lines.read(at, texts)
    removed = f"{key}-remove" in posted
    shown = None if removed else line
    return Row(key, _cells(key, rule.code, texts, shown, OPEN), line, removed, rule.sentence)


def _new(at: int, key: str, posted: Mapping[str, str] | None) -> Row:
    texts = {column: (posted or {}).get(f"{key}-{column}", "") for column in COLUMNS}
    typed = texts["code"].strip() or texts["item"].strip()
    line = rule_lines.read(at, texts) if typed else None
    return Row(key, _cells(key, f"新增{key[1:]}", texts, line, tuple(COLUMNS)), line)


def _cells(
    key: str, code: str, texts: Mapping[str, str], line: Line | None, editable: tuple[str, ...]
) -> tuple[Cell, ...]:
    wrong = {problem.column: problem.text for problem in line.problems} if line else {}
    found = []
    for column, label in COLUMNS.items():
        choices = tuple(CHOICES.get(column, ()))
        said = f"{code} {label}"
        if column in editable:
            found.append(Cell(column, texts[column], said, f"{key}-{column}", choices, wrong.get(column, "")))
        else:
            word: dict[str, str] = dict(choices)
            found.append(Cell(column, word.get(texts[column], texts[column]), said))
    return tuple(found)


@dataclass(frozen=True)
class Change:
    code: str
    item: str
    changes: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True)
class Difference:
    """What a version adds to, changes in and drops from another."""

    added: tuple[Rule, ...]
    changed: tuple[Change, ...]
    dropped: tuple[Rule, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.dropped)


def difference(new: RuleSet, old: RuleSet) -> Difference:
    now = {rule.code: rule for rule in new.rules.in_code_order()}
    then = {rule.code: rule for rule in old.rules.in_code_order()}
    changed = [Change(code, rule.item, _changes(then[code], rule)) for code, rule in now.items() if code in then]
    return Difference(
        tuple(rule for code, rule in now.items() if code not in then),
        tuple(change for change in changed if change.changes),
        tuple(rule for code, rule in then.items() if code not in now),
    )


@dataclass(frozen=True)
class Effects:
    """What publishing a version means for rows not submitted yet: in how many batches, under which items."""

    batches: int = 0
    items: tuple[str, ...] = ()


def effects(new: RuleSet, today: dt.date) -> Effects:
    """Open rows of its place under items that `new` changes or drops.

    They follow the version of the place, a village without one that of its township.
    """
    same = RuleSet.objects.filter(scope=new.scope, township=new.township_id, village=new.village_id)
    standing = same.last_published()
    if standing is None and new.village:
        standing = in_force(new.village, today)
    if standing is None:
        return Effects()
    found = difference(new, standing)
    codes = [change.code for change in found.changed] + [rule.code for rule in found.dropped]
    rows = Claim.objects.open().filter(rule__rule_set=standing, rule__code__in=codes).order_by()
    if new.village_id:
        rows = rows.filter(batch__village=new.village_id)
    used = sorted(rows.values_list("rule__code", flat=True).distinct())
    return Effects(rows.values("batch").distinct().count(), tuple(used)) if used else Effects()


def _changes(old: Rule, new: Rule) -> tuple[tuple[str, Any, Any], ...]:
    pairs = zip(COLUMNS.values(), rule_lines.cells(old), rule_lines.cells(new), strict=True)
    return tuple((label, was, now) for label, was, now in pairs if was != now)


def comparable(rule_set: RuleSet, user: Any) -> list[RuleSet]:
    """Versions to lay beside one: what it is made from, and the others of its place."""
    same = Q(scope=rule_set.scope, township=rule_set.township_id, village=rule_set.village_id)
    found = RuleSet.objects.visible_to(user).filter(same | Q(pk=rule_set.based_on_id))
    return list(found.exclude(pk=rule_set.pk).order_by("-effective_from", "-pk"))


def places(user: User) -> list[tuple[str, str]]:
    """Where a person may begin a version: codes and names; the district's reference goes by an empty code."""
    reach = scope.places(user, {"clerk"})
    found = [("district", "全区参考")] if scope.holds(user, "district", "admin") else []
    townships = Township.objects.filter(pk__in=reach.townships).order_by("code")
    villages = Village.objects.open().filter(reach.as_q("")).select_related("township").in_code_order()
    found += [(place.code, place.name) for place in townships]
    return found + [(place.code, place.full_name) for place in villages]
