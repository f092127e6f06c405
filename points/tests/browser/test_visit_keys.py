"""One household with many rules, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from points.models import Batch, Claim

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIVE = "tr.is-live [data-cell=who]"


@pytest.fixture
def begun(page: Page, sign_in, clerk, register):
    """The page of 桐木村, a household chosen by its initials."""
    sign_in(clerk)
    page.goto("/entry/household/?v=500114112202&date=2026-11-23")
    expect(page.locator("#household")).to_be_focused()
    page.keyboard.type("qsm")
    expect(page.locator("#candidates [role=option]").first).to_contain_text("覃世明")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"h=\d+"))
    expect(page.locator(LIVE)).to_be_focused()
    return page


def rule(page: Page, text: str, code: str, key: str = "Enter") -> None:
    page.keyboard.type(text)
    expect(page.locator("#candidates [role=option]").first).to_contain_text(code)
    page.keyboard.press(key)


def test_several_rules_are_entered_and_each_row_tells_its_state(begun: Page, errors):
    page = begun
    rule(page, "z03", "Z03")
    rule(page, "ggld", "Z02", "Tab")
    expect(page.locator("tr.is-live [data-cell=date]")).to_be_focused()
    page.keyboard.type("1120")
    page.keyboard.press("Tab")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    rule(page, "z2", "Z02", "Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("9")
    page.keyboard.press("Enter")

    expect(page.locator("#row-1 .c-grid__status")).to_contain_text("已保存")
    expect(page.locator("#row-2 .c-grid__status")).to_contain_text("已保存")
    expect(page.locator("#row-3 .c-grid__status")).to_contain_text("每次 +2 到 +8 分，这里是 +9 分")
    expect(page.locator("[data-total=count]").first).to_have_text("3")
    claims = Claim.objects.order_by("line").values_list("rule__code", "points", "occurred_on__day")
    assert list(claims) == [("Z03", 10, 23), ("Z02", 8, 20)]
    assert errors == []


def test_the_next_household_is_a_key_away_and_one_batch_goes_to_review(begun: Page, errors):
    page = begun
    first = page.url
    rule(page, "z03", "Z03")
    page.keyboard.press("Alt+PageDown")
    page.wait_for_url(lambda url: url != first and "h=" in url)
    expect(page.locator(LIVE)).to_be_focused()
    rule(page, "z04", "Z04")
    expect(page.locator("#row-1 .c-grid__status")).to_contain_text("已保存")

    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/submitted/"))

    batch = Batch.objects.get()
    assert batch.state == "submitted"
    assert batch.claims.values("household").distinct().count() == 2
    assert errors == []


def test_the_same_rule_on_the_same_day_flashes_the_row_that_stands(begun: Page, errors):
    page = begun
    rule(page, "z03", "Z03")
    rule(page, "z03", "Z03")

    expect(page.locator("[data-message]")).to_contain_text("已在第 1 行")
    expect(page.locator("[data-total=count]").first).to_have_text("1")
    assert errors == []


def test_a_row_is_taken_out_and_put_back(begun: Page, errors):
    page = begun
    rule(page, "z03", "Z03")
    expect(page.locator("#row-1 .c-grid__status")).to_contain_text("已保存")

    page.keyboard.press("Control+z")
    expect(page.locator("#row-1")).to_be_hidden()
    page.get_by_role("button", name="撤销", exact=True).click()
    expect(page.locator("#row-1 .c-grid__status")).to_contain_text("已保存")

    page.reload()
    expect(page.locator("#row-1 [data-cell=who]")).to_have_value("Z03 参与公路养护")
    assert errors == []


def test_a_household_of_another_village_is_found_before_one_is_chosen(
    page: Page, sign_in, clerk, register, district, errors
):
    sign_in(clerk)
    page.goto("/entry/household/?v=500114112202&date=2026-11-23")
    expect(page.locator("#household")).to_be_focused()
    page.keyboard.type("zzz")
    expect(page.locator(".c-lookup__foot")).to_contain_text("按回车到全镇查找")
    page.keyboard.press("Enter")
    expect(page.locator(".c-lookup__foot")).to_have_text("全镇都没有找到“zzz”，检查户主姓名")
    page.keyboard.press("Control+A")
    page.keyboard.type("lcb")
    expect(page.get_by_text("没有找到“lcb”。按回车到全镇查找，或检查户主姓名")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#candidates [role=option]")).to_contain_text("罗昌碧")
    page.keyboard.press("Enter")

    expect(page.locator(LIVE)).to_be_focused()
    expect(page.locator("#household")).to_have_value(re.compile("罗昌碧"))
    assert errors == []
