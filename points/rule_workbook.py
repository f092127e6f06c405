"""The items of a version as a workbook, and a workbook laid beside a draft: what each line would write."""

from dataclasses import dataclass

from points import drafting, rule_lines
from points.models import Rule, RuleSet
from points.rule_lines import COLUMNS, Line
from qianjiang_portal.foundation import workbooks

WIDTHS = {"code": 8, "item": 40, "cap_period": 12}
NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"


@dataclass(frozen=True)
class Compared:
    """One line: what it does, what it changes (column, before, after) and what has to be put right."""

    line: Line
    does: str
    changes: tuple[tuple[str, object, object], ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        return self.line.rule


@dataclass(frozen=True)
class Comparison:
    """A whole sheet beside a draft. `kept` items of the draft are not named in it and stay as they are."""

    lines: tuple[Compared, ...]
    kept: int

    def count(self, *does: str) -> int:
        return sum(one.does in does for one in self.lines)

    @property
    def new(self) -> int:
        return self.count(NEW)

    @property
    def changed(self) -> int:
        return self.count(CHANGED)

    @property
    def same(self) -> int:
        return self.count(SAME)

    @property
    def wrong(self) -> int:
        return self.count(WRONG)

    @property
    def is_ready(self) -> bool:
        return not self.wrong and bool(self.new or self.changed)

    @property
    def items(self) -> list[Rule]:
        """What is to be written."""
        return [one.rule for one in self.lines if one.does in (NEW, CHANGED)]


def write(version: RuleSet) -> bytes:
    """Every item of a version under the headings that are read back."""
    columns = [(label, WIDTHS.get(column, 10)) for column, label in COLUMNS.items()]
    rows = [rule_lines.cells(rule) for rule in version.rules.in_code_order()]
    return workbooks.write(workbooks.Table("积分细则", columns, rows))


def compare(version: RuleSet, text: str) -> Comparison:
    """What each line of a sheet would do to a draft. The same number of queries for one line and for a hundred."""
    lines = rule_lines.pasted(text)
    present = {rule.code: rule for rule in version.rules.all()}
    refused: dict[int, list[str]] = {}
    for problem in drafting.problems(version, [line.rule for line in lines]):
        refused.setdefault(problem.row, []).append(problem.text)
    told = tuple(
        _compared(line, present.get(line.rule.code), refused.get(at, [])) for at, line in enumerate(lines, start=1)
    )
    named = {line.rule.code for line in lines}
    return Comparison(told, sum(code not in named for code in present))


def _compared(line: Line, present: Rule | None, refused: list[str]) -> Compared:
    if line.problems or refused:
        told = [f"{problem.label}：{problem.text}" for problem in line.problems] or refused
        return Compared(line, WRONG, problems=tuple(told))
    if present is None:
        return Compared(line, NEW)
    pairs = zip(COLUMNS.values(), rule_lines.cells(present), rule_lines.cells(line.rule), strict=True)
    changes = tuple((label, was, now) for label, was, now in pairs if was != now)
    return Compared(line, CHANGED if changes else SAME, changes)
