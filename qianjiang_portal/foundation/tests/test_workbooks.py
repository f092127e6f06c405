"""Small workbooks that somebody made to do harm: a sentence comes back, and the process that was asked goes on."""

import datetime as dt
import io
import subprocess
import sys
import zipfile

import pytest
import xlsxwriter

from qianjiang_portal.foundation import first_sheet, workbooks

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
BARE = """
import io, sys
from python_calamine import CalamineWorkbook
CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0).to_python(nrows=500)
"""


PARTS = {
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def packed(rows):
    """A workbook of one sheet with these rows, written by hand: no program would make it."""
    target = io.BytesIO()
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in (PARTS | {"xl/worksheets/sheet1.xml": sheet}).items():
            book.writestr(name, part)
    return target.getvalue()


def read(content, columns=3):
    return workbooks.read(io.BytesIO(content), columns)


def test_cells_are_read_as_text():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["事项", "分值", "日期", "多出来的"])
    sheet.write_row(1, 0, ["  清扫\n院坝 ", 5])
    sheet.write_datetime(1, 2, dt.datetime(2026, 11, 30), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()

    assert read(target.getvalue()) == "事项\t分值\t日期\n清扫 院坝\t5\t2026-11-30"


def test_two_cells_far_apart_end_whoever_lays_the_sheet_out():
    """The harm: nothing is raised that a page could answer with, the process is gone."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({first_sheet.MEMORY},) * 2)\n"
    done = subprocess.run([sys.executable, "-c", limit + BARE], input=packed(FAR), capture_output=True, check=False)

    assert done.returncode < 0


def test_two_cells_far_apart_are_sent_back():
    with pytest.raises(workbooks.CannotRead, match="文件展开后太大"):
        read(packed(FAR))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="0"><c r="A0"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1<',
    ],
)
def test_what_is_broken_inside_is_sent_back(rows):
    with pytest.raises(workbooks.CannotRead, match=r"只收 .xlsx 表格文件"):
        read(packed(rows))


@pytest.mark.parametrize("value", ["1e400", "NaN"])
def test_what_is_no_number_stays_text(value):
    assert read(packed(f'<row r="1"><c r="A1"><v>{value}</v></c></row>')) in ("inf", "nan")
