"""Every table that goes out: nothing in it is worked out by whoever opens it, and no row is missing."""

import csv
import datetime as dt
import io
import re
import uuid
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from conftest import NOW, TODAY
from demos import measure_workbook
from demos.measure_pages import Line
from demos.models import Measure, Progress
from points import import_pages, ledger, proofs
from points.models import Seal
from points.tests import shop
from points.tests.imports.conftest import HEAD, kept_files, upload  # noqa: F401 - fixtures
from points.workbooks import papers
from qianjiang_portal.foundation import audit, formulas, workbooks
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.pages.auditing import export
from qianjiang_portal.pages.auditing.events import Filters
from reports.documents import xlsx
from reports.documents.model import Column, Definition, Kind, Metadata, Sheet, Table, Workbook
from villages.models import Unit

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("qianjiang_portal", "villages", "points", "demos", "reports")
MAKES = re.compile(r"xlsxwriter\.Workbook\(|csv\.(?:Dict)?[wW]riter\(|openpyxl|import_export")
MANY = 30_001
LIKE = ("id", "target")
EVILS = ['=HYPERLINK("http://x","点我")', "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", " =1"]
METADATA = Metadata("表", "单位", dt.datetime(2026, 11, 23, 10))


def of_measures(evil):
    return measure_workbook.write([measure(evil)])


def measure(text):
    return line_of(text, Unit(name=text), Progress(period="2026Q3", text=text))


def line_of(text, lead, note):
    planned = Measure(text=text, lead=lead, due_on=TODAY)
    return Line(planned, helpers=text, notes=(note,), state="doing", late=0, can_report=False)


def of_blanks(evil):
    return workbooks.blank("表", [workbooks.Blank("事项", 10, evil, (evil, evil))], 5)


def of_templates(evil):
    return papers.template(evil, [(evil, evil, evil)], [(evil, evil, evil)])


def of_registers(evil):
    return papers.register("名册", (("户主", 10),), [(evil,)], ("怎么填",))


def of_errors(evil):
    return papers.errors([evil], [papers.WrongLine([evil], evil, {0: evil})])


def of_reports(evil):
    table = Table(evil, (Column(evil), Column("分", Kind.COUNT)), ((evil, 1), (evil, 1)), total=True, note=evil)
    definitions = (Definition(evil, evil, evil, evil),)
    return xlsx.render(Workbook("表", (Sheet("表", table),), METADATA, definitions, ((evil, evil),)))


def of_the_log(evil):
    audit.record(actor=None, action=evil, target=evil, facts={}, at=NOW)
    return export.export(filters=Filters(), form="csv", by=None, now=NOW)[1]


def of_proofs(evil):
    return proofs._table(("code", "count", "sum"), [[evil, 5, -5]])


# Each module that writes tables itself, and what it makes of a text; everything else goes through one of them.
WRITERS = {
    "qianjiang_portal/foundation/workbooks.py": [of_measures, of_blanks],
    "points/workbooks/papers.py": [of_templates, of_registers, of_errors],
    "reports/documents/xlsx.py": [of_reports],
    "qianjiang_portal/pages/auditing/export.py": [of_the_log],
    "points/proofs.py": [of_proofs],
}


def test_no_module_makes_tables_unseen():
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "tests" not in path.parts and MAKES.search(path.read_text())
    }
    assert found == set(WRITERS)


@pytest.mark.parametrize("evil", EVILS)
@pytest.mark.parametrize("make", [make for makers in WRITERS.values() for make in makers])
def test_no_text_is_worked_out(make, evil, db):
    content = make(evil)

    texts = texts_of_xlsx(content) if content.startswith(b"PK") else texts_of_csv(content)
    assert any(evil.strip() in text for text, _ in texts)
    assert [text for text, is_safe in texts if formulas.is_like_one(text) and not is_safe] == []


def texts_of_xlsx(content):
    """Every text with whether it is kept as text: no formula, nor one when typed again."""
    found = []
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet.iter_rows():
            assert [cell.coordinate for cell in row if cell.data_type == "f"] == []
            found += [(cell.value, cell.quotePrefix) for cell in row if cell.data_type == "s"]
    return found


def texts_of_csv(content):
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [(cell, not formulas.is_like_one(cell) or cell == "-5") for row in rows for cell in row]


def test_the_harm_would_be_seen():
    """What the writers would make of the same text without any of that."""
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.add_worksheet().write(0, 0, EVILS[1])
    book.close()
    assert texts_of_xlsx(target.getvalue()) == [(EVILS[1], False)]
    assert texts_of_csv(f"{EVILS[0]}\n".encode())[0][1] is False


def rows_in(content):
    """Rows of the first sheet below its head."""
    return len(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()) - 1


@pytest.fixture
def long_log(db):
    """An event, and as many more as it takes that differ from it in what they are about."""
    AuditEvent.objects.create(at=NOW, actor_name="冉晓莉", action="batch.submit", target="B-0")
    columns = ", ".join(f'"{field.column}"' for field in AuditEvent._meta.concrete_fields if field.name not in LIKE)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO foundation_auditevent ({columns}, target)"
            f" SELECT {columns}, 'B-' || number FROM foundation_auditevent, generate_series(1, %s) number",
            [MANY - 1],
        )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_whole_log_comes_out(long_log, form):
    content = export.export(filters=Filters(), form=form, by=None, now=NOW)[1]

    rows = len(content.decode().splitlines()) - 1 if form == "csv" else rows_in(content) - 1  # a caption above the head
    assert rows == MANY


def test_every_line_to_change_comes_back(upload):  # noqa: F811
    lines = [",".join(HEAD), *(f"没有这个人,,Z02,2026-11-20,5,第{at}行" for at in range(MANY))]
    source = upload("\n".join(lines).encode(), "桐木村11月.csv")

    assert source.counts["problem"] == MANY
    assert rows_in(import_pages.error_workbook(source)) == MANY


def test_every_measure_comes_out():
    lead, note = Unit(name="区民政局"), Progress(period="2026Q3", text="已办")
    lines = (line_of(f"举措{at}", lead, note) for at in range(MANY))
    assert rows_in(measure_workbook.write(lines)) == MANY


def test_every_row_of_a_report_comes_out():
    table = Table("表", (Column("户"), Column("分", Kind.COUNT)), tuple((f"户{at}", at) for at in range(MANY)))
    assert rows_in(xlsx.render(Workbook("表", (Sheet("表", table),), METADATA))) == MANY + 1


def test_every_entry_is_in_the_proof_pack(district):
    home = district.homes[0]
    shop.give(home, 1)
    award = {"points": 1, "occurred_on": TODAY, **shop.as_later(1)}
    lines = [ledger.Line.of(home, source=f"award:{uuid.UUID(int=at).hex[-20:]}", **award) for at in range(MANY - 1)]
    ledger.post(village=home.village, lines=lines, now=NOW)

    with zipfile.ZipFile(io.BytesIO(proofs.pack(village=home.village, by=None, now=NOW))) as pack:
        assert len(pack.read("ledger.jsonl").splitlines()) == MANY
        assert len(pack.read("seals.csv").splitlines()) == Seal.objects.count() + 1
