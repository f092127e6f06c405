"""Village, rule and day above the grid, chosen and put right by keyboard."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIVE = "tr.is-live [data-cell=who]"


def test_the_context_is_chosen_by_letters(page, sign_in, clerk, register, errors):
    sign_in(clerk)
    page.goto("/entry/?v=&rule=&date=2026-11-23")
    expect(page.locator("#village")).to_be_focused()
    page.keyboard.type("tmc")
    page.keyboard.press("Enter")
    expect(page.locator("#rule")).to_be_focused()

    page.keyboard.type("ggld")
    page.keyboard.press("Enter")

    expect(page.locator(LIVE)).to_be_focused()
    expect(page.locator("#rule")).to_have_value("Z02　参加公共劳动/投工投劳")
    page.locator("#date").fill("１１．２０")
    page.keyboard.press("Enter")
    page.wait_for_url("**date=2026-11-20")
    expect(page.locator(LIVE)).to_be_focused()
    assert errors == []


def test_the_same_village_chosen_again_leads_on_to_the_rule(page, sign_in, clerk, register, errors):
    sign_in(clerk)
    page.goto("/entry/?v=500114112202&rule=&date=2026-11-23")
    page.locator("#village").focus()

    page.keyboard.type("tmc")
    page.keyboard.press("Enter")

    expect(page.locator("#rule")).to_be_focused()
    assert errors == []


def test_an_unknown_rule_is_not_looked_for_among_households(page, sign_in, clerk, register, errors):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/entry/find/" in request.url else None)
    sign_in(clerk)
    page.goto("/entry/?v=500114112202&rule=Z02&date=2026-11-23")
    expect(page.locator(LIVE)).to_be_focused()

    page.locator("#rule").fill("覃世明")
    page.keyboard.press("Enter")

    expect(page.locator("#candidates-box")).to_have_text("没有找到“覃世明”")
    assert (asked, errors) == ([], [])


def test_the_rule_is_kept_while_the_day_is_put_right(page, sign_in, clerk, register, errors):
    sign_in(clerk)
    page.goto("/entry/?v=500114112202&rule=Z02&date=2025-11-23")
    expect(page.locator("#date")).to_be_focused()

    page.locator("#date").fill("2026-11-23")
    page.keyboard.press("Enter")

    expect(page.locator(LIVE)).to_be_focused()
    expect(page.locator("#rule")).to_have_value("Z02　参加公共劳动/投工投劳")
    assert errors == []
