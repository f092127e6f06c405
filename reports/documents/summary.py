"""A summary as a paper, made from its kept texts and frozen numbers and nothing else."""

import datetime as dt
from typing import Any

from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.periods import parse
from reports.documents import docx as word
from reports.documents import inserts
from reports.documents import pdf as archival
from reports.documents.model import Block, Document, Heading, Metadata, Paragraph, Signature
from reports.documents.points_report_texts import OFFICE, RECEIVER, government
from reports.models import Sender

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
