"""What is wrong with a line of a household sheet, in words, and what may be put right with one press."""

from functools import cached_property
from typing import Any

from points.import_words import Problem, Suggestion, is_like
from points.models import RegisterFile, RegisterLine
from points.roster_rows import MOST_MEMBERS
from points.workbooks import registers
from villages.models import Grid, Household

LABELS = {
    "name": "户主",
    "number": "户号",
    "grid": "组",
    "members": "人口",
    "aliases": "别名",
    "people": "家庭成员",
    "into": "并入户号",
    "points": "积分",
}
FEW = 4
PLAIN = {
    "H-00": "没有填",
    "N-40": "最多 40 个字",
    "N-02": "里面有数字，只写姓名，不写证件号和电话",
    "K-00": "没有填，新增的户要写明在哪个组",
    "M-01": f"填 1 到 {MOST_MEMBERS} 的数字",
    "A-01": "最多 120 个字，几个之间用顿号",
    "O-01": "已有期初，一户只记一次；记错了先在存折里冲正",
    "O-02": "存折里已有流水，期初只能记在第一笔之前",
    "P-00": "没有填，没有分就填 0",
    "G-08": "只填整数，如 86 或 -5",
    "T-00": "这一户还不在册，没有户号的户不能并出",
    "T-01": "和本户是同一户",
    "T-04": "并入的那一户在这份表里也并到别处，先并一次再传",
    "T-11": "还有行在审核或公示，等入账或退回移出以后再并",
    "T-12": "评议小组里登记着这一户，先在“评议小组”里改",
    "T-13": "这一户暂时不能并出，先问分管领导",
}
Told = tuple[str, list[Suggestion]]


class Words:
    """The register of one village, read when it is first needed."""

    def __init__(self, source: RegisterFile) -> None:
        self.source = source

    def problems(self, line: RegisterLine) -> list[Problem]:
        return [self._problem(line, one) for one in line.problems]

    def _problem(self, line: RegisterLine, found: dict[str, Any]) -> Problem:
        place, code = found["field"], found["code"]
        message, suggestions = (PLAIN[code], []) if code in PLAIN else self._told(line, place, code, found)
        return Problem(place, code, getattr(line, f"raw_{place}"), f"{LABELS[place]}：{message}", suggestions, LABELS)

    def _told(self, line: RegisterLine, place: str, code: str, found: dict[str, Any]) -> Told:
        if code in ("H-02", "H-03", "H-04", "T-02", "T-03"):
            return self._number(line, place, code)
        if code in ("H-11", "G-03"):
            return self._namesakes(line, code)
        if code in ("I-07", "H-05"):
            return self._unknown(line, code)
        if code == "K-01":
            return self._group(line)
        twin = found["line"]
        if code == "D-01":
            return f"和第 {twin} 行是同一户，删掉一行", []
        return f"和第 {twin} 行同组同名。是两户就在户号写“新”，不是就删掉一行", [_new()]

    def _number(self, line: RegisterLine, place: str, code: str) -> Told:
        typed = getattr(line, f"raw_{place}")
        if code == "H-04":
            return "长数字被表格写成了科学计数，末几位已丢失。只填户号后 4 位", self._choices(line.name)
        if code in ("H-02", "T-02"):
            home = next(
                one for one in self._everyone if one.pk == (line.into_id if place == "into" else line.household_id)
            )
            return f"{typed} {home.head_name}户{home.get_state_display()}", []
        if len(line.number) == 20 and line.number[:12] != self.source.village.code and place == "number":
            return f"“{typed}”不是{self.source.village.short_name}的户号，看看是不是选错了村", []
        return f"{self.source.village.short_name}没有户号“{typed}”", self._choices(
            line.name
        ) if place == "number" else []

    def _unknown(self, line: RegisterLine, code: str) -> Told:
        if code == "H-05":
            head = next(one.head_name for one in self._everyone if one.pk == line.household_id)
            fix = Suggestion(f"用“{head}”", "name", head)
            return f"户号 {line.raw_number} 是{head}，不是{line.name}", [fix, *self._choices(line.name)]
        active = [one.head_name for one in self._everyone if one.state == Household.State.ACTIVE]
        like = [name for name in dict.fromkeys(active) if is_like(line.name, name)]
        fixes = [Suggestion(f"用“{name}”", "name", name) for name in like[:FEW] if active.count(name) == 1]
        return f"册上没有“{line.name}”，看看是不是选错了村，或先在名册里添这一户", fixes

    def _namesakes(self, line: RegisterLine, code: str) -> Told:
        heads = self._heads(line.name)
        if code == "G-03":
            return f"有 {len(heads)} 户叫“{line.name}”，按组和户号选一户", self._choices(line.name)
        there = "、".join(f"{one.grid.name} {one.short_number}" for one in heads[:FEW])
        return f"册上已有“{line.name}”（{there}）。是这一户就填户号，另是一户就写“新”", [
            *self._choices(line.name),
            _new(),
        ]

    def _group(self, line: RegisterLine) -> Told:
        like = [one for one in self._grids if is_like(line.raw_grid, one.name) or line.raw_grid in one.name]
        fixes = [Suggestion(f"用“{one.name}”", "grid", one.name, everywhere=True) for one in like[:FEW]]
        return f"没有“{line.raw_grid}”，写成 3 或 3组", fixes

    def _choices(self, name: str) -> list[Suggestion]:
        return [
            Suggestion(f"{one.grid.name} {one.short_number}", "number", one.short_number)
            for one in self._heads(name)[:FEW]
        ]

    def _heads(self, name: str) -> list[Household]:
        return [one for one in self._everyone if one.head_name == name and one.state == Household.State.ACTIVE]

    @cached_property
    def _everyone(self) -> list[Household]:
        homes = Household.objects.filter(village=self.source.village_id)
        return list(homes.select_related("grid").in_number_order())

    @cached_property
    def _grids(self) -> list[Grid]:
        return list(Grid.objects.filter(village=self.source.village_id).in_order())


def _new() -> Suggestion:
    return Suggestion("是新的一户", "number", registers.NEW)
