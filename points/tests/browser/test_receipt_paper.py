"""What comes out of the printer at the counter: the slip alone, on its own kind of paper."""

import io
import re

import pypdf
import pytest
from playwright.sync_api import Page, expect

from points import store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POINT_MM = 25.4 / 72


def pages(page: Page):
    page.emulate_media(media="print")
    return pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages


def width_mm(sheet) -> int:
    return round(float(sheet.mediabox.width) * POINT_MM)


@pytest.fixture
def made(redeem):
    return redeem(2)


@pytest.mark.parametrize(("paper", "width"), [("roll", 80), ("a5", 148)])
def test_a_slip_stands_alone_on_its_paper(page: Page, sign_in, counter, made, paper, width):
    sign_in(counter)
    page.goto(f"/redeem/{made.pk}/receipt/?paper={paper}")
    printed = pages(page)

    assert [width_mm(sheet) for sheet in printed] == [width]
    text = printed[0].extract_text()
    assert "D-1123-01" in text
    assert "返回清单" not in text


def test_after_redeeming_enter_prints_and_only_the_slip(page: Page, sign_in, counter, soap, home, errors):
    sign_in(counter)
    page.add_init_script("window.print = () => { window.printed = true; }")
    page.goto(f"/redeem/?household={home.pk}")
    expect(page.locator("[data-lookup=item]")).to_be_focused()
    for key in [*"xyy", "Enter", "Control+Enter"]:
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="打印小票")).to_be_focused()
    page.keyboard.press("Enter")

    assert page.evaluate("window.printed")
    printed = pages(page)
    assert [width_mm(sheet) for sheet in printed] == [80]
    assert "查找" not in printed[0].extract_text()
    assert re.search(r"D-\d{4}-01", printed[0].extract_text())
    assert store.available(home) == 80
    assert errors == []


@pytest.mark.parametrize(("paper", "width"), [("a4", 210), ("a5", 148)])
def test_a_passbook_is_printed_large_on_either_paper(page: Page, sign_in, clerk, made, paper, width):
    sign_in(clerk)
    page.goto(f"/households/{made.household_id}/print/?paper={paper}")
    size = page.locator(".pb-sheet td").first.evaluate("cell => parseFloat(getComputedStyle(cell).fontSize) * .75")
    printed = pages(page)

    assert [width_mm(sheet) for sheet in printed] == [width]
    assert round(size) >= 13
    assert "积分存折" in printed[0].extract_text()
