"""A Document as PDF/A on the same page as the Word file, with free fonts in place of the licensed ones.

What the fonts cannot show, an emoji or a very rare character, is set as 〓, as printers do: PDF/A refuses the rest.
"""

import json
from functools import singledispatch
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
import typst

from qianjiang_portal.foundation.glyphs import printable
from reports.documents.docx import signature_start
from reports.documents.model import Block, Chart, Document, Heading, Paragraph, Table, brackets, han_date, shown

PAGE = Path(__file__).with_name("official.typ")
FONTS = str(Path(fonts.__file__).parent)
STANDARD = "a-2b"


def render(document: Document) -> bytes:
    """The file; equal documents give equal bytes."""
    made: bytes = typst.compile(
        str(PAGE),
        root=str(PAGE.parent),
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"document": printable(json.dumps(_said(document), ensure_ascii=False))},
        pdf_standards=STANDARD,
        timestamp=int(document.metadata.made_at.timestamp()),
    )
    return made


def _said(document: Document) -> dict[str, Any]:
    made_at = document.metadata.made_at
    return {
        "name": document.name,
        "title": [brackets(line) for line in document.title],
        "author": document.metadata.author,
        "made": [made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute],
        "head": _head(document),
        "addressee": brackets(document.addressee),
        "blocks": [_block(block) for block in document.numbered_blocks()],
        "signature": _signature(document),
        "compact": document.is_compact,
    }


def _head(document: Document) -> dict[str, str] | None:
    head = document.head
    return {"issuer": head.issuer, "number": brackets(head.number)} if head else None


def _signature(document: Document) -> dict[str, Any] | None:
    signature = document.signature
    if signature is None:
        return None
    return {"name": signature.name, "day": han_date(signature.on), "start": signature_start(signature)}


@singledispatch
def _block(block: Block) -> dict[str, Any]:
    raise TypeError(f"no way to write {type(block).__name__}")


@_block.register
def _(block: Heading) -> dict[str, Any]:
    return {"kind": "heading", "level": block.level, "text": brackets(block.text)}


@_block.register
def _(block: Paragraph) -> dict[str, Any]:
    return {"kind": "text", "text": brackets(block.text)}


@_block.register
def _(block: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": block.caption,
        "note": block.note,
        "columns": [{"title": c.title, "kind": c.kind.value, "share": c.share} for c in block.columns],
        "rows": [list(row) for row in block.shown_rows()],
    }


@_block.register
def _(block: Chart) -> dict[str, Any]:
    """Each bar with its share of the longest; the page draws them itself."""
    sizes = [float(value or 0) for value in block.values]
    top = max(sizes, default=0) or 1
    texts = [shown(value, block.kind) for value in block.values]
    bars = [[name, size / top, text] for name, size, text in zip(block.labels, sizes, texts, strict=True)]
    return {"kind": "chart", "caption": block.caption, "bars": bars}
