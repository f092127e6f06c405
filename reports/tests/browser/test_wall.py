"""The wall: large, dark, turning by itself, stopped by a key, new figures without anybody's hand, nobody's name."""

import datetime as dt
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from conftest import make_person
from points.models import Rollup
from qianjiang_portal.foundation import calendar
from reports.tests import story
from reports.tests.story import Desk
from villages.models import Household, Resident, Township, Village

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SMALL = """least => [...document.querySelectorAll('body *')].filter(node => node.getClientRects().length
    && getComputedStyle(node).visibility !== 'hidden' && !node.closest('.c-skip')
    && [...node.childNodes].some(part => part.nodeType === 3 && part.textContent.trim())
    && parseFloat(getComputedStyle(node).fontSize) < least).map(node => node.outerHTML.slice(0, 80))"""


@pytest.fixture
def hall(page: Page, bundle: Path, sign_in, district, rule_set, clerk, reviewer, panel, errors):
    """A district of thirty townships with points in one village, and a screen of 1920 × 1080."""
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    moment = dt.datetime(2026, 11, 3, 9, tzinfo=calendar.SHANGHAI)
    story.take_effect(desk, rule_set.rules.get(code="Z02"), district.homes[:4], moment)
    for number in range(1, 29):
        place = Township.objects.create(code=f"5001142{number:02}", name=f"测试{number}镇", kind="town")
        Village.objects.create(
            township=place, code=f"{place.code}200", name="某村", short_name="某村", kind="village", uses_points=True
        )
    sign_in(make_person("district", "田雨禾", {"role": "district"}))
    page.set_viewport_size({"width": 1920, "height": 1080})
    yield page
    assert errors == []


def arrived(page: Page) -> Page:
    page.goto("/dashboard/wall/")
    for name in ("dims", "joys", "trend"):
        expect(page.locator(f"#{name} svg")).to_be_visible(timeout=30_000)
    return page


@pytest.fixture
def wall(hall: Page) -> Page:
    return arrived(hall)


@pytest.fixture
def held(hall: Page) -> Page:
    """The wall whose time passes by the test's hand."""
    hall.clock.install()
    return arrived(hall)


def test_it_fits_the_screen_in_large_type(wall):
    size = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    assert wall.evaluate(size) == [1080, 1920]
    assert wall.evaluate(SMALL, 24) == []
    drawn = wall.locator("#trend svg text").evaluate_all("all => all.map(one => parseFloat(one.style.fontSize))")
    assert min(drawn) >= 24
    assert wall.locator("[data-panel]:visible li").count() == 30


def test_it_turns_and_stands_still_by_the_space_key(held):
    title = held.locator("[data-panel]:visible h2")
    expect(title).to_have_text("各乡镇参与户率")

    held.clock.fast_forward(20_000)
    expect(title).to_have_text("各乡镇户均净积分")
    held.keyboard.press("Space")
    expect(held.locator("[data-stop]")).to_have_attribute("aria-pressed", "true")
    held.clock.fast_forward(60_000)
    expect(title).to_have_text("各乡镇户均净积分")

    held.keyboard.press("Space")
    held.clock.fast_forward(20_000)
    expect(title).to_have_text("各乡镇按期公示村")
    expect(held.locator("[data-turn]")).to_have_text("3 / 3")


def test_it_asks_for_new_figures_and_draws_them(held, district):
    before = held.locator(".w-tile__value").nth(1).inner_text()
    Rollup.objects.filter(village=district.tongmu).update(points=33)
    old = held.locator("#trend svg").element_handle()

    held.clock.fast_forward(300_000)

    expect(held.locator(".w-tile__value").nth(1)).not_to_have_text(before)
    held.wait_for_function("old => !old.isConnected", arg=old)
    expect(held.locator("#trend svg")).to_be_visible()
    expect(held.locator("[data-stop]")).to_be_visible()


def test_it_names_nobody(wall):
    html = wall.content()
    heads = Household.objects.values_list("head_name", flat=True)
    names = {*heads, *Resident.objects.values_list("name", flat=True), "田雨禾", "冉晓莉", "覃正芬"}

    assert [name for name in names if name in html] == []


def test_it_is_accessible_and_fits(wall):
    for size in ({"width": 1920, "height": 1080}, {"width": 360, "height": 640}):
        wall.set_viewport_size(size)
        found = [one for one in Axe().run(wall).response["violations"] if one["impact"] in ("serious", "critical")]

        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
        assert wall.evaluate("document.documentElement.scrollWidth <= innerWidth"), size


def test_whoever_wants_no_motion_has_it_stand(held):
    held.emulate_media(reduced_motion="reduce")
    held.reload()
    held.clock.fast_forward(45_000)

    expect(held.locator("[data-panel]:visible h2")).to_have_text("各乡镇参与户率")
    expect(held.locator("[data-stop-word]")).to_have_text("继续")
