"""A pasted list settled by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from points.models import Batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "/entry/paste/?v=500114112202&rule=Z02&date=2026-11-23"
LIST = "户主\t分值\n单淑芬\t5\n欧阳娜\t3\n张伟\t5\n某某某\t4\n"


def test_a_list_is_settled_and_added_without_the_mouse(page: Page, sign_in, clerk, register, errors):
    sign_in(clerk)
    page.goto(ADDRESS)
    expect(page.locator("#text")).to_be_focused()
    page.locator("#text").fill(LIST)
    with page.expect_response(re.compile(r"/entry/index/")):
        page.keyboard.press("Control+Enter")

    add = page.locator("[data-add]")
    first = page.locator("[data-problem='2']")
    expect(page.get_by_role("heading", name="读到 4 行")).to_be_visible()
    names = page.locator("[data-problem]").evaluate_all("all => all.map(one => one.dataset.problem)")
    for _ in names:
        focused = page.evaluate("document.activeElement.type")
        page.keyboard.press("2" if focused == "radio" else "q")
        if focused != "radio":
            page.keyboard.type("sm")
            page.keyboard.press("Enter")
    expect(page.locator("[data-total=open]")).to_have_text("0")
    expect(add).to_contain_text("加入 4 行")
    expect(page.locator("[data-total=sum]")).to_have_text("+17")
    expect(first).to_have_attribute("data-state", "ok")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/entry/\?batch="))

    batch = Batch.objects.get()
    assert (batch.source, batch.claims.count()) == ("paste", 4)
    wei = register.named("张伟")
    assert batch.claims.filter(household__head_name="张伟").exclude(household=wei).exists()
    assert errors == []
