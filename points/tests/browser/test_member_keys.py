"""Which member of a household a row is for: asked without a key more where it is the head, by digit where it is not."""

import re

import pytest
from playwright.sync_api import Page, expect

from points.models import Claim
from villages.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHEET = "/entry/?v=500114112202&rule=Z02&date=2026-11-23"
LIVE = "tr.is-live [data-cell=who]"


@pytest.fixture
def family(register):
    """覃世明, 覃世明's daughter 覃小芳 and son 覃小军."""
    home = register.named("覃世明")
    return [Resident.objects.create(household=home, name=name) for name in ("覃小芳", "覃小军")]


@pytest.fixture
def grid(page: Page, sign_in, clerk, register, family, errors):
    sign_in(clerk)
    with page.expect_response(re.compile(r"/entry/index/")):
        page.goto(SHEET)
    expect(page.locator(LIVE)).to_be_focused()
    yield page
    assert errors == []


def enter(page: Page, letters: str, name: str) -> None:
    page.keyboard.type(letters)
    expect(page.locator("#candidates [role=option]").first).to_contain_text(name)
    page.keyboard.press("Enter")


def kept() -> list[tuple[str, str | None]]:
    rows = Claim.objects.live().order_by("line").values_list("household__head_name", "resident__name")
    return list(rows)


def member(page: Page, row: int):
    return page.locator(f"#row-{row} [data-cell=member]")


def test_the_head_costs_no_key_and_a_second_row_asks_for_somebody_else(grid: Page):
    enter(grid, "qsm", "覃世明")
    expect(grid.locator("#row-1 .c-grid__status")).to_contain_text("已保存")
    enter(grid, "qsm", "覃世明")
    expect(member(grid, 2)).to_be_focused()
    expect(grid.locator("[data-message]")).to_contain_text("覃世明户已在第 1 行，这一行选哪位成员")
    grid.keyboard.press("3")
    grid.keyboard.press("Enter")
    expect(grid.locator("#row-2 .c-grid__status")).to_contain_text("已保存")
    expect(grid.locator("#row-3 [data-cell=who]")).to_be_focused()
    assert kept() == [("覃世明", None), ("覃世明", "覃小军")]
    enter(grid, "qsm", "覃世明")
    expect(member(grid, 3)).to_be_focused()
    grid.keyboard.press("Enter")
    expect(grid.locator("#row-3 .c-grid__status")).to_contain_text("已保存")
    assert kept()[2] == ("覃世明", "覃小芳")
    enter(grid, "qsm", "覃世明")
    expect(grid.locator("[data-message]")).to_contain_text("覃世明 已在第 1 行")
    assert len(kept()) == 3


def test_a_member_found_by_their_own_name_is_the_one_it_is_for(grid: Page):
    enter(grid, "覃小军", "家庭成员 覃小军")
    expect(grid.locator("#row-1 .c-grid__status")).to_contain_text("已保存")
    assert kept() == [("覃世明", "覃小军")]
    expect(member(grid, 1).locator("option:checked")).to_have_text("覃小军")


def test_the_member_of_a_kept_row_is_changed_beside_the_name(grid: Page):
    enter(grid, "qsm", "覃世明")
    expect(grid.locator("#row-1 .c-grid__status")).to_contain_text("已保存")
    grid.keyboard.press("ArrowUp")
    grid.keyboard.press("ArrowRight")
    expect(member(grid, 1)).to_be_focused()
    grid.keyboard.press("2")
    grid.keyboard.press("Enter")
    expect(grid.locator("[data-total=saved]")).to_have_text("1")
    grid.wait_for_timeout(500)
    assert kept() == [("覃世明", "覃小芳")]
    grid.reload()
    expect(member(grid, 1).locator("option:checked")).to_have_text("覃小芳")


def test_a_household_with_one_person_asks_nothing(grid: Page, register):
    alone = next(home for home in register.households if not home.residents.exists())
    grid.keyboard.type(alone.short_number)
    grid.keyboard.press("Enter")
    expect(grid.locator("#row-1 .c-grid__status")).to_contain_text("已保存")
    expect(member(grid, 1)).to_be_hidden()


def test_on_a_telephone_the_member_is_a_finger_wide(grid: Page):
    enter(grid, "qsm", "覃世明")
    expect(grid.locator("#row-1 .c-grid__status")).to_contain_text("已保存")
    grid.set_viewport_size({"width": 360, "height": 640})
    assert member(grid, 1).bounding_box()["height"] >= 44
    assert grid.evaluate("document.documentElement.scrollWidth <= innerWidth")
    member(grid, 1).select_option("覃小芳")
    grid.locator(LIVE).click()
    expect(grid.locator("[data-total=saved]")).to_have_text("1")
    grid.wait_for_timeout(500)
    assert kept() == [("覃世明", "覃小芳")]


def test_one_household_with_many_rules_asks_where_persons_count(page: Page, sign_in, clerk, register, family, errors):
    home = register.named("覃世明")
    sign_in(clerk)
    page.goto(f"/entry/household/?v=500114112202&h={home.pk}&date=2026-11-23")
    expect(page.locator(LIVE)).to_be_focused()
    enter(page, "z2", "Z02")
    enter(page, "z2", "Z02")
    expect(member(page, 2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#row-2 .c-grid__status")).to_contain_text("已保存")
    enter(page, "z1", "Z01")
    expect(page.locator("#row-3 .c-grid__status")).to_contain_text("已保存")
    expect(member(page, 3)).to_be_hidden()
    rows = Claim.objects.order_by("line").values_list("rule__code", "resident__name")
    assert list(rows) == [("Z02", None), ("Z02", "覃小芳"), ("Z01", None)]
    assert errors == []
