"""三公开 of several villages in one go: a text for each, all of them public at once or none."""

import pytest
from django.urls import reverse
from lxml import html

from villages import disclosures
from villages.models import Disclosure
from villages.tests.test_disclosure_pages import items, put_up, text

__all__ = ["items"]


@pytest.fixture
def address(district):
    """The address of the round of October's accounts."""
    return reverse("villages:disclosure-many", args=[district.zhuoshui.code]) + "?item=accounts&period=2026-10"


def test_two_villages_are_put_up_together(district, clerk, items, signed_in, address):
    client = signed_in(clerk)
    listed = html.fromstring(client.get(reverse("villages:disclosure-list")).content.decode())
    [many] = listed.xpath("//a[contains(., '几个村一起公开')]/@href")
    chosen = client.get(many)
    assert "财务 2026年10月收支明细 2026-11-10 逾期 13 天 2 填写 2026年10月收支明细" in text(chosen)
    [write] = html.fromstring(chosen.content.decode()).xpath("//td[@class='c-table__act']/a/@href")
    assert address == many + write
    texts = {district.tongmu.code: "收入 1200 元。", district.sanmen.code: "收入 90 元。"}
    made = client.post(address, texts, follow=True)

    assert "2 个村的“2026年10月收支明细”已公开" in made.content.decode()
    assert "期满的都已公开" in text(made)
    rows = Disclosure.objects.order_by("village").values_list("village__name", "text", "made_by__name", "title")
    assert list(rows) == [
        ("桐木村", "收入 1200 元。", "冉晓莉", "2026年10月收支明细"),
        ("三门社区", "收入 90 元。", "冉晓莉", "2026年10月收支明细"),
    ]


def test_who_has_nothing_to_say_yet_stays_on_the_list(district, clerk, items, signed_in, address):
    client = signed_in(clerk)
    client.post(address, {district.sanmen.code: "收入 90 元。", district.tongmu.code: " "})
    left = html.fromstring(client.get(address).content.decode()).xpath("//textarea/@name")
    assert (left, Disclosure.objects.get().village) == ([district.tongmu.code], district.sanmen)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({}, "还没有写一个村的内容"),
        ({"500114112202": "电话 13800000000", "500114112003": "收入 90 元。"}, "内容里像是有手机号，去掉再保存"),
        ({"500114112202": "字" * 5001}, "内容最多 5000 个字"),
    ],
)
def test_bad_input_is_told_and_no_village_is_put_up(district, clerk, items, signed_in, address, texts, said):
    response = signed_in(clerk).post(address, texts)
    assert (response.status_code, said in text(response)) == (422, True)
    assert all(words in response.content.decode() for words in texts.values())
    assert not Disclosure.objects.exists()


def test_what_somebody_else_put_up_meanwhile_is_not_put_up_twice(district, clerk, items, signed_in, address):
    put_up(district.tongmu, items["accounts"], "2026-10", clerk)
    put_up(district.sanmen, items["accounts"], "2026-10", clerk)
    answer = signed_in(clerk).post(address, {district.tongmu.code: "再写一次"}, follow=True)

    assert "这一项各村都已公开" in answer.content.decode()
    assert Disclosure.objects.count() == 2


def test_a_village_that_was_faster_is_told_and_the_others_wait(district, clerk, items, signed_in, address, monkeypatch):
    """Between the look and the lock: the function refuses, and what was typed stays."""
    inner = disclosures.publish_all

    def late(**asked):
        put_up(district.tongmu, items["accounts"], "2026-10", clerk)
        return inner(**asked)

    monkeypatch.setattr(disclosures, "publish_all", late)
    texts = {district.tongmu.code: "收入 1200 元。", district.sanmen.code: "收入 90 元。"}
    answer = signed_in(clerk).post(address, texts)
    assert (answer.status_code, "已经公开，要改就打开它更正" in text(answer)) == (422, True)
    assert "收入 90 元。" in answer.content.decode()
    assert Disclosure.objects.count() == 1


def test_the_page_asks_the_same_for_few_and_many(
    district, clerk, items, signed_in, address, django_assert_max_num_queries
):
    client = signed_in(clerk)
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address)


def test_without_a_clerk_s_post_it_is_not_offered(district, leader, items, signed_in, address):
    client = signed_in(leader)
    assert "几个村一起公开" not in client.get(reverse("villages:disclosure-list")).content.decode()
    assert client.get(address).status_code == 403
