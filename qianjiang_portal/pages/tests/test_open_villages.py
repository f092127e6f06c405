"""/gk/: what each village made public, for everybody and without a script."""

import datetime as dt

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW, SINCE
from points import awards, honours
from points.models import HonourKind, PanelMember
from qianjiang_portal.foundation import calendar, periods
from villages import disclosures
from villages.models import DisclosureItem

URL = reverse("public-villages")


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


def put_up(village, clerk):
    item = DisclosureItem.objects.get(code="accounts")
    disclosures.publish(village=village, item=item, period=periods.parse("2026-10"), text="收支", by=clerk, now=NOW)


@pytest.fixture
def shown(district, clerk, notice):
    """桐木村 with a notice and something of 三公开."""
    disclosures.load_defaults(since=SINCE)
    put_up(district.tongmu, clerk)
    return district


def test_the_overview_counts_by_township(shown, client):
    page = client.get(URL)
    assert "石会镇 1 个村（社区），0 个有公开" in text(page)
    assert "濯水镇 2 个村（社区），1 个有公开" in text(page)
    assert (page["X-Robots-Tag"], b"<script" in page.content) == ("noindex, nofollow", False)


def test_a_village_is_found_by_name_with_all_it_made_public(shown, client, clerk, reviewer, panel):
    kind = HonourKind.objects.get(name="文明家庭")
    put = {"kind": kind, "village": shown.tongmu, "year": 2026, "nominee": honours.Nominee(shown.homes[1])}
    honour = honours.nominate(**put, deed="邻里和睦", by=clerk, now=NOW)
    sitting = honours.Sitting(list(PanelMember.objects.filter(village=shown.tongmu)), NOW)
    honours.decide(village=shown.tongmu, passed=[honour.pk], declined={}, sitting=sitting, by=reviewer, now=NOW)
    awards.publish(village=shown.tongmu, by=clerk, now=NOW)
    found = client.get(URL, {"q": "桐木"})
    assert "找到 1 个村（社区）" in text(found)
    assert "三公开 1 条 最近 11月23日 2026年11月积分公示 红榜 1 个" in text(found)
    links = html.fromstring(found.content.decode()).xpath("//main//li//a/@href")
    assert [client.get(link).status_code for link in links] == [200, 200, 200]
    for home in shown.homes:
        assert home.head_name not in found.content.decode()


def test_nothing_public_and_nothing_found_are_told(shown, client):
    assert "网上还没有公开" in text(client.get(URL, {"township": "500114106"}))
    assert "没有找到" in text(client.get(URL, {"q": "没这村"}))


def test_what_is_over_leaves_the_index(shown, notice, client):
    with calendar.at(NOW + dt.timedelta(days=1000)):
        assert "网上还没有公开" in text(client.get(URL, {"q": "桐木"}))


def test_it_is_linked_from_the_public_home(shown, client):
    assert URL in client.get("/gs/").content.decode()


@pytest.mark.parametrize("villages", [1, 3])
def test_it_costs_the_same_for_one_village_and_three(
    shown, client, clerk, stranger, villages, django_assert_num_queries
):
    if villages == 3:
        put_up(shown.sanmen, clerk)
        put_up(shown.zhongyuan, stranger)
    with django_assert_num_queries(8):
        client.get(URL, {"q": "桐木" if villages == 1 else "镇"})
