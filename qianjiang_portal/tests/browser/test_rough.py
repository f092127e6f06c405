"""When something goes wrong around a page: no scripts, a fault of the server, Back and Refresh, and somebody else who
sits down at the same computer."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import PASSWORD
from qianjiang_portal.tests.browser import reading
from qianjiang_portal.tests.browser.test_every_page import Opened
from qianjiang_portal.tests.browser.test_hands import Office, office
from qianjiang_portal.tests.test_access import world
from villages.models import User

__all__ = ["office", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"


def test_what_matters_is_done_without_scripts(office: Office, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False, locale="zh-CN") as context:
        page = context.new_page()
        _sign_in(page, office, "clerk")
        page.goto(f"{office.base}/search/?q=冉光明")
        expect(page.locator("main")).to_contain_text("冉光明")
        page.goto(f"{office.base}/gs/{office.words['notice']}/")
        expect(page.locator("main tbody tr").first).to_be_visible()
        page.goto(office.address(Opened("points:notice-print", {"code": "notice"}, "clerk")))
        expect(page.locator(".c-sheet tbody tr").first).to_be_visible()
        _sign_in(page, office, "district")
        page.goto(f"{office.base}/dashboard/")
        assert page.locator("main table tbody tr").count() > 1
        _object(page, office)


def _object(page: Page, office: Office) -> None:
    """A villager's objection, from their line on the notice to the receipt."""
    page.goto(f"{office.base}/gs/{office.words['notice']}/")
    row = page.locator("main tbody tr:has(th[scope=row])").first
    position, tail = row.locator("td").first.inner_text(), row.locator("td").nth(1).inner_text()
    page.get_by_role("link", name="填写异议").click()
    page.locator("[name=position]").fill(position)
    page.locator("[name=tail]").fill(tail)
    page.locator("[name=text]").fill("这一行的天数不对，请核一核")
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_text("已收到您的意见，编号")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("异议 ")


def test_a_fault_is_told_with_its_number_and_the_page_stays(office: Office) -> None:
    page = office.open(Opened("villages:staff-list", {}, "admin"))
    before = page.locator("#rows").inner_text()
    page.route("**/staff/**", lambda route: route.fulfill(status=500, headers={"X-Request-ID": "7f3a"}, body=""))
    page.locator("#q").fill("冉")
    expect(page.locator("#toast")).to_contain_text("抱歉，系统出了问题")
    assert page.locator("#rows").inner_text() == before
    page.unroute("**/staff/**")
    page.locator("#toast button", has_text="再试一次").click()
    expect(page.locator("#rows")).not_to_have_text(before)


def test_a_file_is_taken_as_often_as_it_is_asked_for(office: Office) -> None:
    """A form that answers with a file leaves its page as it was: it is not held for one that was sent."""
    for name, buttons in (("audit", ("导出 CSV", "导出 Excel")), ("points:ledger-check", ("证明包", "证明包"))):
        page = office.open(Opened(name, {}, "auditor"))
        for button in buttons:
            with page.expect_download() as taken:
                page.get_by_role("button", name=button).first.click()
            assert taken.value.suggested_filename
            page.wait_for_timeout(200)
            expect(page.locator(".is-busy")).to_have_count(0)


def test_back_and_refresh_keep_a_filter_and_nobody_finds_a_name_afterwards(
    office: Office, cast: dict[str, User]
) -> None:
    page = office.open(Opened("villages:staff-list", {}, "admin"))
    page.locator("#q").fill(cast["clerk"].name)
    page.wait_for_url("**q=**")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.evaluate(reading.AXE)
    assert [*reading.faults(page, set())] == []
    page.reload()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.goto(f"{office.base}/home/")
    page.go_back()
    expect(page.locator("#q")).to_have_value(cast["clerk"].name)
    expect(page.locator("h1")).to_be_visible()
    page.locator("summary.c-top__link").click()
    page.locator("form[data-sign-out] button").first.click()
    page.wait_for_url(lambda address: "/home/" not in address and "/staff/" not in address)
    expect(page.locator("body")).not_to_have_attribute("data-user", re.compile("."))
    assert cast["clerk"].name not in page.evaluate(KEPT)


def test_a_page_the_browser_kept_is_not_shown_after_signing_out(office: Office) -> None:
    """Browsers keep whole pages for Back; the tests' one does not, so it is told that it did."""
    kept = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    page = office.open(Opened("villages:staff-list", {}, "admin"))
    page.evaluate(f"window.same = true; {kept}")
    page.wait_for_timeout(300)
    assert page.evaluate("window.same"), "the control: who is still signed in goes on where they were"
    other = page.context.new_page()
    other.goto(f"{office.base}/home/")
    other.locator("summary.c-top__link").click()
    other.locator("form[data-sign-out] button").first.click()
    other.wait_for_url(lambda address: "/home/" not in address)
    page.evaluate(kept)
    page.wait_for_url("**/accounts/login/**")


def _sign_in(page: Page, office: Office, who: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{office.base}/accounts/login/")
    page.locator("input[name=username]").fill(office.cast[who].username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").last.click()
    page.wait_for_url(lambda address: "/accounts/login" not in address)
