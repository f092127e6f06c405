"""Evidence from the grid: by keyboard at a desk, by the camera's button on a telephone."""

import pytest
from playwright.sync_api import Page, expect

from points.models import Batch, Evidence
from qianjiang_portal.foundation.tests import paper_files as papers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHEET = "/entry/?v=500114112202&rule=D07&date=2026-11-23"
BUTTON = "#row-1 [data-proof]"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}


@pytest.fixture
def entered(page: Page, sign_in, clerk, register):
    """覃世明 entered under a rule that asks for a certificate."""
    # Dialogs are caught from here on: asked for only when a key is pressed, the catching may come after the dialog.
    page.on("filechooser", lambda _chooser: None)
    sign_in(clerk)
    page.goto(SHEET)
    expect(page.locator("tr.is-live [data-cell=who]")).to_be_focused()
    page.keyboard.type("qsm")
    expect(page.locator("#candidates [role=option]").first).to_contain_text("覃世明")
    page.keyboard.press("Enter")
    expect(page.locator("#row-1 .c-grid__status")).to_contain_text("已保存")
    return page


def photo(name="证书.jpg"):
    return {"name": name, "mimeType": "image/jpeg", "buffer": papers.photo()}


def test_a_row_gets_its_certificate_without_a_mouse(entered: Page, errors):
    page = entered
    expect(page.locator(BUTTON)).to_have_text("必传")
    page.keyboard.press("ArrowUp")
    while page.evaluate("document.activeElement.dataset.cell") != "note":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator(BUTTON)).to_be_focused()
    with page.expect_file_chooser() as asked:
        page.keyboard.press("Enter")
    asked.value.set_files(photo())
    expect(page.locator(BUTTON)).to_have_text("1 份")
    expect(page.locator("[data-message]")).to_have_text("第 1 行证明已传上")
    assert Evidence.objects.get().claim.line == 1
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#row-1 [data-cell=note]")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#modal")).to_contain_text("1 份")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("已提交 1 户")
    assert Batch.objects.get().state == "submitted"
    assert errors == []


def test_without_it_the_check_says_which_row(entered: Page, errors):
    page = entered
    page.keyboard.press("Control+Enter")
    expect(page.locator("#modal")).to_contain_text("第 1 行 覃世明：获乡镇(街道)级表彰必传证明（证书）")
    assert errors == []


def test_what_is_no_photograph_is_said_and_the_row_stays(entered: Page, errors):
    page = entered
    with page.expect_file_chooser() as asked:
        page.locator(BUTTON).click()
    asked.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"MZ program"})
    expect(page.locator("[data-message]")).to_contain_text("证明没有传上：只收照片(JPG、PNG、WebP)和 PDF 文件")
    expect(page.locator(BUTTON)).to_have_text("必传")
    expect(page.locator("#row-1 .c-grid__status")).to_contain_text("已保存")


def test_on_a_telephone_the_button_is_large_and_offers_the_camera(entered: Page, errors):
    page = entered
    page.set_viewport_size({"width": 360, "height": 640})
    box = page.locator(BUTTON).bounding_box()
    assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    accept = page.locator("input[type=file]").get_attribute("accept")
    assert "image/jpeg" in accept
    assert "application/pdf" in accept
    with page.expect_file_chooser() as asked:
        page.locator(BUTTON).tap() if page.evaluate("'ontouchstart' in window") else page.locator(BUTTON).click()
    asked.value.set_files(photo())
    expect(page.locator(BUTTON)).to_have_text("1 份")
