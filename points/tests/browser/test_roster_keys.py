"""The roster by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from points.models import Batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "/entry/roster/?v=500114112202&rule=Z02&date=2026-11-23&group=3"


def test_a_group_is_ticked_without_the_mouse(page: Page, sign_in, clerk, register, errors):
    sign_in(clerk)
    page.goto(ADDRESS)
    ticked, boxes = page.locator("[data-total=group]"), page.locator("[name=tick]")
    expect(boxes.first).to_be_focused()

    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(ticked).to_have_text("3")
    page.keyboard.press("Control+a")
    expect(ticked).to_have_text(str(boxes.count()))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("8")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("6")
    letters = page.locator("[data-row]").nth(7).get_attribute("data-letters")
    page.keyboard.type(letters)
    assert page.evaluate("document.activeElement.closest('[data-row]').dataset.letters") == letters
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/submit/$"))

    claims = Batch.objects.get().claims.order_by("household__number")
    assert claims.count() == sum(1 for one in register.households if one.grid.number == 3) - 1
    assert [claims.filter(points=points).count() for points in (8, 6)] == [1, 1]
    assert errors == []


@pytest.mark.parametrize("width", [1024, 1280, 1366])
def test_a_household_stands_on_one_line_however_narrow_the_screen(page: Page, sign_in, clerk, register, width):
    """Where three columns leave no room for a name, there are fewer."""
    page.set_viewport_size({"width": width, "height": 768})
    sign_in(clerk)
    page.goto(ADDRESS)
    rows = page.locator("[data-row]")
    expect(rows.first).to_be_visible()

    assert max(rows.nth(at).bounding_box()["height"] for at in range(3)) < 40
