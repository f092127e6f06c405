import pytest
from django.urls import reverse

from conftest import SINCE
from points.models import PanelMember
from points.tests.views.cost import own_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(district):
    return reverse("points:panel", args=[district.tongmu.code])


def test_villages_without_a_quorum_come_first(signed_in, clerk, panel, rule_set):
    response = signed_in(clerk).get(reverse("points:panel-list"))

    assert [(one.village.short_name, one.members, one.enough) for one in response.context["panels"]] == [
        ("三门社区", 0, False),
        ("桐木村", 3, True),
    ]
    text = response.content.decode()
    for words in ("1 个村的评议小组不到 3 人", "没有设立", "齐全", "覃正芬"):
        assert words in text


def test_a_panel_is_read_with_its_members(signed_in, reviewer, panel, here):
    text = signed_in(reviewer).get(here).content.decode()

    for words in ("在任 3 人", "覃正芬", "组长", "向德珍", "没有登记"):
        assert words in text
    assert "登记成员" not in text


def test_a_member_is_named_on_the_form(signed_in, clerk, here, district, reviewer):
    client = signed_in(clerk)

    wrong = client.post(here, {"name": "冉启武", "household": "生人", "begins_on": SINCE})
    assert wrong.status_code == 422
    assert "没有找到“生人”" in wrong.content.decode()
    good = client.post(
        here, {"name": "冉启武", "household": "冉光明", "account": reviewer.pk, "begins_on": SINCE, "is_head": "on"}
    )
    assert good.status_code == 302
    member = PanelMember.objects.get()
    assert (member.name, member.household, member.user, member.is_head) == ("冉启武", district.homes[0], reviewer, True)


def test_kin_are_set_by_name_and_number(signed_in, clerk, panel, district, here):
    url = reverse("points:panel-kin", args=[district.tongmu.code, panel[0].pk])
    client = signed_in(clerk)

    assert client.post(url, {"homes": f"冉光明、{district.homes[1].short_number}"}).status_code == 302
    assert set(panel[0].kin.all()) == set(district.homes[:2])
    wrong = client.post(url, {"homes": "生人"})
    assert (wrong.status_code, "没有找到“生人”" in wrong.content.decode()) == (422, True)
    client.post(url, {"homes": ""})
    assert not panel[0].kin.exists()


def test_a_term_is_ended(signed_in, clerk, panel, district):
    url = reverse("points:panel-end", args=[district.tongmu.code, panel[2].pk])
    client = signed_in(clerk)

    assert client.post(url, {"ends_on": "2025-01-01"}).status_code == 422
    assert client.post(url, {"ends_on": "2026-11-22"}).status_code == 302
    assert "任期已满" in client.get(reverse("points:panel", args=[district.tongmu.code])).content.decode()


def test_a_stranger_finds_no_panel_and_a_member_belongs_to_its_village(signed_in, stranger, clerk, panel, district):
    assert signed_in(stranger).get(reverse("points:panel", args=[district.tongmu.code])).status_code == 404
    url = reverse("points:panel-end", args=[district.sanmen.code, panel[0].pk])
    assert signed_in(clerk).post(url, {"ends_on": "2026-11-22"}).status_code == 404


def test_the_pages_cost_the_same_with_one_member_and_with_three(signed_in, clerk, panel, district, here, rule_set):
    client = signed_in(clerk)
    for url in (here, reverse("points:panel-list")):
        own_queries(client, url)
    three = [own_queries(client, url) for url in (here, reverse("points:panel-list"))]
    PanelMember.objects.exclude(pk=panel[0].pk).delete()

    assert [own_queries(client, url) for url in (here, reverse("points:panel-list"))] == three
