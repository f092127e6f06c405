"""Who sees which dashboard, and what stands on it, word for word."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import NOW, approve
from qianjiang_portal.foundation import calendar, periods
from reports.dashboards import district_page
from reports.dashboards.heat import level
from reports.models import Assessed, Assessment
from reports.tests import story
from reports.tests.story import Desk
from villages.models import Township, Village

OWN, SIBLING = "/dashboard/t/500114112/", "/dashboard/t/500114106/"


@pytest.fixture
def tongmu(district, clerk, reviewer, panel):
    return Desk(district.tongmu, clerk, reviewer, panel)


@pytest.fixture
def december(posted):
    """The day after the cast's three entries of +5 were posted: 1 December."""
    with calendar.at(posted.due_at + dt.timedelta(hours=1)):
        yield


def get(client: Client, url: str) -> tuple[Any, str]:
    """The page's figures and its text without tags."""
    response = client.get(url)
    assert response.status_code == 200
    return response.context["page"], words(response.content.decode())


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def tiles(page: Any) -> list[tuple[str, ...]]:
    return [(tile.label, tile.value, tile.of, *(line.text for line in tile.lines)) for tile in page.tiles]


@pytest.mark.parametrize(
    ("username", "answer"),
    [
        ("district", 200),
        ("auditor", 200),
        ("clerk", OWN),
        ("leader", OWN),
        ("stranger", SIBLING),
        ("reviewer", "/villages/500114112202/"),
        ("double", "/villages/500114112003/"),
        ("counter", 404),
        ("liaison", 404),
        ("admin", 404),
    ],
)
def test_everyone_is_taken_to_their_own_dashboard(signed_in, cast, username, answer):
    response = signed_in(cast[username]).get("/dashboard/")

    assert (response.headers.get("Location") or response.status_code) == answer


@pytest.mark.parametrize(
    ("username", "own", "sibling"),
    [
        ("district", 200, 200),
        ("auditor", 200, 200),
        ("clerk", 200, 404),
        ("leader", 200, 404),
        ("stranger", 404, 200),
        ("reviewer", 404, 404),
        ("double", 404, 404),
        ("counter", 404, 404),
        ("liaison", 404, 404),
        ("admin", 404, 404),
    ],
)
def test_a_township_is_for_whoever_holds_the_whole_of_it(signed_in, cast, username, own, sibling):
    client = signed_in(cast[username])

    assert (client.get(OWN).status_code, client.get(SIBLING).status_code) == (own, sibling)


def test_the_way_to_the_own_dashboard_keeps_the_month(signed_in, clerk):
    assert signed_in(clerk).get("/dashboard/?period=2026-10").headers["Location"] == f"{OWN}?period=2026-10"


def test_district_tiles(signed_in, district_officer, december):
    page, text = get(signed_in(district_officer), "/dashboard/")

    assert tiles(page) == [
        ("参与户率", "21.4%", "", "3 / 14 户", "上月 0.0%"),
        ("12月净积分", "15", "", "户均 1.07 分", "上月 0"),
        ("按时审核率", "—", "", "0 / 0 批", "上月 100.0%"),
        ("按期公示", "0", "/ 3 村", "还差 3，1月5日止", "上月 1 村"),
        ("公示中", "0", "分", "0 份公示", "期满才计入"),
        ("异议在办", "0", "件", "没有逾期", "12月受理 0 件"),
        ("半年总结", "0", "/ 2 单位", "逾期 149 天", "7月5日截止"),
        ("可兑换积分", "15", "分", "折合 15 元", "12月兑换 0 分"),
    ]
    assert "参与户 ÷ 在册户" in text
    assert "只算已生效积分，截至 12月1日 10:00" in text


def test_district_rows_stand_in_code_order_under_their_sum(signed_in, district_officer, december):
    page, _ = get(signed_in(district_officer), "/dashboard/")

    table = [(row.name, row.households, *(cell.text for cell in row.cells)) for row in (page.whole, *page.rows)]
    assert table == [
        ("全区 2", "14", "21.4%", "1.07", "—", "0/3", "0 件", "0/2", "认定 0"),
        ("石会镇", "3", "0.0%", "0.00", "—", "0/1", "—", "逾期", "—"),
        ("濯水镇", "11", "27.3%", "1.36", "—", "0/2", "—", "逾期", "—"),
    ]
    assert page.rows[1].href == f"{OWN}?period=2026-12"


@pytest.mark.parametrize(
    ("sort", "names", "mark"),
    [
        ("", ["石会镇", "濯水镇"], 'id="sort-name"'),
        ("-participation", ["濯水镇", "石会镇"], 'id="sort-participation"'),
        ("net_per_household", ["石会镇", "濯水镇"], 'id="sort-net_per_household"'),
    ],
)
def test_the_address_holds_the_sort(signed_in, district_officer, december, sort, names, mark):
    response = signed_in(district_officer).get("/dashboard/", {"sort": sort})
    head = re.search(r'aria-sort="(\w+)">\s*<a class="c-sort" (id="[\w-]+")', response.content.decode())

    assert [row.name for row in response.context["page"].rows] == names
    assert head.groups() == ("descending" if sort.startswith("-") else "ascending", mark)


@pytest.mark.parametrize("query", ["period=2026-13", "period=2026Q4", "period=2026-12", "sort=rank", "period=x"])
@pytest.mark.parametrize("url", ["/dashboard/", OWN])
def test_an_address_that_means_nothing_is_not_found(signed_in, district_officer, url, query):
    assert signed_in(district_officer).get(f"{url}?{query}").status_code == 404


def test_a_month_without_points_says_so_and_what_is_on_notice(signed_in, district_officer, notice):
    _, text = get(signed_in(district_officer), "/dashboard/")

    assert "11月还没有已生效的积分。公示中的有 15&nbsp;分。 看10月" in text
    assert text.count("还没有已生效的积分") == 4


def test_what_waits_is_said_with_its_places(signed_in, district_officer, tongmu, submitted, rule, district):
    approve(submitted, tongmu.checker, tongmu.panel)
    story.submitted(tongmu, rule, district.homes[3:5], NOW, points=5)
    with calendar.at(NOW + dt.timedelta(days=5)):
        page, text = get(signed_in(district_officer), "/dashboard/")

    todos = [(todo.kind, todo.word, todo.title, [place.text for place in todo.where]) for todo in page.todos]
    assert todos == [
        ("err", "超 2 天", "1 批积分超过 3 天没审核", ["濯水镇 1 批"]),
        ("warn", "晚 23 天", "3 个村10月没有按期公示", ["石会镇 1 村", "濯水镇 2 村"]),
        ("info", "等了 5 天", "1 批已经通过，等待公示", ["濯水镇 1 批"]),
    ]
    assert "没有逾期和等待的事" not in text


def test_nothing_waits_before_the_fifth(signed_in, clerk):
    with calendar.at(NOW.replace(month=10, day=3)):
        page, text = get(signed_in(clerk), OWN)

    assert page.todos == ()
    assert "没有逾期和等待的事" in text


def test_townships_without_points_keep_their_row(signed_in, district_officer, december, district):
    Village.objects.filter(township=district.shihui).update(uses_points=False)
    page, text = get(signed_in(district_officer), "/dashboard/")

    assert [(row.name, *(cell.text for cell in row.cells)) for row in page.rows] == [
        ("石会镇", "—", "—", "—", "—", "—", "逾期", "—"),
        ("濯水镇", "27.3%", "1.36", "—", "0/2", "—", "逾期", "—"),
    ]
    assert "3 个村（社区）中，2 个实行积分制，其余 1 个不计入" in text


def test_township_tiles_compare_with_the_district(signed_in, clerk, december):
    page, _ = get(signed_in(clerk), OWN)

    assert tiles(page) == [
        ("参与户率", "27.3%", "", "3 / 11 户", "全区 21.4%"),
        ("12月净积分", "15", "", "户均 1.36 分", "全区户均 1.07"),
        ("按时审核率", "—", "", "0 / 0 批", "全区 —"),
        ("按期公示", "0", "/ 2 村", "还差 2，1月5日止", "全区 0 村"),
        ("公示中", "0", "分", "0 份公示", "期满才计入"),
        ("异议在办", "0", "件", "没有逾期", "12月受理 0 件"),
        ("半年总结", "还没有报", "", "逾期 149 天", "7月5日截止"),
        ("可兑换积分", "15", "分", "折合 15 元", "12月兑换 0 分"),
    ]
    assert [(row.name, row.cells[0].text) for row in (page.whole, *page.rows)] == [
        ("全镇 2", "27.3%"),
        ("三门社区", "0.0%"),
        ("桐木村", "37.5%"),
    ]


def test_small_places_show_counts_and_tell_who_is_left_out(signed_in, clerk, submitted, district, tongmu):
    approve(submitted, tongmu.checker, tongmu.panel)
    district.sanmen.uses_points = False
    district.sanmen.save()
    page, text = get(signed_in(clerk), OWN)

    assert [(row.name, row.cells[2].text) for row in page.rows] == [("桐木村", "1/1 批")]
    assert "没有实行积分制、不计入的： 三门社区" in text


def test_only_the_district_walks_from_township_to_township(signed_in, clerk, district_officer):
    _, own = get(signed_in(clerk), OWN)
    _, whole = get(signed_in(district_officer), OWN)

    assert ("石会镇" in own, "石会镇" in whole) == (False, True)


def test_charts_are_tables_first(signed_in, district_officer, december):
    page, _ = get(signed_in(district_officer), "/dashboard/")

    dims, joys, trend, demos = page.charts
    assert (demos.rows, demos.nothing) == ((), "今年还没有选点")
    assert (dims.heads, dims.rows) == (("月份", "自治", "法治", "德治"), (("12月", "100.0%", "0.0%", "0.0%"),))
    assert (joys.heads, joys.rows[3]) == (("五乐", "12月"), ("乐善", "100.0%"))
    assert [row[0] for row in trend.rows][::11] == ["1月", "12月"]
    assert trend.rows[-1] == ("12月", "15", "0", "0")


def test_without_the_bundle_no_script_is_asked_for(signed_in, district_officer, december, monkeypatch):
    monkeypatch.setattr("reports.templatetags.charts.BUNDLE", "build/not-built.js")
    html = signed_in(district_officer).get("/dashboard/").content.decode()

    assert ("charts.js" in html, "data-chart=" in html) == (False, False)
    assert '<td class="u-num">100.0%</td>' in html


def test_the_newest_point_of_the_rate_is_the_tile(signed_in, clerk, december):
    page, _ = get(signed_in(clerk), OWN)

    assert page.charts[0].rows[-1] == ("12月", "27.3%", "21.4%")


@pytest.mark.parametrize(
    ("name", "value", "step"),
    [
        ("participation", "0.299", 1),
        ("participation", "0.30", 2),
        ("participation", "0.62", 6),
        ("reviewed_on_time", "1", 5),
        ("participation", None, 0),
    ],
)
def test_steps_of_the_heat_table_are_fixed(name, value, step):
    assert level(name, None if value is None else Decimal(value)) == step


@pytest.mark.parametrize("count", [1, 3])
def test_the_dashboard_costs_the_same_whatever_was_entered(signed_in, district_officer, tongmu, rule, district, count):
    for day in range(2, 2 + count):
        story.take_effect(tongmu, rule, district.homes[:count], NOW.replace(day=day), points=5)
    client = signed_in(district_officer)

    with CaptureQueriesContext(connection) as asked:
        client.get("/dashboard/")
    assert district_officer.appointments_now
    with CaptureQueriesContext(connection) as figured:
        district_page(periods.of(calendar.today()), "", district_officer)

    assert len(figured) == 6
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) <= 12


def test_the_table_is_narrowed_to_a_kind_of_place_and_keeps_its_sort(signed_in, district_officer, december):
    street = Township.objects.create(code="500114001", name="城东街道", kind="street")
    Village.objects.create(township=street, code="500114001001", name="文汇", short_name="文汇", kind="community")
    client = signed_in(district_officer)

    page, _ = get(client, "/dashboard/?kind=town&sort=-participation")
    assert [row.name for row in page.rows] == ["濯水镇", "石会镇"]
    assert "kind=street" in client.get("/dashboard/?kind=town&sort=-participation").content.decode()
    page, _ = get(client, "/dashboard/?kind=street")
    assert ([row.name for row in page.rows], page.whole.name) == (["城东街道"], "全区 3")
    assert client.get("/dashboard/?kind=village").status_code == 404
    assert client.get("/dashboard/export.xlsx?kind=x").status_code == 404


def test_the_table_is_narrowed_to_a_group_of_the_newest_assessment(signed_in, district_officer, december):
    scheme = Assessment.objects.create(
        period="2026H1", kind="township", made_by=district_officer, made_at=calendar.now()
    )
    township = Township.objects.get(name="濯水镇")
    Assessed.objects.create(assessment=scheme, township=township, group="甲组")
    client = signed_in(district_officer)

    page, _ = get(client, "/dashboard/?kind=甲组")
    assert ([row.name for row in page.rows], page.kinds[-1]) == (["濯水镇"], ("甲组", "甲组"))
    assert client.get("/dashboard/?kind=乙组").status_code == 404


def test_a_month_without_points_names_no_share_of_nothing(signed_in, district_officer, december):
    client = signed_in(district_officer)
    for month, note, keys in (("2026-12", "占12月加分 15 分的比重", 1), ("2026-11", "占加分的比重", 0)):
        assert get(client, f"/dashboard/?period={month}")[0].charts[0].note == note
        assert len(get(client, f"{OWN}?period={month}")[0].charts[1].keys) == keys
