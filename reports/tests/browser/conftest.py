"""An office computer on which somebody signs in; the chart bundle is built or there is nothing to test."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import BrowserContext, Page

from conftest import PASSWORD
from reports.templatetags.charts import BUNDLE
from villages.models import User

DESK = {"width": 1366, "height": 625}


@pytest.fixture(scope="session")
def bundle() -> Path:
    found = finders.find(BUNDLE)
    if not found:
        pytest.skip("the chart bundle is not built: npm is missing here")
    return Path(found)


@pytest.fixture(scope="session")
def base_url(live_server) -> str:
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": DESK, "locale": "zh-CN"}


@pytest.fixture
def sign_in(context: BrowserContext) -> Callable[[User], None]:
    def sign(user: User) -> None:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        page.close()

    return sign


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page complained about; a test that uses it ends with an empty list."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if "Content Security Policy" in said.text else None)
    return found


def weight(path: Path) -> int:
    """Bytes as they travel."""
    return len(gzip.compress(path.read_bytes(), 9))
