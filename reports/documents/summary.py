"""A summary as a paper, made from its kept texts and frozen numbers and nothing else."""

import datetime as dt
from typing import Any

from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.periods import parse
from reports.documents import docx as word
from reports.documents import inserts, points_report
from reports.documents import pdf as archival
from reports.documents import xlsx as excel
from reports.documents.model import (
    Block,
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
)
from reports.documents.points_report_texts import OFFICE, RECEIVER, government
from reports.figures import DEFINITIONS
from reports.models import Sender

INSERTED = ("rows", "dimensions", "joys", "rules")
Figures = dict[str, Any] | None
Section = tuple[str, str, str]  # heading, the bound sentence, what was written


def docx(
    sender: Sender, period: str, sections: list[Section], note: str, at: dt.datetime, figures: Figures = None
) -> bytes:
    return word.render(document(sender, period, sections, note, at, figures))


def pdf(
    sender: Sender, period: str, sections: list[Section], note: str, at: dt.datetime, figures: Figures = None
) -> bytes:
    return archival.render(document(sender, period, sections, note, at, figures))


def xlsx(sender: Sender, period: str, figures: dict[str, Any], at: dt.datetime) -> bytes:
    """The numbers of the paper, typed, with those of the tables in its text, and 口径."""
    return excel.render(_workbook(sender, period, figures, at))


def _workbook(sender: Sender, period: str, figures: dict[str, Any], at: dt.datetime) -> Workbook:
    known = [(name, found) for name, found in DEFINITIONS.items() if name in figures["values"]]
    columns = (Column("指标", share=16), Column("单位", share=8), Column("本期", Kind.COUNT, 14))
    rows = tuple(
        (found.label, found.unit, points_report.cell(figures["values"][name], found.unit)) for name, found in known
    )
    tables = figures.get("tables")
    more = [(key, points_report.TABLES[key](tables, parse(period))) for key in INSERTED if tables and tables["rows"]]
    local = at.astimezone(SHANGHAI).replace(microsecond=0)
    return Workbook(
        title=name(sender, period),
        sheets=(
            Sheet("数字", Table(f"{name(sender, period)}的数字", columns, rows)),
            *(Sheet(points_report.SHEETS[key], table, points_report.DRAWN.get(key)) for key, table in more),
        ),
        metadata=Metadata("乡村治理工作总结", _signer(sender), local),
        definitions=tuple(Definition(found.label, found.unit, found.formula, found.source) for _, found in known),
        remarks=(
            ("统计口径", "生效口径：按积分入账的月份统计，公示中的积分期满入账后计入"),
            ("统计时点", points_report.moment(dt.datetime.fromisoformat(figures["at"]))),
            ("正在公示", f"{figures.get('on_notice', 0)}分，没有计入"),
        ),
    )


def name(sender: Sender, period: str) -> str:
    return "".join(title(sender, period))


def title(sender: Sender, period: str) -> tuple[str, str]:
    span = parse(period)
    return (f"{sender.name}{span.year}年{'半年' if span.kind == 'half-year' else '年终'}", "乡村治理工作总结")


def document(
    sender: Sender, period: str, sections: list[Section], note: str, at: dt.datetime, figures: Figures = None
) -> Document:
    """`figures` are what the tables show that the texts ask for."""
    numbers = inserts.Numbers()
    signer = _signer(sender)
    local = at.astimezone(SHANGHAI)
    blocks = [block for section in sections for block in _blocks(section, figures, numbers)]
    if note:
        blocks.append(Paragraph(f"与统计口径不同的说明：{note}"))
    return Document(
        title=title(sender, period),
        blocks=tuple(blocks),
        metadata=Metadata("乡村治理工作总结", signer, local.replace(microsecond=0)),
        addressee="" if sender.is_district else RECEIVER,
        signature=Signature(signer, local.date()),
    )


def _blocks(section: Section, figures: Figures, numbers: inserts.Numbers) -> list[Block]:
    heading, bound, text = section
    opening = [Paragraph(bound)] if bound else []
    return [Heading(1, heading), *opening, *inserts.blocks(text, figures, numbers)]


def _signer(sender: Sender) -> str:
    if sender.township:
        return government(sender.township.name)
    return sender.unit.name if sender.unit else OFFICE
