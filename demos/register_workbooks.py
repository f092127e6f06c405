"""The registers of this room as workbooks, one row as the page shows it."""

from collections.abc import Iterable

from demos.board import Card
from demos.fund_pages import Account, Booked
from demos.models import Decision
from demos.pairing_pages import Line
from qianjiang_portal.foundation.workbooks import Table, write

CANDIDATES = (
    ("乡镇街道", 14), ("村", 14), ("创建计划", 20), ("阶段", 10), ("进入阶段", 12), ("复核", 8), ("评分", 14),
    ("下一节点", 14), ("期限", 12), ("逾期", 12), ("负面清单", 12), ("责任人", 12),
)  # fmt: skip
PAIRINGS = (
    ("单位", 20), ("结对村", 22), ("分工", 8), ("开始", 12), ("结束", 12), ("单位联系人", 12), ("村联系人", 12),
    ("走访", 8), ("人次", 8), ("资金(元)", 12), ("物资(元)", 12), ("提出问题", 10), ("解决问题", 10),
)  # fmt: skip
DECISIONS = (
    ("会议", 24),
    ("日期", 12),
    ("决定事项", 48),
    ("责任单位", 18),
    ("期限", 12),
    ("办结", 12),
    ("办理结果", 40),
)
ACCOUNTS = (
    ("乡镇街道", 14), ("村", 14), ("预算(元)", 14), ("上年结转(元)", 14), ("收入(元)", 14), ("支出(元)", 14),
    ("结余(元)", 14), ("状态", 10),
)  # fmt: skip
LINES = (
    ("日期", 12), ("来源·用途", 12), ("摘要", 40), ("收入(元)", 12), ("支出(元)", 12), ("余额(元)", 12),
    ("凭证号", 18), ("登记", 10), ("备注", 10),
)  # fmt: skip


def candidates(cards: Iterable[Card]) -> bytes:
    rows = (
        (
            one.candidate.town.name,
            one.candidate.short_name if one.candidate.village else "",
            one.candidate.programme.title,
            one.candidate.stage.name,
            one.candidate.since,
            one.candidate.get_standing_display() if one.candidate.standing else "",
            one.progress,
            one.next.name if one.next else "",
            one.due,
            one.late_words,
            "没有销号" if one.is_vetoed else "",
            one.candidate.owner,
        )
        for one in cards
    )
    return write(Table("示范创建", CANDIDATES, rows))


def pairings(lines: Iterable[Line]) -> bytes:
    rows = (
        (
            one.pairing.unit.name,
            one.pairing.village.full_name,
            one.pairing.get_role_display(),
            one.pairing.begins_on,
            one.pairing.ends_on,
            one.pairing.contact,
            one.pairing.village_contact,
            one.given.visits,
            one.given.people,
            one.given.money,
            one.given.goods,
            one.given.raised,
            one.given.solved,
        )
        for one in lines
    )
    return write(Table("结对帮扶", PAIRINGS, rows))


def decisions(found: Iterable[Decision]) -> bytes:
    rows = (
        (one.meeting.title, one.meeting.held_on, one.text, one.unit.name, one.due_on, one.done_on, one.result)
        for one in found
    )
    return write(Table("决定事项", DECISIONS, rows))


def accounts(found: Iterable[Account]) -> bytes:
    rows = (
        (
            one.village.township.name,
            one.village.short_name,
            one.budget,
            one.carried,
            one.income,
            one.spent,
            one.balance,
            "超支" if one.is_overspent else "超过预算" if one.is_over_budget else "",
        )
        for one in found
    )
    return write(Table("经费", ACCOUNTS, rows))


def book(booked: Iterable[Booked]) -> bytes:
    """A village's lines, the oldest first as in a paper book."""
    rows = [
        (
            one.line.on,
            one.line.get_kind_display(),
            one.line.what,
            one.line.amount if one.line.is_income else None,
            None if one.line.is_income else one.line.amount,
            one.balance,
            one.line.receipt,
            one.line.made_by.name,
            "已冲销" if one.is_taken_back else "冲销" if one.line.reverses_id else "",
        )
        for one in booked
    ]
    return write(Table("经费流水", LINES, reversed(rows)))
