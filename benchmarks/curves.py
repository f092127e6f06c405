"""Time and size against the number of entries: what stays level, and what grows.

    python -m benchmarks.curves [ENTRIES …]                     default 20000 100000
    python -m benchmarks.curves 100000 1000000 10000000 --figure docs/growth.svg

Each size is a database of its own, filled by the fast path of `benchmarks/large.py`, every entry with its claim. Then:
a clerk's row saved, a posting of a thousand lines, passbook, district dashboard, quarter report, a workbook of a
thousand rows to its preview, and the pass of `check_ledger`, which is bound to grow. Each is told in seconds by the
clock and of processor time of this process and its database process (parallel workers off), which stay comparable while
others use the machine; beside them one GROUP BY household over the table. Prints JSON and draws the figure if asked.
"""

import argparse
import datetime as dt
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import large, scratch
from benchmarks.books import ONE_SCAN
from benchmarks.growth import Places, size_of

ROUNDS, LINES = 7, 1000
NOW = dt.datetime(2026, 1, 12, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
SINCE = dt.date(2025, 1, 1)
LEVEL = ("row", "posting", "passbook", "dashboard", "quarter_report", "import")
GROWS = ("check_ledger", "group_by_household")


@dataclass
class Office:
    """Who works in the first village of a large ledger, and under which rules."""

    village: Any
    homes: list[Any]
    rule: Any
    clerk: Any
    district: Any


def open_office() -> Office:
    """In a ledger that has been filled: its accounts, and rules its township has adopted."""
    from django.test import Client

    from points import rules
    from points.models import RuleSet
    from villages import appointments
    from villages.models import Household, User, Village

    village = Village.objects.filter(households__isnull=False).order_by("code").first()
    people = {role: User.objects.create(username=role, name=role) for role in ("clerk", "leader", "district")}
    User.objects.filter(username__in=people).update(must_change_password=False)
    for role, user in people.items():
        place = {} if role == "district" else {"township": village.township}
        appointments.appoint(user=user, role=role, begins_on=SINCE, **place)
    draft = rules.draft(
        title="细则", year=2025, by=people["leader"], township=village.township, based_on=RuleSet.objects.get()
    )
    adopted = rules.Adoption("delegates", SINCE, 78, 60, 52)
    published = rules.publish(rule_set=draft, by=people["leader"], effective_from=SINCE, adoption=adopted, now=NOW)
    clients = {role: Client() for role in ("clerk", "district")}
    for role, client in clients.items():
        client.force_login(User.objects.get(username=role))
    homes = list(Household.objects.filter(village=village).select_related("grid").order_by("pk"))
    return Office(village, homes, published.rules.get(code="Z04"), clients["clerk"], clients["district"])


def row(office: Office) -> Callable[[], None]:
    """Rows of one batch, as quick entry sends them."""
    batch, at = uuid.uuid4().hex, iter(range(10_000))

    def save() -> None:
        nth = next(at)
        form = {
            "batch": batch, "key": uuid.uuid4(), "village": office.village.code, "rule": office.rule.pk,
            "household": office.homes[nth % len(office.homes)].pk, "points": 5, "note": "",
            "date": (NOW.date() - dt.timedelta(days=nth // len(office.homes))).isoformat(),
        }  # fmt: skip
        answer = office.clerk.post("/entry/rows/", form, headers={"x-requested-with": "fetch"})
        assert answer.status_code == 200, answer.content[:300]

    return save


def posting(office: Office) -> Callable[[], None]:
    from django.db import transaction

    from points import ledger
    from points.seals import rule_name

    rule = office.rule
    shared = {
        "points": 5, "kind": "award", "occurred_on": NOW.date(), "rule_id": rule.pk,
        "rule": rule_name(rule.rule_set_id, rule.code), "dimension": rule.dimension, "joy": rule.joy,
    }  # fmt: skip
    lines = [
        ledger.Line.of(office.homes[at % len(office.homes)], source=f"bench:{at}", **shared) for at in range(LINES)
    ]

    def post() -> None:
        with transaction.atomic():
            ledger.post(village=office.village, lines=lines, now=NOW)
            transaction.set_rollback(True)

    return post


def page(client: Any, address: str) -> Callable[[], None]:
    def read() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)

    return read


def report() -> None:
    from qianjiang_portal.foundation import periods
    from reports import composing

    composing.compose(None, periods.parse("2025Q3"), NOW)


def workbook_checked(office: Office) -> Callable[[], None]:
    """A workbook of a thousand rows from upload to preview."""
    from benchmarks import import_workbook
    from villages.models import User

    clerk = User.objects.get(username="clerk")
    turns = iter(range(1000))

    def check() -> None:
        rows = [import_workbook.row(at, office.homes, day=NOW.date()) for at in range(LINES)]
        rows[0] = (*rows[0][:5], f"第{next(turns)}次")  # the same workbook twice is told at once
        source = import_workbook.check(office.village, clerk, import_workbook.workbook(rows), NOW)
        assert source.counts["all"] == LINES

    return check


def check_ledger() -> None:
    from points import reconcile

    assert not list(reconcile.differences())


def one_scan() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ONE_SCAN)
        cursor.fetchall()


def works(office: Office) -> dict[str, Callable[[], None]]:
    """What people and workers do all day, each ready to be done again and again."""
    return {
        "row": row(office),
        "posting": posting(office),
        "passbook": page(office.clerk, f"/households/{office.homes[0].pk}/"),
        "dashboard": page(office.district, "/dashboard/?p=2025-12"),
        "quarter_report": report,
        "import": workbook_checked(office),
    }


def timed(work: Callable[[], None], rounds: int = ROUNDS) -> dict[str, float]:
    """Medians after one go that fills the caches; the processor's clock ticks in hundredths, so all rounds share it."""
    work()
    taken, before = [], scratch.processor_seconds()
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    spent = (scratch.processor_seconds() - before) / rounds
    return {"processor": round(spent, 4), "clock": round(statistics.median(taken), 4)}


def measure() -> dict[str, Any]:
    """Of the ledger that is there."""
    from django.db import connection

    from points.models import Entry

    office = open_office()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE points_batch, points_rule")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    count = Entry.objects.count()
    scans = 3 if count <= 1_000_000 else 1
    found = {name: timed(work) for name, work in works(office).items()}
    found |= {"check_ledger": timed(check_ledger, scans), "group_by_household": timed(one_scan, scans)}
    check, scan = found["check_ledger"]["processor"], found["group_by_household"]["processor"]
    tables = {name: size_of(f"points_{name}") for name in ("entry", "claim", "rollup", "participation")}
    return {
        "entries": count,
        "seconds": found,
        "check_over_one_scan": round(check / scan, 2),
        "megabytes": {name: round(size / 1e6, 1) for name, size in tables.items()},
        "bytes_per_entry": round(tables["entry"] / count),
        "bytes_per_claim": round(tables["claim"] / count),
    }


def at_size(entries: int) -> dict[str, Any]:
    from django.conf import settings

    from qianjiang_portal.foundation import calendar

    began = time.perf_counter()
    large.fill(Places(), entries)
    made = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder, calendar.at(NOW), scratch.in_service():
        default = settings.STORAGES["default"] | {"OPTIONS": {"location": folder}}
        settings.STORAGES = settings.STORAGES | {"default": default}
        return {"made_in_seconds": round(made, 1)} | measure()


def run(sizes: list[int]) -> dict[str, Any]:
    found = []
    for size in sizes:
        with scratch.database():
            found.append(at_size(size))
            machine = scratch.machine()
        print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    growth = {
        name: round(found[-1]["seconds"][name]["processor"] / found[0]["seconds"][name]["processor"], 2)
        for name in LEVEL
    }
    return {"sizes": found, "growth_of_processor_time_first_to_last": growth, "machine": machine}


LABELS = {
    "row": "clerk's row", "posting": "posting 1,000", "passbook": "passbook", "dashboard": "district dashboard",
    "quarter_report": "quarter report", "import": "workbook of 1,000", "check_ledger": "check_ledger",
    "group_by_household": "one GROUP BY household",
}  # fmt: skip


def draw(sizes: list[dict[str, Any]], into: Path) -> None:
    """Times to the left, sizes to the right, both against entries."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with pyplot.rc_context({"svg.hashsalt": "growth", "font.size": 9}):
        figure, (times, bytes_) = pyplot.subplots(1, 2, figsize=(10, 4.2), constrained_layout=True)
        entries = [one["entries"] for one in sizes]
        for name, mark in zip((*LEVEL, *GROWS), "osD^v<>P", strict=True):
            spent = [one["seconds"][name]["processor"] for one in sizes]
            times.plot(entries, spent, marker=mark, linestyle="--" if name in GROWS else "-", label=LABELS[name])
        for name, mark in zip(("entry", "claim", "rollup", "participation"), "osD^", strict=True):
            bytes_.plot(entries, [one["megabytes"][name] for one in sizes], marker=mark, label=f"points_{name}")
        for axes, what in ((times, "seconds of processor time"), (bytes_, "megabytes with indexes")):
            axes.set(xscale="log", yscale="log", xlabel="entries in the ledger", ylabel=what)
            axes.grid(alpha=0.3)
            axes.legend(fontsize=7)
        figure.savefig(into, metadata={"Date": None})
        pyplot.close(figure)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("entries", nargs="*", type=int, default=[20_000, 100_000])
    asked.add_argument("--figure", type=Path)
    given = asked.parse_args()
    found = run(given.entries)
    if given.figure:
        draw(found["sizes"], given.figure)
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
