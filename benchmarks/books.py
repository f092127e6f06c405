"""`check_ledger` over a large ledger against one GROUP BY household over the same table, check by check.

    python -m benchmarks.books [ENTRIES …]          default 100000

The ledger comes by the fast path of `benchmarks/large.py`, every entry with its claim. Both are measured in turns;
prints JSON with the medians, and what each comparison of the check costs.
"""

import json
import statistics
import sys
import time
from collections import defaultdict
from typing import Any

from benchmarks import large, scratch
from benchmarks.growth import Places, size_of

ONE_SCAN = "SELECT household_id, sum(points) FROM points_entry GROUP BY 1"
ROUNDS = 3


def one_scan() -> float:
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(ONE_SCAN)
        cursor.fetchall()
    return time.perf_counter() - began


def the_check() -> dict[str, float]:
    """Seconds of the pass that proves most of it, of each comparison made anyway, and of all."""
    from points import proving, reconcile

    taken: dict[str, float] = {}
    began = last = time.perf_counter()
    with reconcile.one_moment():
        assert not proving.unproven()
        last, taken["the pass that proves"] = time.perf_counter(), time.perf_counter() - last
        for name in reconcile.CHECKS.keys() - reconcile.PROVED:
            assert not list(reconcile.compare(name)), name
            last, taken[name] = time.perf_counter(), time.perf_counter() - last
    return taken | {"all": time.perf_counter() - began}


def one_by_one() -> dict[str, float]:
    """Seconds of what `check_ledger` does in addition where the pass finds a fault: every comparison from full sums."""
    from points import reconcile

    taken: dict[str, float] = {}
    began = last = time.perf_counter()
    with reconcile.one_moment():
        reconcile.sum_up()
        last, taken["sums"] = time.perf_counter(), time.perf_counter() - last
        for name in sorted(reconcile.PROVED):
            assert not list(reconcile.compare(name)), name
            last, taken[name] = time.perf_counter(), time.perf_counter() - last
    return taken | {"all": time.perf_counter() - began}


def measure(size: int) -> dict[str, Any]:
    from django.db import connection

    began = time.perf_counter()
    large.fill(Places(), size)
    filled = time.perf_counter() - began
    scans, checks = [], defaultdict(list)
    one_scan()
    for _ in range(ROUNDS):
        scans.append(one_scan())
        for name, seconds in the_check().items():
            checks[name].append(seconds)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM points_entry")
        (count,) = cursor.fetchone()
    scan, whole = statistics.median(scans), statistics.median(checks["all"])
    return {
        "entries": count,
        "made_in_seconds": round(filled, 1),
        "bytes_per_entry": round(size_of("points_entry") / count),
        "bytes_per_claim": round(size_of("points_claim") / count),
        "group_by_household_seconds": round(scan, 3),
        "check_ledger_seconds": round(whole, 3),
        "check_over_one_scan": round(whole / scan, 2),
        "parts_over_one_scan": {name: round(statistics.median(took) / scan, 2) for name, took in checks.items()},
    }


def run(sizes: list[int]) -> dict[str, Any]:
    found = []
    for size in sizes:
        with scratch.database():
            found.append(measure(size))
            print(json.dumps(found[-1], ensure_ascii=False), file=sys.stderr, flush=True)
            machine = scratch.machine()
    return {"sizes": found, "aim": "at most 3 scans", "machine": machine}


if __name__ == "__main__":
    print(json.dumps(run([int(word) for word in sys.argv[1:]] or [100_000]), indent=2, ensure_ascii=False))
