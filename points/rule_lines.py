"""Items of a version as lines of text, from a form's row or from cells copied out of Excel, and back."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from points import rule_guards
from points.models import Rule
from points.models.rules import Dimension, Joy
from qianjiang_portal.foundation import digits
from villages import pinyin

COLUMNS = {
    "code": "编码",
    "item": "事项",
    "dimension": "三治",
    "joy": "五乐",
    "kind": "加减",
    "min_points": "最低分",
    "max_points": "最高分",
    "default_points": "常用分",
    "unit": "计分单位",
    "cap_count": "次数上限",
    "cap_points": "分数上限",
    "cap_period": "上限周期",
    "evidence": "证明",
    "rhythm": "评定节奏",
    "veto": "一票否决",
}
CHOICES = {
    "dimension": Dimension.choices,
    "joy": Joy.choices,
    "kind": Rule.Kind.choices,
    "unit": Rule.Unit.choices,
    "cap_period": [("", "不限"), *Rule.CapPeriod.choices],
    "evidence": Rule.Evidence.choices,
    "rhythm": Rule.Rhythm.choices,
    "veto": [("False", "否"), ("True", "是")],
}
POINTS = ("min_points", "max_points", "default_points")
CAPS = ("cap_count", "cap_points")
# A head line that names all of these says in which order the columns stand.
NEEDED = {"code", "item", "dimension", "joy", "kind", "unit", "evidence", *POINTS}
BY_TITLE = {title: column for column, title in COLUMNS.items()}
CODE = re.compile(r"[A-Z][0-9]{2,3}")
MOST = 100_000


@dataclass(frozen=True)
class Problem:
    """What is wrong in one row (from 1) and column."""

    row: int
    column: str
    text: str

    @property
    def label(self) -> str:
        return COLUMNS.get(self.column, "")

    def __str__(self) -> str:
        return f"第 {self.row} 行 {self.label}：{self.text}"


@dataclass(frozen=True)
class Line:
    """One row understood: a rule that is not saved, whole only where `problems` is empty."""

    row: int
    rule: Rule
    problems: tuple[Problem, ...] = ()


def read(row: int, texts: Mapping[str, str]) -> Line:
    """Understand a row by column name; choices by their value or their word, digits of any width."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for column in COLUMNS:
        text = unicodedata.normalize("NFKC", texts.get(column, "")).strip()
        try:
            values[column] = _value(column, text)
        except ValueError as error:
            wrong[column] = str(error)
    rule = Rule(**values)
    if not wrong:
        rule.initials = pinyin.first_letters(rule.item)
        wrong = _together(rule)
    return Line(row, rule, tuple(Problem(row, column, text) for column, text in wrong.items()))


def pasted(text: str) -> list[Line]:
    """Rows copied from Excel, in the order of a head line, else of `COLUMNS`. A code given twice is a problem."""
    lines, order = [], list(COLUMNS)
    for row, typed in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"') for cell in typed.split("\t")]
        if COLUMNS["code"] in cells:
            named = [BY_TITLE.get(cell.strip("*"), "") for cell in cells]
            order = named if set(named) >= NEEDED else order
        elif any(cells):
            lines.append(read(row, dict(zip(order, cells, strict=False))))
    times = Counter(line.rule.code for line in lines if line.rule.code)
    return [_once(line) if times[line.rule.code] > 1 else line for line in lines]


def cells(rule: Rule) -> list[str | int]:
    """A rule as a row in the order of `COLUMNS`, choices in words."""
    found: list[str | int] = []
    for column in COLUMNS:
        value = getattr(rule, column)
        words: dict[str, str] = dict(CHOICES.get(column, []))
        found.append(words.get(str(value), "" if value is None else value))
    return found


def _once(line: Line) -> Line:
    return Line(line.row, line.rule, (*line.problems, Problem(line.row, "code", f"{line.rule.code} 出现了两次")))


def _value(column: str, text: str) -> Any:
    if column == "veto":
        return _choice(column, text or "False") == "True"
    if column in CHOICES:
        return _choice(column, text)
    if column in POINTS or column in CAPS:
        return _number(column, text)
    if column == "code":
        if not CODE.fullmatch(text.upper()):
            raise ValueError("编码写成 Z02 这样")
        return text.upper()
    if not text:
        raise ValueError("事项没有填写")
    if len(text) > 80:
        raise ValueError("事项最多 80 个字")
    return text


def _choice(column: str, text: str) -> str:
    for value, label in CHOICES[column]:
        if text in (value, label):
            return value
    raise ValueError(f"{COLUMNS[column]}填" + "、".join(label for _, label in CHOICES[column]))


def _number(column: str, text: str) -> int | None:
    if not text and column in CAPS:
        return None
    number = digits.number(text) if text.isascii() else None
    if number is None or not 1 <= number <= MOST:
        raise ValueError(f"{COLUMNS[column]}填 1 以上的整数")
    return number


def _together(rule: Rule) -> dict[str, str]:
    wrong = {}
    if rule.min_points > rule.max_points:
        wrong["max_points"] = "最高分要不小于最低分"
    elif not rule.min_points <= rule.default_points <= rule.max_points:
        wrong["default_points"] = "常用分要在最低分和最高分之间"
    capped = rule.cap_count is not None or rule.cap_points is not None
    if capped and not rule.cap_period:
        wrong["cap_period"] = "有上限就选一个周期"
    if rule.veto and rule.kind != Rule.Kind.DEDUCTION:
        wrong["veto"] = "减分项才能是一票否决"
    if reason := rule_guards.barred(rule):
        wrong["item"] = reason
    return wrong
