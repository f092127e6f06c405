"""One number, four places: what SQL counts, the page shows, and the DOCX and XLSX print."""

import io
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import docx
import openpyxl
import pytest
from django.db import connection
from django.test import Client

from points.models import Notice
from qianjiang_portal.foundation import periods
from reports.documents import points_report
from reports.models import ReportVersion
from villages.models import User

SQL = """
    SELECT (SELECT count(*) FROM villages_household h JOIN villages_village v ON v.id = h.village_id
             WHERE v.code LIKE %(place)s AND h.state = 'active'),
           (SELECT count(DISTINCT e.household_id) FROM points_entry e JOIN villages_village v ON v.id = e.village_id
             WHERE v.code LIKE %(place)s AND e.kind = 'award' AND e.period = ANY(%(months)s)),
           (SELECT sum(e.points) FROM points_entry e JOIN villages_village v ON v.id = e.village_id
             WHERE v.code LIKE %(place)s AND e.kind = 'award' AND e.period = ANY(%(months)s)),
           (SELECT coalesce(sum(e.points), 0) FROM points_entry e JOIN villages_village v ON v.id = e.village_id
             WHERE v.code LIKE %(place)s AND e.kind = 'deduction' AND e.period = ANY(%(months)s))
"""
MONTHS = ["2026-10", "2026-11", "2026-12"]
TOTAL = ["合计", "11", "3", "27.3%", "15", "0", "15", "1.36"]


@pytest.fixture
def counted(version: ReportVersion) -> tuple[int, int, int, int]:
    """Households, participants, awards and deductions of 濯水镇, straight from the tables."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"place": "500114112%", "months": MONTHS})
        return cursor.fetchone()


def test_sql_agrees_with_the_total(counted: tuple[int, int, int, int]) -> None:
    assert counted == (11, 3, 15, 0)
    assert [str(number) for number in counted] == [TOTAL[1], TOTAL[2], TOTAL[4], TOTAL[5]]


def test_docx_prints_it(version: ReportVersion) -> None:
    word = docx.Document(io.BytesIO(points_report.docx(version)))
    table = next(table for table in word.tables if table.rows[0].cells[0].text == "村（社区）")
    assert [cell.text for cell in table.rows[-1].cells] == TOTAL
    assert "在册11户，有加分入账的3户，参与户率27.3%。" in [paragraph.text for paragraph in word.paragraphs]


def test_xlsx_holds_it_as_numbers(version: ReportVersion) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(points_report.xlsx(version)))["各地"]
    last = [cell.value for cell in sheet[sheet.max_row - 1]]
    assert last == ["合计", 11, 3, 0.272727, 15, 0, 15, 1.363636]
    assert [cell.number_format for cell in sheet[sheet.max_row - 1]][3:] == ["0.0%", "0", "0", "0", "0.00"]


def test_page_shows_it(version: ReportVersion, signed_in: Callable[[User], Client], leader: User) -> None:
    page = signed_in(leader).get("/reports/2026Q4/500114112/").content.decode()
    table = next(table for table in re.findall(r"<table.*?</table>", page, re.S) if "户均净积分" in table)
    foot = re.search(r"<tfoot>(.*?)</tfoot>", table, re.S)
    assert foot
    assert re.findall(r">([^<\s]+)</t[hd]>", foot[1]) == TOTAL


def test_every_cell_of_every_table_is_the_same_on_paper_and_in_the_workbook(version: ReportVersion) -> None:
    word = docx.Document(io.BytesIO(points_report.docx(version)))
    book = openpyxl.load_workbook(io.BytesIO(points_report.xlsx(version)))
    paper = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    sheets = [book[name] for name in ("三治", "五乐", "事项", "各地", "各项工作", "封签")]
    assert paper == [[[_printed(cell) for cell in row] for row in _rows(sheet)] for sheet in sheets]


@pytest.mark.parametrize(
    ("slug", "title", "compared"),
    [("2026H2", "濯水镇2026年下半年", ["本期", "上期", "去年同期"]), ("2026Y", "濯水镇2026年", ["本年", "上年"])],
)
def test_a_half_year_and_a_year_print_the_same_numbers(
    slug: str, title: str, compared: list[str], posted: Notice, make_version: Callable[..., ReportVersion]
) -> None:
    version = make_version(posted.village.township, periods.parse(slug))
    word = docx.Document(io.BytesIO(points_report.docx(version)))
    table = next(table for table in word.tables if table.rows[0].cells[0].text == "村（社区）")
    overview = openpyxl.load_workbook(io.BytesIO(points_report.xlsx(version)))["总体"]
    assert [cell.text for cell in table.rows[-1].cells] == TOTAL
    assert points_report.name(version) == f"{title}乡村治理积分运行情况"
    assert [cell.value for cell in overview[2]][2:] == compared


def test_the_district_is_the_sum_of_its_townships(make_version: Callable[..., ReportVersion], posted: Notice) -> None:
    figures = make_version(None).figures
    rows = [row["values"] for row in figures["rows"]]
    assert [row["code"] for row in figures["rows"]] == ["500114106", "500114112"]
    for name in ("households", "participants", "awards", "deductions", "net_points", "entries"):
        assert figures["values"][name] == sum(row[name] for row in rows)


def test_the_seals_are_those_of_the_chain(version: ReportVersion, posted: Notice) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest, number FROM points_seal ORDER BY number DESC LIMIT 1")
        digest, number = cursor.fetchone()
    (seal,) = version.figures["seals"]
    assert seal["name"], seal["number"] == ("桐木村", number)
    assert seal["seal"].replace("-", "") == digest[:20]


def _rows(sheet: object) -> list[list[object]]:
    rows = [list(row) for row in sheet.iter_rows(min_row=2)]  # type: ignore[attr-defined]
    return [row for row in rows if not str(row[0].value).startswith("数据来源")]


def _rounded(value: float, step: str) -> str:
    """As a workbook shows it: halves go up."""
    return str(Decimal(str(round(value, 9))).quantize(Decimal(step), ROUND_HALF_UP))


def _printed(cell: object) -> str:
    value, shape = cell.value, cell.number_format  # type: ignore[attr-defined]
    if value is None:
        return "—"
    if shape == "0.0%":
        return f"{_rounded(value * 100, '0.1')}%"
    return (
        _rounded(value, "0.01")
        if shape == "0.00"
        else str(value).replace("-", "−")
        if isinstance(value, int)
        else value
    )
