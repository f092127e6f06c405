import io

import openpyxl
import pytest
from openpyxl.workbook import Workbook as ExcelWorkbook

from reports.documents.model import Column, Table
from reports.documents.xlsx import render
from reports.tests.documents import samples


@pytest.fixture(scope="module")
def book() -> ExcelWorkbook:
    return openpyxl.load_workbook(io.BytesIO(render(samples.workbook())))


def test_equal_workbooks_give_equal_bytes() -> None:
    assert render(samples.workbook()) == render(samples.workbook())


def test_numbers_are_numbers(book: ExcelWorkbook) -> None:
    values = [[cell.value for cell in row] for row in book["表1"]["A2:C5"]]
    assert values == [
        ["村（社区）", "参与户", "参与户率"],
        ["濯水社区", 560, 0.6335],
        ["五福村", 306, None],
        ["合计", 866, 0.631],
    ]
    assert [cell.number_format for cell in book["表1"][3]] == ["General", "0", "0.0%"]


def test_headings_are_frozen_and_repeat_in_print(book: ExcelWorkbook) -> None:
    sheet = book["表1"]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("B3", "$1:$2")
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0  # as many sheets as it takes, one wide


def test_definitions_have_a_sheet(book: ExcelWorkbook) -> None:
    assert book.sheetnames == ["表1", "口径"]
    assert [cell.value for cell in book["口径"][3]] == ["参与户率", "%", "参与户除以在册户", "月末快照"]
    assert [cell.value for cell in book["口径"][5]][:2] == ["统计时点", "2026年10月1日"]


def test_text_never_becomes_a_formula() -> None:
    texts = ("=1+1", "+3", "-3", "@SUM(A1)", "＝1")
    table = Table("坏名字", (Column("名称"),), tuple((text,) for text in texts))
    sheet = openpyxl.load_workbook(io.BytesIO(render(samples.workbook(table))))["表1"]
    cells = [sheet.cell(row, 1) for row in range(3, 8)]
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in cells] == [(text, "s", True) for text in texts]
