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
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PORTAL_DATA") or ROOT / "var")
SCREENS = ROOT / "docs" / "screens"
SIZES = {"": (1366, 768), "-phone": (360, 640)}
COLOURS = 96
# A minute or two: the machine may be at work besides.
PATIENCE = 120_000
# 桐木村, where the demonstration shows most.
HOME = "500114112202"
CANDIDATE = "main a[href^='/demos/']:not([href*='?'], [href$='new/'], [href*='rechecks'], [href*='programmes'])"
FIRST = "main tbody a[href^='/']"


@dataclass(frozen=True)
class Screen:
    """A page by its address; `follow` is what is pressed there first. `who` is a role; nobody signs in without one."""

    name: str
    who: str
    address: str
    follow: str = ""


SCREENS_TAKEN = (
    Screen("sign-in", "", "/accounts/login/"),
    Screen("public-list", "", "/gs/"),
    Screen("public-notice", "", "/gs/", "main a[href^='/gs/GS-']"),
    Screen("home", "clerk", "/home/"),
    Screen("entry", "clerk", "/entry/"),
    Screen("batches", "clerk", "/entry/batches/"),
    Screen("imports", "clerk", "/import/"),
    Screen("activities", "clerk", "/activities/"),
    Screen("notices", "clerk", "/notices/"),
    Screen("notice", "clerk", "/notices/", "main a[href^='/notices/GS-']"),
    Screen("objections", "clerk", "/objections/?show=all"),
    Screen("passbooks", "clerk", "/households/"),
    Screen("passbook", "clerk", "/households/", FIRST),
    Screen("services", "clerk", "/requests/"),
    Screen("disclosures", "clerk", "/disclosures/"),
    Screen("indicators", "clerk", "/indicators/"),
    Screen("funds", "clerk", "/funds/"),
    Screen("search", "clerk", "/search/?q=%E5%86%89"),
    Screen("help", "clerk", "/help/"),
    Screen("review-queue", "reviewer", "/review/"),
    Screen("review", "reviewer", "/review/", "main a[href^='/review/2']"),
    Screen("honours", "reviewer", "/honours/"),
    Screen("leader-home", "leader", "/home/"),
    Screen("dashboard-township", "leader", "/dashboard/"),
    Screen("village", "leader", f"/villages/{HOME}/"),
    Screen("entries", "leader", f"/villages/{HOME}/entries/"),
    Screen("people", "leader", "/people/"),
    Screen("year-end", "leader", "/year-end/"),
    Screen("redeem", "counter", "/redeem/"),
    Screen("stock", "counter", "/redeem/stock/"),
    Screen("liaison-home", "liaison", "/home/"),
    Screen("pairings", "liaison", "/pairings/"),
    Screen("pairing", "liaison", "/pairings/", FIRST),
    Screen("dashboard", "district", "/dashboard/"),
    Screen("villages", "district", "/villages/"),
    Screen("rules", "district", "/rules/"),
    Screen("demos", "district", "/demos/"),
    Screen("demo", "district", "/demos/", CANDIDATE),
    Screen("meetings", "district", "/meetings/"),
    Screen("measures", "district", "/measures/"),
    Screen("reports", "district", "/reports/"),
    Screen("summaries", "district", "/reports/summaries/"),
    Screen("assessments", "district", "/reports/assessments/"),
    Screen("circulars", "district", "/reports/circulars/"),
    Screen("cases", "district", "/reports/cases/"),
    Screen("rights", "district", "/rights/"),
    Screen("audit", "auditor", "/audit/"),
    Screen("ledger-check", "auditor", "/audit/ledger/"),
    Screen("staff", "admin", "/staff/"),
    Screen("jobs", "admin", "/jobs/"),
)
# For the manual alone: at the desk's size.
MANUAL = (
    Screen("entry-household", "clerk", "/entry/household/"),
    Screen("entry-roster", "clerk", f"/entry/roster/?v={HOME}&rule=H01"),
    Screen("import-preview", "clerk", "/import/", FIRST),
    Screen("activity", "clerk", "/activities/", FIRST),
    Screen("batch", "clerk", "/entry/batches/", FIRST),
    Screen("panel", "clerk", f"/review/panel/{HOME}/"),
    Screen("slips", "clerk", "/households/slips/"),
    Screen("roster-import", "clerk", "/import/roster/"),
    Screen("opening-import", "clerk", "/import/opening/"),
    Screen("rule-set", "clerk", "/rules/", FIRST),
    Screen("outlet-new", "clerk", "/redeem/stock/outlets/new/"),
    Screen("circular", "clerk", "/reports/circulars/", FIRST),
    Screen("case", "clerk", "/reports/cases/", FIRST),
    Screen("honours-village", "clerk", f"/honours/{HOME}/"),
    Screen("disclosures-village", "clerk", f"/disclosures/{HOME}/"),
    Screen("trainings", "leader", "/trainings/"),
    Screen("people-import", "leader", "/people/import/"),
    Screen("charters", "leader", "/charters/"),
    Screen("budget", "leader", "/redeem/budget/"),
    Screen("candidate-leader", "leader", "/demos/", CANDIDATE),
    Screen("suspensions", "leader", "/honours/suspensions/"),
    Screen("redeem-day", "counter", "/redeem/day/"),
    Screen("stock-prices", "counter", "/redeem/stock/", "main a[href$='/prices/']"),
    Screen("dispatch", "district", "/dispatch/"),
    Screen("oddities", "district", "/review/oddities/"),
    Screen("honour-kinds", "district", "/honours/kinds/"),
    Screen("indicator-kinds", "district", "/indicators/kinds/"),
    Screen("assessment", "district", "/reports/assessments/", FIRST),
    Screen("stars", "reviewer", "/honours/stars/"),
    Screen("audit-changes", "auditor", "/audit/changes/"),
    Screen("audit-seals", "auditor", "/audit/seals/"),
    Screen("rights-people", "auditor", "/rights/people/"),
    Screen("second-step", "admin", "/accounts/factor/"),
    Screen("tokens", "admin", "/accounts/tokens/"),
    Screen("staff-import", "admin", "/staff/import/"),
    Screen("staff-one", "admin", "/staff/", FIRST),
    Screen("options", "admin", "/admin/foundation/option/"),
    Screen("objection-form", "", "/gs/", "main a[href^='/gs/GS-']"),
    Screen("seal-check", "", "/seals/"),
    Screen("public-disclosures", "", f"/gk/{HOME}/"),
    Screen("red-list", "", f"/red/{HOME}/"),
    Screen("public-services", "", f"/bm/{HOME}/"),
)
DESK = {"": (1366, 768)}
WALL = Screen("wall", "district", "/dashboard/wall/")


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
    page.goto(f"{base}{screen.address}")
    if screen.follow:
        link = page.locator(screen.follow)
        if not link.count():
            print(f"{screen.name}: nothing on {screen.address} leads there")
            return
        page.goto(f"{base}{link.first.get_attribute('href')}")
    for ending, (width, height) in sizes.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_load_state("networkidle")
        keep(page.screenshot(), SCREENS / f"{screen.name}{ending}.png")


def sizes_of(screen: Screen) -> dict[str, tuple[int, int]]:
    if screen is WALL:
        return {"": (1920, 1080)}
    return DESK if screen in MANUAL else SIZES


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
        for screen in (*SCREENS_TAKEN, *MANUAL, WALL):
            if not given.only or screen.name in given.only:
                take(page_of(screen.who), given.base, screen, sizes_of(screen))


if __name__ == "__main__":
    sys.exit(main())
