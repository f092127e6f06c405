"""Hands and eyes beyond axe, on the main pages: Tab arrives at what is seen, keys of others are left alone, refused
forms say so where the eyes are, and a page without scripts or with a fault of the server still serves."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from conftest import PASSWORD
from qianjiang_portal.testing_browser import seat
from qianjiang_portal.tests.browser import reading
from qianjiang_portal.tests.browser.looking import ARRIVED, DRAWN, FORBIDDEN, TARGETS, seen
from qianjiang_portal.tests.browser.test_every_page import DESK, MAIN, Opened, pages
from qianjiang_portal.tests.test_access import World, world
from villages.models import User

__all__ = ["world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# More presses than any of the pages has places to stop at that tell something new.
STOPS = 90
# Forms that somebody may send off without having written anything.
UNWRITTEN = (
    "villages:token-new", "villages:errand-new", "villages:guide-new", "villages:disclosure-new", "villages:people-new",
    "villages:training-new", "villages:charter-new", "demos:candidate-new", "demos:meeting-new", "demos:pairing-new",
    "demos:measure-add", "points:activity-new", "points:import-new", "points:roster-new", "points:opening-new",
    "points:honour-new", "points:suspension-new", "points:item-new", "points:outlet-new", "reports:circular-new",
    "reports:case-new", "reports:publicity-new",
)  # fmt: skip
# Where somebody with a telephone does something; on the others the button stands under what has to be read first.
IN_SIGHT = (
    "home", "points:entry", "points:entry-household", "points:entry-roster", "points:entry-paste", "points:batch-list",
    "points:import-list", "points:import-new", "points:import", "points:roster-new", "points:opening-new",
    "points:activity-list", "points:activity-new", "points:rule-begin",
)  # fmt: skip
PHONE = {"width": 360, "height": 640}
PRIMARY = """() => { for (const one of document.querySelectorAll('[data-primary], main .c-btn--primary')) {
    const {left, top, width, height} = one.getBoundingClientRect()
    if (width && one.contains(document.elementFromPoint(left + width / 2, top + height / 2))) return true }
    return false }"""
EMPTY = """() => { for (const form of document.querySelectorAll('main form[method=post]')) { form.noValidate = true
    const written = form.querySelectorAll('input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select')
    for (const one of written) one.value = '' } }"""

BARE = """() => { const bare = document.querySelector('main').appendChild(document.createElement('button'))
    Object.assign(bare.style, {all: 'unset', width: '9px', height: '9px'}) }"""
# What each message leads to is part of a form, and no longer the message.
LED = """() => [...document.querySelectorAll("[data-errors] a[href^='#']")].filter(link => { link.focus(); link.click()
    return !document.activeElement.matches('main form :is(input, select, textarea, fieldset, [tabindex])') })
    .map(link => link.getAttribute('href'))"""


class Office:
    """A computer at which one person after the other sits, and the address of each page there is."""

    def __init__(self, page: Page, base: str, world: World, cast: dict[str, User]) -> None:
        self.page, self.base, self.words, self.cast = page, base, world.words(), cast
        self.sits: str | None = None

    def open(self, one: Opened, size: dict[str, int] = DESK) -> Page:
        if one.who != self.sits:
            self.sits = one.who
            if one.who in self.cast:
                seat(self.page.context, self.cast[one.who], self.base)
            else:
                self.page.context.clear_cookies()
        self.page.set_viewport_size(size)
        self.page.goto(self.address(one))
        return self.page

    def address(self, one: Opened) -> str:
        return self.base + reverse(
            one.name, kwargs={key: self.words.get(value, value) for key, value in one.kwargs.items()}
        )

    def main_pages(self) -> Iterator[Opened]:
        seen = set()
        for one in pages():
            if one.name in MAIN and one.name not in seen:
                seen.add(one.name)
                yield one


@pytest.fixture
def office(world: World, cast: dict[str, User], page: Page, base_url: str) -> Office:
    page.emulate_media(reduced_motion="reduce")
    return Office(page, base_url, world, cast)


def test_tab_shows_where_it_is_and_keys_of_others_are_left_alone(office: Office) -> None:
    wrong = []
    for one in office.main_pages():
        page = office.open(one)
        wrong += [(one.name, *fault) for fault in (*_stops(page), *page.evaluate(FORBIDDEN))]
    page.evaluate("document.addEventListener('keydown', e => { if (e.key === 'F5') e.preventDefault() })")
    assert page.evaluate(FORBIDDEN), "the control: a key that is taken is found"
    page.evaluate(BARE)
    assert page.evaluate(DRAWN), "the control: a control without a line is found"
    assert not wrong, "\n".join(map(str, wrong))


def _stops(page: Page) -> Iterator[tuple[str, ...]]:
    """Down the page by Tab, once; what is wrong with a place it stops at, and with the first of them. The first is
    seen in the system's own colours too, and all controls are.
    """
    begins_inside = page.evaluate("document.activeElement !== document.body")
    page.emulate_media(forced_colors="active")
    yield from (("in the system's colours", told) for told in page.evaluate(DRAWN))
    for at in range(STOPS):
        page.keyboard.press("Tab")
        arrived = page.evaluate(ARRIVED)
        if arrived is None:
            return  # past the last place: the browser's own buttons
        yield from map(tuple, arrived["wrong"])
        if at == 0:
            page.emulate_media(forced_colors="none")
            yield from map(tuple, page.evaluate(ARRIVED)["wrong"])
            if not begins_inside and "c-skip" not in arrived["told"]:
                yield "the frame first", arrived["told"]


def test_on_a_telephone_the_main_button_is_in_sight(office: Office) -> None:
    seen, wrong = set(), []
    for one in pages():
        if one.name in IN_SIGHT and one.name not in seen:
            seen.add(one.name)
            page = office.open(one, PHONE)
            if not page.evaluate(PRIMARY):
                wrong.append(one.name)
    assert (wrong, sorted(set(IN_SIGHT) - seen)) == ([], [])
    page.evaluate("for (const one of document.querySelectorAll('.c-btn--primary')) one.style.marginTop = '2000px'")
    assert not page.evaluate(PRIMARY), "the control"


def test_an_unwritten_form_says_so_where_the_eyes_are(office: Office) -> None:
    wrong, known = [], set()
    for one in pages():
        if one.name in UNWRITTEN:
            wrong += [(one.name, *fault) for fault in _refused(office.open(one), known)]
    assert not wrong, "\n".join(map(str, wrong))


def _refused(page: Page, known: set[str]) -> Iterator[tuple[object, ...]]:
    """Sends the form off with nothing in it, and goes where each message leads."""
    page.evaluate(EMPTY)
    with page.expect_navigation():
        page.locator("main form[method=post] :is([data-primary], .c-btn--primary)").first.evaluate("one => one.click()")
    assert page.locator("main [data-errors]").count()
    if not page.evaluate("document.activeElement.matches('[data-errors]')"):
        yield ("the eyes are elsewhere",)
    if not page.title().startswith("有错误："):
        yield "title", page.title()
    links = page.locator("[data-errors] a[href^='#']")
    if links.count():
        links.first.press("Enter")
        if not page.evaluate("document.activeElement.matches('main form :is(input, select, textarea, fieldset)')"):
            yield "leads nowhere by key", links.first.get_attribute("href")
    yield from (("leads nowhere", address) for address in page.evaluate(LED))
    page.evaluate(reading.AXE)
    yield from reading.faults(page, known)
    yield from seen(page, (TARGETS, 24))


def test_signing_in_needs_no_mouse(page: Page, clerk: User, errors: list[str]) -> None:
    page.goto("/accounts/login/")
    page.keyboard.type(clerk.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)

    assert page.locator("header").get_by_text(clerk.name).count()
    assert errors == []
