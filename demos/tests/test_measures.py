"""重点举措: pasted from a workbook, reported by quarter, late when its day is over."""

import datetime as dt

import pytest

from conftest import NOW, TODAY
from demos import measure_pages, measures
from demos.measure_lines import Planned
from demos.measures import CannotReport, CannotSet
from demos.models import Measure, Progress
from qianjiang_portal.foundation import periods

Q4 = periods.parse("2026Q4")


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
