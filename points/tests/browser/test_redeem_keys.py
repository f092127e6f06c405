"""The counter by keyboard and by scanner: one thing for one household in ten keys, and ready for the next."""

import re

import pytest
from playwright.sync_api import Page, expect

from conftest import NOW, PASSWORD
from points import stock, store
from points.models import Redemption
from points.tests.shop import give
from qianjiang_portal.foundation import options
from villages.models import Household, Session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEYS = 10


@pytest.fixture
def guangming(register, outlet, soap, counter) -> Household:
    rice = stock.keep_item(
        outlet=outlet, code="DM5", name="大米", points=45, by=counter, now=NOW, unit="袋", barcode="6901234567892"
    )
    stock.receive(item=rice, quantity=1, by=counter, now=NOW)
    stock.keep_item(outlet=outlet, code="DWX", name="电蚊香", points=4, by=counter, now=NOW)
    household = register.named("覃世明")
    give(household, 86)
    return household


@pytest.fixture
def desk(page: Page, sign_in, counter, guangming, errors) -> Page:
    options.put(name="receipt_printing", value=False)
    sign_in(counter)
    with page.expect_response(re.compile(r"/redeem/index/")):
        page.goto("/redeem/")
    expect(page.locator("#q")).to_have_attribute("data-lookup", "household")
    yield page
    assert errors == []


def press(page: Page, *keys: str) -> int:
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def test_one_thing_is_redeemed_in_ten_keys_and_the_next_may_come(desk, guangming):
    expect(desk.locator("#q")).to_be_focused()
    count = press(desk, *"tsm")
    expect(desk.locator("#candidates [role=option]").first).to_contain_text("覃世明")
    count += press(desk, "Enter")
    pick = desk.locator("[data-lookup=item]")
    expect(pick).to_be_focused()
    count += press(desk, *"xyy", "Enter", "Enter")
    expect(desk.locator("[data-label]")).to_have_text("兑换 1 件，共 20 分")
    expect(desk.locator("[data-rest]")).to_have_text("66")
    count += press(desk, "Enter")

    expect(desk.locator(".st-done")).to_contain_text("已兑换 洗衣液×1，余 66 分")
    expect(desk.locator("#q")).to_be_focused()
    assert count <= KEYS
    assert (Redemption.objects.get().household, store.available(guangming)) == (guangming, 66)


def test_focus_is_back_for_the_next_household_each_time(desk, guangming):
    for _ in range(3):
        desk.goto(f"/redeem/?household={guangming.pk}")
        expect(desk.locator("[data-lookup=item]")).to_be_focused()
        press(desk, *"xyy", "Enter", "Control+Enter")
        expect(desk.locator(".st-done")).to_be_visible()
        expect(desk.locator("#q")).to_be_focused()


def test_a_scanner_finds_household_and_goods(desk, guangming):
    desk.keyboard.type(guangming.number)
    press(desk, "Enter")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    desk.keyboard.type("6901234567892")
    press(desk, "Enter", "Control+Enter")

    expect(desk.locator(".st-done")).to_contain_text("已兑换 大米×1，余 41 分")


def test_quantity_goes_by_plus_and_minus_and_a_lack_is_said(desk, guangming):
    desk.goto(f"/redeem/?household={guangming.pk}")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"xyy", "Enter", *"++++")
    expect(desk.locator("[data-lack]")).to_have_text("可兑换 86 分，还差 14 分")
    press(desk, "-")
    expect(desk.locator("[data-label]")).to_have_text("兑换 4 件，共 80 分")
    press(desk, *"dwx", "Enter")
    expect(desk.locator("[data-lack]")).to_have_text("电蚊香 没有库存")


def test_whom_nobody_serves_is_told_without_promising_more(desk, guangming):
    press(desk, *"zzz")
    expect(desk.locator(".c-lookup__foot")).to_have_text("没有找到“zzz”，检查户主姓名或户号")
    press(desk, "Enter")

    expect(desk.locator("[data-find]")).to_be_visible()
    expect(desk.get_by_text("没有找到这一户")).to_be_visible()
    expect(desk.locator("#candidates-box")).to_be_hidden()


def test_escape_asks_before_it_drops_what_was_chosen(desk, guangming):
    desk.goto(f"/redeem/?household={guangming.pk}")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"xyy", "Enter", "Escape")
    expect(desk.get_by_role("dialog")).to_contain_text("选好的 1 件没有兑换")
    press(desk, "Control+Enter")

    desk.wait_for_url(re.compile(r"/redeem/\?outlet=\d+$"))
    expect(desk.locator("#q")).to_be_focused()


def test_what_the_server_refuses_is_where_the_eyes_are(desk, guangming):
    desk.goto(f"/redeem/?household={guangming.pk}")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"dm5", "Enter", "+", "+", "Control+Enter")
    expect(desk.locator(".st-done")).to_contain_text("余 41 分")

    desk.go_back()
    expect(desk.locator("[data-rest]")).to_have_text("41")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, "Control+Enter")
    expect(desk.locator("[data-errors]")).to_have_text("先选物品")
    expect(desk.locator("[data-errors]")).to_be_focused()
    assert store.available(guangming) == 41


def test_a_pasted_quantity_that_can_be_none_stays_with_its_error(desk, guangming, soap):
    desk.goto(f"/redeem/?household={guangming.pk}")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"xyy", "Enter")
    field, said = desk.locator(f"[name=item-{soap.pk}]"), desk.locator(f"#wrong-{soap.pk}")
    field.fill("半")
    expect(said).to_be_visible()
    press(desk, "Control+Enter")

    expect(desk.locator("[data-errors]")).to_have_text("数量填 1 到 99")
    expect(field).to_have_value("半")
    expect(said).to_have_text("数量填 1 到 99")
    desk.get_by_role("button", name="洗衣液 多一瓶").click()
    expect(field).to_have_value("1")
    expect(said).to_be_hidden()
    press(desk, "Control+Enter")
    expect(desk.locator(".st-done")).to_contain_text("已兑换 洗衣液×1")


def test_one_after_the_other_stays_on_one_page_with_one_register(desk, guangming):
    asked = []
    desk.on("request", lambda request: asked.append(request) if "/redeem/" in request.url else None)
    for left in (66, 46):
        press(desk, *"tsm")
        expect(desk.locator("#candidates [role=option]").first).to_contain_text(f"可兑换 {left + 20}")
        press(desk, "Enter")
        expect(desk.locator("[data-lookup=item]")).to_be_focused()
        press(desk, *"xyy", "Enter", "Control+Enter")
        expect(desk.locator(".st-done")).to_contain_text(f"余 {left} 分")
        expect(desk.locator("#q")).to_be_focused()

    expect(desk.locator("#day-count")).to_have_text("今日 2 笔，40 分")
    expect(desk).to_have_url(re.compile(r"/redeem/\?outlet=\d+&done=\d+$"))
    assert [(request.method, request.is_navigation_request()) for request in asked] == [
        ("GET", False),
        ("POST", False),
    ] * 2


def test_a_balance_that_moved_is_told_on_the_desk_and_the_key_goes_through_then(desk, guangming):
    desk.goto(f"/redeem/?household={guangming.pk}")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"xyy", "Enter")
    give(guangming, -6)
    press(desk, "Control+Enter")
    expect(desk.locator("[data-errors]")).to_have_text("余额刚变为 80 分，请再看一下")
    expect(desk.locator("[data-rest]")).to_have_text("60")
    press(desk, "Control+Enter")
    expect(desk.locator(".st-done")).to_contain_text("余 60 分")


def test_what_was_chosen_is_redeemed_after_signing_in_again(desk, guangming, counter):
    """The form of the page holds the token of the session that ended."""
    desk.goto(f"/redeem/?household={guangming.pk}")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"xyy", "Enter", "Enter")
    expect(desk.locator("[data-label]")).to_have_text("兑换 1 件，共 20 分")
    Session.objects.filter(user=counter).delete()
    press(desk, "Enter")
    expect(desk.get_by_role("heading", name="重新登录")).to_be_visible()
    desk.fill("#re-password", PASSWORD)
    press(desk, "Enter")

    expect(desk.locator(".st-done")).to_contain_text("已兑换 洗衣液×1，余 66 分")
    assert store.available(guangming) == 66


def test_without_the_swap_whole_pages_do_the_same(desk, guangming):
    desk.route(re.compile(r"/htmx-2\."), lambda route: route.abort())
    desk.goto("/redeem/")
    expect(desk.locator("#q")).to_have_attribute("data-lookup", "household")
    press(desk, *"tsm", "Enter")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"xyy", "Enter", "Control+Enter")
    expect(desk.locator(".st-done")).to_contain_text("余 66 分")
    expect(desk.locator("#q")).to_be_focused()


@pytest.mark.parametrize("size", [(1366, 768), (360, 640)])
def test_the_counter_stays_within_the_screen(desk, guangming, size):
    desk.set_viewport_size({"width": size[0], "height": size[1]})
    desk.goto(f"/redeem/?household={guangming.pk}")
    expect(desk.locator("[data-lookup=item]")).to_be_focused()
    press(desk, *"xyy", "Enter", "d")
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
