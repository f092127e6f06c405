"""重点举措: pasted from a workbook, reported by quarter, late when its day is over."""

import datetime as dt

import pytest

from conftest import NOW, TODAY
from demos import measure_pages, measures
from demos.measures import CannotReport, CannotSet, Planned
from demos.models import Measure, Progress
from qianjiang_portal.foundation import periods
from villages.models import Unit

Q4 = periods.parse("2026Q4")


def understood(text):
    return measure_pages.understand(text, Unit.objects.order_by("position"))


def test_lines_of_a_workbook_are_understood(unit, other_unit):
    pasted = understood(
        "重点举措\t牵头单位\t配合单位\t时限\n建互助点\t民政局\t区司法局\t2026年6月30日\n普法\t区司法局\t\t2026-12-1\n"
    )

    assert pasted.problems == []
    assert pasted.planned == [
        Planned("建互助点", unit, dt.date(2026, 6, 30), (other_unit,)),
        Planned("普法", other_unit, dt.date(2026, 12, 1)),
    ]


def test_what_is_wrong_is_said_line_by_line(unit):
    pasted = understood(
        "建互助点\t水利局\t\t2026-06-30\n普法\t区民政局\t\t六月\n只有一列\n甲\t区民政局\t\t2026-06-30\n甲\t区民政局\t\t2026-06-30"
    )

    assert pasted.problems == [
        "第 1 行：没有叫“水利局”的成员单位",
        "第 2 行：时限写成 2026-11-30 这样",
        "第 3 行：要有四列：举措、牵头单位、配合单位、时限",
        "第 5 行：这一项前面已经有了",
    ]


def test_a_measure_is_listed_once_and_only_by_the_district(unit, officer, liaison):
    lines = [Planned("建互助点", unit, TODAY)]
    [made] = measures.add(year=2026, lines=lines, by=officer, now=NOW)

    assert made.number == 1
    with pytest.raises(CannotSet, match="“建互助点”已经在表里"):
        measures.add(year=2026, lines=lines, by=officer, now=NOW)
    with pytest.raises(CannotSet, match="重点举措由区级安排"):
        measures.add(year=2026, lines=[Planned("普法", unit, TODAY)], by=liaison, now=NOW)


def test_the_lead_unit_says_how_far_it_is(unit, other_unit, officer, liaison):
    mine, theirs, late = measures.add(
        year=2026,
        lines=[
            Planned("建互助点", unit, TODAY),
            Planned("普法", other_unit, TODAY),
            Planned("修路", unit, TODAY - dt.timedelta(days=3)),
        ],
        by=officer,
        now=NOW,
    )
    said = {"period": Q4, "text": "主体完工", "now": NOW}
    measures.report(measure=mine, is_done=True, by=liaison, **said)

    with pytest.raises(CannotReport, match="由牵头单位或区级填报进展"):
        measures.report(measure=theirs, is_done=False, by=liaison, **said)
    with pytest.raises(CannotReport, match="季度还没有开始"):
        measures.report(measure=late, is_done=False, by=liaison, **said | {"period": Q4.next()})
    lines = measure_pages.lines(liaison, 2026, TODAY, Q4)
    assert [(line.state, line.late, line.can_report) for line in lines] == [
        ("done", 0, True),
        ("doing", 0, False),
        ("late", 3, True),
    ]
    assert Progress.objects.get().text == "主体完工"
    assert Measure.objects.get(pk=mine.pk).done_on == TODAY
