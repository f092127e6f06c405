"""What the pages of a household sheet show: what each line would do, and the papers that go with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from points import import_words, register_words
from points.import_pages import Tile
from points.import_words import Problem, Suggestion
from points.imports import FIXES_UP_TO
from points.models import Entry, OpeningReversal, RegisterFile, RegisterLine
from points.models.ledger import Kind
from points.register_words import LABELS
from points.roster_rows import Does
from points.workbooks import papers
from points.workbooks.lines import SEPARATOR
from villages.models import Household, Village

State = RegisterFile.State
PER_PAGE = 50
# Openings asked to be taken back that are shown at once.
ASKED = 30
COLUMNS = {"roster": ("name", "number", "grid", "members"), "opening": ("name", "number", "grid", "points")}
RARE = ("aliases", "people", "into")
# What a line of brought-over points does is called otherwise.
OPENING_WORDS = {"new": "期初", "same": "没有分"}
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


OPENING_HEAD = (("户主", 12), ("户号", 10), ("组", 10), ("积分", 10))
OPENING_NOTES = (
    "期初积分：把原来账上的分接过来，一户只记一次，记在存折的第一笔；冲正了的可以再记",
    "积分：填现在还能用的分，没有填 0，欠分填负数",
    "户号：同名的户一定要写。已经有流水的户不能再记期初，不在这张表上",
    "传上来先核对，再由评议审核或分管领导复核，复核通过才入账",
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
        show = _first_shown(source)
    rows = RegisterLine.objects.filter(SHOWN[show][1], source=source).select_related("household__grid").order_by("line")
    found = Paginator(rows, PER_PAGE).get_page(page)
    words = register_words.Words(source)
    told = [(row, words.problems(row)) for row in found]
    columns = [*COLUMNS[source.kind], *(one for one in RARE if any(_has(row, problems, one) for row, problems in told))]
    upcoming = next((row.pk for row, problems in told if after and problems and row.line > after), None)
    lines = [_line(source, row, problems, columns, row.pk == upcoming) for row, problems in told]
    editable = source.state == State.CHECKED and 0 < counts.get("problem", 0) <= FIXES_UP_TO
    labels = [LABELS[one] for one in columns]
    return Comparison(show, _tiles(source, show), labels, found, lines, editable)


def _first_shown(source: RegisterFile) -> str:
    """What is to be changed while it can be; for whoever looks again at an opening what would be posted."""
    if source.state == State.CHECKED:
        return "problem" if source.counts.get("problem") else "all"
    return "new" if source.counts.get("new") and source.kind == RegisterFile.Kind.OPENING else "all"


def _has(row: RegisterLine, problems: list[Problem], column: str) -> bool:
    return (column == "into" and bool(row.raw_into)) or any(one.field == column for one in problems)


def _tiles(source: RegisterFile, show: str) -> list[Tile]:
    counts: dict[str, int] = source.counts
    words = OPENING_WORDS if source.kind == RegisterFile.Kind.OPENING else {}
    wanted = [key for key in SHOWN if key in ("all", "problem") or counts.get(key)]
    tones = {"problem": "err", "warning": "warn"}
    return [
        Tile(
            words.get(key, SHOWN[key][0]),
            counts.get(key, 0),
            f"?show={key}",
            key == show,
            tones.get(key, "") if counts.get(key) else "",
        )
        for key in wanted
    ]


def _line(
    source: RegisterFile, row: RegisterLine, problems: list[Problem], columns: Iterable[str], is_next: bool
) -> Line:
    bad = {one.field for one in problems}
    made = [_cell(row, column, column in bad) for column in columns]
    opening = source.kind == RegisterFile.Kind.OPENING
    changes = [one for one in row.changes if one[1] or row.does != Does.NEW or opening]
    words = OPENING_WORDS if opening else {}
    mark = (MARKS[row.does], words.get(row.does, row.get_does_display()))
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


def opening_template(village: Village) -> bytes:
    """The households nothing has been posted to, or whose opening was taken back, to fill in what they hold."""
    own = Entry.objects.filter(household=OuterRef("pk"))
    openings = own.filter(kind=Kind.OPENING)
    free = ~Exists(own) | Exists(openings) & ~Exists(openings.filter(reversed_by=None))
    homes = village.households.active().filter(free).select_related("grid").in_number_order()
    rows = [(home.head_name, home.short_number, home.grid.name, "") for home in homes]
    return papers.register("期初积分", OPENING_HEAD, rows, OPENING_NOTES)


def _people(home: Any) -> str:
    others = sorted((one for one in home.residents.all() if not one.is_head), key=lambda one: one.pk)
    return "、".join(f"{one.name}（{one.relation}）" if one.relation else one.name for one in others)


def recent(user: Any, kind: str) -> QuerySet[RegisterFile]:
    files = RegisterFile.objects.visible_to(user).filter(kind=kind)
    return files.select_related("village", "maker").order_by("-made_at")[:20]


@dataclass(frozen=True)
class AskedBack:
    """An opening somebody asked to take back, beside what the household holds and would hold."""

    asked: OpeningReversal
    balance: int
    can_check: bool
    is_mine: bool

    @property
    def home(self) -> Household:
        return self.asked.entry.household

    @property
    def is_waiting(self) -> bool:
        return self.asked.state == OpeningReversal.State.WAITING

    @property
    def points(self) -> int:
        return -self.asked.entry.points

    @property
    def after(self) -> int:
        return self.balance + self.points


def asked_back(user: Any) -> list[AskedBack]:
    """Those that wait, then the latest that were decided. Two queries."""
    found = OpeningReversal.objects.visible_to(user).select_related(
        "village", "maker", "entry__household__balance", "entry__household__grid"
    )
    mine = set(OpeningReversal.objects.to_check_by(user).values_list("pk", flat=True))
    waiting = Case(When(state=OpeningReversal.State.WAITING, then=0), default=1)
    return [
        AskedBack(one, one.entry.household.balance.posted, one.pk in mine, one.maker_id == user.pk)
        for one in found.order_by(waiting, "-made_at", "-pk")[:ASKED]
    ]
