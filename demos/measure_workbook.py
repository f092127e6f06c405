"""重点举措 as a workbook: the year's table to take away."""

from collections.abc import Iterable

from demos.measure_pages import Line
from qianjiang_portal.foundation import workbooks

COLUMNS = (("重点举措", 48), ("牵头单位", 16), ("配合单位", 28), ("时限", 12), ("状态", 12), ("进展", 60))
STATES = {"done": "完成", "late": "逾期", "doing": "在办"}


def write(lines: Iterable[Line]) -> bytes:
    """The table; its first four columns are those that are read in again."""
    return workbooks.write(workbooks.Table("重点举措", COLUMNS, map(_row, lines)))


def _row(line: Line) -> tuple[str, ...]:
    said = "\n".join(f"{note.quarter} {note.text}" for note in line.notes)
    state = line.lateness if line.state == "late" else STATES[line.state]
    measure = line.measure
    return measure.text, measure.lead.name, line.helpers, measure.due_on.isoformat(), state, said
