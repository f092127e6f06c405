"""流水: the lines behind the numbers of a village, for whoever reads passbooks."""

import io

import openpyxl
import pytest

from conftest import NOW, TODAY
from points.models import Entry
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.testing_kept import kept
from reports.tests import story
from reports.tests.story import Desk

VILLAGE = "/villages/500114112202/"
LINES = f"{VILLAGE}entries/"


@pytest.fixture
@kept
def month(district, rule_set, clerk, reviewer, panel):
    """November in 桐木村: two rules that give, one that takes, in both groups."""
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    story.take_effect(desk, rule_set.rules.get(code="Z02"), district.homes[:3], NOW.replace(day=3), points=5)
    gives = rule_set.rules.filter(kind="award").exclude(code="Z02").exclude(dimension="zizhi").first()
    takes = rule_set.rules.filter(kind="deduction").first()
    story.take_effect(desk, gives, district.homes[2:4], NOW.replace(day=4), points=gives.min_points)
    story.take_effect(desk, takes, district.homes[4:5], NOW.replace(day=5), points=-takes.min_points)
    return gives, takes


def shown(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    found = response.context["found"]
    return found.count, found.households, found.points


def page_of(client):
    return client.get(f"{VILLAGE}?period=2026-11").context["page"]


def test_every_number_of_the_village_leads_to_lines_that_count_the_same(month, signed_in, clerk):
    client = signed_in(clerk)
    page = page_of(client)
    tile = {one.label: one for one in page.tiles}

    assert shown(client, tile["11月净积分"].href)[2] == int(tile["11月净积分"].value)
    took_part = int(tile["参与户率"].lines[0].text.split(" / ")[0])
    assert shown(client, tile["参与户率"].href)[1] == took_part == 4
    for grid in page.grids:
        assert str(shown(client, grid.lines)[2]).replace("-", "−") == grid.net_points
    for line in page.rules:
        assert bool(line.href) == line.used.is_award
        if line.href:
            assert shown(client, line.href)[::2] == (line.used.count, line.used.points)


def test_the_charts_lead_to_the_awards_they_are_drawn_from(month, signed_in, clerk):
    client = signed_in(clerk)
    monthly, joys = page_of(client).charts

    assert len(monthly.links) == len(monthly.rows) == 12
    given = sum(int(text) for text in monthly.rows[-1][1:])
    assert shown(client, monthly.links[-1])[2] == given
    assert sum(shown(client, href)[2] for href in joys.links) == given


def test_the_lines_of_a_month_stand_with_their_sum(month, signed_in, clerk):
    gives, takes = month
    html = signed_in(clerk).get(f"{LINES}?period=2026-11").content.decode()

    points = 15 + 2 * gives.min_points - takes.min_points
    assert f"<span>6 笔</span><span>5 户</span><span>合计 +{points} 分</span>" in html
    assert html.count('data-cell="title"') == 6
    assert f"points:{0}" not in html
    assert "冉光明" in html


def test_no_list_of_those_who_were_taken_off_points_is_offered(month, signed_in, clerk):
    _, takes = month
    client = signed_in(clerk)

    assert shown(client, f"{LINES}?period=2026-11&rule={takes.code}") == (0, 0, 0)
    assert (takes.code, takes.item) not in client.get(f"{LINES}?period=2026-11").context["found"].rules
    assert shown(client, f"{LINES}?period=2026-11&only=deductions")[0] == 6


@pytest.mark.parametrize("query", ["dimension=x", "joy=x", "only=x", "page=x", "page=99"])
def test_what_an_address_does_not_know_counts_as_not_said(month, signed_in, clerk, query):
    assert shown(signed_in(clerk), f"{LINES}?period=2026-11&{query}")[0] == 6


def test_a_list_with_nothing_says_why(month, signed_in, clerk):
    client = signed_in(clerk)

    assert "没有符合条件的积分" in client.get(f"{LINES}?period=2026-11&grid=99").content.decode()
    assert "2026年9月还没有已生效的积分" in client.get(f"{LINES}?period=2026-09").content.decode()
    assert client.get(f"{LINES}?period=2027-01").status_code == 404


def test_the_list_goes_out_whole_and_that_is_written_down(month, signed_in, clerk):
    response = signed_in(clerk).get(f"{LINES}export.xlsx?period=2026-11&only=awards")

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    _, heads, *rows, total = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert heads == ["日期", "户主", "户号", "组", "事项", "三治", "五乐", "类别", "分值"]
    awards = Entry.objects.filter(kind="award")
    assert len(rows) == awards.count() == 5
    assert total[-1] == sum(row[-1] for row in rows) == sum(entry.points for entry in awards)
    event = AuditEvent.objects.get(action="entries.export")
    assert (event.place, event.facts) == ("500114112202", {"period": "2026-11", "rows": 5, "only": "awards"})


def test_a_page_asks_no_more_for_many_lines_than_for_few(
    month, signed_in, clerk, django_assert_max_num_queries, district, rule_set, reviewer, panel
):
    client = signed_in(clerk)
    with django_assert_max_num_queries(25) as few:
        client.get(f"{LINES}?period=2026-11&grid=1")
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    story.take_effect(desk, rule_set.rules.get(code="Z03"), district.homes[:6], NOW.replace(day=6), points=10)
    with django_assert_max_num_queries(len(few)):
        client.get(f"{LINES}?period={TODAY:%Y-%m}")
