"""村情: who may open which village, and what the page says to whom."""

import datetime as dt
import re

import pytest

from conftest import NOW, SINCE, approve
from points import rules
from points.models import Notice
from qianjiang_portal.foundation import calendar, periods
from reports.dashboards import village_list, village_page
from reports.tests import story
from reports.tests.story import Desk
from villages.models import Village

TONGMU, SANMEN, ZHONGYUAN = ("/villages/500114112202/", "/villages/500114112003/", "/villages/500114106200/")


@pytest.fixture
def tongmu(district, clerk, reviewer, panel):
    return Desk(district.tongmu, clerk, reviewer, panel)


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def tiles(page) -> list[tuple[str, ...]]:
    return [(tile.label, tile.value, tile.of, *(line.text for line in tile.lines)) for tile in page.tiles]


@pytest.mark.parametrize(
    ("username", "open_to"),
    [
        ("clerk", {TONGMU, SANMEN}),
        ("leader", {TONGMU, SANMEN}),
        ("reviewer", {TONGMU}),
        ("double", {TONGMU, SANMEN}),
        ("counter", {TONGMU}),
        ("liaison", {TONGMU}),
        ("stranger", {ZHONGYUAN}),
        ("district", {TONGMU, SANMEN, ZHONGYUAN}),
        ("auditor", {TONGMU, SANMEN, ZHONGYUAN}),
        ("admin", {TONGMU, SANMEN, ZHONGYUAN}),
    ],
)
def test_villages_open_to_each_person(signed_in, cast, username, open_to):
    client = signed_in(cast[username])
    listed = client.get("/villages/").context["groups"]

    found = {url for url in (TONGMU, SANMEN, ZHONGYUAN) if client.get(url).status_code == 200}
    assert found == open_to
    assert {line.href.split("?")[0] for group in listed for line in group.lines} == open_to


def test_a_village_says_how_it_stands(signed_in, leader, posted, panel):
    with calendar.at(posted.due_at + dt.timedelta(hours=1)):
        page = signed_in(leader).get(TONGMU).context["page"]

    assert [(fact.label, fact.text) for fact in page.facts] == [
        ("农户", "8 户 32 人，2 组"),
        ("评议小组", "3 人，组长 覃正芬"),
        ("监督电话", "023-0000 0618"),
        ("积分细则", "2026版，2025-12-18 村民代表会议 52/60 通过"),
    ]
    assert tiles(page) == [
        ("参与户率", "37.5%", "", "3 / 8 户", "全镇 27.3%"),
        ("12月净积分", "15", "", "加 15，减 0", "户均 1.88 分"),
        ("待审核", "0", "批", "没有超过 3 天的"),
        ("12月公示", "还没有", "", "还差 1，1月5日止"),
        ("公示中", "0", "分", "0 份公示", "期满才计入"),
        ("异议在办", "0", "件", "没有逾期"),
    ]
    assert [
        (grid.name.text, grid.households, grid.participants, grid.net_points) for grid in (page.whole, *page.grids)
    ] == [
        ("全村 2", 8, 3, "15"),
        ("1组", 4, 2, "10"),
        ("2组", 4, 1, "5"),
    ]
    assert [(line.used.item, line.used.count, line.used.points) for line in page.rules] == [
        ("参加公共劳动/投工投劳", 3, 15)
    ]


def test_a_month_that_had_its_notice(signed_in, leader, posted):
    with calendar.at(posted.due_at):
        page = signed_in(leader).get(f"{TONGMU}?period=2026-11").context["page"]

    assert tiles(page)[3] == ("11月公示", "已结束", "", "11月23日—11月30日", "按期，3 户")
    assert [notice.code for notice in page.notices] == ["GS-500114112202-202611-01"]


def test_batches_that_wait_are_listed_for_those_who_may_read_them(signed_in, leader, liaison, submitted):
    with calendar.at(NOW + dt.timedelta(days=4)):
        seen = signed_in(leader).get(TONGMU).context["page"]
        hidden = signed_in(liaison).get(TONGMU).context["page"]

    assert [(batch.title, batch.rows, batch.points, batch.is_late) for batch in seen.pending] == [
        ("参加公共劳动/投工投劳", 3, 15, True)
    ]
    assert tiles(seen)[2] == ("待审核", "1", "批", "1 批超过 3 天")
    assert (hidden.pending, tiles(hidden)[2]) == ((), tiles(seen)[2])


@pytest.mark.parametrize(("username", "linked"), [("clerk", True), ("liaison", False), ("admin", False)])
def test_households_are_linked_for_their_readers_alone(signed_in, cast, posted, username, linked):
    html = signed_in(cast[username]).get(TONGMU).content.decode()

    assert ("/households/?village=500114112202" in html) is linked
    assert "冉光明" not in html
    assert Notice.objects.get().code in html


def test_a_new_village_says_what_it_needs(signed_in, stranger, district):
    page = signed_in(stranger).get(ZHONGYUAN).context["page"]

    assert [(step.text, step.is_done) for step in page.setup] == [
        ("导入农户名册", True),
        ("设立评议小组", False),
        ("发布积分细则", False),
        ("登记监督电话", False),
    ]


def test_the_reference_of_the_district_binds_no_village(signed_in, stranger, district, district_officer):
    """Where nobody adopted a version, none is in force, whatever the district published."""
    reference = rules.draft(title="参考细则", year=2026, by=district_officer)
    rules.publish(rule_set=reference, by=district_officer, effective_from=SINCE, now=NOW)
    page = signed_in(stranger).get(ZHONGYUAN).context["page"]

    assert ("发布积分细则", False) in [(step.text, step.is_done) for step in page.setup]
    assert [fact.text for fact in page.facts if fact.label == "积分细则"] == ["还没有发布"]


def test_a_community_without_points_says_so(signed_in, clerk, district):
    district.sanmen.uses_points = False
    district.sanmen.save()
    client = signed_in(clerk)

    assert "没有实行积分制 这个社区不计入积分的各项数字" in words(client.get(SANMEN))
    assert "三门社区 3 没有实行积分制" in words(client.get("/villages/"))


def test_the_list_is_narrowed_to_a_township_in_sight(signed_in, district_officer, clerk):
    listed = signed_in(district_officer).get("/villages/?t=500114106").context["groups"]

    assert [(group.township.name, [line.village.short_name for line in group.lines]) for group in listed] == [
        ("石会镇", ["中元村"])
    ]
    assert signed_in(clerk).get("/villages/?t=500114106").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_figures_cost_the_same_whatever_was_entered(
    district_officer, tongmu, rule, district, count, django_assert_num_queries
):
    for day in range(2, 2 + count):
        story.take_effect(tongmu, rule, district.homes[:count], NOW.replace(day=day), points=5)
    approve(story.submitted(tongmu, rule, district.homes[:count], NOW, points=5), tongmu.checker, tongmu.panel)
    story.submitted(tongmu, rule, district.homes[3 : 3 + count], NOW, points=5)
    month, village = periods.of(calendar.today()), Village.objects.select_related("township").get(code=TONGMU[10:22])
    assert district_officer.appointments_now

    with django_assert_num_queries(19):
        village_page(village, month, district_officer)
    with django_assert_num_queries(4):
        village_list(Village.objects.select_related("township").in_code_order(), month, district_officer)


@pytest.mark.parametrize(("username", "readable"), [("leader", True), ("liaison", False), ("counter", False)])
def test_notices_are_linked_for_whoever_may_read_them(signed_in, cast, notice, username, readable):
    response = signed_in(cast[username]).get(TONGMU)

    links = set(re.findall(r'href="(/notices/[^"]*)"', response.content.decode().partition("<main")[2]))
    assert links == (
        {f"/notices/{notice.code}/", "/notices/?state=open&amp;village=500114112202"} if readable else set()
    )
