"""Pictures of the main pages of a running demonstration, at the desk's size and a telephone's, for docs/screens.

    make run                        # in one window
    make screens                    # in another; ONLY="village entries" takes just those

Signs in with the accounts of the demonstration's list. Each picture is one screen; few colours keep it small.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from screen_list import ACTED, MAIN, MANUAL, WALL, Picture, Screen, sizes_of

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PORTAL_DATA") or ROOT / "var")
SCREENS = ROOT / "docs" / "screens"
COLOURS = 96
# A minute or two: the machine may be at work besides.
PATIENCE = 120_000
# What was pressed shows what comes of it.
ANSWERED = 3_000


def accounts() -> dict[str, tuple[str, str]]:
    """Role → name and password, as the demonstration's list says."""
    found: dict[str, tuple[str, str]] = {}
    for line in (DATA / "demo-accounts.txt").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if len(words) > 1:
            found[words[0]] = (words[0], words[1])
    return found


def sign_in(browser: Browser, base: str, account: tuple[str, str] | None) -> Page:
    page = browser.new_context(locale="zh-CN", reduced_motion="reduce").new_page()
    page.set_default_timeout(PATIENCE)
    if account:
        page.goto(f"{base}/accounts/login/")
        page.fill("input[name=username]", account[0])
        page.fill("input[name=password]", account[1])
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "/login/" not in address)
    return page


def take(page: Page, base: str, screen: Screen, sizes: dict[str, tuple[int, int]]) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), next(iter(sizes.values())), strict=True)))  # type: ignore[arg-type]
    if not arrive(page, base, screen):
        return
    for ending, (width, height) in sizes.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_load_state("networkidle")
        keep(page.screenshot(), SCREENS / f"{screen.name}{ending}.png")


def arrive(page: Page, base: str, shown: Screen | Picture) -> bool:
    """Go where the links lead and do what is done there; False where a link is not there."""
    page.goto(f"{base}{shown.address}")
    for selector in shown.follow:
        link = page.locator(selector)
        if not link.count():
            print(f"{shown.name}: nothing on {page.url} leads there")
            return False
        page.goto(urljoin(page.url, link.first.get_attribute("href")))
    page.wait_for_load_state("networkidle")
    for what in shown.act:
        do(page, what)
    return True


def do(page: Page, what: str) -> None:
    word, _, rest = what.partition(" ")
    if word == "click":
        page.locator(rest).click()
    elif word == "type":
        page.keyboard.type(rest, delay=60)
    else:
        page.keyboard.press(what)
    page.wait_for_timeout(ANSWERED)
    page.wait_for_load_state("networkidle")


def keep(picture: bytes, path: Path) -> None:
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)} {path.stat().st_size // 1024} KB")


def asked(description: str) -> argparse.Namespace:
    """What was asked for on the command line: `only` some by name, and the portal's `base` address."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("only", nargs="*", help="names; all without any")
    parser.add_argument("--base", default=f"http://127.0.0.1:{os.environ.get('PORT') or 8000}")
    return parser.parse_args()


@contextmanager
def desks(base: str) -> Iterator[Callable[[str], Page]]:
    """The page of a role, signed in when it is first asked for; of nobody without one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("PORTAL_BROWSER"), args=["--no-sandbox"])
        known = accounts()
        yield cache(lambda who: sign_in(browser, base, known[who] if who else None))
        browser.close()


def main() -> None:
    given = asked("Take the pictures in docs/screens from a running demonstration.")
    with desks(given.base) as page_of:
        for screen in (*MAIN, *MANUAL, WALL, *ACTED):
            if not given.only or screen.name in given.only:
                take(page_of(screen.who), given.base, screen, sizes_of(screen))


if __name__ == "__main__":
    sys.exit(main())
