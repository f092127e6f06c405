"""What a dashboard shows as a workbook: its figures, its table in the order of the page, its charts' numbers."""

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.periods import Period
from reports.dashboards.district import DistrictPage
from reports.dashboards.handled import Duty
from reports.dashboards.heat import Head
from reports.dashboards.parts import Chart, HeatRow, Tile
from reports.dashboards.township import TownshipPage
from reports.documents import xlsx as excel
from reports.documents.model import Cell, Column, Definition, Kind, Metadata, Sheet, Table, Value, Workbook

AUTHOR = "黔江区乡村治理工作领导小组办公室"
NUMBER = re.compile(r"[−-]?[\d,]+(\.\d+)?%?")
WAY = {"ascending": "从小到大", "descending": "从大到小"}


class Page(Protocol):
    """What a district's page and a township's have in common."""

    @property
    def period(self) -> Period: ...
    @property
    def cutoff(self) -> dt.datetime: ...
    @property
    def tiles(self) -> tuple[Tile, ...]: ...
    @property
    def heads(self) -> tuple[Head, ...]: ...
    @property
    def whole(self) -> HeatRow: ...
    @property
    def rows(self) -> list[HeatRow]: ...
    @property
    def duties(self) -> tuple[Duty, ...]: ...


def district_workbook(page: DistrictPage) -> tuple[str, bytes]:
    """The file's name and the file."""
    return _made(page, f"黔江区数据看板{page.period.title}", "乡镇一览", page.charts)


def township_workbook(page: TownshipPage) -> tuple[str, bytes]:
    title = f"{page.township.name}数据看板{page.period.title}"
    return _made(page, title, "各村情况", (page.shares, *page.charts))


def _made(page: Page, title: str, places: str, charts: Iterable[Chart]) -> tuple[str, bytes]:
    at = page.cutoff.astimezone(SHANGHAI).replace(microsecond=0)
    sheets = (
        Sheet("指标", _tiles(page)),
        Sheet(places, _places(page, places)),
        *(Sheet(chart.title, _chart(chart)) for chart in charts if chart.rows),
        Sheet("完整与及时", _duties(page)),
    )
    remarks = (("统计口径", "只算已生效积分"), ("统计时点", at.strftime("%Y-%m-%d %H:%M")))
    book = Workbook(title, sheets, Metadata("数据看板", AUTHOR, at), _definitions(page), remarks)
    return f"{title}.xlsx", excel.render(book)


def _tiles(page: Page) -> Table:
    columns = (
        Column("指标", share=18),
        Column("数值", Kind.COUNT, 12),
        Column("单位或范围", share=14),
        Column("说明", share=60),
    )
    rows = tuple(
        (tile.label, typed(tile.value), tile.of, "；".join(line.text for line in tile.lines)) for tile in page.tiles
    )
    return Table(f"{page.period.title}指标", columns, rows)


def _places(page: Page, title: str) -> Table:
    """The rows as they stand on the page, the sum below them."""
    first, *others = (head.label for head in page.heads)
    columns = (Column(first, share=20), *(Column(label, share=12) for label in others))
    rows = tuple(_row(row) for row in (*page.rows, page.whole))
    sort = next((head for head in page.heads if head.sort and head.key != "name"), None)
    note = f"按{sort.label}{WAY[sort.sort]}排" if sort else "按行政区划代码排"
    return Table(f"{page.period.title}{title}", columns, rows, total=True, note=note)


def _row(row: HeatRow) -> tuple[Value, ...]:
    return row.name, typed(row.households), *(typed(cell.text) for cell in row.cells)


def _chart(chart: Chart) -> Table:
    first, *others = chart.heads
    columns = (Column(first, share=16), *(Column(head, share=12) for head in others))
    return Table(chart.title, columns, tuple((row[0], *map(typed, row[1:])) for row in chart.rows), note=chart.note)


def _duties(page: Page) -> Table:
    counts = ("应报", "已报", "按时", "完整率", "及时率", "没有报")
    columns = (Column("事项", share=30), Column("期限", share=16), *(Column(title, Kind.COUNT, 10) for title in counts))
    rows = tuple(
        (
            duty.name,
            duty.due,
            duty.expected,
            duty.done,
            duty.in_time,
            typed(duty.complete),
            typed(duty.timely),
            duty.missing,
        )
        for duty in page.duties
    )
    return Table("完整与及时", columns, rows, note="完整率 = 已报 ÷ 应报，及时率 = 按时 ÷ 应报")


def _definitions(page: Page) -> tuple[Definition, ...]:
    figures = (tile.figure for tile in page.tiles if tile.figure)
    return tuple(Definition(one.label, one.unit, one.formula, one.source) for one in figures)


def typed(text: str) -> Cell:
    """A figure as it is shown, as the number a spreadsheet can go on with; other words stay words."""
    if not NUMBER.fullmatch(text):
        return Cell(None if text == "—" else text, Kind.TEXT)
    plain = Decimal(text.replace("−", "-").replace(",", "").rstrip("%"))
    if text.endswith("%"):
        return Cell(plain / 100, Kind.RATE)
    return Cell(plain, Kind.MEAN) if "." in text else Cell(int(plain), Kind.COUNT)
