"""公示单 as PDF/A: the sheet on the wall, with its code drawn and its signing block never alone."""

import json
from pathlib import Path
from typing import Any

import typst

from points.posters import Poster
from qianjiang_portal.foundation import glyphs
from reports.documents import notice_sheet, pdf

PAGE = Path(__file__).with_name("notice.typ")


def render(poster: Poster) -> bytes:
    """The file; equal lists give equal bytes."""
    said = glyphs.printable(json.dumps(_said(poster), ensure_ascii=False))
    made: bytes = typst.compile(
        str(PAGE),
        root=str(PAGE.parent),
        font_paths=[pdf.FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"sheet": said, "qr": poster.qr_file},
        pdf_standards=pdf.STANDARD,
        timestamp=int(notice_sheet.metadata(poster).made_at.timestamp()),
    )
    return made


def _said(poster: Poster) -> dict[str, Any]:
    made = notice_sheet.metadata(poster)
    total, sums = notice_sheet.total(poster)
    running = poster.lines if poster.is_double else poster.running
    closing = [] if poster.is_double else poster.closing
    return {
        "name": notice_sheet.name(poster),
        "author": made.author,
        "made": [made.made_at.year, made.made_at.month, made.made_at.day, made.made_at.hour, made.made_at.minute],
        "title": notice_sheet.title(poster),
        "lead": poster.lead,
        "heads": notice_sheet.heads(poster),
        "running": notice_sheet.rows(poster, running),
        "closing": notice_sheet.rows(poster, closing),
        "double": poster.is_double,
        "carried": poster.layout.carried,
        "total": total,
        "sums": sums,
        "total_words": notice_sheet.total_words(poster),
        "words": poster.words,
        "scan": notice_sheet.scan(poster),
        "hands": notice_sheet.hands(poster),
        "foot": notice_sheet.foot(poster),
    }
