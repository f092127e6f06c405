"""An office computer for the browser tests of every room, on which one person after the other signs in.

It stays on from test to test: starting a window of its own for each, with processes that know no style, script or
letter yet, took longer than most tests. Each test gets a new tab of it, the only one, and the computer put in order:
nobody signed in, nothing stored, no right given, online. After a test that failed, or that asked the window for
anything that is not known to be put in order, comes another computer.
"""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response

from qianjiang_portal import testing_sessions
from villages.models import User

# What an old office screen leaves for a page.
DESK = {"width": 1366, "height": 625}
# What is asked of a run to look into a test; it begins with a window.
RECORDED = ("--tracing", "--video", "--screenshot")
# What a test may ask of the window, since tabs are closed and the rest is put in order.
PUT_IN_ORDER = {
    "add_cookies", "browser", "clear_cookies", "clear_permissions", "cookies", "expect_page", "grant_permissions",
    "is_worn", "new_page", "pages", "set_offline",
}  # fmt: skip
# Where the first tab rests. Windows opened from it share its processes while the policy of its page is theirs.
RESTING = {"body": "", "content_type": "text/html", "headers": {"Cross-Origin-Opener-Policy": "same-origin"}}
# The browser goes to the field a page begins at with the first picture it draws, and that may come after it is loaded.
BEGUN = """() => document.activeElement !== document.body ||
    ![...document.querySelectorAll('[autofocus]')].some(one => one.checkVisibility())"""


class Window(BrowserContext):
    """Notes when a test asks for what would reach the next one."""

    is_worn = False

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name not in PUT_IN_ORDER:
            self.is_worn = True
        return super().__getattribute__(name)


class Tab(Page):
    """Its clock is the window's, and whoever opens a page looks where it begins before touching a key."""

    def goto(self, *args: Any, **kwargs: Any) -> Response | None:
        answer = super().goto(*args, **kwargs)
        self.wait_for_function(BEGUN)
        return answer

    def reload(self, *args: Any, **kwargs: Any) -> Response | None:
        answer = super().reload(*args, **kwargs)
        self.wait_for_function(BEGUN)
        return answer

    @property
    def clock(self) -> Any:
        return self.context.clock


class Computer:
    def __init__(self, browser: Browser, settings: dict[str, Any]) -> None:
        self.origin = settings["base_url"]
        window = browser.new_context(**settings)
        self.first = window.new_page()
        self.first.route("**/*", lambda route: route.fulfill(**RESTING))
        self.first.goto(self.origin)
        self.first.unroute_all()
        self.wire = window.new_cdp_session(self.first)
        window.__class__ = Window
        self.window = cast(Window, window)

    def tab(self) -> Page:
        """A new tab that nobody opened, as far as its pages can tell."""
        with self.window.expect_page() as opened:
            self.first.evaluate("void open()")
        tab = opened.value
        tab.evaluate("opener = null")
        tab.__class__ = Tab
        return tab

    def put_in_order(self) -> bool:
        """Whether nothing is left of what was done here."""
        try:
            for page in self.window.pages:
                if page != self.first:
                    page.close()
            if self.window.is_worn:
                return False
            self.window.clear_cookies()
            self.window.clear_permissions()
            self.window.set_offline(False)
            self.wire.send("Storage.clearDataForOrigin", {"origin": self.origin, "storageTypes": "all"})
            self.wire.send("Network.clearBrowserCache")
        except Error:
            return False
        return True


class Room:
    """Where the computer stands; another one when it is worn."""

    def __init__(self, browser: Browser, settings: dict[str, Any]) -> None:
        self.browser, self.settings = browser, settings
        self.computer: Computer | None = None

    def enter(self) -> Computer:
        self.computer = self.computer or Computer(self.browser, self.settings)
        return self.computer

    def leave(self, *, is_well: bool) -> None:
        assert self.computer
        if not (self.computer.put_in_order() and is_well):
            self.computer.window.close()
            self.computer = None


def seat(context: BrowserContext, user: User, base_url: str) -> None:
    """`user` sits at this computer, and nobody else. Spares the page to sign in by, which has tests of its own."""
    context.clear_cookies()
    context.add_cookies([{"name": "sessionid", "value": testing_sessions.begin(user), "url": base_url}])


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": DESK, "locale": "zh-CN"}


@pytest.fixture(scope="session")
def room(browser: Browser, browser_context_args: dict[str, Any]) -> Room:
    return Room(browser, browser_context_args)


@pytest.fixture
def page(request: pytest.FixtureRequest, room: Room) -> Iterator[Page]:
    """A tab of the office computer, or of a machine of its own where the test is marked to need one."""
    is_recorded = any(request.config.getoption(name) != "off" for name in RECORDED)
    if is_recorded or request.node.get_closest_marker("browser_context_args"):
        yield request.getfixturevalue("new_context")().new_page()
        return
    yield room.enter().tab()
    told = getattr(request.node, "rep_call", None)
    room.leave(is_well=bool(told and told.passed))


@pytest.fixture
def context(page: Page) -> BrowserContext:
    return page.context


@pytest.fixture
def sign_in(context: BrowserContext, base_url: str) -> Callable[[User], None]:
    return lambda user: seat(context, user, base_url)


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page complained about; a test that uses it ends with an empty list."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if "Content Security Policy" in said.text else None)
    return found
