"""The minutes of a meeting as a paper: who met, what was said, and what was decided, made from its row alone."""

import datetime as dt

from demos.models import Decision, Meeting
from qianjiang_portal.foundation.calendar import SHANGHAI
from reports.documents import docx as word
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
from reports.documents.points_report_texts import OFFICE

COLUMNS = (
    Column("序号", Kind.COUNT, 8),
    Column("决定事项", share=32),
    Column("责任单位", share=18),
    Column("期限", Kind.DATE, 18),
    Column("办理", share=18),
)


def docx(meeting: Meeting, attendees: list[str], decisions: list[Decision]) -> bytes:
    return word.render(document(meeting, attendees, decisions))


def name(meeting: Meeting) -> str:
    return f"{''.join(title(meeting))}{_day(meeting).isoformat()}"


def title(meeting: Meeting) -> tuple[str, str]:
    return (f"乡村治理{meeting.get_kind_display()}", "会议纪要")


def document(meeting: Meeting, attendees: list[str], decisions: list[Decision]) -> Document:
    author = meeting.unit.name if meeting.unit else OFFICE
    made_at = meeting.made_at.astimezone(SHANGHAI).replace(microsecond=0)
    return Document(
        title=title(meeting),
        blocks=(*_opening(meeting, attendees), *_said(meeting), *_decided(decisions)),
        metadata=Metadata("会议纪要", author, made_at),
        signature=Signature(author, _day(meeting)),
    )


def _opening(meeting: Meeting, attendees: list[str]) -> list[Block]:
    place = f"，在{meeting.place}" if meeting.place else ""
    host = f"，由{meeting.host}主持" if meeting.host else ""
    first = f"{han_date(_day(meeting))}{place}召开{meeting.title}{host}。"
    topic = [Paragraph(f"议题：{meeting.topic}。")] if meeting.topic else []
    there = [Paragraph(f"参会单位：{'、'.join(attendees)}。")] if attendees else []
    return [Heading(1, "会议情况"), Paragraph(first), *topic, *there]


def _said(meeting: Meeting) -> list[Block]:
    lines = [line.strip() for line in meeting.minutes.splitlines() if line.strip()]
    return [Heading(1, "会议内容"), *(Paragraph(line) for line in lines)] if lines else []


def _decided(decisions: list[Decision]) -> list[Block]:
    if not decisions:
        return [Heading(1, "议定事项"), Paragraph("会议没有议定需要单位办理的事项。")]
    rows = tuple(
        (number, one.text, one.unit.name, one.due_on, one.result or "在办") for number, one in enumerate(decisions, 1)
    )
    return [Heading(1, "议定事项"), Table("议定事项", COLUMNS, rows)]


def _day(meeting: Meeting) -> dt.date:
    """A meeting that was held; its minutes are asked for no earlier."""
    if meeting.held_on is None:
        raise ValueError("a planned meeting has no minutes")
    return meeting.held_on
