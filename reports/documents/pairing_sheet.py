"""结对帮扶一张表: a village, the units that help it, and what came of a year, on one A4 page."""

import datetime as dt
from decimal import Decimal

from demos.pairing_pages import VillageSheet
from qianjiang_portal.foundation.calendar import SHANGHAI
from reports.documents.model import Block, Column, Document, Kind, Metadata, Paragraph, Table, han_date

UNITS = (
    Column("结对单位", share=18),
    Column("分工", share=6),
    Column("结对时间", share=20),
    Column("单位联系人", share=18),
    Column("村联系人", share=12),
)
VISITS = (
    Column("日期", Kind.DATE, 11),
    Column("单位", share=15),
    Column("走访人", share=14),
    Column("做了什么", share=36),
)
SUPPORTS = (
    Column("日期", Kind.DATE, 11),
    Column("单位", share=15),
    Column("类别", share=7),
    Column("内容", share=22),
    Column("数额", share=13),
    Column("凭证", share=12),
)
PROBLEMS = (
    Column("提出", Kind.DATE, 11),
    Column("单位", share=15),
    Column("问题", share=24),
    Column("状态", share=8),
    Column("办理情况", share=22),
)


def name(sheet: VillageSheet) -> str:
    return f"{sheet.village.full_name}{sheet.year.title}结对帮扶一张表"


def document(sheet: VillageSheet, now: dt.datetime) -> Document:
    local = now.astimezone(SHANGHAI).replace(microsecond=0)
    return Document(
        title=(name(sheet),),
        blocks=(_units(sheet), _visits(sheet), _supports(sheet), _problems(sheet), *_last(sheet, local)),
        metadata=Metadata("结对帮扶一张表", sheet.village.township.name, local),
        is_compact=True,
    )


def _units(sheet: VillageSheet) -> Table:
    rows = tuple(
        (
            one.unit.name,
            one.get_role_display(),
            f"{one.begins_on} 起" + (f"至 {one.ends_on}" if one.ends_on else ""),
            f"{one.contact} {one.phone}".strip(),
            one.village_contact or "—",
        )
        for one in sheet.pairings
    )
    return Table("结对单位", UNITS, rows)


def _visits(sheet: VillageSheet) -> Table:
    rows = tuple((one.on, one.pairing.unit.name, one.visitors, one.done) for one in sheet.visits.rows)
    return Table("走访", VISITS, rows or ((None, "", "", "还没有"),), note=sheet.visits.said)


def _supports(sheet: VillageSheet) -> Table:
    rows = tuple(
        (
            one.on,
            one.pairing.unit.name,
            one.get_kind_display(),
            one.what,
            f"{plain(one.amount)} {one.unit}",
            one.receipt or "—",
        )
        for one in sheet.supports.rows
    )
    return Table("支持", SUPPORTS, rows or ((None, "", "", "还没有", "", ""),), note=sheet.supports.said)


def _problems(sheet: VillageSheet) -> Table:
    rows = tuple(
        (one.raised_on, one.pairing.unit.name, one.text, one.get_state_display(), one.answer or "—")
        for one in sheet.problems.rows
    )
    return Table("问题", PROBLEMS, rows or ((None, "", "还没有", "", ""),), note=sheet.problems.said)


def _last(sheet: VillageSheet, now: dt.datetime) -> list[Block]:
    given = sheet.given
    return [
        Paragraph(
            f"{sheet.year.title}走访 {given.visits} 次、{given.people} 人次，资金 {plain(given.money)} 元，"
            f"物资折价 {plain(given.goods)} 元；提出问题 {given.raised} 个，解决 {given.solved} 个。"
            f"数据截至{han_date(now.date())}。"
        )
    ]


def plain(amount: Decimal) -> str:
    """1,234.5 without zeros that say nothing."""
    text = f"{amount:,.2f}"
    return text.rstrip("0").rstrip(".")
