"""An office computer for the browser tests of every room, on which one person after the other signs in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from villages.models import User

# What an old office screen leaves for a page.
DESK = {"width": 1366, "height": 625}


def seat(context: BrowserContext, user: User, base_url: str) -> None:
    """`user` sits at this computer, and nobody else. Spares the page to sign in by, which has tests of its own."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    context.clear_cookies()
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base_url}])


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": DESK, "locale": "zh-CN"}


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
