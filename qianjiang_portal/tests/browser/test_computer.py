"""The computer that all browser tests share: whoever comes to it finds it as a new one."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from qianjiang_portal.testing_browser import Computer, Room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILE = "/static/js/entry.js"
SEEN = r"""async file => ({
    opener, path: location.pathname, name: window.name, history: history.length,
    cookies: document.cookie.replace(/=\w+/g, ''),
    local: localStorage.length, session: sessionStorage.length, wide: innerWidth, high: innerHeight,
    paper: matchMedia('print').matches, online: navigator.onLine,
    touched: Boolean(document.querySelector('main *:hover')),
    databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    permission: (await navigator.permissions.query({name: 'clipboard-read'})).state,
    file: await fetch(file, {cache: 'only-if-cached', mode: 'same-origin'}).then(answer => answer.ok, () => false)})"""
LEAVE = """async file => { window.name = 'left'; document.cookie = 'left=1'; localStorage.left = sessionStorage.left = 1
    history.pushState({}, '', '/left/'); await caches.open('left'); await (await fetch(file)).text()
    await new Promise(done => { indexedDB.open('left').onsuccess = done }) }"""

# Drawn only when its style is there, and until then it does not begin.
SLOW = "<head><link rel=stylesheet href=/slow.css></head><input autofocus>"
BEGINS = "document.activeElement.localName"
WEARING = (
    lambda page: page.clock.install(),
    lambda page: page.context.add_init_script("window.left = 1"),
    lambda page: page.context.expose_function("left", lambda: 1),
    lambda page: page.context.on("page", lambda page: None),
    lambda page: page.context.route("**/*", lambda route: route.abort()),
    lambda page: page.context.close(),
)


@pytest.fixture
def computer(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Computer]:
    computer = Computer(browser, browser_context_args)
    yield computer
    computer.window.close()


def seen(page: Page) -> dict[str, Any]:
    page.goto("/accounts/login/")
    return page.evaluate(SEEN, FILE)


@pytest.fixture
def new(browser: Browser, browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """What a page sees in a window that is opened for it, where it comes after an empty one."""
    with browser.new_context(**browser_context_args) as window:
        return seen(window.new_page()) | {"history": 1}


def test_whoever_comes_next_finds_nothing(computer: Computer, new: dict[str, Any]) -> None:
    heard: list[str] = []
    tab = computer.tab()
    assert seen(tab) == new
    tab.on("console", lambda said: heard.append(said.text))
    tab.evaluate(LEAVE, FILE)
    tab.evaluate("addEventListener('beforeunload', event => event.preventDefault())")
    tab.context.grant_permissions(["clipboard-read"])
    tab.set_viewport_size({"width": 360, "height": 640})
    tab.emulate_media(media="print")
    tab.mouse.move(100, 100)
    tab.context.new_page()
    left = tab.evaluate(SEEN, FILE)
    assert {name for name in new if left[name] == new[name]} == {"opener", "online", "workers"}, "the control"
    tab.route("**/*", lambda route: route.abort())
    tab.context.set_offline(True)

    assert computer.put_in_order()
    tab = computer.tab()
    assert seen(tab) == new
    tab.evaluate("console.log('again')")
    assert heard == []
    assert len(computer.window.pages) == 2


def test_a_page_that_is_opened_has_begun(computer: Computer) -> None:
    def draw_late(route: Route) -> None:
        tab.wait_for_timeout(300)
        route.fulfill(body="")

    tab = computer.tab()
    tab.route("**/slow.html", lambda route: route.fulfill(body=SLOW, content_type="text/html"))
    tab.route("**/slow.css", draw_late)
    slow = computer.origin + "/slow.html"
    Page.goto(tab, slow, wait_until="domcontentloaded")
    assert tab.evaluate(BEGINS) == "body", "the control"
    for open_it in (lambda **until: tab.goto(slow, **until), tab.reload):
        open_it(wait_until="domcontentloaded")
        assert tab.evaluate(BEGINS) == "input"


def test_what_would_stay_wears_it_out(computer: Computer) -> None:
    for wear in WEARING:
        wear(computer.tab())
        assert not computer.put_in_order()
        computer.window.is_worn = False


def test_after_one_that_is_worn_or_failed_comes_another(browser: Browser, browser_context_args: dict[str, Any]) -> None:
    room = Room(browser, browser_context_args)
    first = room.enter()
    room.leave(is_well=True)
    assert room.enter() is first
    room.leave(is_well=False)
    second = room.enter()
    assert second is not first
    second.window.route("**/*", lambda route: route.abort())
    room.leave(is_well=True)
    assert room.computer is None
