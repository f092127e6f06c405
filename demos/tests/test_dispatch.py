"""调度 by the month, and the table of measures as a workbook."""

import io

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from conftest import NOW, TODAY
from demos import measures
from demos.measures import CannotReport, Planned
from demos.models import Dispatch, Measure
from demos.tests.conftest import again
from demos.tests.test_pages import text
from qianjiang_portal.foundation import periods

NOVEMBER = periods.parse("2026-11")


@pytest.fixture
def measure(unit, officer):
    return measures.add(year=2026, lines=[Planned("建互助点", unit, TODAY)], by=officer, now=NOW)[0]


def say(measure, by, month=NOVEMBER, moved="完成选址", stuck="缺消防验收"):
    return measures.dispatch(measure=measure, month=month, moved=moved, stuck=stuck, following="", by=by, now=NOW)


def test_the_lead_unit_says_what_moved_once_a_month(measure, liaison, clerk):
    say(measure, liaison)
    say(measure, liaison, moved="开工")
    assert list(Dispatch.objects.values_list("month", "moved")) == [("2026-11", "开工")]
    with pytest.raises(CannotReport, match="由牵头单位或区级填报调度"):
        say(measure, clerk)
    with pytest.raises(CannotReport, match="月份还没有到"):
        say(measure, liaison, month=periods.parse("2026-12"))
    with pytest.raises(CannotReport, match="写明本月进展"):
        say(measure, liaison, moved=" ")
    row = {"measure": measure, "made_by": liaison, "made_at": NOW}
    with pytest.raises(IntegrityError, match="says_what_moved"), transaction.atomic():
        Dispatch.objects.create(**row, month="2026-13", moved="开工")


def test_the_page_says_who_is_late_and_what_is_stuck(measure, liaison, officer, signed_in):
    october = reverse("demos:dispatch", args=["2026-10"])
    assert "逾期没有填 1" in text(signed_in(officer).get(october))
    client = signed_in(again(liaison))
    url = reverse("demos:dispatch-say", args=["2026-11", measure.pk])
    saved = client.post(url, {"moved": "完成选址", "stuck": "缺消防验收"}, follow=True)
    assert "完成选址 缺消防验收 — 已填" in text(saved)
    assert "1 项，已填 1" in text(saved)
    assert client.post(url, {"moved": ""}).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(count, unit, officer, signed_in, django_assert_num_queries):
    lines = [Planned(f"举措{at}", unit, TODAY) for at in range(count)]
    for one in measures.add(year=2026, lines=lines, by=officer, now=NOW):
        say(one, officer)
    client = signed_in(officer)
    with django_assert_num_queries(15):
        client.get(reverse("demos:dispatch-now"))


def book(*rows):
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True})
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    sheet = made.add_worksheet()
    for at, row in enumerate((("重点举措", "牵头单位", "配合单位", "时限"), *rows)):
        sheet.write_row(at, 0, row[:3])
        sheet.write(at, 3, row[3]) if isinstance(row[3], str) else sheet.write_datetime(at, 3, row[3], day)
    made.close()
    return SimpleUploadedFile("举措.xlsx", target.getvalue())


def test_measures_come_from_a_workbook_and_go_into_one(unit, other_unit, officer, signed_in):
    client = signed_in(officer)
    sent = book(("建互助点", "区民政局", "区司法局", TODAY), ("普法", "区司法局", "", "2026-12-01"))
    added = client.post(reverse("demos:measure-add"), {"file": sent}, follow=True)
    assert "已加入 2 项举措" in text(added)

    answer = client.get(reverse("demos:measure-export"))
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1][:5] == ["建互助点", "区民政局", "区司法局", "2026-11-23", "在办"]
    assert [one.due_on.isoformat() for one in Measure.objects.order_by("number")] == ["2026-11-23", "2026-12-01"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"not a workbook", "只收 .xlsx 表格文件"), (b"x" * (1024 * 1024 + 1), "文件超过 1 MB")],
)
def test_what_is_no_workbook_is_refused(content, said, unit, officer, signed_in):
    sent = SimpleUploadedFile("举措.xlsx", content)
    refused = signed_in(officer).post(reverse("demos:measure-add"), {"file": sent})

    assert (refused.status_code, said in text(refused)) == (422, True)
    assert not Measure.objects.exists()


def test_a_wrong_line_of_a_workbook_keeps_all_back(unit, officer, signed_in):
    sent = book(("建互助点", "区民政局", "", TODAY), ("普法", "水利局", "", TODAY))
    refused = signed_in(officer).post(reverse("demos:measure-add"), {"file": sent})

    assert "第 3 行：没有叫“水利局”的成员单位" in text(refused)
    assert not Measure.objects.exists()
