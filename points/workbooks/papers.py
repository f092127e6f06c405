"""Workbooks that go out: the template of a village, and the lines to correct with what is wrong in each."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from points.workbooks import cells
from qianjiang_portal.foundation import formulas

DATA, HOW, HOMES = "数据", "怎么填", "户主名单"
HEAD = (("户主", 14), ("户号", 12), ("成员", 12), ("事项", 34), ("日期", 13), ("分值", 8), ("备注", 28))
EXPLANATION = "问题说明"
READY_ROWS = 2_000
# Comments cost a drawing each; the words stand in the last column in any case.
COMMENTS = 1_000
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
NOTES = (
    "一行写一笔积分。表头的名字可以不一样，列的先后也可以换，空着的列可以删掉",
    "户主：和名册上的一样。同名的再填户号，只填后 4 位也可以",
    "成员：按人计分的事项写是家里哪一位，空着就是户主。按户计分的不看这一列",
    "事项：从下拉里选，或只填编码，如 Z02",
    "日期：写成 2026-11-30 这样。空着就用上传时选的日期",
    "分值：只填数字，减分项不用写负号。分值固定的事项可以空着",
    "也可以一户一行、一个事项一列：户主 | Z02 | Z04 | …，格子里填分值",
)


@dataclass(frozen=True)
class WrongLine:
    """The cells of one row as they go back; `marks` are comments by column."""

    cells: Sequence[str]
    explanation: str
    marks: dict[int, str] = field(default_factory=dict)


def template(place: str, rules: Sequence[tuple[str, str, str]], homes: Sequence[tuple[str, str, str]]) -> bytes:
    """An empty sheet with lists to choose from. `rules`: code, item, range; `homes`: head, number, group."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    bold = book.add_format({"bold": True, "bg_color": "#E8F1ED", "border": 1, "quote_prefix": True})
    as_text = book.add_format({"num_format": "@"})
    quoted = book.add_format({"quote_prefix": True})
    data, how, roster = (book.add_worksheet(name) for name in (DATA, HOW, HOMES))
    for at, (title, width) in enumerate(HEAD):
        data.write_string(0, at, title, bold)
        data.set_column(at, at, width, as_text if title == "户号" else None)
    data.freeze_panes(1, 0)
    first = len(NOTES) + 3
    _offer(data, 0, f"='{HOMES}'!$A$2:$A${len(homes) + 1}")
    _offer(data, 3, f"='{HOW}'!$A${first + 1}:$A${first + len(rules)}")
    for at, note in enumerate((f"{place}积分导入表", *NOTES)):
        how.write_string(at, 0, note, bold if at == 0 else None)
    how.set_column(0, 0, 44)
    _table(how, first - 1, ("事项", "每次分值"), [(f"{code} {item}", span) for code, item, span in rules], bold, quoted)
    _table(roster, 0, ("户主", "户号", "组"), homes, bold, quoted)
    roster.set_column(0, 2, 16)
    book.close()
    return target.getvalue()


def register(sheet: str, head: Sequence[tuple[str, int]], rows: Iterable[Sequence[str]], notes: Sequence[str]) -> bytes:
    """A list of households to put right and send back, all of it text; how to fill it is on a second sheet."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    bold = book.add_format({"bold": True, "bg_color": "#E8F1ED", "border": 1, "quote_prefix": True})
    as_text = book.add_format({"num_format": "@"})
    quoted = book.add_format({"quote_prefix": True, "num_format": "@"})
    data, how = book.add_worksheet(sheet), book.add_worksheet(HOW)
    for at, (_, width) in enumerate(head):
        data.set_column(at, at, width, as_text)
    _table(data, 0, [title for title, _ in head], rows, bold, quoted)
    data.freeze_panes(1, 0)
    for at, note in enumerate(notes):
        how.write_string(at, 0, note, bold if at == 0 else None)
    how.set_column(0, 0, 60)
    book.close()
    return target.getvalue()


def errors(titles: Sequence[str], lines: Iterable[WrongLine]) -> bytes:
    """The lines to correct under their own headings, with the explanation in the last column."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    bold = book.add_format({"bold": True, "bg_color": "#E8F1ED", "border": 1, "quote_prefix": True})
    looks = {
        (bad, quoted): book.add_format({"quote_prefix": quoted} | ({"bg_color": "#FFF2AB"} if bad else {}))
        for bad in (False, True)
        for quoted in (False, True)
    }
    sheet = book.add_worksheet(DATA)
    titles = [*titles, EXPLANATION]
    for at, title in enumerate(titles):
        sheet.write_string(0, at, title, bold)
    sheet.set_column(0, len(titles) - 2, 14)
    sheet.set_column(len(titles) - 1, len(titles) - 1, 70)
    sheet.freeze_panes(1, 0)
    for at, line in enumerate(lines, start=1):
        for place, text in enumerate(line.cells):
            _write(sheet, at, place, text, looks, bad=place in line.marks)
        for place, mark in line.marks.items() if at <= COMMENTS else ():
            sheet.write_comment(at, place, mark)
        _write(sheet, at, len(titles) - 1, line.explanation, looks, bad=False)
    book.close()
    return target.getvalue()


def _offer(sheet: Any, column: int, source: str) -> None:
    """A drop-down list that also lets something else be typed."""
    sheet.data_validation(
        1, column, READY_ROWS, column, {"validate": "list", "source": source, "error_type": "information"}
    )


def _table(sheet: Any, top: int, titles: Sequence[str], rows: Iterable[Sequence[str]], bold: Any, quoted: Any) -> None:
    for at, title in enumerate(titles):
        sheet.write_string(top, at, title, bold)
    for line, row in enumerate(rows, start=top + 1):
        for at, text in enumerate(row):
            sheet.write_string(line, at, text, quoted if formulas.is_like_one(text) else None)


def _write(sheet: Any, row: int, column: int, text: str, looks: dict[tuple[bool, bool], Any], *, bad: bool) -> None:
    """Text that can never become a formula; plain short figures stay figures."""
    if not text:
        sheet.write_blank(row, column, None, looks[bad, False])
        return
    number = cells.points(text) if text.isdigit() and not text.startswith("0") else None
    if number is not None:
        sheet.write_number(row, column, number, looks[bad, False])
    else:
        sheet.write_string(row, column, text, looks[bad, formulas.is_like_one(text)])
