"""物品库存: the shelves, a thing's register, sheets of receipts and counts, the price list, and opening an outlet."""

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.urls import reverse

from conftest import NOW, make_person
from points import stock
from points.models import Item, Outlet, StockMove
from points.tests.views.cost import own_queries
from points.tests.views.test_passbooks import cells, text
from qianjiang_portal.foundation import calendar

STOCK = "/redeem/stock/"


def sheet(outlet, kind):
    return reverse("points:stock-sheet", args=[outlet.pk, kind])


def test_shelves_tell_price_stock_and_the_month(outlet, soap, redeem, counter, signed_in):
    redeem(2)
    stock.lose(item=soap, quantity=1, by=counter, now=NOW, note="破损")
    stock.count(item=soap, counted=6, by=counter, now=NOW, note="少一瓶")
    response = signed_in(counter).get(STOCK)

    assert "桐木村积分超市 开放每天 08:00—18:00 兑换经办杨店员 服务的村三门社区、桐木村" in text(response)
    assert cells(response) == [["XYY", "洗衣液", "20", "6 瓶", "10", "2", "1", "−1", "2026-11-23", "可兑换"]]


def test_a_count_that_is_due_is_said_in_words(outlet, soap, counter, signed_in):
    with calendar.at(NOW + dt.timedelta(days=35)):
        assert "该盘点" not in text(signed_in(counter).get(STOCK))
    with calendar.at(NOW + dt.timedelta(days=36)):
        assert cells(signed_in(counter).get(STOCK))[0][-1] == "该盘点"


def test_readers_see_the_shelves_and_cannot_move_anything(outlet, soap, leader, signed_in):
    page = signed_in(leader).get(STOCK).content.decode()

    assert "洗衣液" in page
    assert sheet(outlet, "receipt") not in page
    assert signed_in(leader).post(sheet(outlet, "receipt"), {}).status_code == 403


def test_nobody_has_an_outlet_yet(clerk, signed_in):
    shown = text(signed_in(clerk).get(STOCK))

    assert "开兑换点" in shown
    assert "还没有兑换点" in shown


# --- one thing ----------------------------------------------------------------


def test_goods_are_listed_received_and_counted(outlet, counter, signed_in):
    client = signed_in(counter)
    asked = {"code": "a01", "name": "毛巾", "unit": "条", "points": "6", "barcode": "", "is_listed": "on"}
    assert client.post(reverse("points:item-new", args=[outlet.pk]), asked).status_code == 302
    towel = Item.objects.get()
    page = reverse("points:item", args=[towel.pk])
    for kind, quantity, note in (("receipt", 60, "区供销社"), ("loss", 2, "受潮"), ("count", 57, "少一条")):
        key = uuid.uuid4()
        assert client.post(page, {"kind": kind, "quantity": quantity, "note": note, "key": key}).status_code == 302

    towel.refresh_from_db()
    assert (towel.code, towel.stock) == ("A01", 57)
    assert [row[1:4] for row in cells(client.get(page))] == [
        ["盘点", "−1", "少一条"],
        ["损耗", "−2", "受潮"],
        ["进货", "+60", "区供销社 进货单 2026-11-23"],
    ]


@pytest.mark.parametrize(
    ("kind", "quantity", "said"),
    [
        ("receipt", "0", "进货数量至少 1"),
        ("loss", "11", "损耗填 1 到 10，库存只有这么多"),
        ("loss", "1", "写明损耗的原因"),
        ("count", "9", "账上 10，盘点 9，写明差在哪里"),
        ("count", "-1", "数量至少 0"),
        ("receipt", "很多", "数量只填数字"),
        ("redemption", "1", "类别从列表里选"),
    ],
)
def test_a_move_that_cannot_be_says_why(soap, counter, signed_in, kind, quantity, said):
    note = "说明" if quantity == "11" else ""
    asked = {"kind": kind, "quantity": quantity, "note": note, "key": uuid.uuid4()}
    response = signed_in(counter).post(reverse("points:item", args=[soap.pk]), asked)

    soap.refresh_from_db()
    assert (response.status_code, soap.stock) == (422, 10)
    assert said in text(response)


def test_a_price_is_changed_and_a_code_is_not_used_twice(outlet, soap, counter, signed_in):
    client = signed_in(counter)
    asked = {"code": "XYY", "name": "洗衣液 3kg", "unit": "瓶", "points": "25", "is_listed": "on"}
    assert client.post(reverse("points:item-edit", args=[soap.pk]), asked).status_code == 302
    again = client.post(reverse("points:item-new", args=[outlet.pk]), asked)

    soap.refresh_from_db()
    assert (soap.name, soap.points, soap.stock) == ("洗衣液 3kg", 25, 10)
    assert (again.status_code, "编码或条码已经有别的物品在用" in text(again)) == (422, True)


# --- sheets -------------------------------------------------------------------


@pytest.fixture
def towel(outlet, counter):
    return stock.keep_item(outlet=outlet, code="MJ", name="毛巾", points=6, by=counter, now=NOW)


def test_a_sheet_of_receipts_is_booked_once(outlet, soap, towel, counter, signed_in):
    asked = {"key": uuid.uuid4(), f"quantity-{soap.pk}": "5", f"quantity-{towel.pk}": "40", f"note-{towel.pk}": "新到"}
    for _ in range(2):
        assert signed_in(counter).post(sheet(outlet, "receipt"), asked).status_code == 302

    assert {item.code: item.stock for item in Item.objects.all()} == {"XYY": 15, "MJ": 40}
    assert StockMove.objects.get(item=towel).note == "新到"


def test_without_the_key_the_same_sheet_would_double_the_stock(soap, counter):
    for _ in range(2):
        stock.receive(item=soap, quantity=5, by=counter, now=NOW)

    soap.refresh_from_db()
    assert soap.stock == 20


def test_the_database_keeps_a_sheet_from_moving_a_thing_twice(soap, counter):
    move = stock.receive(item=soap, quantity=5, by=counter, now=NOW, key=uuid.uuid4())
    with pytest.raises(IntegrityError, match="points_stock_sheet_moves_an_item_once"), transaction.atomic():
        StockMove.objects.create(item=soap, kind="receipt", quantity=5, key=move.key, made_by=counter, made_at=NOW)


def test_a_count_is_all_or_nothing_and_keeps_what_was_typed(outlet, soap, towel, counter, signed_in):
    asked = {"key": uuid.uuid4(), f"quantity-{soap.pk}": "8", f"quantity-{towel.pk}": "0"}
    response = signed_in(counter).post(sheet(outlet, "count"), asked)

    assert response.status_code == 422
    assert "洗衣液：账上 10，盘点 8，写明差在哪里" in text(response)
    assert 'value="8"' in response.content.decode()
    assert StockMove.objects.filter(kind="count").count() == 0


@pytest.mark.parametrize(
    ("quantity", "said"),
    [("", "至少填一件物品的数量"), ("三", "洗衣液：数量只填数字"), ("100000", "洗衣液：数量最多 5 位")],
)
def test_a_sheet_says_what_it_misses(outlet, soap, counter, signed_in, quantity, said):
    response = signed_in(counter).post(sheet(outlet, "receipt"), {"key": uuid.uuid4(), f"quantity-{soap.pk}": quantity})

    assert (response.status_code, said in text(response)) == (422, True)


def test_goods_of_another_outlet_are_not_booked(outlet, soap, district, counter, clerk, signed_in):
    other = stock.keep_outlet(
        village=district.sanmen, name="三门积分超市", serves=[district.sanmen], weekdays="1", opens_at=dt.time(8),
        closes_at=dt.time(9), by=clerk, now=NOW,
    )  # fmt: skip
    response = signed_in(counter).post(sheet(other, "receipt"), {"key": uuid.uuid4(), f"quantity-{soap.pk}": "5"})

    assert (response.status_code, "至少填一件" in text(response)) == (422, True)
    with pytest.raises(stock.CannotKeep, match="不在这个兑换点"):
        stock.book(outlet=other, kind="receipt", lines=[stock.Typed(soap, 5)], key=uuid.uuid4(), by=counter, now=NOW)


def test_the_price_list_is_in_points_alone(outlet, soap, counter, signed_in):
    page = signed_in(counter).get(reverse("points:stock-prices", args=[outlet.pk]))

    assert cells(page) == [["XYY", "洗衣液", "瓶", "20 分"]]
    assert "元" not in text(page)


# --- outlets ------------------------------------------------------------------


@pytest.fixture
def asked(district, counter):
    return {
        "village": district.tongmu.code,
        "name": "桐木村积分超市",
        "serves": [district.tongmu.code, district.sanmen.code],
        "days": ["1", "3"],
        "opens_at": "09:00",
        "closes_at": "17:00",
        "keepers": [counter.pk],
    }


@pytest.mark.parametrize("person", ["clerk", "leader"])
def test_an_outlet_is_opened_for_villages_hours_and_keepers(asked, person, cast, signed_in, counter, district):
    assert signed_in(cast[person]).post(reverse("points:outlet-new"), asked).status_code == 302

    outlet = Outlet.objects.get()
    assert (outlet.hours, list(outlet.keepers.all())) == ("周一、周三 09:00—17:00", [counter])
    assert set(outlet.villages.all()) == {district.tongmu, district.sanmen}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"closes_at": "08:00"}, "关门时间晚于开门时间"),
        ({"serves": []}, "服务的村至少选一个"),
        ({"days": []}, "开放的星期至少选一天"),
        ({"name": ""}, "名称没有填写"),
    ],
)
def test_an_outlet_that_cannot_be_says_why(asked, clerk, signed_in, given, said):
    response = signed_in(clerk).post(reverse("points:outlet-new"), asked | given)

    assert (response.status_code, said in text(response), Outlet.objects.count()) == (422, True, 0)


def test_only_counters_stand_behind_a_counter(asked, clerk, reviewer, signed_in, district):
    offered = signed_in(clerk).get(reverse("points:outlet-new")).content.decode()
    response = signed_in(clerk).post(reverse("points:outlet-new"), asked | {"keepers": [reviewer.pk]})

    assert "杨店员" in offered
    assert "覃正芬" not in offered
    assert response.status_code == 422
    with pytest.raises(stock.CannotKeep, match="覃正芬 没有兑换经办的任职"):
        stock.keep_outlet(
            village=district.tongmu, name="超市", serves=[district.tongmu], weekdays="1", opens_at=dt.time(8),
            closes_at=dt.time(9), by=clerk, now=NOW, keepers=[reviewer],
        )  # fmt: skip


def test_an_outlet_closed_today_hands_nothing_out_and_stays_in_the_books(
    asked, outlet, redeem, counter, clerk, signed_in
):
    slip = redeem(2)
    page = reverse("points:outlet-edit", args=[outlet.pk])
    assert signed_in(clerk).post(page, asked | {"closed_on": "2026-11-23"}).status_code == 302

    assert "11月23日停用" in text(signed_in(clerk).get(STOCK))
    assert "没有在用的兑换点" in text(signed_in(clerk).get("/redeem/"))
    day = text(signed_in(clerk).get("/redeem/day/"))
    assert "桐木村积分超市（已停用）" in day
    assert slip.number in day
    assert signed_in(clerk).get("/redeem/day/sheet/").status_code == 200


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-24", "停用日期晚于今天；保存后马上停用，到那天再填"),
        ("2026-11-20", "2026-11-23 还有兑换、进货、损耗或盘点，停用日期不早于这一天"),
    ],
)
def test_an_outlet_closes_on_no_day_to_come_and_on_none_before_its_books_end(
    asked, outlet, soap, counter, clerk, signed_in, day, why
):
    page = reverse("points:outlet-edit", args=[outlet.pk])
    refused = signed_in(clerk).post(page, asked | {"closed_on": day})

    assert refused.status_code == 422
    assert why in text(refused)
    assert "桐木村积分超市" in text(signed_in(counter).get("/redeem/"))


def test_another_townships_outlet_cannot_be_changed_by_naming_ones_own_village(outlet, district, counter):
    far = make_person("far", "石经办", {"role": "clerk", "village": district.sanmen})
    with pytest.raises(stock.CannotKeep, match="没有管理"):
        stock.keep_outlet(
            outlet=outlet, village=district.sanmen, name="超市", serves=[district.sanmen], weekdays="1",
            opens_at=dt.time(8), closes_at=dt.time(9), by=far, now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_shelves_cost_the_same_for_one_thing_and_three(outlet, soap, counter, signed_in, count):
    for at in range(1, count):
        stock.keep_item(outlet=outlet, code=f"M{at}", name="毛巾", points=6, by=counter, now=NOW)

    assert own_queries(signed_in(counter), STOCK) == 9
