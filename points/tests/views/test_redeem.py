"""The counter: who finds whom, what is handed out, what is refused and where that is said, and the day list."""

import uuid

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW
from points import stock, store
from points.models import Redemption
from points.tests.shop import give
from points.tests.views.cost import own_queries
from points.tests.views.test_passbooks import cells, text
from qianjiang_portal.foundation import calendar, options

COUNTER, DAY = "/redeem/", "/redeem/day/"


@pytest.fixture
def press(signed_in, counter, outlet, soap, home):
    """Press 兑换 at the counter."""

    def send(quantity="1", headers=None, **given):
        basket = {f"item-{soap.pk}": quantity}
        asked = {"outlet": outlet.pk, "household": home.pk, "key": uuid.uuid4(), "seen": 100, "who": "self"}
        return signed_in(counter).post(COUNTER, asked | basket | given, headers=headers)

    return send


def test_the_counters_day_begins_here(counter, outlet, signed_in):
    assert signed_in(counter).get("/").url == COUNTER


def test_without_an_outlet_the_page_says_who_opens_one(counter, signed_in):
    assert "没有在用的兑换点乡镇经办" in text(signed_in(counter).get(COUNTER))


@pytest.mark.parametrize("query", ["rgm", "冉光明", "112202-01-0101"])
def test_one_household_is_found_and_shown_with_what_it_may_spend(outlet, soap, home, counter, signed_in, query):
    shown = text(signed_in(counter).get(f"{COUNTER}?q={query}"))

    assert "冉光明 户 桐木村1组 0101，4 人" in shown
    assert "可兑换100 分" in shown
    assert "洗衣液 XYY 库存 10 瓶 20 分" in shown


def test_namesakes_are_listed_apart(outlet, counter, signed_in, district):
    for at in (0, 1):
        home = district.homes[at]
        home.head_name, home.initials, home.pinyin = "张伟", "zw", "zhang wei"
        home.save()

    assert "2 户，选一户 张伟桐木村1组户号 0101可兑换 0 分 张伟桐木村2组户号 0201" in text(
        signed_in(counter).get(f"{COUNTER}?q=zw")
    )


def test_only_villages_served_are_searched(outlet, counter, signed_in, district):
    outlet.villages.set([district.tongmu])

    assert "没有找到这一户" in text(signed_in(counter).get(f"{COUNTER}?q=罗昌碧"))
    assert signed_in(counter).get(f"{COUNTER}?household={district.next_door[0].pk}").status_code == 404


def test_goods_are_handed_out_and_the_page_is_ready_for_the_next(press, home, signed_in, counter):
    response = press("2", who="family", collector="冉小妹")

    made = Redemption.objects.get()
    shown = text(signed_in(counter).get(response.url))
    assert (made.points, made.collector, store.available(home)) == (40, "冉小妹", 60)
    assert "冉光明户 已兑换 洗衣液×2，余 60 分 D-1123-01" in shown
    assert "今日 1 笔，40 分" in shown


def test_the_same_press_twice_is_one_slip(press):
    key = uuid.uuid4()

    assert press(key=key).url == press(key=key).url
    assert Redemption.objects.count() == 1


def part(response):
    """The readable text of an answer without a page around it."""
    return " ".join(html.fromstring(f"<div>{response.content.decode()}</div>").text_content().split())


def test_where_the_page_stays_only_the_desk_is_answered(press, outlet, home):
    response = press("2", headers={"HX-Request": "true"})

    made, shown = Redemption.objects.get(), part(response)
    assert response.headers["HX-Push-Url"] == f"{COUNTER}?outlet={outlet.pk}&done={made.pk}"
    assert "冉光明户 已兑换 洗衣液×2，余 60 分 D-1123-01" in shown
    assert "今日 1 笔，40 分" in shown
    assert "<html" not in response.content.decode()


def test_a_refusal_on_the_desk_leaves_the_address(press):
    response = press("6", headers={"HX-Request": "true"})

    assert (response.status_code, "还差 20 分" in part(response)) == (422, True)
    assert "HX-Push-Url" not in response.headers


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"quantity": "6"}, 422, "可兑换 100 分，还差 20 分"),
        ({"quantity": "11"}, 422, "洗衣液 库存 10 瓶"),
        ({"quantity": "一"}, 422, "数量填 1 到 99"),
        ({"quantity": ""}, 422, "先选物品"),
        ({"who": "family"}, 422, "写家人的姓名"),
        ({"seen": "120"}, 409, "余额刚变为 100 分，请再看一下"),
        ({"household": ""}, 422, "先找到一户"),
        ({"key": "x"}, 422, "重新打开这一页再兑换"),
    ],
)
def test_a_refusal_is_said_in_place_and_keeps_what_was_typed(press, given, status, said):
    response = press(**given)

    assert response.status_code == status
    assert said in text(response)
    assert Redemption.objects.count() == 0
    if given.get("quantity"):
        assert f'value="{given["quantity"]}"' in response.content.decode()


@pytest.mark.parametrize("quantity", ["一", "-5", "1.5", "²", "999", "9" * 400])
def test_a_quantity_that_cannot_be_one_stays_on_its_line(press, soap, quantity):
    page = html.fromstring(press(quantity).content.decode())
    [field] = page.xpath(f"//input[@name='item-{soap.pk}']")

    assert (field.get("value"), field.get("aria-invalid")) == (quantity[:12], "true")
    [said] = page.xpath(f"//*[@id='{field.get('aria-describedby')}'][not(@hidden)]")
    assert said.text_content() == "数量填 1 到 99"


def test_a_quantity_that_is_too_much_is_no_wrong_one(press, soap):
    page = html.fromstring(press("11").content.decode())
    [field] = page.xpath(f"//input[@name='item-{soap.pk}']")

    assert (field.get("value"), field.get("aria-invalid")) == ("11", None)
    assert not page.xpath("//*[@data-wrong][not(@hidden)]")


def test_a_page_with_a_stale_balance_can_be_pressed_again(press):
    key = uuid.uuid4()

    assert 'name="seen" value="100"' in press(key=key, seen=120).content.decode()
    assert f'value="{key}"' in press(key=key, seen=120).content.decode()
    assert press(key=key, seen=100).status_code == 302


def test_outside_the_hours_the_page_says_so_and_hands_nothing_out(press, signed_in, counter):
    with calendar.at(NOW.replace(hour=20)):
        response = press()
        assert "现在不是兑换时间，桐木村积分超市每天 08:00—18:00 办理" in text(signed_in(counter).get(COUNTER))
    assert response.status_code == 422
    assert Redemption.objects.count() == 0


def test_what_has_run_out_says_when_it_comes(outlet, soap, home, counter, signed_in):
    stock.lose(item=soap, quantity=10, by=counter, now=NOW, note="破损")
    due = NOW.date().replace(day=28)
    stock.keep_item(outlet=outlet, item=soap, code="XYY", name="洗衣液", points=20, by=counter, now=NOW, restock_on=due)

    assert "洗衣液 没有库存，预计 11月28日 到货" in text(signed_in(counter).get(f"{COUNTER}?household={home.pk}"))


def test_points_on_notice_and_a_debt_are_told_apart(notice, outlet, counter, signed_in, district):
    give(district.homes[0], -30)
    shown = text(signed_in(counter).get(f"{COUNTER}?household={district.homes[0].pk}"))

    assert "另有 +5 分公示中，12月1日后可用 待抵扣 30 分，以后的加分先抵扣 可兑换0 分" in shown


def test_who_may_look_without_the_counter_sees_no_goods(outlet, soap, home, clerk, signed_in):
    shown = text(signed_in(clerk).get(f"{COUNTER}?household={home.pk}"))

    assert "可兑换100 分" in shown
    assert "兑换由桐木村积分超市的兑换经办办理" in shown


def test_clerks_run_the_counter_where_the_district_says_so(press, clerk, signed_in, outlet, home, soap):
    asked = {"outlet": outlet.pk, "household": home.pk, "key": uuid.uuid4(), f"item-{soap.pk}": 1}

    assert signed_in(clerk).post(COUNTER, asked).status_code == 403
    options.put(name="clerks_at_counter", value=True)
    assert signed_in(clerk).post(COUNTER, asked).status_code == 302


def test_the_register_names_heads_and_what_they_may_spend(outlet, home, counter, signed_in, district):
    rows = signed_in(counter).get(reverse("points:redeem-index", args=[outlet.pk])).json()["rows"]

    assert len(rows) == len(district.homes) + len(district.next_door)
    assert [home.pk, "冉光明", "rgm", "0101", "桐木村1组", 4, 100, "", ""] in rows


@pytest.mark.parametrize("address", [COUNTER, DAY])
def test_a_strangers_outlet_is_not_there(outlet, stranger, signed_in, address):
    assert signed_in(stranger).get(f"{address}?outlet={outlet.pk}").status_code == 404


@pytest.mark.parametrize(("count", "most"), [(1, 13), (3, 13)])
def test_the_counter_costs_the_same_for_one_good_and_three(outlet, soap, home, counter, signed_in, count, most):
    for at in range(1, count):
        stock.keep_item(outlet=outlet, code=f"M{at}", name="毛巾", points=6, by=counter, now=NOW)

    assert own_queries(signed_in(counter), f"{COUNTER}?household={home.pk}") == most


# --- the day list -------------------------------------------------------------


@pytest.fixture
def made(redeem):
    return redeem(2)


def undo(client, made, reason="录错了户"):
    return client.post(reverse("points:redeem-undo", args=[made.pk]), {"reason": reason})


def test_day_list_tells_each_slip_and_the_sum(made, counter, signed_in):
    response = signed_in(counter).get(DAY)

    assert "桐木村积分超市，1 笔，40 分" in text(response)
    [row] = cells(response)
    assert row[:9] == [
        "10:00", "D-1123-01", "冉光明 桐木村1组", "洗衣液×2", "−40", "60", "本人", "杨店员", "已兑换",
    ]  # fmt: skip


def test_a_slip_of_today_is_taken_back(made, home, soap, counter, signed_in):
    response = undo(signed_in(counter), made)

    soap.refresh_from_db()
    shown = text(signed_in(counter).get(response.url))
    assert (store.available(home), soap.stock) == (100, 10)
    assert "D-1123-01 已撤销，40 分退回冉光明户" in shown
    assert "0 笔，0 分，另撤销 1 笔" in shown
    assert "已撤销 录错了户" in shown


def test_no_reason_no_undo(made, counter, signed_in):
    response = undo(signed_in(counter), made, reason="")

    assert (response.status_code, "选一个撤销的原因" in text(response)) == (422, True)
    assert not Redemption.objects.get().is_undone


def test_yesterdays_slip_has_no_undo_and_refuses_one(made, counter, signed_in):
    with calendar.at(NOW.replace(day=24)):
        shown = signed_in(counter).get(f"{DAY}?on=2026-11-23")
        response = undo(signed_in(counter), made)

    assert f"redeem/{made.pk}/undo" not in shown.content.decode()
    assert (response.status_code, "只能撤销当天的小票" in text(response)) == (422, True)


def test_readers_see_the_list_and_take_nothing_back(made, leader, clerk, signed_in):
    assert "D-1123-01" in text(signed_in(leader).get(DAY))
    assert undo(signed_in(clerk), made).status_code == 403


def test_a_strangers_slip_is_not_there(made, stranger, signed_in):
    assert undo(signed_in(stranger), made).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_day_list_costs_the_same_for_one_slip_and_three(redeem, counter, signed_in, count):
    for _ in range(count):
        redeem()

    assert own_queries(signed_in(counter), DAY) == 8


# --- on paper -----------------------------------------------------------------


def test_a_receipt_tells_who_what_how_much_and_where_to_sign(made, counter, signed_in):
    shown = text(signed_in(counter).get(reverse("points:redeem-receipt", args=[made.pk])))

    assert "桐木村积分超市 D-1123-01 2026-11-23 10:00 农户冉光明 桐木村1组 0101 领取人本人" in shown
    assert "洗衣液20240 合计40 分 兑换后可兑换 60 分 经办 杨店员领取人签名" in shown
    assert "元" not in shown


def test_a_receipt_of_an_undone_slip_says_so(made, counter, signed_in):
    undo(signed_in(counter), made)

    assert "已撤销" in text(signed_in(counter).get(reverse("points:redeem-receipt", args=[made.pk])))


def test_the_sheet_to_sign_leaves_out_what_was_taken_back(redeem, counter, signed_in):
    undo(signed_in(counter), redeem())
    redeem(3, collector="冉小妹")

    shown = text(signed_in(counter).get(f"{DAY}sheet/"))
    assert "2026年11月23日 1 笔，合计 60 分" in shown
    assert "1D-1123-02冉光明桐木村1组洗衣液×360冉小妹" in shown
    assert "物品合计：洗衣液(瓶) 3" in shown


def test_a_strangers_receipt_is_not_there(made, stranger, signed_in):
    assert signed_in(stranger).get(reverse("points:redeem-receipt", args=[made.pk])).status_code == 404
