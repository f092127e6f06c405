"""The whole job in a browser against a real worker: entry, review, notice, posting, passbook, dashboard, report."""

import io
import os
import re
import signal
import urllib.request
from typing import Any, NamedTuple

import docx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from qianjiang_portal.tests.chaos.portal import PASSWORD, Portal, wait_for

pytestmark = [pytest.mark.chaos, pytest.mark.browser]

HOUSEHOLDS = 60
KEYS = 240
POINTS = 5
VILLAGE = "桐木村"
RULE = "Z04"


class Household(NamedTuple):
    """A household as the clerk meets it: its short number and one way to type its head's name."""

    pk: int
    number: str
    initials: str


class Person:
    """Somebody at a keyboard: signs in, presses keys and counts them."""

    def __init__(self, browser: Browser, portal: Portal, name: str) -> None:
        self.page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
        self.portal = portal
        self.keys = 0
        self.go("/accounts/login/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/accounts/" not in url)

    def go(self, path: str) -> Page:
        self.page.goto(self.portal.address + path)
        return self.page

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)


@pytest.fixture(scope="module")
def village(portal: Portal) -> dict[str, Any]:
    pk, code, township, name = portal.ask(
        "SELECT v.id, v.code, t.code, t.name FROM villages_village v JOIN villages_township t ON t.id = v.township_id "
        "WHERE v.short_name = %s",
        VILLAGE,
    )[0]
    return {"id": pk, "code": code, "township": township, "township_name": name}


@pytest.fixture(scope="module")
def today(portal: Portal) -> str:
    code = "from qianjiang_portal.foundation import calendar; print(calendar.today())"
    return portal.manage("shell", "-v0", "-c", code).stdout.strip().splitlines()[-1]


def choose(clerk: Person, household: Household) -> None:
    """Type initials until the household stands among the candidates, then Enter or the digit before it."""
    options = clerk.page.locator("#candidates [role=option]:visible")
    for typed, letter in enumerate(household.initials, 1):
        clerk.press(letter)
        place = place_of(household, options) if typed > 1 else None
        if place is not None:
            break
    while place is None:
        clerk.press("PageDown")
        place = place_of(household, options)
    clerk.press("Enter" if place == 0 else str(place + 1))


def place_of(household: Household, options: Locator) -> int | None:
    return next((at for at, text in enumerate(options.all_inner_texts()) if household.number in text), None)


def open_households(portal: Portal, village: dict[str, Any]) -> list[Household]:
    rows = portal.ask(
        "SELECT id, right(number, 4), split_part(initials, ' ', 1) FROM villages_household "
        "WHERE village_id = %s AND state = 'active' ORDER BY number LIMIT %s",
        village["id"],
        HOUSEHOLDS,
    )
    return [Household(*row) for row in rows]


def test_the_whole_story(browser: Browser, portal: Portal, village: dict[str, Any], today: str) -> None:
    before = portal.ask("SELECT count(*), coalesce(sum(points), 0) FROM points_entry")[0]
    chosen = open_households(portal, village)
    assert len(chosen) == HOUSEHOLDS

    number = enter(Person(browser, portal, "clerk"), portal, village, today, chosen)
    pass_all(Person(browser, portal, "reviewer"), portal, number)
    code = publish(Person(browser, portal, "clerk"), portal, village, number)
    let_it_expire(Person(browser, portal, "district"), portal, code)

    after = portal.ask("SELECT count(*), coalesce(sum(points), 0) FROM points_entry")[0]
    assert after[0] - before[0] >= HOUSEHOLDS
    compare(Person(browser, portal, "district"), portal, village, chosen[0].pk)


def enter(clerk: Person, portal: Portal, village: dict[str, Any], today: str, chosen: list[Household]) -> str:
    page = clerk.go(f"/entry/?v={village['code']}&rule={RULE}&date={today}")
    expect(page.locator("[data-lookup=household]").last).to_be_focused()
    page.wait_for_timeout(800)
    clerk.keys = 0
    for household in chosen:
        choose(clerk, household)
    expect(page.locator(".c-grid__status", has_text="已保存")).to_have_count(HOUSEHOLDS, timeout=60_000)
    assert clerk.keys <= KEYS, f"{clerk.keys} key presses for {HOUSEHOLDS} households"

    clerk.press("Control+Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    clerk.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"已提交 {HOUSEHOLDS} 户", timeout=30_000)

    (number,) = portal.ask("SELECT number FROM points_batch ORDER BY id DESC LIMIT 1")[0]
    rows = portal.ask(
        "SELECT c.household_id, c.points, c.state FROM points_claim c JOIN points_batch b ON b.id = c.batch_id "
        "WHERE b.number = %s AND c.state <> 'withdrawn' ORDER BY c.line",
        number,
    )
    assert rows == [(pk, POINTS, "submitted") for pk, _name, _initials in chosen]
    return str(number)


def pass_all(reviewer: Person, portal: Portal, number: str) -> None:
    page = reviewer.go("/review/")
    page.locator(f"a[href='/review/{number}/']").first.click()
    page.wait_for_load_state("networkidle")
    reviewer.press("Control+Enter")
    page.wait_for_load_state("networkidle")
    page.locator("button[data-primary]").first.wait_for()
    reviewer.press("Control+Enter")
    wait_for(lambda: states(portal, number) <= {"approved", "submitted"} and "approved" in states(portal, number), 30)
    own = portal.ask(
        "SELECT count(*) FROM points_claim c JOIN points_batch b ON b.id = c.batch_id "
        "WHERE b.number = %s AND c.state = 'submitted'",
        number,
    )[0][0]
    assert own <= 1, "only the reviewer's own household may wait for somebody else"


def states(portal: Portal, number: str) -> set[str]:
    return {
        state
        for (state,) in portal.ask(
            "SELECT DISTINCT c.state FROM points_claim c JOIN points_batch b ON b.id = c.batch_id WHERE b.number = %s",
            number,
        )
    }


def publish(clerk: Person, portal: Portal, village: dict[str, Any], number: str) -> str:
    clerk.go(f"/notices/new/?village={village['code']}")
    clerk.page.locator("button[data-primary]").wait_for()
    clerk.press("Control+Enter")
    found = wait_for(
        lambda: portal.ask(
            "SELECT n.code FROM points_notice n JOIN points_claim c ON c.notice_id = n.id "
            "JOIN points_batch b ON b.id = c.batch_id WHERE b.number = %s LIMIT 1",
            number,
        ),
        30,
    )
    code = str(found[0][0])
    public = clerk.page.context.browser.new_context().new_page()
    public.goto(f"{portal.address}/gs/{code}/")
    expect(public.get_by_role("heading", level=1)).to_contain_text(VILLAGE)
    full_names = {
        name for (name,) in portal.ask("SELECT head_name FROM villages_household WHERE length(head_name) > 1")
    }
    text = public.inner_text("main")
    assert [name for name in full_names if name in text] == []
    return code


def let_it_expire(officer: Person, portal: Portal, code: str) -> None:
    """Move the clock on the page until the period is over; beat and worker do the rest."""
    for _step in range(3):
        page = officer.go("/help/clock/")
        page.get_by_role("button", name=re.compile("8 ?天")).click()
        page.wait_for_load_state("networkidle")
        due, now = portal.ask("SELECT due_at, now() FROM points_notice WHERE code = %s", code)[0]
        offset = int((portal.data / "clock").read_text().strip().removesuffix("s"))
        if (due - now).total_seconds() < offset:
            break
    wait_for(lambda: portal.ask("SELECT 1 FROM points_notice WHERE code = %s AND state = 'posted'", code), 60)


def compare(officer: Person, portal: Portal, village: dict[str, Any], household: int) -> None:
    """Passbook, dashboard, report page, document and database say the same."""
    posted = portal.ask("SELECT posted FROM points_balance WHERE household_id = %s", household)[0][0]
    summed = portal.ask("SELECT sum(points) FROM points_entry WHERE household_id = %s", household)[0][0]
    assert posted == summed
    passbook = officer.go(f"/households/{household}/").inner_text("main")
    assert re.search(rf"可兑换\s*{posted:,}\s*分", passbook)

    period = portal.ask("SELECT max(period) FROM points_entry")[0][0]
    net = net_points(portal, [period])
    dashboard = officer.go(f"/dashboard/?period={period}").inner_text("main")
    assert f"{net:,}" in dashboard

    quarter, months = quarter_of(period)
    page = officer.go(f"/reports/?period={quarter}")
    request_report(officer, village, quarter)
    version = wait_for(
        lambda: portal.ask(
            "SELECT r.current_id FROM reports_report r JOIN villages_township t ON t.id = r.township_id "
            "WHERE t.code = %s AND r.period = %s AND r.current_id IS NOT NULL",
            village["township"],
            quarter,
        ),
        60,
    )
    assert version
    total = net_points(portal, months, village["township"])
    text = officer.go(f"/reports/{quarter}/{village['township']}/").inner_text("main")
    assert f"{total:,}" in text or str(total) in text
    with page.expect_download() as download:
        page.locator("a[href*='download.docx']").first.click()
    document = docx.Document(io.BytesIO(download.value.path().read_bytes()))
    words = "".join(paragraph.text for paragraph in document.paragraphs)
    words += "".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert str(total) in words


def request_report(officer: Person, village: dict[str, Any], quarter: str) -> None:
    page = officer.page
    form = page.locator(f"form[action*='/reports/{quarter}/{village['township']}/request/']").first
    form.locator("button").first.click()
    page.wait_for_load_state("networkidle")


def net_points(portal: Portal, months: list[str], township: str = "") -> int:
    """Awards, deductions and their reversals, straight from the entries."""
    return int(
        portal.ask(
            "SELECT coalesce(sum(e.points), 0) FROM points_entry e JOIN villages_village v ON v.id = e.village_id "
            "JOIN villages_township t ON t.id = v.township_id "
            "WHERE e.period = ANY(%s) AND e.dimension <> '' AND (%s = '' OR t.code = %s)",
            months,
            township,
            township,
        )[0][0]
    )


def quarter_of(period: str) -> tuple[str, list[str]]:
    year, month = map(int, period.split("-"))
    index = (month - 1) // 3
    return f"{year}Q{index + 1}", [f"{year}-{index * 3 + at:02}" for at in (1, 2, 3)]


def test_the_books_add_up_afterwards(portal: Portal) -> None:
    for command in ("check_ledger", "verify_seals"):
        done = portal.manage(command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_pages_recover_when_the_database_is_killed(portal: Portal) -> None:
    """kill -9 for PostgreSQL under the running portal: it comes back, and so do the pages, without a restart."""
    pid = int((portal.data / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])
    entries = portal.ask("SELECT count(*) FROM points_entry")

    os.kill(pid, signal.SIGKILL)

    wait_for(lambda: public_page(portal) == 200, 60)
    assert portal.ask("SELECT count(*) FROM points_entry") == entries


def public_page(portal: Portal) -> int:
    try:
        return urllib.request.urlopen(f"{portal.address}/gs/", timeout=10).status
    except OSError:
        return 0


def test_an_entry_changed_by_a_superuser_is_named_by_both(portal: Portal) -> None:
    with portal.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, source FROM points_entry WHERE source LIKE 'claim:%%' ORDER BY id DESC LIMIT 1")
        pk, source = cursor.fetchone()
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE points_entry SET points = points + 1 WHERE id = %s", [pk])

    for command in ("check_ledger", "verify_seals"):
        done = portal.manage(command)
        assert done.returncode == 1
        assert f"entry {pk} ({source})" in done.stdout
