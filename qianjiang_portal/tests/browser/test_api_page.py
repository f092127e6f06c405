"""The page of all addresses: drawn under the portal's strict policy, tried from there, and fit for a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from points.models import Notice

# Swagger UI is one and a half megabytes of script, and reads the whole schema before it draws anything.
DRAWN = 60_000
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_addresses_are_listed_and_tried_without_a_breach_of_the_policy(
    page: Page, notice: Notice, errors: list[str]
) -> None:
    answer = page.goto("/help/api/")
    assert answer
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    listed = page.locator("#operations-notices-notices_list")
    expect(listed).to_be_visible(timeout=DRAWN)
    assert page.locator(".opblock").count() > 50

    listed.locator(".opblock-summary-control").click()
    listed.get_by_role("button", name="Try it out").click()
    listed.get_by_role("button", name="Execute").click()

    expect(listed.locator(".live-responses-table .response-col_status").last).to_contain_text("200", timeout=DRAWN)
    expect(listed.locator(".live-responses-table")).to_contain_text(notice.code)
    assert errors == []


def test_the_page_fits_a_phone_and_can_be_read_by_everybody(page: Page, district: object, errors: list[str]) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/help/api/")
    expect(page.locator(".opblock").first).to_be_visible(timeout=DRAWN)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    # What Swagger UI draws is not the portal's to word.
    found = Axe().run(page, context={"exclude": [["#api"]]}).response["violations"]
    # It brings a main of its own within the page's.
    assert [one["id"] for one in found if one["id"] != "landmark-no-duplicate-main"] == []
    assert errors == []
