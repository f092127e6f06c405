"""What the pages of an import show: the preview by standing, and the papers that go with it."""

from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from points import import_words, imports, rules, sheet_words
from points.import_words import Problem, Suggestion
from points.models import Import, ImportRow, Rule
from points.workbooks import cells, papers
from points.workbooks.lines import SEPARATOR
from qianjiang_portal.foundation import calendar
from villages.models import Village

PER_PAGE = 50
COLUMNS = (("name", "户主"), ("member", "成员"), ("rule", "事项"), ("day", "日期"), ("points", "分值"))
BESIDE = (("number", "户号"), ("note", "备注"))
SHOWN: dict[str, tuple[str, Q]] = {
    "all": ("全部", Q()),
    "new": ("可导入", Q(standing="new")),
    "problem": ("要改", Q(standing="problem")),
    "duplicate": ("重复，默认跳过", Q(standing="duplicate")),
    "warning": ("提醒，不影响导入", Q(standing="new") & ~Q(warnings=[])),
}


@dataclass(frozen=True)
class Cell:
    """One cell of a line; `is_bad` where it has to be changed, `takes` the field that is typed into."""

    field: str
    label: str
    shown: str
    raw: str
    is_bad: bool

    @property
    def is_number(self) -> bool:
        return self.field == "points"


@dataclass(frozen=True)
class Line:
    """`beside`: cells to change that have no column, shown with what is wrong with them."""

    pk: int
    number: int
    standing: str
    cells: list[Cell]
    problems: list[Problem]
    warnings: list[str]
    beside: list[Cell]
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
class Word:
    """A word that is no item's own name: `code` and `item` it is taken for, nothing where nobody has said it yet."""

    word: str
    code: str = ""
    item: str = ""
    is_last: bool = False
    lines: int = 0


@dataclass(frozen=True)
class Preview:
    """One filter of the preview, a page of it. `editable`: the bad cells can be typed into.

    `rules` are what a word may mean; there are none where no word is to be told.
    """

    show: str
    tiles: list[Tile]
    columns: list[str]
    page: "Page[ImportRow]"
    lines: list[Line]
    editable: bool
    words: list[Word]
    rules: list[Rule]


def preview(source: Import, show: str, page: str, after: int = 0) -> Preview:
    """`after`: the line that was just changed; the next one gets the focus."""
    counts = source.counts
    if show not in SHOWN:
        show = "problem" if counts.get("problem") else "all"
    found = Paginator(_rows(source, show), PER_PAGE).get_page(page)
    words = import_words.Words(source)
    editable = 0 < counts.get("problem", 0) <= imports.FIXES_UP_TO
    lines = [_line(row, words) for row in found]
    upcoming = next((line.pk for line in lines if after and line.problems and line.number > after), None)
    asked = "member" in source.fields or any(one.field == "member" for line in lines for one in line.problems)
    columns = [label for name, label in COLUMNS if asked or name != "member"]
    lines = lines if asked else [_without_member(line) for line in lines]
    said = _words(source)
    items = list(source.rule_set.rules.in_code_order()) if said and source.rule_set else []
    return Preview(show, _tiles(counts, show), columns, found, _marked(lines, upcoming), editable, said, items)


def _words(source: Import) -> list[Word]:
    """Those taken for an item, then those to be settled."""
    taken = [Word(word, said["code"], said["item"], said["last"]) for word, said in sorted(source.words.items())]
    asked = sheet_words.unknown(source) if source.counts.get("problem") else []
    return taken + [Word(word, lines=lines) for word, lines in asked]


def _rows(source: Import, show: str) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(SHOWN[show][1], source=source)
    return rows.select_related("rule", "household__grid").order_by("line", "part")


def _tiles(counts: dict[str, int], show: str) -> list[Tile]:
    tones = {"problem": "err" if counts.get("problem") else "", "warning": "warn" if counts.get("warning") else ""}
    return [
        Tile(label, counts.get(key, 0), f"?show={key}", key == show, tones.get(key, ""))
        for key, (label, _) in SHOWN.items()
    ]


def _marked(lines: list[Line], upcoming: int | None) -> list[Line]:
    return [replace(line, is_next=line.pk == upcoming) for line in lines]


def _without_member(line: Line) -> Line:
    return replace(line, cells=[cell for cell in line.cells if cell.field != "member"])


def _line(row: ImportRow, words: import_words.Words) -> Line:
    problems = words.problems(row)
    bad = {"name" if one.field == "number" and not row.raw_name else one.field for one in problems}
    bad = bad if row.standing == "problem" else set()
    shown = {
        "name": row.raw_name or row.raw_number,
        "member": row.raw_member or "户主",
        "rule": row.raw_rule if "rule" in bad or not row.rule else row.rule.code,
        "day": row.day.isoformat() if row.day else row.raw_day,
        "points": f"{row.points:+}".replace("-", "−") if row.points is not None else row.raw_points,
        "number": row.raw_number,
        "note": row.raw_note,
    }

    def cell(name: str, label: str) -> Cell:
        return Cell(name, label, shown[name] or "（空）", getattr(row, f"raw_{name}"), name in bad)

    made = [cell(*one) for one in COLUMNS]
    beside = [cell(*one) for one in BESIDE if one[0] in bad]
    return Line(row.pk, row.line, row.standing, made, problems, row.warnings, beside)


def error_workbook(source: Import) -> bytes:
    """Only the lines to change, under the headings of the file they came from."""
    words = import_words.Words(source)
    rows = ImportRow.objects.filter(source=source, standing="problem").order_by("line", "part")
    return papers.errors(source.titles, _wrong_lines(source, rows, words))


def _wrong_lines(source: Import, rows: QuerySet[ImportRow], words: import_words.Words) -> Any:
    places: dict[str, int] = source.fields
    shared: dict[int, papers.WrongLine] = {}
    for row in rows.iterator(chunk_size=2000):
        problems = words.problems(row)
        made = shared.get(row.line) or papers.WrongLine(_own_cells(source, row), "")
        texts, marks = list(made.cells), dict(made.marks)
        for name, at in places.items():
            texts[at] = _typed(row, name, texts[at], has_code="code" in places)
        if source.wide:
            texts[row.part] = row.raw_points
        for one in problems:
            marks[_place(one, places, row)] = one.message
        lead = f"{row.raw_rule}，" if source.wide else ""
        said = "；".join(filter(None, (made.explanation, lead + import_words.explained(problems))))
        shared[row.line] = papers.WrongLine(texts, said, marks)
    return shared.values()


def _own_cells(source: Import, row: ImportRow) -> list[str]:
    """The row as it was sent; with a column per rule, those that need no change are left out."""
    texts = row.cells.split(SEPARATOR)[: len(source.titles)]
    texts += [""] * (len(source.titles) - len(texts))
    if not source.wide:
        return texts
    kept = set(source.fields.values())
    return [text if at in kept or cells.points(text) is None else "" for at, text in enumerate(texts)]


def _typed(row: ImportRow, name: str, before: str, *, has_code: bool) -> str:
    """What stands in the column now, after changes made on the page."""
    if name == "code" or (name == "rule" and not has_code):
        return row.raw_rule
    return before if name == "rule" else str(getattr(row, f"raw_{name}"))


def _place(problem: Problem, places: dict[str, int], row: ImportRow) -> int:
    names = {"rule": ("code", "rule"), "name": ("name", "number"), "number": ("number", "name")}
    at = next((places[name] for name in names.get(problem.field, (problem.field,)) if name in places), None)
    return row.part if at is None else at


def template(village: Village) -> bytes:
    """The village's own sheet to fill: its rules of today and its households."""
    usable = rules.usable(village, calendar.today())
    homes = village.households.active().select_related("grid").in_number_order()
    return papers.template(
        village.short_name,
        [(rule.code, rule.item, rule.range_text) for rule in usable],
        [(home.head_name, home.short_number, home.grid.name) for home in homes],
    )
