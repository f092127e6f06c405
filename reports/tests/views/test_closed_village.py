"""A village that became part of another one owes nothing from that month on, and no page asks for it."""

import pytest

from conftest import NOW
from points import mergers
from points.models import Notice
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.testing_kept import kept
from reports import composing, figures
from reports.tests import story
from reports.tests.story import Desk
from villages.models import Indicator, IndicatorValue, Village

TOWN, OCTOBER, NOVEMBER, DECEMBER = "500114112", "2026-10", "2026-11", "2026-12"
AFTER = NOW.replace(year=2027, month=1, day=7)


@pytest.fixture
@kept
def merged(district, rule, clerk, reviewer, panel, district_officer):
    """桐木村 gave points in November, then became part of 三门社区 on the 23rd."""
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    story.take_effect(desk, rule, district.homes[:3], NOW.replace(day=3), points=5)
    kind = Indicator.objects.create(code="income", name="收入", unit="万元", source="账")
    IndicatorValue.objects.create(
        village=district.tongmu, indicator=kind, period="2026Q3", value=5, entered_by=clerk, entered_at=NOW
    )
    mergers.merge(
        source=district.tongmu, into=district.sanmen, paper="黔江府〔2026〕58号", by=district_officer, now=NOW
    )
    return Village.objects.get(pk=district.tongmu.pk)


@pytest.fixture
def look(merged, signed_in, district_officer):
    client = signed_in(district_officer)

    def at(address, name="page"):
        response = client.get(address)
        assert response.status_code == 200, address
        return response.context[name]

    return at


def test_the_district_expects_notices_of_villages_that_are_there(look):
    page = look(f"/dashboard/?period={NOVEMBER}")
    notice, indicators = page.duties[:2]

    assert (page.villages, page.villages_in_use) == (2, 2)
    assert (notice.expected, notice.done, notice.missing) == (2, 0, 2)
    assert (indicators.expected, indicators.done, indicators.missing) == (2, 0, 2)
    assert look(notice.href, "count") == notice.missing
    assert sum(one.villages - one.filled for one in look(indicators.href, "standings")) == indicators.missing
    assert look(f"/dashboard/?period={OCTOBER}").villages == 3


def test_nobody_is_told_to_chase_it(look):
    with calendar.at(AFTER):
        todos = look(f"/dashboard/?period={DECEMBER}").todos
    assert "2 个村12月没有按期公示" in [todo.title for todo in todos]


def test_its_last_month_keeps_its_points_and_the_next_has_no_row(look):
    month = look(f"/dashboard/t/{TOWN}/?period={NOVEMBER}")
    names = [row.name for row in month.rows]
    kept = month.rows[names.index("桐木村")].cells
    assert [cell.text for cell in kept[3:5]] == ["—", "15"]
    assert month.whole.cells[4].text == "15"
    with calendar.at(AFTER):
        later = look(f"/dashboard/t/{TOWN}/?period={DECEMBER}")
    assert [row.name for row in later.rows] == ["三门社区"]


def test_the_list_of_villages_asks_it_for_no_notice(look):
    notices = {line.village.short_name: line.notice for group in look("/villages/", "groups") for line in group.lines}
    assert notices == {"三门社区": "没有公示", "桐木村": "—", "中元村": "没有公示"}
    assert look("/villages/", "listed").whole.notices_due == 2


def test_its_page_says_that_none_is_needed(look, merged):
    with calendar.at(AFTER):
        tile = next(one for one in look(f"/villages/{merged.code}/?period={DECEMBER}").tiles if "公示" in one.label)
    assert (tile.value, [line.text for line in tile.lines]) == ("不用公示", ["已经并入别的村"])


def test_a_notice_of_the_last_month_does_not_count_as_one_too_many(merged, district):
    assert Notice.objects.filter(village=merged, period=NOVEMBER).exists()
    found = figures.place_figures(district.zhuoshui, periods.parse(NOVEMBER))
    assert (found.sums.notices_due, found.sums.notices_in_time, found.sums.net_points) == (1, 0, 15)
    before = figures.place_figures(district.zhuoshui, periods.parse(OCTOBER))
    assert before.sums.notices_due == 2


def test_a_report_of_a_later_quarter_leaves_it_out(merged, district):
    with calendar.at(AFTER):
        counted = [composing.count(district.zhuoshui, periods.parse(slug), AFTER) for slug in ("2026Q4", "2027Q1")]
    assert [one["village_count"] for one in counted] == [1, 1]
    assert [[row["name"] for row in one["rows"]] for one in counted] == [["三门社区", "桐木村"], ["三门社区"]]
    assert [one["before"]["net_points"] for one in counted] == [0, 15]


def test_a_program_is_told_that_it_is_gone_and_where_to(merged, district, api, clerk):
    told = {one["code"]: one for one in api(clerk).get("/api/v1/villages/").json()["results"]}
    assert (told[merged.code]["closed_on"], told[merged.code]["successor"]) == ("2026-11-23", district.sanmen.code)
    assert (told[district.sanmen.code]["closed_on"], told[district.sanmen.code]["successor"]) == (None, None)
