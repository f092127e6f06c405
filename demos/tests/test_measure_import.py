"""重点举措 from a list: compared with the year's table before anything is written, all of it or nothing."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from conftest import NOW, TODAY
from demos import measure_import, measure_lines, measures
from demos.measure_lines import Planned
from demos.measures import CannotSet
from demos.models import Measure
from demos.tests.test_fund_import import text
from villages.lists import Changed
from villages.models import Unit

ADD, WRITE = reverse("demos:measure-add"), reverse("demos:measure-write")
GOOD = ("建互助点\t民政局\t区司法局\t2026年6月30日", "普法\t区司法局\t\t2027-3-1")


def compared(*rows):
    return measure_lines.compare("\n".join(rows), Unit.objects.order_by("position"), 2026)


@pytest.fixture
def write(officer):
    def written(*rows, stamp=None):
        sent = "\n".join(rows)
        return measure_import.add_all(text=sent, stamp=stamp or compared(*rows).stamp, year=2026, by=officer, now=NOW)

    return written


def test_a_list_is_written_as_it_was_shown(write, unit, other_unit):
    assert compared("\t".join(measure_lines.COLUMNS), *GOOD).given == [
        Planned("建互助点", unit, dt.date(2026, 6, 30), (other_unit,)),
        Planned("普法", other_unit, dt.date(2027, 3, 1)),
    ]
    made = write("\t".join(measure_lines.COLUMNS), *GOOD)
    assert [(one.number, one.lead, [*one.helpers.all()]) for one in made] == [
        (1, unit, [other_unit]),
        (2, other_unit, []),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("\t区民政局\t\t2026-06-30", "举措没有填写"),
        ("长" * 201 + "\t区民政局\t\t2026-06-30", "举措最多 200 个字"),
        ("只有一列", "牵头单位没有填写"),
        ("建点\t水利局\t\t2026-06-30", "没有叫“水利局”的成员单位"),
        ("建点\t区民政局\t区司法局、水利局\t2026-06-30", "没有叫“水利局”的成员单位"),
        ("建点\t区民政局\t民政局\t2026-06-30", "区民政局已经牵头，不再写进配合单位"),
        ("建点\t区民政局\t\t六月", "时限写成 2026-11-30 这样"),
        ("建点\t区民政局\t\t2025-12-31", "时限要在 2026年到 2031年之间，核对一下"),
    ],
)
def test_what_is_wrong_is_said_by_line(unit, other_unit, row, why):
    [line] = compared(row).lines
    assert (line.does, line.why) == ("wrong", why)


def test_a_measure_is_listed_once(write, unit, other_unit):
    write(*GOOD)
    other = "建互助点\t区司法局\t\t2026-06-30"
    assert [(line.does, line.why) for line in compared(GOOD[0], other, "普法\t区司法局\t\t2027-03-01").lines] == [
        ("same", "已是第 1 项"),
        ("wrong", "和第 1 行是同一项举措，删掉一行"),
        ("same", "已是第 2 项"),
    ]
    [line] = compared(other).lines
    assert (line.does, line.why) == ("same", "已是第 1 项，单位或时限和表里不一样，不从这里改")


def test_one_wrong_line_keeps_all_back(write, unit, other_unit):
    with pytest.raises(CannotSet, match="有 1 行要改，还没有写入"):
        write(*GOOD, "修路\t水利局\t\t2026-06-30")
    assert not Measure.objects.exists()


def test_what_was_not_seen_is_not_written(write, unit, other_unit, officer):
    stamp = compared(*GOOD).stamp
    measures.add(year=2026, lines=[Planned("普法", unit, TODAY)], by=officer, now=NOW)
    with pytest.raises(Changed, match="比对以后举措又有变动，再看一遍"):
        write(*GOOD, stamp=stamp)
    assert Measure.objects.count() == 1


def test_comparing_costs_the_same_for_one_line_and_thirty(unit, write):
    write("建点0\t区民政局\t\t2026-06-30")
    costs = []
    for count in (1, 30):
        with CaptureQueriesContext(connection) as asked:
            compared(*(f"建点{at}\t区民政局\t\t2026-06-30" for at in range(count)))
        costs.append(len(asked))
    assert costs == [3, 3]


def test_a_filled_template_is_compared_and_then_written(unit, other_unit, officer, signed_in):
    client = signed_in(officer)
    empty = load_workbook(io.BytesIO(b"".join(client.get(reverse("demos:measure-template")).streaming_content)))
    assert [cell.value for cell in empty["重点举措"][1]] == list(measure_lines.COLUMNS)
    assert [cell.value for cell in empty["可以填的"]["B"]] == ["牵头单位", "区民政局", "区司法局"]
    filled = Workbook()
    filled.active.append(list(measure_lines.COLUMNS))
    filled.active.append(["建互助点", "区民政局", "区司法局", TODAY])
    sent = io.BytesIO()
    filled.save(sent)
    shown = client.post(ADD, {"file": SimpleUploadedFile("举措.xlsx", sent.getvalue())})
    assert "新登记 1 行，还没有写入" in text(shown)
    assert not Measure.objects.exists()
    given = {"text": shown.context["form"]["text"].value(), "stamp": shown.context["page"].compared.stamp}
    assert "已加入 1 项举措" in text(client.post(WRITE, given, follow=True))
    assert client.post(WRITE, given).status_code == 422
    assert [(one.due_on, [*one.helpers.all()]) for one in Measure.objects.all()] == [(TODAY, [other_unit])]

    taken = b"".join(client.get(reverse("demos:measure-export")).streaming_content)
    again = client.post(ADD, {"file": SimpleUploadedFile("重点举措.xlsx", taken)})
    assert "这些都已登记，没有要写入的。" in text(again)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"not a workbook", "只收 .xlsx 表格文件"), (b"x" * (1024 * 1024 + 1), "文件超过 1 MB")],
)
def test_what_is_no_workbook_is_refused(content, said, unit, officer, signed_in):
    refused = signed_in(officer).post(ADD, {"file": SimpleUploadedFile("举措.xlsx", content)})
    assert (refused.status_code, said in text(refused)) == (422, True)


def test_a_wrong_list_comes_back_with_everything_typed(unit, officer, signed_in):
    answer = signed_in(officer).post(ADD, {"text": "普法\t水利局\t\t2026-06-30"})
    assert answer.status_code == 422
    assert "没有叫“水利局”的成员单位" in text(answer)
    assert "普法\t水利局" in answer.content.decode()
