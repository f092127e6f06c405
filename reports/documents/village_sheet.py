"""村情一张表 as papers, made from a kept row and nothing else: one A4 page, and a workbook with typed numbers."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.periods import parse
from reports.documents import docx as word
from reports.documents import pdf as archival
from reports.documents import xlsx as excel
from reports.documents.model import (
    Cell,
    Column,
    Definition,
    Document,
    Kind,
    Metadata,
    Paragraph,
    Sheet,
    Table,
    Value,
    Workbook,
    han_date,
)

KINDS = {"%": Kind.RATE, "分/户": Kind.MEAN}
SHEETS = {
    "facts": "基本情况", "overview": "积分运行", "dimensions": "三治", "joys": "五乐",
    "grids": "各组", "rules": "事项", "indicators": "指标",
}  # fmt: skip
HALVED = ("facts", "overview", "grids", "rules", "indicators")
MOST_GRIDS = 24  # more would not leave the page one page
BLANK = Cell("", Kind.TEXT)
GUTTER = Column("", share=3)  # keeps two halves apart

Figures = dict[str, Any]


def docx(figures: Figures, cutoff: dt.datetime) -> bytes:
    return word.render(document(figures, cutoff))


def pdf(figures: Figures, cutoff: dt.datetime) -> bytes:
    return archival.render(document(figures, cutoff))


def xlsx(figures: Figures, cutoff: dt.datetime) -> bytes:
    return excel.render(workbook(figures, cutoff))


def name(figures: Figures) -> str:
    place = figures["place"]
    return f"{place['township']}{place['name']}{parse(figures['period']).title}村情一张表"


def document(figures: Figures, cutoff: dt.datetime) -> Document:
    """One page: long tables stand in two halves side by side."""
    place = figures["place"]
    return Document(
        title=(f"{place['township']}{place['name']}{parse(figures['period']).title}村情一张表",),
        blocks=(*_paper_tables(figures), Paragraph(source(figures, cutoff))),
        metadata=Metadata("村情一张表", "黔江区乡村治理积分管理平台", cutoff.astimezone(SHANGHAI)),
        is_compact=True,
    )


def workbook(figures: Figures, cutoff: dt.datetime) -> Workbook:
    return Workbook(
        title=name(figures),
        sheets=tuple(Sheet(SHEETS[key], table) for key, table in tables(figures).items()),
        metadata=Metadata("村情一张表", "黔江区乡村治理积分管理平台", cutoff.astimezone(SHANGHAI)),
        definitions=tuple(
            Definition(line["label"], line["unit"], line["formula"], line["source"]) for line in figures["definitions"]
        ),
        remarks=(("统计口径", source(figures, cutoff)),),
    )


def tables(figures: Figures) -> dict[str, Table]:
    """The tables by name, each only where it has rows."""
    made = {key: TABLES[key](figures) for key in SHEETS}
    return {key: table for key, table in made.items() if table.rows}


def source(figures: Figures, cutoff: dt.datetime) -> str:
    local = cutoff.astimezone(SHANGHAI)
    until = han_date(dt.date.fromisoformat(figures["until"]))
    return (
        f"积分为生效口径，按入账月份统计到{until}，公示中的不计；"
        f"数据截至{han_date(local.date())}{local.hour}时{local.minute:02}分。"
    )


def _paper_tables(figures: Figures) -> Iterator[Table]:
    for key, table in tables(figures).items():
        if key == "joys":
            continue
        if key == "dimensions":
            yield _beside(table, TABLES["joys"](figures))
        else:
            yield halved(table) if key in HALVED else table


def halved(table: Table) -> Table:
    """The same rows in two columns of half the length; an odd one leaves a blank."""
    half = (len(table.rows) + 1) // 2
    blank: tuple[Value, ...] = (BLANK,) * len(table.columns)
    right = (*table.rows[half:], *[blank] * (2 * half - len(table.rows)))
    rows = tuple((*left, BLANK, *other) for left, other in zip(table.rows[:half], right, strict=True))
    return Table(table.caption, (*table.columns, GUTTER, *table.columns), rows)


def _beside(left: Table, right: Table) -> Table:
    blank: tuple[Value, ...] = (BLANK,) * len(left.columns)
    rows = [*left.rows, *[blank] * (len(right.rows) - len(left.rows))]
    joined = tuple((*one, BLANK, *other) for one, other in zip(rows, right.rows, strict=True))
    return Table("加分构成", (*left.columns, GUTTER, *right.columns), joined)


def _facts(figures: Figures) -> Table:
    grids, facts = figures["grids"], figures["facts"]
    rows = (
        ("在册户", Cell(sum(grid["households"] for grid in grids), Kind.COUNT)),
        ("人口", Cell(sum(grid["people"] for grid in grids), Kind.COUNT)),
        ("组（网格）", Cell(len(grids), Kind.COUNT)),
        ("评议小组", facts["panel"]),
        ("积分细则", facts["rules"]),
        ("监督电话", facts["phone"]),
    )
    return Table("基本情况", (Column("项目", share=8), Column("内容", share=16)), rows)


def _overview(figures: Figures) -> Table:
    period, values = parse(figures["period"]), figures["values"]
    words = (period.this_word, period.before_word, "去年同期")[: len(values)]
    columns = (
        Column("指标", share=16),
        Column("单位", share=8),
        *(Column(word, Kind.COUNT, 11) for word in words),
    )
    rows = tuple(
        (line["label"], line["unit"], *(_cell(one[line["name"]], line["unit"]) for one in values))
        for line in figures["definitions"]
    )
    return Table("积分运行", columns, rows)


def _shares(key: str, label: str) -> Any:
    def made(figures: Figures) -> Table:
        columns = (Column(label, share=8), Column("加分", Kind.COUNT, 8), Column("占比", Kind.RATE, 8))
        rows = tuple(
            (share["label"], share["points"], None if share["share"] is None else Decimal(share["share"]))
            for share in figures[key]
        )
        return Table(f"{label}加分", columns, rows)

    return made


def _grids(figures: Figures) -> Table:
    columns = (
        Column("组", share=16),
        Column("在册户", Kind.COUNT, 9),
        Column("参与户", Kind.COUNT, 9),
        Column("净积分", Kind.COUNT, 10),
    )
    grids = list(figures["grids"])
    if len(grids) > MOST_GRIDS:
        rest = grids[MOST_GRIDS - 1 :]
        summed = {key: sum(grid[key] for grid in rest) for key in ("households", "participants", "net_points")}
        grids = [*grids[: MOST_GRIDS - 1], {"name": f"其余{len(rest)}组", **summed}]
    rows = tuple((grid["name"], grid["households"], grid["participants"], grid["net_points"]) for grid in grids)
    return Table("各组情况", columns, rows)


def _rules(figures: Figures) -> Table:
    columns = (Column("事项", share=26), Column("笔数", Kind.COUNT, 7), Column("分值", Kind.COUNT, 8))
    return Table(
        "加减分较大的事项", columns, tuple((rule["item"], rule["count"], rule["points"]) for rule in figures["rules"])
    )


def _indicators(figures: Figures) -> Table:
    lines = figures["indicators"]
    columns = (
        Column("指标", share=18),
        Column("单位", share=8),
        Column("本季", Kind.COUNT, 10),
        Column("上季", Kind.COUNT, 10),
    )
    rows = tuple((line["name"], line["unit"], _reported(line["now"]), _reported(line["before"])) for line in lines)
    return Table(f"{lines[0]['quarter']}指标" if lines else "指标", columns, rows)


TABLES: dict[str, Any] = {
    "facts": _facts,
    "overview": _overview,
    "dimensions": _shares("dimensions", "三治"),
    "joys": _shares("joys", "五乐"),
    "grids": _grids,
    "rules": _rules,
    "indicators": _indicators,
}


def _cell(value: int | str | None, unit: str) -> Cell:
    kind = KINDS.get(unit, Kind.COUNT)
    return Cell(Decimal(value) if value is not None and kind is not Kind.COUNT else value, kind)


def _reported(text: str) -> Cell:
    """An indicator in the digits it was reported with."""
    plain = text.replace(",", "")
    if plain == "—":
        return Cell(None, Kind.COUNT)
    return Cell(Decimal(plain), Kind.MEAN) if "." in plain else Cell(int(plain), Kind.COUNT)
