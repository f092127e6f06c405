"""The counter of a points store: how long somebody waits there, in the morning and after a thousand slips.

    python -m benchmarks.counter [SLIPS OF THE DAY]

One village of 800 households, forty kinds of goods. Requests go through the whole of the portal (sessions, scope,
pages), one at a time: the household is found, its page opened, the form sent, and the answer read, which is a page
again. Then the same in a browser, where there is one: from the key that hands out to the name field that waits for the
next, as the browser itself tells the time. Household by household in turns on two pages: one stays and swaps its desk,
the other has the swap taken out and loads whole pages.
Prints JSON: medians and 95th percentiles in milliseconds, statements of each page, and the evening over the morning
in processor time.
Eight counters at once, with and without guards, are `benchmarks/redemption.py`.
"""

import json
import os
import statistics
import sys
import time
import uuid
from collections import defaultdict
from typing import Any

from benchmarks import scratch, serving
from benchmarks.redemption import NOW, PLENTY, Shop, open_shop

HOMES, GOODS, ROUNDS = 800, 40, 60


def scene() -> Shop:
    from points import stock
    from villages.models import Township

    township = Township.objects.create(code="500114112", name="濯水镇", kind="town")
    shop = open_shop(township, 0, homes=HOMES)
    for at in range(1, GOODS):
        item = stock.keep_item(
            outlet=shop.outlet, code=f"W{at:02}", name=f"物品{at}", points=1, by=shop.counter, now=NOW
        )
        stock.receive(item=item, quantity=PLENTY, by=shop.counter, now=NOW)
    return shop


class Counter:
    """Somebody at the counter: the requests of their browser, and what each took."""

    def __init__(self, shop: Shop) -> None:
        from django.test import Client

        self.shop, self.client = shop, Client()
        self.client.force_login(shop.counter)
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.statements: dict[str, int] = {}
        self.processor = 0.0

    def serve(self, home: Any) -> None:
        self.ask("find", f"/redeem/?q={home.number}")
        self.ask("open", f"/redeem/?household={home.pk}")
        began = scratch.processor_seconds()
        form = {
            "outlet": self.shop.outlet.pk, "household": home.pk, "key": uuid.uuid4(), "who": "self",
            f"item-{self.shop.item.pk}": "1",
        }  # fmt: skip
        sent = self.ask("send", "/redeem/", form)
        self.ask("answer", sent.url)
        self.processor += scratch.processor_seconds() - began
        self.taken["send and answer"].append(self.taken["send"][-1] + self.taken["answer"][-1])

    def ask(self, step: str, address: str, form: dict[str, Any] | None = None) -> Any:
        began = time.perf_counter()
        answer = self.client.get(address) if form is None else self.client.post(address, form)
        self.taken[step].append(time.perf_counter() - began)
        assert answer.status_code == (200 if form is None else 302), (address, answer.status_code)
        return answer

    def count(self, home: Any) -> None:
        """One household more, for the number of statements."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        ask = self.ask

        def counted(step: str, address: str, form: dict[str, Any] | None = None) -> Any:
            with CaptureQueriesContext(connection) as queries:
                answer = ask(step, address, form)
            self.statements[step] = len(queries)
            return answer

        self.ask = counted  # type: ignore[method-assign]
        self.serve(home)

    def figures(self) -> dict[str, Any]:
        times = {
            step: {
                "median_ms": round(1000 * statistics.median(taken), 1),
                "p95_ms": round(1000 * statistics.quantiles(taken, n=20)[-1], 1),
            }
            for step, taken in self.taken.items()
        }
        rounds = len(self.taken["send and answer"])
        return times | {"send and answer, processor": {"mean_ms": round(1000 * self.processor / rounds, 1)}}


def a_while(shop: Shop, first: int) -> Counter:
    """Sixty households, after two that fill the caches."""
    for home in shop.homes[first : first + 2]:
        Counter(shop).serve(home)
    counter = Counter(shop)
    for home in shop.homes[first + 2 : first + 2 + ROUNDS]:
        counter.serve(home)
    return counter


def hand_out(shop: Shop, slips: int) -> None:
    """The rest of the day, without pages."""
    from points import store

    for at in range(slips):
        home = shop.homes[at % HOMES]
        store.redeem(
            outlet=shop.outlet, household=home, basket={shop.item.pk: 1}, key=uuid.uuid4(), by=shop.counter, now=NOW
        )


def register(shop: Shop) -> dict[str, Any]:
    """What the browser looks households up in."""
    from django.test import Client

    client = Client()
    client.force_login(shop.counter)
    began = time.perf_counter()
    answer = client.get(f"/redeem/index/{shop.outlet.pk}.json", headers={"accept-encoding": "gzip"})
    return {
        "households": HOMES,
        "ms": round(1000 * (time.perf_counter() - began), 1),
        "kb_compressed": round(len(answer.content) / 1000, 1),
    }


def in_a_browser(shop: Shop, rounds: int = 20) -> dict[str, Any] | str:
    """From the key that hands out to the name field that waits for the next household; printing is switched off."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        return "no browser here"
    # Playwright's loop runs in this thread, which also asks the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

    from qianjiang_portal import testing
    from qianjiang_portal.foundation import options

    options.put(name="receipt_printing", value=False)
    cookies = serving.cookies(shop.counter)
    with serving.served() as home, sync_playwright() as drive:
        try:
            browser = drive.chromium.launch(**testing.browser_options())
        except Error:
            return "no browser here"
        pages = {way: _at_the_desk(browser, home, cookies, way) for way in ("swapped", "whole_pages")}
        for one in shop.homes[: rounds + 1]:
            for page in pages.values():
                _one_by_keys(page, one.number[-4:])
        waits = {way: page.evaluate("JSON.parse(sessionStorage.waits)")[1:] for way, page in pages.items()}
        browser.close()
    return {"rounds": rounds, **{way: _spread(taken) for way, taken in waits.items()}, "ratio": _ratio(waits)}


def _spread(taken: list[float]) -> dict[str, int]:
    return {"median_ms": round(statistics.median(taken)), "p95_ms": round(statistics.quantiles(taken, n=20)[-1])}


def _ratio(waits: dict[str, list[float]]) -> float:
    return round(statistics.median(waits["swapped"]) / statistics.median(waits["whole_pages"]), 2)


# What the browser tells: when the key was pressed, and when the name field had the focus after it, across pages.
CLOCK = """(() => {
  const now = () => performance.timeOrigin + performance.now();
  addEventListener('keydown', e => { if (e.key === 'Enter' && e.ctrlKey) sessionStorage.pressed = now(); }, true);
  addEventListener('focusin', e => {
    if (e.target.id !== 'q' || !sessionStorage.pressed) return;
    const before = JSON.parse(sessionStorage.waits || '[]');
    sessionStorage.waits = JSON.stringify([...before, now() - sessionStorage.pressed]);
    delete sessionStorage.pressed;
  }, true);
})()"""
WITHOUT_SWAP = """document.addEventListener('DOMContentLoaded', () => {
  for (const name of ['hx-get', 'hx-post'])
    document.querySelectorAll(`[${name}]`).forEach(node => node.removeAttribute(name));
  window.htmx = undefined;
})"""


def _at_the_desk(browser: Any, home: str, cookies: dict[str, str], way: str) -> Any:
    context = browser.new_context(viewport={"width": 1366, "height": 625}, locale="zh-CN")
    context.add_cookies(serving.as_kept(cookies, home))
    page = context.new_page()
    page.add_init_script(CLOCK)
    if way == "whole_pages":
        page.add_init_script(WITHOUT_SWAP)
    page.goto(f"{home}/redeem/")
    return page


def _one_by_keys(page: Any, number: str) -> None:
    page.wait_for_selector("#q[data-lookup=household]:focus")
    page.keyboard.type(number)
    page.wait_for_selector("#candidates [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-lookup=item]:focus")
    page.keyboard.type("xyy")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".st-done")
    page.wait_for_selector("#q:focus")


def measure(slips: int) -> dict[str, Any]:
    from qianjiang_portal.foundation import calendar

    with calendar.at(NOW), scratch.in_service():
        shop = scene()
        morning = a_while(shop, 0)
        hand_out(shop, max(0, slips - ROUNDS))
        evening = a_while(shop, 100)
        figures = {"morning": morning.figures(), "evening": evening.figures()}
        evening.count(shop.homes[200])  # last: the statements it counts are not timed
        return {
            "households": HOMES,
            "goods": GOODS,
            "slips_of_the_day": slips,
            **figures,
            "statements": evening.statements,
            "evening_over_morning_processor": round(evening.processor / morning.processor, 2),
            "register": register(shop),
            "key_to_next_household": in_a_browser(shop),
            "aim": "key to next household at most 300 ms, send and answer the same after a thousand slips",
            "machine": scratch.machine(),
        }


if __name__ == "__main__":
    with scratch.database():
        print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000), indent=2, ensure_ascii=False))
