"""Clerks at work while others use the portal: how long a row of quick entry waits for its 已保存.

    python -m benchmarks.clerks [ROWS OF THE WORKBOOK]            default 100000

The portal's own web processes over a ledger of 100,000 entries, asked over HTTP, each person by a connection of their
own. In turns of half a minute:

* alone: one clerk, a row every half second;
* fifty: fifty clerks, a row every three seconds each, while ten people read dashboards, one every ten seconds each;
* import: eight clerks, a row a second each, while another process, as nice as a worker, reads a workbook of 100,000
  rows to its preview and confirms it;
* import_and_package: the same, while two more processes, as nice as workers, draw the papers of a half-year until the
  workbook is in.

Prints JSON: median and 95th percentile in milliseconds and what went wrong, which must be nothing.
"""

import datetime as dt
import http.client
import itertools
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks import large, scratch, serving

ENTRIES, TURN = 100_000, 30
CLERKS, READERS, READ_EVERY = 50, 10, 10.0
NICE = 5


@dataclass
class Desk:
    """One person's browser: a connection, cookies, and what each request took."""

    home: str
    cookies: dict[str, str]
    taken: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def ask(self, path: str, form: dict[str, Any] | None = None) -> None:
        head = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            head |= {
                "X-CSRFToken": serving.TOKEN, "X-Requested-With": "fetch",
                "Content-Type": "application/x-www-form-urlencoded",
            }  # fmt: skip
        body = None if form is None else urllib.parse.urlencode(form)
        began = time.perf_counter()
        try:
            self._connection.request("GET" if form is None else "POST", path, body, head)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(repr(error))
            self._connection.close()
            return
        self.taken.append(time.perf_counter() - began)
        if answer.status != 200:
            self.wrong.append(f"{answer.status} {text[:200]!r}")

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.home).netloc, timeout=60)


@dataclass
class Town:
    """A township's village under adopted rules, the accounts that work there and those that look on."""

    village: Any
    rule: int
    homes: list[int]
    clerks: list[Any]
    readers: list[Any]
    today: dt.date


def town() -> Town:
    from benchmarks.curves import SINCE, open_office
    from qianjiang_portal.foundation import calendar
    from villages import appointments
    from villages.models import User

    office = open_office()
    clerks = [User(username=f"clerk{at}", name=f"乡镇专干{at}", must_change_password=False) for at in range(CLERKS)]
    readers = [User(username=f"reader{at}", name=f"领导{at}", must_change_password=False) for at in range(READERS)]
    User.objects.bulk_create([*clerks, *readers])
    for user in clerks:
        appointments.appoint(user=user, role="clerk", township=office.village.township, begins_on=SINCE)
    for at, user in enumerate(readers):
        place = {"township": office.village.township} if at % 2 else {}
        appointments.appoint(user=user, role="leader" if at % 2 else "district", begins_on=SINCE, **place)
    homes = [home.pk for home in office.homes]
    return Town(office.village, office.rule.pk, homes, clerks, readers, calendar.today())


def rows(there: Town) -> Iterator[dict[str, Any]]:
    """One clerk's batch, household after household, then the day before."""
    batch = uuid.uuid4().hex
    for at in itertools.count():
        yield {
            "batch": batch, "key": uuid.uuid4(), "village": there.village.code, "rule": there.rule,
            "household": there.homes[at % len(there.homes)], "points": 5, "note": "",
            "date": (there.today - dt.timedelta(days=at // len(there.homes))).isoformat(),
        }  # fmt: skip


def type_rows(desk: Desk, forms: Iterator[dict[str, Any]]) -> None:
    desk.ask("/entry/rows/", next(forms))


def read(desk: Desk, address: str, months: Iterator[str]) -> None:
    desk.ask(f"{address}?p={next(months)}")


def keep_doing(act: Callable[[], None], every: float, wait: float, until: Callable[[], bool]) -> None:
    """At a steady pace, begun after a wait: the next time is due however long an answer took."""
    due = time.monotonic() + wait
    while not until():
        time.sleep(max(0.0, due - time.monotonic()))
        act()
        due = max(due + every, time.monotonic())


def turn(there: Town, home: str, clerks: int, pace: float, readers: int, until: Callable[[], bool]) -> dict[str, Any]:
    """Each begins at a moment of their own, spread over their pace."""
    typing = [Desk(home, serving.cookies(user)) for user in there.clerks[:clerks]]
    reading = [Desk(home, serving.cookies(user)) for user in there.readers[:readers]]
    months = itertools.cycle(["2025-12", "2025Q4", "2025H2", "2025-11"])
    forms = [rows(there) for _ in typing]
    addresses = itertools.cycle(["/dashboard/", f"/dashboard/t/{there.village.township.code}/"])
    acts = [
        (partial(type_rows, *each), pace * at / clerks, pace) for at, each in enumerate(zip(typing, forms, strict=True))
    ]
    acts += [
        (partial(read, desk, next(addresses), months), READ_EVERY * at / readers, READ_EVERY)
        for at, desk in enumerate(reading)
    ]
    threads = [threading.Thread(target=keep_doing, args=(act, every, wait, until)) for act, wait, every in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"rows": told(typing)} | ({"dashboards": told(reading)} if reading else {})


def told(desks: list[Desk]) -> dict[str, Any]:
    taken = sorted(itertools.chain.from_iterable(desk.taken for desk in desks))
    wrong = list(itertools.chain.from_iterable(desk.wrong for desk in desks))
    return {
        "people": len(desks),
        "answers": len(taken),
        "median_ms": round(1000 * statistics.median(taken), 1),
        "p95_ms": round(1000 * statistics.quantiles(taken, n=20)[-1], 1),
        "wrong": len(wrong),
    } | ({"first_wrong": wrong[0]} if wrong else {})


def for_a_while() -> Callable[[], bool]:
    end = time.monotonic() + TURN
    return lambda: time.monotonic() > end


def read_workbook(village: int, clerk: str, count: int, folder: str, found: Any) -> None:
    """In a process of its own, as nice as a worker."""
    os.nice(NICE)
    from django.conf import settings

    from benchmarks import import_workbook
    from qianjiang_portal.foundation import calendar
    from villages.models import Household, User, Village

    default = settings.STORAGES["default"] | {"OPTIONS": {"location": folder}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    place, maker = Village.objects.get(pk=village), User.objects.get(username=clerk)
    homes = list(Household.objects.filter(village=place).in_number_order())
    today = calendar.today()
    content = import_workbook.workbook([import_workbook.row(at, homes, today) for at in range(count)])
    began = time.perf_counter()
    source = import_workbook.check(place, maker, content, calendar.now())
    found["preview_seconds"] = round(time.perf_counter() - began, 1)
    began = time.perf_counter()
    import_workbook.confirm(source, maker)
    found["confirm_seconds"] = round(time.perf_counter() - began, 1)


def draw_papers(until: Any, drawn: Any) -> None:
    """In a process of its own, as nice as a worker: reports of a half-year, one after the other."""
    os.nice(NICE)
    from benchmarks import half_year_package

    for at in itertools.count():
        if until.is_set():
            return
        half_year_package.render(at)
        drawn.append(at)


def beside_an_import(there: Town, home: str, count: int, clerk: Any, drawers: int = 0) -> dict[str, Any]:
    from django.db import connections

    fork = multiprocessing.get_context("fork")
    with multiprocessing.Manager() as manager, tempfile.TemporaryDirectory() as folder:
        found, drawn, until = manager.dict(), manager.list(), manager.Event()
        connections.close_all()
        arguments = (there.village.pk, clerk.username, count, folder, found)
        importing = fork.Process(target=read_workbook, args=arguments)
        drawing = [fork.Process(target=draw_papers, args=(until, drawn)) for _ in range(drawers)]
        for process in (importing, *drawing):
            process.start()
        figures = turn(there, home, 8, 1.0, 0, lambda: not importing.is_alive())
        until.set()
        for process in (importing, *drawing):
            process.join()
        failed = any(process.exitcode for process in (importing, *drawing))
        papers = {"reports_drawn": len(drawn)} if drawers else {}
        return figures | {"workbook": {"rows": count, **found, "failed": failed}} | papers


def measure(count: int) -> dict[str, Any]:
    from benchmarks.growth import Places

    large.fill(Places(), ENTRIES)
    there = town()
    with serving.web() as home:
        warm = Desk(home, serving.cookies(there.readers[0]))
        for _ in range(4):
            warm.ask("/dashboard/?p=2025-12")
        figures = {
            "alone": turn(there, home, 1, 0.5, 0, for_a_while()),
            "fifty": turn(there, home, CLERKS, 3.0, READERS, for_a_while()),
            "import": beside_an_import(there, home, count, there.clerks[-1]),
            "import_and_package": beside_an_import(there, home, count, there.clerks[-2], drawers=2),
        }
    p95 = {name: figures[name]["rows"]["p95_ms"] for name in figures}
    return {
        "entries": ENTRIES,
        **figures,
        "fifty_over_alone_p95": round(p95["fifty"] / p95["alone"], 1),
        "import_over_alone_p95": round(p95["import"] / p95["alone"], 1),
        "package_over_alone_p95": round(p95["import_and_package"] / p95["alone"], 1),
        "aim": "p95 of fifty at most 500 ms, beside an import at most 400 ms, nothing wrong",
        "machine": scratch.machine(),
    }


if __name__ == "__main__":
    with scratch.database():
        print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2, ensure_ascii=False))
