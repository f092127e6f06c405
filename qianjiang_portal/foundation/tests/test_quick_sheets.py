"""A quick sheet makes the bytes that xlsxwriter's own sheet makes."""

import datetime as dt
import io
from decimal import Decimal

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from qianjiang_portal.foundation import workbooks
from qianjiang_portal.foundation.quick_sheets import COLUMNS, QuickSheet

TEXTS = ("桐木村", "", " 前后 ", "<a href='x'>&\"", "=1+1", "一\n二", "\x01", "_x0041_", "长" * 20_000)
NUMBERS = (0, -7, 3.25, 1e300, 0.1 + 0.2, Decimal("12.50"), 10**17)


def made(kind):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, workbooks.OPTIONS)
    book.set_properties({"created": dt.datetime(2026, 11, 23, 10)})
    look, other = book.add_format({"border": 1}), book.add_format({"quote_prefix": True, "bold": True})
    sheet = book.add_worksheet("表", kind)
    sheet.set_column(0, 0, 12, other)
    sheet.set_row(3, 40, other)
    for row, text in enumerate(TEXTS):
        for column, shown in enumerate((look, other, None, look)):
            sheet.write_string(row, column, text, shown)
    for row, number in enumerate(NUMBERS):
        sheet.write_number(row, 5, number, look)
        sheet.write_number(row, 6, number)
        sheet.write_blank(row, 7, None, other)
        sheet.write_datetime(row, 8, dt.datetime(2026, 11, 1 + row), look)
        sheet.write_formula(row, 9, "=F1*2", look)
        sheet.write_boolean(row, 10, row % 2 == 0, look)
    sheet.write_string(40, len(COLUMNS) - 1, "最后一列", look)
    sheet.write_string(40, len(COLUMNS), "再后面", look)
    sheet.write_comment(2, 1, "看这里")
    sheet.merge_range(50, 0, 50, 3, "合并", look)
    book.close()
    return target.getvalue()


def test_its_bytes_are_those_of_a_plain_sheet():
    assert made(QuickSheet) == made(Worksheet)


def test_what_is_no_number_stays_refused():
    with pytest.raises(TypeError):
        xlsxwriter.Workbook(io.BytesIO()).add_worksheet("表", QuickSheet).write_number(0, 0, float("nan"))
