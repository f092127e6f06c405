"""资格暂停: the list, the form, lifting, and what the counter, the book and the public see of it."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from points import suspensions
from points.models import Suspension
from points.suspensions import Veto
from points.tests.views.cost import own_queries
from points.tests.views.test_passbooks import book, cells, text

LIST = "/honours/suspensions/"
SENT = {"item": "V03", "reason": "虚报参加劳动", "basis": "镇核查结论 7 号", "begins_on": "2026-11-23"}


def stop(household, leader, ends_on=dt.date(2026, 12, 31)):
    veto = Veto("V03", "虚报参加劳动", "镇核查结论 7 号")
    return suspensions.suspend(household=household, veto=veto, ends_on=ends_on, by=leader, now=NOW)


def new(household):
    return reverse("points:suspension-new", args=[household.pk])


def test_the_leader_sets_one_from_the_book(leader, signed_in, district):
    client, home = signed_in(leader), district.homes[0]
    assert new(home) in client.get(book(home)).content.decode()
    assert "登记后不能改" in text(client.get(new(home)))

    response = client.post(new(home), SENT | {"ends_on": "2027-05-31"}, follow=True)

    assert '冉光明户暂停到 <span class="u-nowrap">2027-05-31</span>' in response.content.decode()
    assert "暂停中 1 户" in text(response)
    assert cells(response)[0][:4] == [
        "冉光明 0101",
        "桐木村",
        "弄虚作假骗取积分",
        "虚报参加劳动 镇核查结论 7 号，向副镇长 2026-11-23 登记".replace(" 镇", "镇", 1),
    ]
    assert new(home) not in client.get(book(home)).content.decode()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"item": ""}, "选一个否决事项"),
        ({"reason": ""}, "写明情况"),
        ({"reason": "找 13812345678"}, "手机号"),
        ({"ends_on": "2026-11-01"}, "结束日期早于开始日期"),
        ({"ends_on": "2028-01-01"}, "最长到次年年底"),
        ({"begins_on": "2026-11-01"}, "开始日期从今天起"),
        ({"ends_on": "明年"}, "日期写成"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(leader, signed_in, district, changed, says):
    response = signed_in(leader).post(new(district.homes[0]), SENT | {"ends_on": "2026-12-31"} | changed)

    assert response.status_code == 422
    assert says in text(response)
    assert (changed.get("basis") or "镇核查结论 7 号") in response.content.decode()
    assert not Suspension.objects.exists()


def test_it_may_name_the_deduction_it_goes_with(leader, signed_in, district, make_batch, rule_set, clerk):
    from points import batches

    batch = make_batch([district.homes[0]], rule=rule_set.rules.get(code="Z13"))
    batches.submit(batch=batch, maker=clerk, now=NOW)
    claim = batch.claims.get()
    client = signed_in(leader)
    assert f"{claim.rule.item} −2 分" in text(client.get(new(district.homes[0])))

    client.post(new(district.homes[0]), SENT | {"ends_on": "2026-12-31", "claim": claim.pk})

    assert Suspension.objects.get().claim == claim


def test_lifted_early_from_the_list(leader, signed_in, district):
    made, client = stop(district.homes[0], leader), signed_in(leader)
    url = reverse("points:suspension-lift", args=[made.pk])
    assert "写明解除原因" in text(client.post(url, {"reason": ""}))

    response = client.post(url, {"reason": "核查有误"}, follow=True)

    assert "向副镇长 2026-11-23：核查有误" in text(response)
    assert client.get(url).status_code == 302


def test_the_list_narrows_by_village(leader, reviewer, signed_in, district):
    stop(district.homes[0], leader)
    stop(district.next_door[0], leader)
    client = signed_in(leader)

    assert len(cells(client.get(LIST))) == 2
    assert [row[0] for row in cells(client.get(f"{LIST}?village={district.sanmen.code}"))] == ["罗昌碧 0101"]


def test_an_empty_list_says_where_one_is_set(leader, signed_in, district):
    assert "在农户存折里登记" in text(signed_in(leader).get(LIST))


def test_the_counter_is_told_and_sees_no_goods_and_no_reason(home, soap, counter, leader, signed_in):
    stop(home, leader)

    shown = text(signed_in(counter).get(f"/redeem/?outlet={soap.outlet_id}&household={home.pk}"))

    assert "这一户现在不办理兑换，请户主到村委会问清楚" in shown
    assert not {"洗衣液", "弄虚作假", "虚报"} & {word for word in ("洗衣液", "弄虚作假", "虚报") if word in shown}


@pytest.mark.parametrize(("who", "told"), [("leader", True), ("reviewer", True), ("clerk", False), ("counter", False)])
def test_the_book_tells_only_those_who_may_know(request, signed_in, district, leader, who, told):
    stop(district.homes[0], leader)

    shown = text(signed_in(request.getfixturevalue(who)).get(book(district.homes[0])))

    assert ("不能提名荣誉、不能兑换" in shown) is told
    assert "虚报" not in shown


def test_no_public_page_knows_it(client, district, leader, posted):
    stop(district.homes[0], leader)

    for url in ("/gs/", reverse("points:public-notice", args=[posted.code])):
        page = client.get(url).content.decode()
        assert "暂停" not in page
        assert "弄虚作假" not in page


def test_the_list_costs_the_same_for_one_row_and_three(leader, signed_in, district):
    client = signed_in(leader)
    stop(district.homes[0], leader)
    own_queries(client, LIST)
    one = own_queries(client, LIST)
    for home in (district.homes[1], district.next_door[0]):
        stop(home, leader, ends_on=TODAY)

    assert len(cells(client.get(LIST))) == 3
    assert own_queries(client, LIST) == one <= 5
