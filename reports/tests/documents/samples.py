"""One document and one workbook that use everything the model offers."""

from datetime import date, datetime
from decimal import Decimal

from reports.documents.model import (
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

METADATA = Metadata("季度积分运行情况", "黔江区濯水镇人民政府", datetime(2026, 10, 1, 8, 30))
TABLE = Table(
    "表1　各村（社区）参与情况",
    (Column("村（社区）", share=20), Column("参与户", Kind.COUNT), Column("参与户率", Kind.RATE)),
    (("濯水社区", 560, Decimal("0.6335")), ("五福村", 306, None), ("合计", 866, Decimal("0.631"))),
    total=True,
    note="数据来源：积分账本。",
)


def document(**changes: object) -> Document:
    values: dict[str, object] = {
        "title": ("濯水镇2026年第三季度", "乡村治理积分运行情况"),
        "addressee": "区委农村工作领导小组办公室",
        "blocks": (
            Paragraph("按照黔江农业农村工委发﹝2021﹞20号文件要求，现将情况报告如下。"),
            Heading(1, "基本情况"),
            Heading(2, "参与"),
            Heading(3, "农户"),
            Heading(2, "积分"),
            Heading(1, "各村情况"),
            Heading(2, "参与"),
            TABLE,
        ),
        "metadata": METADATA,
        "signature": Signature("黔江区濯水镇人民政府", date(2026, 7, 3)),
    }
    return Document(**(values | changes))  # type: ignore[arg-type]


def workbook(*tables: Table) -> Workbook:
    sheets = tuple(Sheet(f"表{number}", table) for number, table in enumerate(tables or (TABLE,), start=1))
    definitions = (Definition("参与户率", "%", "参与户除以在册户", "月末快照"),)
    return Workbook("濯水镇2026年第三季度", sheets, METADATA, definitions, (("统计时点", "2026年10月1日"),))
