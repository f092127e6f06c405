"""村情一张表: made for one village or a township, one page, the same number everywhere."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal

import docx
import openpyxl
import pypdf
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import District
from points.models import Notice
from qianjiang_portal.foundation import calendar, jobs
from qianjiang_portal.foundation.models import File, Job
from qianjiang_portal.foundation.periods import Period
from reports import packages, sheet_pages, village_sheets
from reports.documents import village_sheet as paper
from reports.documents.model import Kind, shown
from reports.models import VillageSheet
from reports.tests.conftest import AFTER, Q4, MakeVersion
from villages.models import User, Village

SignIn = Callable[[User], Client]
SQL = """
    SELECT (SELECT count(*) FROM villages_household WHERE village_id = %(village)s AND state = 'active'),
           (SELECT count(DISTINCT household_id) FROM points_entry
             WHERE village_id = %(village)s AND kind = 'award' AND period = ANY(%(months)s)),
           (SELECT coalesce(sum(points), 0) FROM points_entry
             WHERE village_id = %(village)s AND kind = 'award' AND period = ANY(%(months)s)),
           (SELECT coalesce(sum(points), 0) FROM points_entry
             WHERE village_id = %(village)s AND kind = 'deduction' AND period = ANY(%(months)s)),
           (SELECT count(*) FROM points_entry WHERE village_id = %(village)s AND period = ANY(%(months)s))
"""


def made(job: Job, now: dt.datetime = AFTER) -> list[VillageSheet]:
    """What the worker does, without its snapshot: a test's transaction has begun already."""
    with calendar.at(now):
        held = jobs.claim(job.uuid, now)
        assert held
        villages, counted = village_sheets._counted(held.job, now)
        return village_sheets.keep(held, list(village_sheets.lay_out(held, villages, counted, now)))


@pytest.fixture
def sheet(posted: Notice, leader: User) -> VillageSheet:
    return made(village_sheets.request(village=posted.village, period=Q4, by=leader, now=AFTER))[0]


def test_sql_agrees(sheet: VillageSheet) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"village": sheet.village_id, "months": Q4.months})
        counted = cursor.fetchone()
    names = ("households", "participants", "awards", "deductions", "entries")
    assert counted == (8, 3, 15, 0, 3) == tuple(sheet.figures["values"][0][name] for name in names)


def test_every_number_is_the_same_on_page_in_docx_xlsx_and_pdf(
    sheet: VillageSheet, leader: User, signed_in: SignIn
) -> None:
    tables = paper.tables(sheet.figures)
    book = openpyxl.load_workbook(sheet.xlsx.content.open("rb"))
    word = docx.Document(io.BytesIO(sheet.docx.content.open("rb").read()))
    halves = [[cell.text for cell in row.cells] for table in word.tables for row in table.rows[1:]]
    pdf = "".join(page.extract_text() for page in pypdf.PdfReader(sheet.pdf.content.open("rb")).pages)
    page = signed_in(leader).get(f"/reports/2026Q4/villages/{sheet.village.code}/")
    for key, table in tables.items():
        rows = [list(row) for row in table.shown_rows()]
        typed = [list(row) for row in table.typed_rows()]
        cells = [row for row in book[paper.SHEETS[key]].iter_rows(min_row=3, values_only=True) if row[0]]
        printed = [
            [_shown(value, cell.kind) for value, cell in zip(row, kept, strict=True)]
            for row, kept in zip(cells, typed, strict=True)
        ]
        assert printed == rows
        for row in rows:
            assert any(_holds(half, row) for half in halves), row
            assert all(text in pdf for text in row)
        part = next(part for part in page.context["parts"] if part.text == table.caption)
        assert [[cell.text for cell in row] for row in part.rows] == rows


def test_it_is_one_page_even_of_a_village_of_forty_grids(sheet: VillageSheet) -> None:
    many = sheet.figures | {"grids": [sheet.figures["grids"][0] | {"name": f"第{at}组"} for at in range(1, 41)]}
    many |= {"rules": [{"code": "Z01", "item": "参加村民会议/户代表会/院坝会议事", "count": 3, "points": 15}] * 6}
    line = {"name": "村集体经济收入", "unit": "万元", "quarter": "2026年第四季度", "now": "3.5", "before": "—"}
    many |= {"indicators": [line] * 8}
    assert len(pypdf.PdfReader(io.BytesIO(paper.pdf(many, AFTER))).pages) == 1
    rows = paper.tables(many)["grids"].rows
    assert (len(rows), rows[-1][0]) == (24, "其余17组")
    assert sum(row[1] for row in rows) == sum(grid["households"] for grid in many["grids"])


def test_the_same_row_gives_the_same_bytes(sheet: VillageSheet) -> None:
    kept = VillageSheet.objects.get()
    for suffix in ("docx", "xlsx", "pdf"):
        assert getattr(paper, suffix)(kept.figures, kept.cutoff) == getattr(kept, suffix).content.open("rb").read()


def test_a_township_is_one_job_and_every_village_a_row(posted: Notice, district: District, leader: User) -> None:
    job = village_sheets.request_township(township=district.zhuoshui, period=Q4, by=leader, now=AFTER)
    assert [(one.village.short_name, one.number) for one in made(job)] == [("三门社区", 1), ("桐木村", 1)]
    again = village_sheets.request(village=district.tongmu, period=Q4, by=leader, now=AFTER)
    assert [one.number for one in made(again)] == [2]


def test_all_and_the_reports_come_as_one_zip(
    posted: Notice, make_version: MakeVersion, district_officer: User, district: District
) -> None:
    make_version(None)
    for job in village_sheets.request_all(period=Q4, by=district_officer, now=AFTER):
        made(job)
    with calendar.at(AFTER):
        held = jobs.claim(packages.request(period=Q4, by=district_officer, now=AFTER).uuid, AFTER)
        assert held
        package = packages.write(held, AFTER)
    names = zipfile.ZipFile(package.file.content.open("rb")).namelist()
    assert (package.papers, len(names)) == (12, 12)
    assert "村情一张表/石会镇/石会镇中元村2026年第四季度村情一张表.pdf" in names


ASKING = {"clerk": True, "leader": True, "reviewer": False, "stranger": False, "auditor": False}


@pytest.mark.parametrize(("person", "may"), ASKING.items())
def test_who_may_have_one_made(person: str, may: bool, cast: dict[str, User], district: District) -> None:
    if may:
        assert village_sheets.request(village=district.tongmu, period=Q4, by=cast[person], now=AFTER).is_open
        return
    with pytest.raises(village_sheets.CannotMakeSheet, match="只能生成本单位"):
        village_sheets.request(village=district.tongmu, period=Q4, by=cast[person], now=AFTER)


def test_not_before_it_begins_and_not_without_points(leader: User, district: District) -> None:
    with pytest.raises(village_sheets.CannotMakeSheet, match="2027年第二季度还没有开始"):
        village_sheets.request(village=district.tongmu, period=Period(2027, 2, "quarter"), by=leader, now=AFTER)
    Village.objects.filter(pk=district.tongmu.pk).update(uses_points=False)
    district.tongmu.refresh_from_db()
    with pytest.raises(village_sheets.CannotMakeSheet, match="没有实行积分制"):
        village_sheets.request(village=district.tongmu, period=Q4, by=leader, now=AFTER)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_kept_sheet_never_changes(sheet: VillageSheet, change: str) -> None:
    kept = VillageSheet.objects.filter(pk=sheet.pk)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        kept.update(figures={}) if change == "update" else kept._raw_delete(kept.db)


def test_a_worker_that_lost_its_lease_keeps_nothing(posted: Notice, leader: User) -> None:
    job = village_sheets.request(village=posted.village, period=Q4, by=leader, now=AFTER)
    with calendar.at(AFTER):
        first = jobs.claim(job.uuid, AFTER)
        villages, counted = village_sheets._counted(job, AFTER)
        rows = list(village_sheets.lay_out(first, villages, counted, AFTER))
        assert jobs.claim(job.uuid, AFTER + dt.timedelta(hours=1))
        with pytest.raises(jobs.LeaseLost):
            village_sheets.keep(first, rows)
    assert (VillageSheet.objects.count(), File.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_job_writes_them_in_a_snapshot(posted: Notice, leader: User) -> None:
    with calendar.at(AFTER):
        job = village_sheets.request(village=posted.village, period=Q4, by=leader, now=AFTER)
        assert jobs.run(job.uuid)
        assert not jobs.run(job.uuid)  # the message came twice
    sheet = VillageSheet.objects.get()
    assert (sheet.number, sheet.figures["values"][0]["awards"]) == (1, 15)


def test_the_list_asks_no_more_for_two_than_for_one(district: District, leader: User) -> None:
    counts = []
    for villages in ([district.sanmen], [district.tongmu], [district.tongmu, district.sanmen]):
        with CaptureQueriesContext(connection) as asked:
            assert len(list(sheet_pages.lines(leader, Q4, villages))) == len(villages)
        counts.append(len(asked))
    assert counts[1:] == [2, 2]


def test_the_village_page_leads_there(leader: User, signed_in: SignIn, district: District) -> None:
    page = signed_in(leader).get(f"/villages/{district.tongmu.code}/").content.decode()
    assert f"/reports/2026Q4/villages/{district.tongmu.code}/" in page


def _holds(half: list[str], row: list[str]) -> bool:
    return any(half[at : at + len(row)] == row for at in range(len(half) - len(row) + 1))


def _shown(value: object, kind: Kind) -> str:
    """A cell of the workbook in the digits of the papers."""
    if isinstance(value, str):
        return value
    return shown(Decimal(str(value)) if isinstance(value, float) else value, kind)  # type: ignore[arg-type]
