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
def wall(page: Page, bundle: Path, sign_in, district, rule_set, clerk, reviewer, panel, errors):
    """A district of thirty townships with points in one village, on a screen of 1920 × 1080."""
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
    page.clock.install()
    page.goto("/dashboard/wall/")
    for name in ("dims", "joys", "trend"):
        expect(page.locator(f"#{name} svg")).to_be_visible(timeout=30_000)
    yield page
    assert errors == []


def test_it_fits_the_screen_in_large_type(wall):
    size = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    assert wall.evaluate(size) == [1080, 1920]
    assert wall.evaluate(SMALL, 24) == []
    drawn = wall.locator("#trend svg text").evaluate_all("all => all.map(one => parseFloat(one.style.fontSize))")
    assert min(drawn) >= 24
    assert wall.locator("[data-panel]:visible li").count() == 30


def test_it_turns_and_stands_still_by_the_space_key(wall):
    title = wall.locator("[data-panel]:visible h2")
    expect(title).to_have_text("各乡镇参与户率")

    wall.clock.fast_forward(20_000)
    expect(title).to_have_text("各乡镇户均净积分")
    wall.keyboard.press("Space")
    expect(wall.locator("[data-stop]")).to_have_attribute("aria-pressed", "true")
    wall.clock.fast_forward(60_000)
    expect(title).to_have_text("各乡镇户均净积分")

    wall.keyboard.press("Space")
    wall.clock.fast_forward(20_000)
    expect(title).to_have_text("各乡镇按期公示村")
    expect(wall.locator("[data-turn]")).to_have_text("3 / 3")


def test_it_asks_for_new_figures_and_draws_them(wall, district):
    before = wall.locator(".w-tile__value").nth(1).inner_text()
    Rollup.objects.filter(village=district.tongmu).update(points=33)
    old = wall.locator("#trend svg").element_handle()

    wall.clock.fast_forward(300_000)

    expect(wall.locator(".w-tile__value").nth(1)).not_to_have_text(before)
    wall.wait_for_function("old => !old.isConnected", arg=old)
    expect(wall.locator("#trend svg")).to_be_visible()
    expect(wall.locator("[data-stop]")).to_be_visible()


def test_it_names_nobody(wall):
    html = wall.content()
    heads = Household.objects.values_list("head_name", flat=True)
    names = {*heads, *Resident.objects.values_list("name", flat=True), "田雨禾", "冉晓莉", "覃正芬"}

    assert [name for name in names if name in html] == []


@pytest.mark.parametrize("size", [(1920, 1080), (360, 640)])
def test_it_is_accessible_and_fits(wall, size):
    wall.set_viewport_size({"width": size[0], "height": size[1]})
    found = [one for one in Axe().run(wall).response["violations"] if one["impact"] in ("serious", "critical")]

    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
    assert wall.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_whoever_wants_no_motion_has_it_stand(wall):
    wall.emulate_media(reduced_motion="reduce")
    wall.reload()
    wall.clock.fast_forward(45_000)

    expect(wall.locator("[data-panel]:visible h2")).to_have_text("各乡镇参与户率")
    expect(wall.locator("[data-stop-word]")).to_have_text("继续")
