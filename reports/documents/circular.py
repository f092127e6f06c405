"""督查通报 as a paper: under the issuer's head and its number, what was seen and what each place has to mend."""

import datetime as dt

from qianjiang_portal.foundation.calendar import SHANGHAI, local_date
from reports.documents.model import (
    Block,
    Column,
    Document,
    Head,
    Heading,
    Kind,
    Metadata,
    Paragraph,
    Signature,
    Table,
    han_date,
)
from reports.documents.points_report_texts import OFFICE
from reports.models import Circular, Finding

COLUMNS = (
    Column("序号", Kind.COUNT, 6),
    Column("单位或村（社区）", share=22),
    Column("问题", share=42),
    Column("整改期限", Kind.DATE, 14),
)
EVERYBODY = "各乡镇人民政府、街道办事处，各成员单位"
WAY = (
    "请上述单位逐条整改，在期限内通过平台报送整改情况和佐证材料。",
    "没有按期完成的，说明原因和下一步安排。",
)


def name(circular: Circular) -> str:
    return circular.title if circular.is_draft is False else f"{circular.title}（草稿）"


def document(circular: Circular, findings: list[Finding], now: dt.datetime) -> Document:
    """The same issued circular gives the same paper, whenever it is taken away."""
    at = (circular.issued_at or now).astimezone(SHANGHAI).replace(microsecond=0)
    return Document(
        title=("关于" + circular.subject, "的通报") if len(circular.subject) > 14 else (circular.title,),
        blocks=(*_seen(circular), *_found(findings), *_asked()),
        metadata=Metadata("督查通报", OFFICE, at),
        addressee=_addressee(circular, findings),
        signature=Signature(OFFICE, local_date(at)),
        head=Head(OFFICE, circular.number or "草稿"),
    )


def _addressee(circular: Circular, findings: list[Finding]) -> str:
    if circular.audience == Circular.Audience.ALL:
        return EVERYBODY
    return "、".join(dict.fromkeys(one.sender.name for one in findings)) or EVERYBODY


def _seen(circular: Circular) -> list[Block]:
    begins, ends = circular.inspected_from, circular.inspected_to
    days = han_date(begins) if begins == ends else f"{han_date(begins)}至{han_date(ends)}"
    lines = [line.strip() for line in circular.text.splitlines() if line.strip()]
    return [Paragraph(f"{days}，{circular.inspectors}开展了督查。现将有关情况通报如下。"), Heading(1, "总体情况"), *(
        Paragraph(line) for line in lines
    )]  # fmt: skip


def _found(findings: list[Finding]) -> list[Block]:
    if not findings:
        return [Heading(1, "存在问题"), Paragraph("（还没有写）")]
    places = len({one.sender for one in findings})
    rows = tuple((one.position, one.place_name, one.text, one.due_on) for one in findings)
    told = Paragraph(f"督查发现 {len(findings)} 个问题，涉及 {places} 个单位，见下表。")
    return [Heading(1, "存在问题"), told, Table("督查发现的问题", COLUMNS, rows)]


def _asked() -> list[Block]:
    return [Heading(1, "整改要求"), *(Paragraph(line) for line in WAY)]
