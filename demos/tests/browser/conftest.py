"""An office computer on which one person after the other signs in."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from conftest import PASSWORD
from villages.models import User


@pytest.fixture(scope="session")
def base_url(live_server) -> str:
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1366, "height": 625}, "locale": "zh-CN"}


@pytest.fixture
def sign_in(page: Page) -> Callable[[User], None]:
    """Whoever sat there before is signed out."""

    def sign(user: User) -> None:
        page.context.clear_cookies()
        page.goto("/accounts/login/")
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)

    return sign


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page complained about; a test that uses it ends with an empty list."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if "Content Security Policy" in said.text else None)
    return found
