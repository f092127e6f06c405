"""What is wrong with a line of a workbook, in words, and what may be put right with one press."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from points.checks import month_closes_on, signed, span
from points.import_rows import rule_keys
from points.models import Import, ImportRow, Rule
from points.workbooks import cells
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.personal import personal_data
from villages import pinyin
from villages.models import Household, Resident

LABELS = {
    "name": "户主",
    "number": "户号",
    "member": "成员",
    "rule": "事项",
    "day": "日期",
    "points": "分值",
    "note": "备注",
}
FEW = 4


@dataclass(frozen=True)
class Suggestion:
    """A value to take over by one press; `everywhere` also in every other line that has the same mistake."""

    label: str
    field: str
    value: str
    everywhere: bool = False


@dataclass(frozen=True)
class Problem:
    """One thing to change, or the reason why a line is left out."""

    field: str
    code: str
    value: str
    message: str
    suggestions: list[Suggestion] = dataclasses.field(default_factory=list)
    labels: dict[str, str] = dataclasses.field(default_factory=lambda: LABELS)

    @property
    def label(self) -> str:
        return self.labels[self.field]


Told = tuple[str, list[Suggestion]]


class Words:
    """The register and the rules of one import, read when they are first needed."""

    def __init__(self, source: Import) -> None:
        self.source = source

    def problems(self, row: ImportRow) -> list[Problem]:
        return [self._problem(row, one) for one in row.problems]

    def _problem(self, row: ImportRow, found: dict[str, Any]) -> Problem:
        place, code = found["field"], found["code"]
        value = getattr(row, f"raw_{place}")
        message, suggestions = getattr(self, f"_{place}")(row, code, found)
        shown = f"{LABELS[place]}：{message}" if code not in ("G-09", "D-01", "D-02") else message
        return Problem(place, code, value, shown, suggestions)

    # --- each column --------------------------------------------------------

    def _name(self, row: ImportRow, code: str, found: dict[str, Any]) -> Told:
        if code == "H-00":
            return "没有填", []
        if code == "G-03":
            return f"有 {len(self._namesakes(row.name))} 户叫“{row.name}”，按组和户号选一户", self._choices(row.name)
        if code == "I-07":
            return self._unknown(row.name)
        plain = {
            "H-02": f"{row.name}户已不在册，不能再录入",
            "H-05": f"户号 {row.raw_number} 是{self._head(row)}，不是{row.name}",
            "G-04": f"{row.name} 已在第 {found.get('line')} 行，同一天同一事项分值不同",
            "D-01": f"和第 {found.get('line')} 行重复",
            "D-02": f"批次 {found.get('batch')} 里已有同样的一笔",
            "G-07": found.get("text", ""),
        }[code]
        fix = [Suggestion(f"用“{self._head(row)}”", "name", self._head(row))] if code == "H-05" else []
        return plain, fix

    def _number(self, row: ImportRow, code: str, found: dict[str, Any]) -> Told:
        if code == "H-04":
            message = "长数字被表格写成了科学计数，末几位已丢失。只填户号后 4 位，或只填户主"
        elif row.number[:12].isdigit() and len(row.number) == 20 and row.number[:12] != self.source.village.code:
            message = f"“{row.raw_number}”不是{self.source.village.short_name}的户号，看看是不是选错了村"
        else:
            message = f"{self.source.village.short_name}没有户号“{row.raw_number}”"
        return message, self._choices(row.name) if row.name else []

    def _member(self, row: ImportRow, code: str, found: dict[str, Any]) -> Told:
        """A name that is nobody's in the household: those who might be meant first, the head last."""
        head, others = self._head(row), self._family.get(row.household_id or 0, [])
        like = sorted(others, key=lambda name: not is_like(row.member, name))
        fixes = [Suggestion(f"用“{name}”", "member", name) for name in like[: FEW - 1]]
        there = f"，册上有{'、'.join(others[:FEW])}" if others else "，册上没有别的成员"
        return f"{head}户没有“{row.member}”{there}", [*fixes, Suggestion(f"记{head}本人", "member", "本人")]

    def _rule(self, row: ImportRow, code: str, found: dict[str, Any]) -> Told:
        if code == "R-00":
            return "没有填", []
        like = self._similar_rules(row.rule_key)
        fixes = [Suggestion(f"用 {rule.code}", "rule", rule.code, everywhere=True) for rule in like]
        if len(like) == 1:
            return f"没有“{row.raw_rule}”。是不是 {like[0].code} {like[0].item}？", fixes
        return f"没有“{row.raw_rule}”。{self._range_of(row.rule_key)}", fixes

    def _day(self, row: ImportRow, code: str, found: dict[str, Any]) -> Told:
        today = calendar.today()
        if code == "G-09":
            return f"日期晚于今天，改为 {today:%Y-%m-%d} 或更早", []
        if code == "G-10" and row.day:
            closed = month_closes_on(row.day)
            return f"{row.day.year}年{row.day.month}月的积分只收到 {closed:%Y-%m-%d}。需要更正请在存折里做冲正", []
        if code == "G-18" and row.day:
            return f"{row.day:%Y-%m-%d} 不在这份细则的有效期内，请分开上传", []
        meant = cells.day_without_year(row.raw_day, today)
        fix = [Suggestion(f"改为 {meant:%Y-%m-%d}", "day", meant.isoformat(), everywhere=True)] if meant else []
        return "写成 2026-11-30 这样", fix

    def _points(self, row: ImportRow, code: str, found: dict[str, Any]) -> Told:
        rule = self._rules.get(row.rule_id or 0)
        if rule is None:
            return "只填数字，如 5 或 -2", []
        if code == "G-05":
            meant = _nearest(rule, row.points or 0)
            message = f"{rule.code} 每次 {span(rule)} 分，这里是 {signed(row.points or 0)} 分"
        else:
            spelled = cells.spelled_points(row.raw_points)
            meant = rule.sign * spelled if spelled else rule.default
            message = "没有填" if code == "P-00" else "只填数字，如 5 或 -2"
        fits = rule.min_points <= abs(meant) <= rule.max_points
        return message, [Suggestion(f"改为 {signed(meant)}", "points", str(meant))] if fits else []

    def _note(self, row: ImportRow, code: str, found: dict[str, Any]) -> Told:
        if code == "N-01":
            return f"里面像是有{personal_data(row.raw_note)}，去掉再导入", []
        return "最多 60 个字", []

    # --- the register -------------------------------------------------------

    @cached_property
    def _homes(self) -> list[Household]:
        homes = Household.objects.filter(village=self.source.village).active()
        return list(homes.select_related("grid").in_number_order())

    @cached_property
    def _by_name(self) -> dict[str, list[Household]]:
        found: dict[str, list[Household]] = {}
        for home in self._homes:
            for name in {home.head_name, *filter(None, home.aliases.split("、"))}:
                found.setdefault(name, []).append(home)
        return found

    @cached_property
    def _by_member(self) -> dict[str, list[Household]]:
        homes = {home.pk: home for home in self._homes}
        found: dict[str, list[Household]] = {}
        members = (
            Resident.objects.filter(household__in=homes, is_head=False).values_list("name", "household").distinct()
        )
        for name, home in members:
            found.setdefault(name, []).append(homes[home])
        return found

    @cached_property
    def _family(self) -> dict[int, list[str]]:
        """The other members of each household, in the order of the register."""
        found: dict[int, list[str]] = {}
        members = Resident.objects.filter(household__village=self.source.village, is_head=False).order_by("pk")
        for home, name in members.values_list("household", "name"):
            found.setdefault(home, []).append(name)
        return found

    @cached_property
    def _rules(self) -> dict[int, Rule]:
        rules = self.source.rule_set.rules.in_code_order() if self.source.rule_set else Rule.objects.none()
        return {rule.pk: rule for rule in rules}

    def _namesakes(self, name: str) -> list[Household]:
        return self._by_name.get(name) or self._by_member.get(name, [])

    def _choices(self, name: str) -> list[Suggestion]:
        return [
            Suggestion(f"{home.grid.name} {home.short_number}", "number", home.short_number)
            for home in self._namesakes(name)[:FEW]
        ]

    def _head(self, row: ImportRow) -> str:
        return next((home.head_name for home in self._homes if home.pk == row.household_id), "")

    def _unknown(self, name: str) -> Told:
        like = [other for other in self._by_name if is_like(name, other)]
        if len(like) == 1 and len(homes := self._by_name[like[0]]) == 1:
            where = f"（{homes[0].grid.name} {homes[0].short_number}）"
            fix = Suggestion(f"用“{like[0]}”", "name", like[0], everywhere=True)
            return f"没有“{name}”。是不是“{like[0]}”{where}？", [fix]
        fixes = [Suggestion(f"用“{one}”", "name", one) for one in like[:FEW] if len(self._by_name[one]) == 1]
        return f"没有“{name}”，请看看是不是选错了村，或先在名册里添这一户", fixes

    # --- the rules ----------------------------------------------------------

    def _similar_rules(self, key: str) -> list[Rule]:
        """Rules in whose item the words stand, or one of whose parts stands in the words."""
        keys = rule_keys(self._rules.values())
        found = {
            rule.pk: rule
            for name, rule in keys.items()
            if len(key) > 1 and (key in name or (len(name) > 2 and name in key))
        }
        if not found and len(key) > 1:
            found = {rule.pk: rule for name, rule in keys.items() if _in_order(key, name)}
        return list(found.values())[:FEW]

    def _range_of(self, key: str) -> str:
        """Where the codes with that letter end."""
        same = [rule for rule in self._rules.values() if key[:1].isalpha() and rule.code[:1] == key[:1]]
        title = self.source.rule_set.title if self.source.rule_set else "细则"
        if not same:
            return f"请按{title}填编码"
        return f"{title}{same[-1].get_dimension_display()}类编码到 {same[-1].code} 为止"


def is_like(name: str, other: str) -> bool:
    """One character written otherwise, left out or too many; two characters must at least begin alike."""
    if abs(len(name) - len(other)) > 1 or name[:1] != other[:1]:
        return False
    if len(name) == len(other):
        wrong = sum(one != two for one, two in zip(name, other, strict=True))
        return wrong == 1 and (len(name) > 2 or pinyin.first_letters(name) == pinyin.first_letters(other))
    short, long = sorted((name, other), key=len)
    return len(short) > 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _in_order(key: str, name: str) -> bool:
    """Whether the characters of a short word follow each other in the item: 参会 in 参加村民会议."""
    rest = iter(name)
    return all(sign in rest for sign in key)


def _nearest(rule: Rule, points: int) -> int:
    """The allowed value next to what was typed."""
    return rule.sign * min(max(abs(points), rule.min_points), rule.max_points)


def explained(problems: Iterable[Problem]) -> str:
    return "；".join(problem.message for problem in problems)
