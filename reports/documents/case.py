"""典型案例 as a paper: its four sections under its title, signed by whoever handed it in."""

import datetime as dt

from qianjiang_portal.foundation.calendar import SHANGHAI, local_date
from reports.documents.model import Block, Document, Heading, Metadata, Paragraph, Signature
from reports.models import CaseStudy

LINE = 20  # characters of the title on one line


def name(case: CaseStudy) -> str:
    return f"{case.number or '典型案例'} {case.title}"


def document(case: CaseStudy, now: dt.datetime) -> Document:
    """The same case gives the same paper once it was handed in."""
    at = (case.decided_at or case.submitted_at or now).astimezone(SHANGHAI).replace(microsecond=0)
    blocks: list[Block] = []
    for label, text in case.parts:
        lines = [line.strip() for line in text.splitlines() if line.strip()] or ["（还没有写）"]
        blocks += [Heading(1, label), *(Paragraph(line) for line in lines)]
    author = case.sender.name
    return Document(
        title=_title(case.title),
        blocks=tuple(blocks),
        metadata=Metadata("典型案例", author, at),
        signature=Signature(case.place_name, local_date(case.submitted_at or now)),
    )


def _title(title: str) -> tuple[str, ...]:
    """Long titles in two or three lines of about the same length."""
    lines = -(-len(title) // LINE)
    width = -(-len(title) // lines)
    return tuple(title[at : at + width] for at in range(0, len(title), width))
