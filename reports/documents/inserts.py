"""Tables and a chart in a text that somebody writes: a line of its own says which, kept figures say what is in it."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from qianjiang_portal.foundation.periods import parse
from reports.documents import points_report
from reports.documents.model import Block, Chart, Paragraph, Table

LINE = re.compile(r"[［\[【]\s*插入\s*[:：]\s*(.*?)\s*[］\]】]")
# What a line may ask for; a chart never stands without its table.
INSERTS: dict[str, tuple[str, ...]] = {
    "参与户率图": ("participation_bars", "rows"),
    "各地情况表": ("rows",),
    "三治构成表": ("dimensions",),
    "五乐构成表": ("joys",),
    "主要事项表": ("rules",),
}
NOTHING = "还没有实行积分制的村（社区），没有可列的数字。"


@dataclass(slots=True)
class Numbers:
    """表1, 图1, in the order in which they stand."""

    tables: int = 0
    charts: int = 0


def line(name: str) -> str:
    """What is put into a text to ask for a table."""
    return f"［插入：{name}］"


def asked(text: str) -> list[str]:
    """The names a text asks for, known or not."""
    return [found[1] for found in map(LINE.fullmatch, _lines(text)) if found]


def unknown(text: str) -> list[str]:
    return [name for name in asked(text) if name not in INSERTS]


def without(text: str) -> str:
    """The text alone, as another's paper takes it up."""
    return "\n".join(line for line in _lines(text) if not LINE.fullmatch(line))


def blocks(text: str, figures: dict[str, Any] | None, numbers: Numbers) -> Iterator[Block]:
    """The paragraphs of a text with what it asks for in its place; nothing in its place without figures."""
    for written in filter(None, _lines(text)):
        found = LINE.fullmatch(written)
        if not found:
            yield Paragraph(written)
        elif figures and found[1] in INSERTS:
            yield from _inserted(found[1], figures, numbers)


def _inserted(name: str, figures: dict[str, Any], numbers: Numbers) -> Iterator[Block]:
    if not figures["rows"]:
        yield Paragraph(NOTHING)
        return
    for key in INSERTS[name]:
        yield _chart(key, figures, numbers) if key in points_report.CHARTS else _table(key, figures, numbers)


def _chart(key: str, figures: dict[str, Any], numbers: Numbers) -> Chart:
    numbers.charts += 1
    return points_report.chart(figures, key, f"图{numbers.charts}")


def _table(key: str, figures: dict[str, Any], numbers: Numbers) -> Table:
    numbers.tables += 1
    made = points_report.TABLES[key](figures, parse(figures["period"]))
    at = points_report.moment(dt.datetime.fromisoformat(figures["at"]))
    return replace(made, caption=f"表{numbers.tables}　{made.caption}", note=f"数据来源：积分账本，截至{at}。")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n")]
