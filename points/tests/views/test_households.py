"""换组、迁村、并户 on the page: both passbooks first, then the reason, then it is done."""

import pytest
from django.urls import reverse
from lxml import html

from points.models import Balance, HouseholdMove
from points.tests.shop import give
from points.tests.views.cost import own_queries


def url(household):
    return reverse("points:household-change", args=[household.pk])


def text(response):
    """What stands on the page, apart from each other."""
    main = html.fromstring(response.content.decode()).xpath("//main")[0]
    return " ".join(" ".join(main.itertext()).split())


def hidden(response):
    """What the confirming form carries along."""
    form = html.fromstring(response.content.decode()).xpath("//form[@method='post'][.//input[@name='seen']]")[0]
    return {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}


def test_a_merge_shows_both_passbooks_and_is_confirmed(district, clerk, signed_in):
    one, other = district.homes[:2]
    give(one, 30)
    give(other, 12)
    client = signed_in(clerk)
    shown = client.get(url(one), {"kind": "merge", "into": "qsm"})
    assert "冉光明户的 +30 分和 4 口人并入覃世明户，合起来 +42 分。" in text(shown)
    assert text(shown).count("期初") == 2
    given = hidden(shown)
    assert "原因没有写" in text(client.post(url(one), given))
    done = client.post(url(one), given | {"reason": "父子两户合并"}, follow=True)
    told = html.fromstring(done.content.decode()).xpath("//main/p[@role='status']")[0].text_content()
    assert f"{one.number} 已并入 {other.number}，30 分随户转来" in told
    assert f"桐木村 {one.number} 并入，转来 +30 分：父子两户合并" in text(done)
    assert f"转自 桐木村 {one.number}" in text(done)
    old = text(client.get(reverse("points:passbook", args=[one.pk])))
    assert f"并入桐木村 {other.number} ，+30 分已转去：父子两户合并" in old
    assert "已合并" in old
    assert "换组、迁村、并户" not in old


def test_a_move_is_chosen_village_by_group(district, clerk, signed_in):
    home = district.homes[0]
    give(home, 30)
    client = signed_in(clerk)
    first = client.get(url(home), {"kind": "village"})
    offered = html.fromstring(first.content.decode()).xpath("//select[@name='village']/option/@value")
    assert offered == ["", district.sanmen.code]
    shown = client.get(url(home), {"kind": "village", "village": district.sanmen.code, "grid": "2"})
    assert "存折 +30 分 在哪里 濯水镇三门社区2组 户号 在三门社区另编" in text(shown)
    stale = hidden(shown)
    give(home, 1)
    assert "存折刚有变化，看过再办" in text(client.post(url(home), stale | {"reason": "搬家"}))
    fresh = hidden(client.get(url(home), {"kind": "village", "village": district.sanmen.code, "grid": "2"}))
    done = client.post(url(home), fresh | {"reason": "搬家"}, follow=True)
    assert "31 分随户转来" in text(done)
    assert Balance.objects.get(household__village=district.sanmen).posted == 31


def test_another_group(district, clerk, signed_in):
    home = district.homes[0]
    client = signed_in(clerk)
    shown = client.get(url(home), {"grid": "2"})
    assert "存折、户号、在审核和公示的行都不变" in text(shown)
    done = client.post(url(home), hidden(shown) | {"reason": "分错了组"}, follow=True)
    assert "冉光明户已换到2组，户号不变" in text(done)
    assert "从1组换到2组：分错了组" in text(done)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "merge", "into": "张三"}, "没有找到“张三”"),
        ({"kind": "merge", "into": "冉光明"}, "选另外一户"),
        ({"kind": "merge", "into": "覃世明、单淑芬"}, "只写一户"),
        ({"kind": "nothing", "grid": "99"}, "选一组"),
        ({"kind": "village", "village": "500114106200"}, "选一个村"),
    ],
)
def test_what_cannot_be_chosen(given, said, district, clerk, signed_in):
    client = signed_in(clerk)
    assert said in text(client.get(url(district.homes[0]), given))
    assert client.post(url(district.homes[0]), given | {"reason": "搬家"}).status_code == 422
    assert not HouseholdMove.objects.exists()


def test_rows_on_their_way_stand_in_the_way(notice, district, clerk, signed_in):
    shown = signed_in(clerk).get(url(district.homes[0]), {"kind": "merge", "into": "0201"})
    assert "冉光明户还有 1 行在审核或公示，等入账或退回移出以后再办" in text(shown)
    assert b'name="reason"' not in shown.content


def test_queries_do_not_grow_with_the_village(district, clerk, signed_in):
    client = signed_in(clerk)
    give(district.homes[0], 3)
    asked = f"{url(district.homes[0])}?kind=village&village={district.sanmen.code}&grid=1"
    own_queries(client, asked)
    before = own_queries(client, asked)
    for _ in range(3):
        give(district.homes[0], 1)
    assert own_queries(client, asked) == before
