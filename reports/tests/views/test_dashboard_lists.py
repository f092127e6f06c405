"""Every number of a dashboard leads to the list behind it, and that list counts the same."""

import datetime as dt
import uuid

import pytest
from django.utils.html import escape

from conftest import NOW, SINCE
from demos import candidates, programmes
from demos.models import Meeting
from points import objections
from qianjiang_portal.foundation import calendar
from qianjiang_portal.testing_kept import kept
from reports.dashboards import todo
from reports.models import Summary
from reports.tests import story
from reports.tests.story import Desk
from villages import roster
from villages.models import Indicator, IndicatorValue, Unit

TOWN = "/dashboard/t/500114112/"
FIRST = "GS-500114112202-202611-01"
AFTER = NOW.replace(year=2027, month=1, day=7)


@pytest.fixture
@kept
def busy(district, rule, clerk, reviewer, panel, district_officer):
    """November with points that count, a notice that is up with an objection, and something of every register."""
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    story.take_effect(desk, rule, district.homes[:3], NOW.replace(day=3), points=5)
    batch = story.submitted(desk, rule, district.homes[3:5], NOW, None)
    story.passed(batch, desk, NOW)
    notice = story.published(desk, NOW)
    line = notice.lines.get(position=1)
    said = objections.Said(position=1, tail=line.tail, text="没有参加")
    objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="here", now=NOW)
    story.submitted(desk, rule, district.homes[5:6], NOW, None)
    _registers(district, clerk, district_officer)
    return notice


def _registers(district, clerk, officer):
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, by=officer, now=NOW)
    candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", by=clerk, now=NOW)
    lead = Unit.objects.create(code="lead", name="区委组织部", is_lead=True)
    Unit.objects.create(code="other", name="区文旅委", is_lead=True)
    held = dt.date(2026, 8, 20)
    Meeting.objects.create(kind="special", unit=lead, held_on=held, topic="结对", made_by=officer, made_at=NOW)
    kind = Indicator.objects.create(code="income", name="收入", unit="万元", source="账")
    IndicatorValue.objects.create(
        village=district.tongmu, indicator=kind, period="2026Q3", value=5, entered_by=clerk, entered_at=NOW
    )
    Summary.objects.create(
        township=district.zhuoshui, period="2026H1", state="signed", is_paper=True, receipt="H-1", signed_at=NOW
    )


def tile(page, label):
    return next(one for one in page.tiles if label in one.label)


def open_page(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return response


@pytest.fixture(params=["/dashboard/", TOWN])
def dashboard(request, busy, signed_in, district_officer):
    """The district's dashboard and a township's, for an officer who may read every list."""
    client = signed_in(district_officer)
    return client, open_page(client, f"{request.param}?period=2026-11").context["page"]


def test_points_and_work_lead_to_the_villages(dashboard):
    client, page = dashboard
    for label in ("参与户率", "净积分", "按时审核率", "按期公示"):
        listed = open_page(client, tile(page, label).href).context["listed"].whole
        shown = {
            "参与户率": listed.figure("participation").shown,
            "净积分": listed.figure("net_points").shown,
            "按时审核率": listed.figure("reviewed_on_time").shown,
            "按期公示": str(listed.notices_in_time),
        }
        assert shown[label] == tile(page, label).value
    assert listed.entries == 3


def test_what_is_in_hand_leads_to_its_list(dashboard):
    client, page = dashboard

    assert tile(page, "异议在办").value == "1"
    assert open_page(client, tile(page, "异议在办").href).context["page"].paginator.count == 1
    spendable = tile(page, "可兑换积分")
    assert open_page(client, spendable.href).context["forecast"].outstanding == int(spendable.value) == 15


def test_points_on_notice_lead_to_the_notices_of_just_that_place(busy, district, signed_in, district_officer):
    """A township's number leads to its own notices, also for somebody who reads those of all others."""
    client = signed_in(district_officer)
    other = open_page(client, "/dashboard/t/500114106/").context["page"]
    own = open_page(client, TOWN).context["page"]

    for page, up in ((own, 1), (other, 0)):
        assert tile(page, "公示中").lines[0].text == f"{up} 份公示"
        assert open_page(client, tile(page, "公示中").href).context["page"].paginator.count == up
    assert "公示，石会镇" in client.get(tile(other, "公示中").href).content.decode()
    assert client.get("/notices/?t=500114999").status_code == 404


def test_figures_a_township_lacks_lead_to_its_own_grid(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    figures = open_page(client, f"{TOWN}?period=2026-11").context["page"].duties[1]
    grid = open_page(client, figures.href).context["grid"]

    assert (len(grid.rows), len(grid.rows) - grid.filled) == (figures.expected, figures.missing) == (2, 1)


def test_figures_the_district_lacks_lead_to_the_townships_with_as_many(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    figures = open_page(client, "/dashboard/?period=2026-11").context["page"].duties[1]

    assert figures.missing == 2
    assert "<span>还差 2 村</span>" in open_page(client, figures.href).content.decode()


def led(page, part):
    """Cells of the table whose address has this part."""
    return [cell for row in page.rows for cell in row.cells if part in cell.href]


def test_an_objection_in_the_table_leads_to_those_of_its_row(busy, district, signed_in, district_officer):
    client = signed_in(district_officer)
    for address in ("/dashboard/", TOWN):
        cells = led(open_page(client, address).context["page"], "/objections/")
        assert [cell.text for cell in cells] == ["在办 1"]
        assert open_page(client, cells[0].href).context["page"].paginator.count == 1
    with calendar.at(AFTER):
        [late] = led(open_page(client, TOWN).context["page"], "/objections/")
        assert (late.text, open_page(client, late.href).context["show"]) == ("逾期 1", "late")


def test_the_table_of_townships_leads_to_the_villages_of_each(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    page = open_page(client, "/dashboard/?period=2026-11").context["page"]
    for row in (page.whole, *page.rows):
        [href] = {cell.href for cell in row.cells if "/villages/" in cell.href}
        listed = open_page(client, href).context["listed"]
        whole = listed.whole
        shown = [listed.participation, listed.net_per_household, listed.reviewed]
        assert [cell.text for cell in row.cells[:3] if cell.href] == [one for one in shown if one != "—"]
        assert row.cells[3].text == f"{whole.notices_in_time}/{whole.notices_due}"
        assert row.households == f"{whole.households:,}"


def test_the_table_of_townships_leads_to_the_summary_and_the_cards_of_each(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    with calendar.at(NOW.replace(month=7, day=3)):
        page = open_page(client, "/dashboard/?period=2026-06").context["page"]
        sent = open_page(client, page.rows[1].cells[5].href).context
    cards = open_page(client, open_page(client, "/dashboard/").context["page"].rows[1].cells[6].href)

    assert [row.cells[5].text for row in page.rows] == ["没有报", "已报"]
    assert (sent["owner"].name, sent["summary"].receipt) == ("濯水镇", "H-1")
    assert [len(column.cards) for column in cards.context["columns"] if column.cards] == [1]


def test_the_table_of_villages_leads_to_lines_and_notices(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    page = open_page(client, f"{TOWN}?period=2026-11").context["page"]
    row = page.rows[1]
    took_part, net = (open_page(client, row.cells[at].href).context["found"] for at in (0, 4))
    up = open_page(client, row.cells[5].href).context["page"]

    assert (took_part.households, row.cells[0].text) == (3, "37.5%")
    assert (net.points, row.cells[4].text, open_page(client, row.cells[1].href).context["found"].points) == (
        15,
        "15",
        15,
    )
    assert [notice.code for notice in up.object_list] == [busy.code]
    assert open_page(client, page.whole.cells[4].href).context["listed"].whole.net_points == 15


def test_what_is_named_in_part_leads_to_all_of_it(busy, district, signed_in, district_officer, monkeypatch):
    """With more places than are named, the rest is a list of the same count."""
    monkeypatch.setattr(todo, "NAMED", 1)
    client = signed_in(district_officer)
    page = open_page(client, "/dashboard/").context["page"]
    rest = next(one.rest for one in page.todos if one.title == "3 个村10月没有按期公示")
    listed = open_page(client, rest.href)

    assert (rest.text, len(listed.context["groups"]), listed.context["count"]) == ("等 2 处", 2, 3)
    assert "3 个村10月没有按期公示" in listed.content.decode()
    town = open_page(client, TOWN).context["page"]
    rest = next(one.rest for one in town.todos if one.title == "2 个村10月没有按期公示")
    assert (rest.text, open_page(client, rest.href).context["count"]) == ("等 2 处", 2)


@pytest.mark.parametrize(("show", "villages", "batches"), [("unreviewed", ["桐木村"], 1), ("waiting", ["桐木村"], 1)])
def test_villages_are_listed_for_their_batches(
    busy, district, rule, clerk, reviewer, panel, signed_in, district_officer, show, villages, batches
):
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    story.passed(story.submitted(desk, rule, district.homes[6:7], NOW, None), desk, NOW)
    client = signed_in(district_officer)
    with calendar.at(NOW + dt.timedelta(days=5)):
        listed = open_page(client, f"/villages/?show={show}")
        todos = open_page(client, "/dashboard/").context["page"].todos
        other = open_page(client, f"/villages/?show={show}&t=500114106")

    lines = [line for group in listed.context["groups"] for line in group.lines]
    assert [line.village.short_name for line in lines] == villages
    assert listed.context["listed"].amount == batches
    assert sum(one.title.startswith(f"{batches} 批") for one in todos) == 2
    assert "1 批" in listed.content.decode()
    assert "没有这样的村" in other.content.decode()


def test_months_that_were_missed_lead_to_that_month(busy, signed_in, district_officer):
    """Whoever looks at this month is led to the month in which a notice is missing."""
    client = signed_in(district_officer)
    missed = next(
        one for one in open_page(client, "/dashboard/").context["page"].todos if one.title == "3 个村10月没有按期公示"
    )
    counts = [int(place.text.split()[-2]) for place in missed.where]
    found = [open_page(client, place.href).context["page"].whole.cells[3].text for place in missed.where]

    assert (counts, found) == ([1, 2], ["0/1", "0/2"])


def test_summaries_lead_to_the_list_of_senders(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    with calendar.at(NOW.replace(month=7, day=3)):
        page = open_page(client, "/dashboard/").context["page"]
        listed = open_page(client, tile(page, "总结").href).context["page"]

    shown = tile(page, "总结")
    assert (shown.value, shown.of) == ("1", "/ 4 单位")
    assert (len(listed.handed_in), listed.count) == (1, 4)


def test_what_is_missing_leads_to_those_who_lack_it(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    page = open_page(client, "/dashboard/?period=2026-11").context["page"]
    notice, figures, summary, meeting = page.duties

    assert [(one.name, one.expected, one.done, one.in_time, one.complete, one.timely) for one in page.duties] == [
        ("11月积分公示", 3, 1, 1, "33.3%", "33.3%"),
        ("2026年第三季度指标", 3, 1, 0, "33.3%", "0.0%"),
        ("2026年半年总结", 4, 1, 0, "25.0%", "0.0%"),
        ("2026年第三季度专题会", 2, 1, None, "50.0%", "—"),
    ]
    assert open_page(client, notice.href).context["count"] == notice.missing == 2
    standings = open_page(client, figures.href).context["standings"]
    assert sum(one.villages - one.filled for one in standings) == figures.missing
    assert len(open_page(client, summary.href).context["page"].missing) == summary.missing
    quarter = open_page(client, meeting.href).context["matrix"].quarters[2]
    assert quarter.wanted - quarter.held == meeting.missing


def test_demonstration_villages_lead_to_the_board(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    page = open_page(client, "/dashboard/?period=2026-11").context["page"]
    chart = next(chart for chart in page.charts if chart.id == "demos")
    columns = open_page(client, chart.href).context["columns"]

    assert [(name, number) for name, number in chart.rows if number != "0"] == [("培育", "1")]
    assert {column.name: len(column.cards) for column in columns if column.cards} == {"培育": 1}
    assert page.rows[1].cells[-1].text == "培育"


def test_late_objections_and_summaries_are_said_first(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    with calendar.at(AFTER):
        page = open_page(client, "/dashboard/").context["page"]
        late = open_page(client, page.todos[1].where[0].href).context["page"]

    assert [todo.title for todo in page.todos][:3] == [
        "1 批积分超过 3 天没审核",
        "1 件异议过了答复期限",
        "4 个单位没有报2026年年终总结",
    ]
    assert page.todos[2].word == "逾期 2 天"
    assert late.paginator.count == 1


def test_no_way_leads_where_somebody_may_not_go(busy, signed_in, cast):
    page = open_page(signed_in(cast["auditor"]), "/dashboard/").context["page"]

    assert tile(page, "异议在办").href == ""
    client = signed_in(cast["leader"])
    page = open_page(client, TOWN).context["page"]
    hrefs = [one.href for one in page.tiles if one.href] + [duty.href for duty in page.duties]
    hrefs += [cell.href for row in (page.whole, *page.rows) for cell in row.cells if cell.href]
    assert {href: client.get(href).status_code for href in hrefs if client.get(href).status_code != 200} == {}


def test_a_township_is_led_to_its_own_summary(busy, signed_in, cast):
    client = signed_in(cast["leader"])
    with calendar.at(AFTER):
        page = open_page(client, TOWN).context["page"]
        [said] = [place for one in page.todos if "年终总结" in one.title for place in one.where]
        assert {tile(page, "总结").href, page.duties[2].href, said.href} == {"/reports/summaries/2026Y/500114112/"}
        assert open_page(client, said.href).context["owner"].name == "濯水镇"


def test_a_township_counts_only_its_own(busy, district, signed_in, cast):
    page = open_page(signed_in(cast["stranger"]), "/dashboard/t/500114106/?period=2026-11").context["page"]

    assert tile(page, "异议在办").value == "0"
    assert tile(page, "可兑换积分").value == "0"
    assert [(duty.expected, duty.done) for duty in page.duties] == [(1, 0), (1, 0), (1, 0)]


def test_every_row_leads_to_its_households(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    town = open_page(client, f"{TOWN}?period=2026-11").context["page"]
    for row in town.rows:
        assert f"{open_page(client, row.homes).context['page'].paginator.count}" == row.households
    district = open_page(client, "/dashboard/?period=2026-11").context["page"]
    for row in (town.whole, district.whole, *district.rows):
        assert f"{open_page(client, row.homes).context['listed'].whole.households}" == row.households


def test_every_group_leads_to_its_households_and_those_who_took_part(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    answer = open_page(client, "/villages/500114112202/?period=2026-11")
    page = answer.context["page"]
    for group in (page.whole, *page.grids):
        assert open_page(client, group.name.href).context["page"].paginator.count == group.households
        assert open_page(client, group.awards).context["found"].households == group.participants
        for href in (group.name.href, group.awards):
            assert f'href="{escape(href)}"' in answer.content.decode()


def test_reviews_of_a_row_lead_to_its_batches(busy, district, rule, clerk, reviewer, panel, signed_in, leader):
    """One decided in time, one decided late, one that nobody looked at; one that still has time is not counted."""
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    late = story.submitted(desk, rule, district.homes[6:7], NOW, None)
    client = signed_in(leader)
    with calendar.at(NOW + dt.timedelta(days=4)):
        story.passed(late, desk, calendar.now())
        story.submitted(desk, rule, district.homes[7:8], calendar.now(), None)
        cell = open_page(client, f"{TOWN}?period=2026-11").context["page"].rows[1].cells[2]
        answer = open_page(client, cell.href)
        [listed] = open_page(client, "/villages/?period=2026-11&t=500114112").context["groups"]

    found = answer.context["found"]
    assert cell.text == f"{found.on_time}/{len(found.lines)} 批" == "2/4 批"
    words = sorted(line.word for line in found.lines)
    assert words == ["按时", "按时", "晚 1 天", "还没有审，晚 1 天"]
    assert "<span>应审 4 批</span><span>按时 2 批</span>" in answer.content.decode()
    assert [line.batches for line in listed.lines] == ["", cell.href]
    assert "2026年9月没有要审的批次" in client.get(f"{cell.href.partition('?')[0]}?period=2026-09").content.decode()


def test_a_notice_in_time_leads_to_the_notices_of_that_month(busy, signed_in, leader):
    client = signed_in(leader)
    for month, text, codes in (("2026-11", "1/1", [busy.code, FIRST]), ("2026-10", "0/1", [])):
        cell = open_page(client, f"{TOWN}?period={month}").context["page"].rows[1].cells[3]
        answer = open_page(client, cell.href)
        assert (cell.text, [notice.code for notice in answer.context["page"].object_list]) == (text, codes)
    assert "公示，2026年10月" in answer.content.decode()
    assert open_page(client, "/notices/?period=x").context["page"].paginator.count == 2


@pytest.mark.parametrize("more", [0, 2])
def test_a_list_of_batches_asks_no_more_for_many(
    busy, district, rule, clerk, reviewer, panel, signed_in, django_assert_max_num_queries, more
):
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    for home in district.homes[1 : 1 + more]:
        story.passed(story.submitted(desk, rule, [home], NOW, None), desk, NOW)
    client = signed_in(clerk)
    with django_assert_max_num_queries(17):
        found = client.get("/villages/500114112202/batches/?period=2026-11").context["found"]
    assert len(found.lines) == 2 + more


def test_households_lead_to_those_on_the_register_of_the_month(busy, district, leader, signed_in):
    """Who moved away in December stands in November's list and not in December's; without a month all are there."""
    client = signed_in(leader)
    with calendar.at(AFTER):
        roster.move_out(household=district.homes[7], on=dt.date(2026, 12, 4))
        for month, there in (("2026-11", 8), ("2026-12", 7)):
            page = open_page(client, f"/villages/500114112202/?period={month}").context["page"]
            listed = open_page(client, page.facts[0].href)
            assert page.facts[0].text.startswith(f"{there} 户")
            assert listed.context["page"].paginator.count == there
            assert f"在册的 {there} 户" in listed.content.decode()
            for grid in page.grids:
                assert open_page(client, grid.name.href).context["page"].paginator.count == grid.households
        everybody = open_page(client, "/households/?village=500114112202&period=x")
        assert everybody.context["page"].paginator.count == 8
