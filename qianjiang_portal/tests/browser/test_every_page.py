"""Every page there is, as the access table lists them: read by axe, held to a phone's width, watched for jumps.

A page comes in here with its line in that table; nothing has to be listed a second time. Each is opened once by
somebody who may work on it: read on the desk, then made as narrow as a telephone where it stands. Public pages are
looked at as a visitor sees them too, in large print, and what the district may change of demonstration villages as the
district does. One browser, one sign-in a person.

On the desk: axe, targets of 24 px, states in words, nothing that moves or is out of Tab's order; at half the width, as
when somebody doubles the size, and at 320 px: nothing to push sideways; on the telephone: targets of 44 px, no clipped
words, nothing that keys do not reach, contrast of what shows only there; with high contrast: its colours; with larger
letters: targets and reach once more.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Error, Page

from qianjiang_portal.testing_browser import seat
from qianjiang_portal.tests.browser import reading
from qianjiang_portal.tests.browser.looking import CLIPPED, FITS, QUIET, REACHED, TARGETS, seen
from qianjiang_portal.tests.test_access import PEOPLE, TABLE, World, world
from villages.models import User

__all__ = ["world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Who opens a page: the first of these who may, since those see what can be done on it.
FIRST = ("clerk", "leader", "reviewer", "counter", "district", "auditor", "liaison", "admin", "double", "nobody")
# Answers that are no pages, and one page that Swagger UI draws (test_api_page looks at it).
NO_PAGES = {
    "healthz", "readyz", "metrics", "api-schema", "help-api",
    "jobs:progress", "points:review-row", "reports:report-row",
}  # fmt: skip
# Looked at for their frame, their stillness and words that do not fit their button, besides.
MAIN = {
    "home", "search", "help", "villages:sign-in", "villages:staff-list", "demos:board", "points:entry",
    "points:batch-list",
    "points:passbook", "points:redeem", "points:review", "points:notice", "points:public-notice",
    "reports:dashboard", "reports:village", "reports:circular", "reports:summary",
}  # fmt: skip
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 640}
# 1366 px at twice the size, and the narrowest there is.
TIGHT = ({"width": 683, "height": 384}, {"width": 320, "height": 640})
# So that the processes of a run share the walk; each part learns anew which looks pass, so no more than there are.
PARTS = 2
# How far what is there moves by itself while a page arrives.
WATCH = """window.moved = 0; new PerformanceObserver(list => { for (const one of list.getEntries())
    if (!one.hadRecentInput) window.moved += one.value }).observe({type: 'layout-shift', buffered: true})"""
# The frame every page stands in.
LOOK = """() => { const skip = document.querySelector('.c-skip'), wrong = []
    const shown = one => one.getClientRects().length > 0
    if (document.documentElement.lang !== 'zh-Hans') wrong.push(['lang'])
    if ([...document.querySelectorAll('h1')].filter(shown).length !== 1) wrong.push(['not one h1'])
    if (!skip || !document.querySelector(skip.getAttribute('href'))) wrong.push(['no way past the frame'])
    if (window.moved > 0.02) wrong.push(['moves', window.moved])
    return wrong }"""


@dataclass(frozen=True)
class Opened:
    name: str
    kwargs: dict[str, str]
    who: str


def pages() -> Iterator[Opened]:
    """The lines of the table that answer somebody with a page."""
    for name, method, kwargs, letters in TABLE:
        if method != "GET" or name in NO_PAGES or name.startswith("api:"):
            continue
        may = {person for person, letter in zip(PEOPLE, letters, strict=True) if letter == "✓"}
        who = next((person for person in FIRST if person in may), None)
        if who:
            yield Opened(name, kwargs, who)
            also = (
                "nobody" if "nobody" in may else "district" if name.startswith("demos:") and "district" in may else who
            )
            if also != who:
                yield Opened(name, kwargs, also)


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_are_accessible_stand_still_and_fit_a_phone(
    part: int, world: World, cast: dict[str, User], browser: Browser, live_server: object
) -> None:
    words, wrong, computers, known = world.words(), [], {}, defaultdict(set)
    for one in [*pages()][part::PARTS]:
        if one.who not in computers:
            computers[one.who] = _computer(browser, str(live_server), cast.get(one.who))
        address = reverse(one.name, kwargs={key: words.get(value, value) for key, value in one.kwargs.items()})
        large = "?large=1" if one.who == "nobody" else ""
        found = _faults(computers[one.who], f"{live_server}{address}{large}", known, is_main=one.name in MAIN)
        wrong += [(one.name, one.who, *fault) for fault in found]
    for page in computers.values():
        page.context.close()
    assert not wrong, "\n".join(map(str, wrong))


def _computer(browser: Browser, base: str, person: User | None) -> Page:
    context = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce", bypass_csp=True)
    context.add_init_script(WATCH)
    context.add_init_script(reading.AXE)
    if person:
        seat(context, person, base)
    return context.new_page()


def _faults(page: Page, address: str, known: dict[str, set[str]], *, is_main: bool) -> Iterator[tuple[object, ...]]:
    """What is wrong with a page; nothing for a file, which a browser takes away instead of showing it."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size(DESK)
    try:
        answer = page.goto(address)
    except Error as error:
        if "Download is starting" not in error.message:
            raise
        return
    assert answer
    if answer.status != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
        return
    yield from reading.faults(page, known["as it is"])
    yield from seen(page, *[(LOOK,)] * is_main, (TARGETS, 24), (QUIET,))
    for size in TIGHT:
        page.set_viewport_size(size)
        yield from seen(page, (FITS,))
    page.set_viewport_size(PHONE)
    yield from seen(page, (FITS,), (TARGETS, 44), (CLIPPED,), (REACHED,))
    yield from reading.faults(page, known["as it is"], reading.COLOURS)
    page.set_viewport_size(DESK)
    page.evaluate("document.documentElement.dataset.contrast = 'high'")
    yield from reading.faults(page, known["high contrast"], reading.COLOURS)
    page.evaluate("document.documentElement.dataset.textsize = '130'")
    yield from seen(page, (TARGETS, 24), (REACHED,))
    if said:
        yield "script", said[0]
