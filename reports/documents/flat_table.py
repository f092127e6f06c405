"""The figures of a period's reports as rows for 一表通 and the like: a place a row, a figure a column, typed."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.periods import Period
from reports.documents import points_report
from reports.documents import xlsx as excel
from reports.documents.model import Cell, Column, Definition, Kind, Metadata, Sheet, Table, Value, Workbook
from reports.models import ReportVersion

KINDS = {"%": Kind.RATE, "分/户": Kind.MEAN}
PLACES = (Column("统计期", share=10), Column("区划代码", share=15))
Lines = dict[str, dict[str, str]]  # figure → its label and unit


def xlsx(period: Period, versions: Iterable[ReportVersion]) -> bytes:
    """Made from kept versions alone: the same versions give the same bytes, and the numbers of their papers."""
    return excel.render(workbook(period, list(versions)))


def name(period: Period) -> str:
    return f"{period.title}一表通数据"


def workbook(period: Period, versions: list[ReportVersion]) -> Workbook:
    """The sheets 村（社区） and 乡镇街道; `versions` are of one period, townships in code order."""
    made_at = max(version.made_at for version in versions).astimezone(SHANGHAI).replace(microsecond=0)
    points = _lines(line for version in versions for line in version.figures["definitions"])
    work = _lines(line for version in versions for line in version.figures.get("work", []))
    return Workbook(
        title=name(period),
        sheets=(
            Sheet("村（社区）", _villages(period, versions, points), is_flat=True),
            Sheet("乡镇街道", _townships(period, versions, points, work), is_flat=True),
        ),
        metadata=Metadata("一表通数据", "黔江区乡村治理工作领导小组办公室", made_at),
        definitions=_definitions(versions),
        remarks=(
            ("统计口径", "生效口径：按积分入账的月份统计，公示中的积分期满入账后计入"),
            ("版本", "；".join(_stated(version) for version in versions)),
        ),
    )


def _villages(period: Period, versions: list[ReportVersion], points: Lines) -> Table:
    columns = (*PLACES, Column("乡镇街道", share=12), Column("村（社区）", share=14), *_columns(points))
    rows = tuple(
        (period.title, row["code"], version.figures["place"]["name"], row["name"], *_values(row["values"], points))
        for version in versions
        if not version.figures["place"]["is_district"]
        for row in version.figures["rows"]
    )
    return Table("村（社区）", columns, rows)


def _townships(period: Period, versions: list[ReportVersion], points: Lines, work: Lines) -> Table:
    columns = (*PLACES, Column("单位", share=14), *_columns(points), *_columns(work))
    rows = tuple((period.title, *_place(version.figures, points, work)) for version in versions)
    return Table("乡镇街道", columns, rows)


def _place(figures: dict[str, Any], points: Lines, work: Lines) -> Iterator[Value]:
    done = {line["name"]: line["values"][0] for line in figures.get("work", [])}
    yield figures["place"]["code"]
    yield figures["place"]["name"]
    yield from _values(figures["values"], points)
    yield from _values(done, work)


def _lines(found: Iterable[dict[str, str]]) -> Lines:
    return {line["name"]: {"label": line["label"], "unit": line["unit"]} for line in found}


def _columns(lines: Lines) -> Iterator[Column]:
    """Each heading names its unit, so that a row says what it is without the sheet of definitions."""
    for line in lines.values():
        yield Column(f"{line['label']}（{line['unit']}）", KINDS.get(line["unit"], Kind.COUNT))


def _values(values: dict[str, int | str | None], lines: Lines) -> Iterator[Value]:
    for name, line in lines.items():
        value = values.get(name)
        is_money = isinstance(value, str) and line["unit"] not in KINDS
        number = Decimal(value) if isinstance(value, str) else value
        yield Cell(number, Kind.MEAN if is_money else KINDS.get(line["unit"], Kind.COUNT))


def _definitions(versions: list[ReportVersion]) -> tuple[Definition, ...]:
    found = {line.name: line for version in versions for line in points_report.definitions(version.figures)}
    return tuple(found.values())


def _stated(version: ReportVersion) -> str:
    return f"{version.figures['place']['name']}第{version.number}版，截至{points_report.moment(version.cutoff)}"
