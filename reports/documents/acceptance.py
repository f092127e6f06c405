"""验收材料: a candidate's way, scores and evidence as one paper, made from what its pages show."""

import datetime as dt

from demos import candidate_pages, criteria_pages
from demos.models import Candidate, Move
from qianjiang_portal.foundation.calendar import SHANGHAI, local_date
from reports.documents.model import (
    Block,
    Column,
    Document,
    Heading,
    Kind,
    Metadata,
    Paragraph,
    Signature,
    Table,
    han_date,
)

WAY = (Column("日期", Kind.DATE, 12), Column("经过", share=16), Column("说明", share=34), Column("经办", share=10))
SCORES = (
    Column("序号", Kind.COUNT, 6),
    Column("要求", share=40),
    Column("分值", Kind.COUNT, 7),
    Column("自评", Kind.COUNT, 7),
    Column("镇评", Kind.COUNT, 7),
    Column("区评", Kind.COUNT, 7),
)
PROOFS = (
    Column("条目", Kind.COUNT, 6),
    Column("材料", share=30),
    Column("日期", Kind.DATE, 13),
    Column("文号或存放处", share=24),
)
FIGURES = (Column("条目", Kind.COUNT, 6), Column("系统数", share=70))


def name(candidate: Candidate) -> str:
    return f"{candidate.name}{candidate.programme.title}验收材料"


def document(candidate: Candidate, way: candidate_pages.Page, sheet: criteria_pages.Page, now: dt.datetime) -> Document:
    return Document(
        title=(f"{candidate.name}", f"{candidate.programme}创建验收材料"),
        blocks=(
            *_opening(candidate, way),
            *_way(way),
            *_scores(sheet),
            *_proofs(sheet),
            *_figures(sheet),
            *_negative(sheet),
            *_inspections(sheet),
        ),
        metadata=Metadata("验收材料", candidate.town.name, now.astimezone(SHANGHAI).replace(microsecond=0)),
        signature=Signature(candidate.town.name, local_date(now)),
    )


def _opening(candidate: Candidate, way: candidate_pages.Page) -> list[Block]:
    first = f"{candidate.name}创建{candidate.programme.title}，{han_date(candidate.since)}进入{candidate.stage.name}。"
    owner = f"责任人{candidate.owner}。" if candidate.owner else ""
    units = "、".join(pairing.unit.name for pairing in way.facts.pairings)
    helped = f"结对单位{units}。" if units else ""
    scores = f"评分：{way.facts.scores}。" if way.facts.scores else ""
    return [Heading(1, "基本情况"), Paragraph(first + owner + helped), *([Paragraph(scores)] if scores else [])]


def _way(way: candidate_pages.Page) -> list[Block]:
    rows = tuple((move.on, _said(move), move.note or "—", move.made_by.name) for move in reversed(way.moves))
    return [Heading(1, "创建历程"), Table("创建历程", WAY, rows)]


def _said(move: Move) -> str:
    if move.kind == Move.Kind.RECHECK:
        return f"复核{move.get_standing_display()}"
    if move.kind == Move.Kind.BACK and move.from_stage:
        return f"{move.from_stage.name}退回{move.to_stage.name}"
    words = {Move.Kind.NOMINATE: "选点", Move.Kind.CLOSE: "退出创建"}
    return words.get(Move.Kind(move.kind), f"进入{move.to_stage.name}")


def _scores(sheet: criteria_pages.Page) -> list[Block]:
    if not sheet.rows:
        return []
    rows = tuple(
        (row.criterion.position, row.criterion.text, row.criterion.weight, *(_number(cell.text) for cell in row.cells))
        for row in sheet.rows
    )
    return [Heading(1, "标准与评分"), Table("评分表", SCORES, (*rows, (None, "合计", 100, *sheet.totals)), total=True)]


def _number(text: str) -> int | None:
    return int(text) if text else None


def _proofs(sheet: criteria_pages.Page) -> list[Block]:
    rows = tuple(
        (row.criterion.position, proof.caption, proof.of, proof.kept_at or "平台存档") for row, proof in sheet.proofs
    )
    told: Block = Table("佐证材料", PROOFS, rows) if rows else Paragraph("还没有登记材料。")
    return [Heading(1, "佐证材料"), told]


def _figures(sheet: criteria_pages.Page) -> list[Block]:
    rows = tuple((row.criterion.position, row.figure) for row in sheet.rows if row.figure)
    return [Heading(1, f"系统数（{sheet.period}）"), Table("系统数", FIGURES, rows)] if rows else []


def _negative(sheet: criteria_pages.Page) -> list[Block]:
    lines = [
        f"{one.criterion.text}：{han_date(one.found_on)}，{one.text}"
        + (f"；{han_date(one.cleared_on)}销号，{one.cleared}。" if one.cleared_on else "；没有销号。")
        for one in sheet.findings
    ]
    return [Heading(1, "负面清单"), *(Paragraph(line) for line in lines or ["没有发现负面清单所列情形。"])]


def _inspections(sheet: criteria_pages.Page) -> list[Block]:
    lines = [f"{han_date(one.on)}，{one.inspectors}：{one.text.rstrip('。')}。" for one in reversed(sheet.inspections)]
    return [Heading(1, "现场检查"), *(Paragraph(line) for line in lines or ["没有现场检查记录。"])]
