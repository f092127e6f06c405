"""The registers of this room as workbooks, one row as the page shows it."""

from collections.abc import Iterable
from decimal import Decimal

from qianjiang_portal.foundation.workbooks import Cell, Table, write
from villages import charter_pages, people_pages
from villages.indicator_pages import Grid
from villages.models import Errand

PEOPLE = (
    ("地方", 20),
    ("职务", 16),
    ("姓名", 12),
    ("分工", 14),
    ("任期开始", 12),
    ("任期到", 12),
    ("办公电话", 18),
    ("状态", 24),
)
STATES = {"over": "任期已满", "soon": "快到期", "now": "在任"}
CHARTERS = (("村", 16), ("版本", 8), ("通过", 12), ("施行", 12), ("备案", 12), ("备案编号", 22), ("状态", 20))
ERRANDS = (
    ("村", 20), ("事项", 24), ("替谁办", 12), ("受理", 12), ("承诺办结", 12), ("状态", 8), ("办结", 12),
    ("办理结果", 40),
)  # fmt: skip


def people(lines: Iterable[people_pages.Line]) -> bytes:
    rows = (
        (
            one.post.place_name,
            one.post.get_kind_display(),
            one.post.name,
            one.post.title,
            one.post.begins_on,
            one.post.ends_on,
            one.post.phone,
            STATES[one.state] + (f"，村已并入{one.merged_into.short_name}" if one.merged_into else ""),
        )
        for one in lines
    )
    return write(Table("人员", PEOPLE, rows))


def charters(lines: Iterable[charter_pages.Line]) -> bytes:
    return write(Table("村规民约", CHARTERS, map(_charter, lines)))


def _charter(line: charter_pages.Line) -> tuple[Cell, ...]:
    one = line.charter
    if one is None:
        return line.village.short_name, None, None, None, None, "", line.words
    said = (one.version, one.adopted_on, one.effective_on, one.filed_on, one.filed_number)
    return line.village.short_name, *said, line.words


def errands(found: Iterable[Errand]) -> bytes:
    rows = (
        (
            one.village.full_name,
            one.guide.name,
            one.asked_by,
            one.received_on,
            one.promised_on,
            one.get_state_display(),
            one.done_on,
            one.result,
        )
        for one in found
    )
    return write(Table("便民代办", ERRANDS, rows))


def indicators(grid: Grid) -> bytes:
    """A quarter's grid with its notes: what is not reported stays empty, so that nobody takes it for a zero."""
    heads = (("村", 16), *((f"{kind.name}({kind.unit})", 14) for kind in grid.indicators), ("说明", 40))
    rows = (
        (
            row.village.short_name,
            *(Decimal(cell.text) if cell.text else None for cell in row.cells),
            "；".join(f"{cell.label}：{cell.note}" for cell in row.cells if cell.note),
        )
        for row in grid.rows
    )
    return write(Table("指标", heads, rows))
