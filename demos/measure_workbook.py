"""重点举措 as a workbook: the year's table to take away, and columns of one to read in."""

import io
from collections.abc import Iterable

import xlsxwriter

from demos.measure_pages import Line
from qianjiang_portal.foundation import formulas
from qianjiang_portal.foundation.workbooks import OPTIONS

COLUMNS = (("重点举措", 48), ("牵头单位", 16), ("配合单位", 28), ("时限", 12), ("状态", 12), ("进展", 60))
# How many of them `workbooks.read` takes when the table comes back.
READ = 4
STATES = {"done": "完成", "late": "逾期", "doing": "在办"}


def write(lines: Iterable[Line]) -> bytes:
    """The table; its first four columns are those that are read in again."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    head = book.add_format({"bold": True, "bg_color": "#E8F1ED", "border": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top"})
    quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    sheet = book.add_worksheet("重点举措")
    for at, (title, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width, cell)
        sheet.write_string(0, at, title, head)
    for row, line in enumerate(lines, 1):
        said = "\n".join(f"{note.period} {note.text}" for note in line.notes)
        state = line.lateness if line.state == "late" else STATES[line.state]
        measure = line.measure
        values = (measure.text, measure.lead.name, line.helpers, measure.due_on.isoformat(), state, said)
        for at, value in enumerate(values):
            sheet.write_string(row, at, value, quoted if formulas.is_like_one(value) else cell)
    sheet.freeze_panes(1, 1)
    book.close()
    return target.getvalue()
