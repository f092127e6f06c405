"""The papers of a report, made from a version's row and nothing else."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.periods import Period, parse
from reports.documents import docx as word
from reports.documents import pdf as archival
from reports.documents import xlsx as excel
from reports.documents.model import (
    Block,
    Cell,
    Chart,
    Column,
    Definition,
    Document,
    Heading,
    Kind,
    Metadata,
    Paragraph,
    Sheet,
    Signature,
    Table,
    Workbook,
    han_date,
)
from reports.models import ReportVersion

Figures = dict[str, Any]
KINDS = {"%": Kind.RATE, "分/户": Kind.MEAN}
# The figures in the table of places with the widths of their columns in millimetres: 156 with the name's 27.
ROW_MEASURES = {
    "households": 17,
    "participants": 17,
    "participation": 20,
    "awards": 17,
    "deductions": 15,
    "net_points": 19,
    "net_per_household": 24,
}
# chart → the figure it shows
# sheet → the column its own chart shows
DRAWN = {"rows": 3, "dimensions": 1, "joys": 1}
CHARTS = {"participation_bars": "participation"}
SHEETS = {
    "overview": "总体", "rows": "各地", "dimensions": "三治", "joys": "五乐", "rules": "事项", "work": "各项工作",
    "seals": "封签",
}  # fmt: skip


def docx(version: ReportVersion) -> bytes:
    return word.render(document(version))


def pdf(version: ReportVersion) -> bytes:
    return archival.render(document(version))


def xlsx(version: ReportVersion) -> bytes:
    return excel.render(workbook(version))


def name(version: ReportVersion) -> str:
    return "".join(version.texts["title"])


def document(version: ReportVersion) -> Document:
    texts = version.texts
    return Document(
        title=tuple(texts["title"]),
        blocks=tuple(blocks(version)),
        metadata=_metadata(version),
        addressee=texts["addressee"],
        signature=Signature(texts["signature"], _local(version.made_at).date()),
    )


def blocks(version: ReportVersion) -> Iterable[Block]:
    """The kept texts with their tables put in and numbered in order."""
    kept = version.texts["blocks"]
    numbers = _numbered(kept, "table", "表") | _numbered(kept, "chart", "图")
    for block in kept:
        if "heading" in block:
            yield Heading(block["heading"], block["text"])
        elif "chart" in block:
            yield chart(version.figures, block["chart"], numbers[block["chart"]])
        elif "table" in block:
            yield table(version, block["table"], numbers[block["table"]])
        else:
            yield Paragraph(block["text"].format(**numbers))


def _numbered(kept: list[dict[str, Any]], kind: str, word: str) -> dict[str, str]:
    names = [block[kind] for block in kept if kind in block]
    return {name: f"{word}{at}" for at, name in enumerate(names, start=1)}


def chart(figures: Figures, key: str, number: str) -> Chart:
    """Bars of one measure of the places below, in the order of their table."""
    measure = CHARTS[key]
    line = next(line for line in figures["definitions"] if line["name"] == measure)
    rows = figures["rows"]
    values = tuple(_decimal(row["values"][measure]) for row in rows)
    below = "乡镇街道" if figures["place"]["is_district"] else "村（社区）"
    caption = f"{number}　{parse(figures['period']).title}各{below}{line['label']}"
    return Chart(caption, tuple(row["name"] for row in rows), values, _kind(line["unit"]))


def workbook(version: ReportVersion) -> Workbook:
    return Workbook(
        title=name(version),
        sheets=tuple(
            Sheet(title, table(version, key), DRAWN.get(key))
            for key, title in SHEETS.items()
            if key != "work" or "work" in version.figures  # versions made before these figures were kept
        ),
        metadata=_metadata(version),
        definitions=definitions(version.figures),
        remarks=remarks(version),
    )


def definitions(figures: Figures) -> tuple[Definition, ...]:
    points = [
        Definition(line["label"], line["unit"], line["formula"], line["source"]) for line in figures["definitions"]
    ]
    work = [
        Definition(line["label"], line["unit"], line["formula"], f"{line['group']}登记")
        for line in figures.get("work", [])
    ]
    return (*points, *work)


def remarks(version: ReportVersion) -> tuple[tuple[str, str], ...]:
    return (
        ("统计口径", "生效口径：按积分入账的月份统计，公示中的积分期满入账后计入"),
        ("统计时点", moment(version.cutoff)),
        ("版本", f"第{version.number}版"),
    )


def table(version: ReportVersion, key: str, number: str = "") -> Table:
    """One of the summary's tables by its name, with its number when it stands in a text."""
    figures = version.figures
    made = TABLES[key](figures, parse(figures["period"]))
    caption = f"{number}　{made.caption}" if number else made.caption
    source = "各项登记" if key == "work" else "积分账本"
    note = "" if key == "overview" else f"数据来源：{source}，截至{moment(version.cutoff)}。"
    return Table(caption, made.columns, made.rows, made.total, note)


def moment(when: dt.datetime) -> str:
    local = _local(when)
    return f"{han_date(local.date())}{local.hour}时{local.minute:02}分"


def _overview(figures: Figures, period: Period) -> Table:
    """Every figure with that of the period before and of the same one a year ago, a row each."""
    compared = _compared(figures, period)
    values = [figures["values"], figures["before"], *([figures["same"]] if figures.get("same") else [])]
    columns = (
        Column("指标", share=16),
        Column("单位", share=8),
        *(Column(word, Kind.COUNT, 14) for word in compared),
    )
    rows = tuple(
        (
            line["label"],
            line["unit"],
            *(cell(found[line["name"]], line["unit"]) for found in values),
        )
        for line in figures["definitions"]
    )
    return Table(f"{period.title}总体情况", columns, rows)


def _compared(figures: Figures, period: Period) -> list[str]:
    return [period.this_word, period.before_word, *(["去年同期"] if figures.get("same") else [])]


def _work(figures: Figures, period: Period) -> Table:
    """Every figure of other registers beside those of the periods compared, in its group."""
    columns = (
        Column("类别", share=12),
        Column("指标", share=18),
        Column("单位", share=7),
        *(Column(word, Kind.COUNT, 14) for word in _compared(figures, period)),
    )
    rows = tuple(
        (line["group"], line["label"], line["unit"], *(_amount(value, line["unit"]) for value in line["values"]))
        for line in figures["work"]
    )
    return Table(f"{period.title}各项工作", columns, rows)


def _amount(value: int | str | None, unit: str) -> Cell:
    """A rate, a number with two decimals where it was kept as text, or a whole one."""
    if unit == "%" or not isinstance(value, str):
        return cell(value, unit)
    return Cell(Decimal(value), Kind.MEAN)


def _rows(figures: Figures, period: Period) -> Table:
    below = "乡镇街道" if figures["place"]["is_district"] else "村（社区）"
    units = {line["name"]: line for line in figures["definitions"]}
    columns = tuple(
        Column(units[key]["label"], _kind(units[key]["unit"]), width) for key, width in ROW_MEASURES.items()
    )
    total = {"name": "合计", "values": figures["values"]}
    rows = tuple(
        (row["name"], *(cell(row["values"][key], units[key]["unit"]) for key in ROW_MEASURES))
        for row in (*figures["rows"], total)
    )
    return Table(f"{period.title}各{below}情况", (Column(below, share=27), *columns), rows, total=True)


def _shares(key: str, label: str) -> Any:
    def made(figures: Figures, period: Period) -> Table:
        columns = (Column(label, share=14), Column("加分", Kind.COUNT), Column("占比", Kind.RATE))
        shares = figures[key]
        rows = [(share["label"], share["points"], _decimal(share["share"])) for share in shares]
        points = sum(share["points"] for share in shares)
        rows.append(("合计", points, Decimal(1) if points else None))
        return Table(f"{period.title}{label}加分构成", columns, tuple(rows), total=True)

    return made


def _rules(figures: Figures, period: Period) -> Table:
    counts = (Column("笔数", Kind.COUNT), Column("分值", Kind.COUNT))
    columns = (Column("编号", share=8), Column("事项", share=30), *counts)
    rows = tuple((rule["code"], rule["item"], rule["count"], rule["points"]) for rule in figures["rules"])
    return Table(f"{period.title}加减分较大的事项", columns, rows)


def _seals(figures: Figures, _period: Period) -> Table:
    columns = (Column("村（社区）", share=16), Column("封签", share=26), Column("序号", Kind.COUNT, 6))
    rows = tuple((seal["name"], seal["seal"], seal["number"]) for seal in figures["seals"])
    return Table("期末封签", columns, rows)


TABLES = {
    "overview": _overview,
    "rows": _rows,
    "dimensions": _shares("dimensions", "三治"),
    "joys": _shares("joys", "五乐"),
    "rules": _rules,
    "work": _work,
    "seals": _seals,
}


def _metadata(version: ReportVersion) -> Metadata:
    return Metadata(version.report.get_kind_display(), version.texts["signature"], _local(version.made_at))


def cell(value: int | str | None, unit: str) -> Cell:
    return Cell(_decimal(value) if unit in KINDS else value, _kind(unit))


def _kind(unit: str) -> Kind:
    return KINDS.get(unit, Kind.COUNT)


def _decimal(value: int | str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _local(when: dt.datetime) -> dt.datetime:
    return when.astimezone(SHANGHAI)
