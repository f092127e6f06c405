import io

import pytest
import xlsxwriter

from conftest import NOW, TODAY
from points import imports
from points.models import Import
from qianjiang_portal.foundation import jobs

HEAD = ("户主", "户号", "事项", "日期", "分值", "备注")


def workbook(rows, *, name="数据", also=()):
    """The bytes of an xlsx with these rows from A1; `also` are further sheets as (name, rows, hidden)."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    for title, lines, hidden in ((name, rows, False), *also):
        sheet = book.add_worksheet(title)
        for at, line in enumerate(lines):
            sheet.write_row(at, 0, line)
        if hidden:
            sheet.hide()
    book.close()
    return target.getvalue()


@pytest.fixture(autouse=True)
def kept_files(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }


@pytest.fixture
def upload(clerk, district, rule_set):
    """Take a file in and let the worker check it."""

    def send(content, name="桐木村11月.xlsx", *, run=True, maker=clerk, day=TODAY):
        source = imports.begin(
            village=district.tongmu, maker=maker, name=name, content=content, default_day=day, now=NOW
        )
        return work(source) if run else source

    return send


def work(source):
    """Do the import's queued job, as the worker would."""
    assert jobs.run(source.job.uuid)
    return Import.objects.select_related("village", "batch", "job", "rule_set", "maker").get(pk=source.pk)


def told(source):
    """Every line that is not simply taken: row, standing, codes."""
    rows = source.rows.exclude(standing="new").order_by("line", "part")
    return [(row.line, row.standing, *(one["code"] for one in row.problems)) for row in rows]
