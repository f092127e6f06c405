"""What the pages of a household sheet show: what each line would do, and the papers that go with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from points import import_words, register_words
from points.import_words import Problem, Suggestion
from points.models import RegisterFile, RegisterLine
from points.register_rows import Does
from points.register_words import LABELS
from points.workbooks import papers
from points.workbooks.lines import SEPARATOR
from villages.models import Village

PER_PAGE = 50
FIXES_UP_TO = 50
COLUMNS = ("name", "number", "grid", "members")
RARE = ("aliases", "people", "into")
SHOWN: dict[str, tuple[str, Q]] = {
    "all": ("全部", Q()),
    "new": ("新增", Q(does=Does.NEW)),
    "change": ("修改", Q(does=Does.CHANGE)),
    "regroup": ("换组", Q(does=Does.REGROUP)),
    "merge": ("并户", Q(does=Does.MERGE)),
    "same": ("不变", Q(does=Does.SAME)),
    "problem": ("要改", Q(does=Does.PROBLEM)),
    "warning": ("提醒", ~Q(does=Does.PROBLEM) & ~Q(warnings=[])),
}
MARKS = {"new": "ok", "change": "info", "regroup": "info", "merge": "warn", "same": "plain", "problem": "err"}
ROSTER_HEAD = (("户主", 12), ("户号", 10), ("组", 10), ("人口", 8), ("别名", 14), ("家庭成员", 36), ("并入户号", 12))
ROSTER_NOTES = (
    "农户名册：改好以后整张传上来，先比对，确认后才写入",
    "一行写一户。表里没有写到的户不动，空着的格子不动",
    "户号：册上的户写户号，只写后 4 位也可以。新增的户空着；和别户同名就写“新”",
    "组：写 3 或 3组。册上的户写了另一个组，就是换组，户号不变。没有的组写入时新设",
    "家庭成员：姓名之间用顿号，关系写在括号里，如 冉小妹（女）、冉小弟（子）。只添不减，不写证件号和电话",
    "并入户号：要并到哪一户，写那一户的户号。积分和人口一起并过去，办了以后不能撤回",
    "户主换了人，直接改户主这一格。迁到别的村，在那一户的存折里办",
)


@dataclass(frozen=True)
class Cell:
    """One cell of a line; `is_bad` where it has to be changed."""

    field: str
    label: str
    shown: str
    raw: str
    is_bad: bool

    @property
    def is_number(self) -> bool:
        return self.field in ("members", "points")


@dataclass(frozen=True)
class Line:
    pk: int
    number: int
    mark: tuple[str, str]
    is_problem: bool
    cells: list[Cell]
    changes: list[tuple[str, str, str]]
    problems: list[Problem]
    warnings: list[str]
    is_next: bool = False

    @property
    def suggestions(self) -> list[Suggestion]:
        return next((one.suggestions for one in self.problems if one.suggestions), [])


@dataclass(frozen=True)
class Tile:
    label: str
    value: int
    url: str
    current: bool
    tone: str = ""


@dataclass(frozen=True)
class Comparison:
    """One filter of the comparison, a page of it. `editable`: the bad cells can be typed into."""

    show: str
    tiles: list[Tile]
    columns: list[str]
    page: "Page[RegisterLine]"
    lines: list[Line]
    editable: bool


def comparison(source: RegisterFile, show: str, page: str, after: int = 0) -> Comparison:
    """`after`: the line that was just changed; the next one to change gets the focus."""
    counts = source.counts
    if show not in SHOWN:
        show = "problem" if counts.get("problem") else "all"
    rows = RegisterLine.objects.filter(SHOWN[show][1], source=source).select_related("household__grid").order_by("line")
    found = Paginator(rows, PER_PAGE).get_page(page)
    words = register_words.Words(source)
    told = [(row, words.problems(row)) for row in found]
    columns = [*COLUMNS, *(one for one in RARE if any(_has(row, problems, one) for row, problems in told))]
    upcoming = next((row.pk for row, problems in told if after and problems and row.line > after), None)
    lines = [_line(row, problems, columns, row.pk == upcoming) for row, problems in told]
    editable = 0 < counts.get("problem", 0) <= FIXES_UP_TO
    labels = [LABELS[one] for one in columns]
    return Comparison(show, _tiles(counts, show), labels, found, lines, editable)


def _has(row: RegisterLine, problems: list[Problem], column: str) -> bool:
    return (column == "into" and bool(row.raw_into)) or any(one.field == column for one in problems)


def _tiles(counts: dict[str, int], show: str) -> list[Tile]:
    wanted = [key for key in SHOWN if key in ("all", "problem") or counts.get(key)]
    tones = {"problem": "err", "warning": "warn"}
    return [
        Tile(
            SHOWN[key][0],
            counts.get(key, 0),
            f"?show={key}",
            key == show,
            tones.get(key, "") if counts.get(key) else "",
        )
        for key in wanted
    ]


def _line(row: RegisterLine, problems: list[Problem], columns: Iterable[str], is_next: bool) -> Line:
    bad = {one.field for one in problems}
    made = [_cell(row, column, column in bad) for column in columns]
    changes = [(label, before, after) for label, before, after in row.changes if before or row.does != Does.NEW]
    mark = (MARKS[row.does], row.get_does_display())
    return Line(row.pk, row.line, mark, row.does == Does.PROBLEM, made, changes, problems, row.warnings, is_next)


def _cell(row: RegisterLine, column: str, is_bad: bool) -> Cell:
    raw = getattr(row, f"raw_{column}")
    home = row.household
    kept = {"number": home.short_number, "grid": home.grid.name, "name": home.head_name} if home else {}
    shown = raw if is_bad else raw or kept.get(column, "")
    return Cell(column, LABELS[column], shown or ("（空）" if is_bad else ""), raw, is_bad)


def error_workbook(source: RegisterFile) -> bytes:
    """Only the lines to change, under the headings of the file they came from."""
    words = register_words.Words(source)
    rows = RegisterLine.objects.filter(source=source, does=Does.PROBLEM).order_by("line")
    return papers.errors(source.titles, [_wrong(source, row, words.problems(row)) for row in rows])


def _wrong(source: RegisterFile, row: RegisterLine, problems: list[Problem]) -> papers.WrongLine:
    places: dict[str, int] = source.fields
    texts = (row.cells.split(SEPARATOR) + [""] * len(source.titles))[: len(source.titles)]
    for name, at in places.items():
        texts[at] = getattr(row, f"raw_{name}")
    marks = {places.get(one.field, 0): one.message for one in problems}
    return papers.WrongLine(texts, import_words.explained(problems), marks)


def roster_template(village: Village) -> bytes:
    """The village's roster as it stands, to be put right and sent back."""
    homes = village.households.active().select_related("grid").prefetch_related("residents").in_number_order()
    rows = [
        (home.head_name, home.short_number, home.grid.name, str(home.members), home.aliases, _people(home), "")
        for home in homes
    ]
    return papers.register("农户名册", ROSTER_HEAD, rows, ROSTER_NOTES)


def _people(home: Any) -> str:
    others = sorted((one for one in home.residents.all() if not one.is_head), key=lambda one: one.pk)
    return "、".join(f"{one.name}（{one.relation}）" if one.relation else one.name for one in others)


def recent(user: Any, kind: str) -> QuerySet[RegisterFile]:
    return RegisterFile.objects.visible_to(user).filter(kind=kind).select_related("village").order_by("-made_at")[:20]
