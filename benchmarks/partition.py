"""The entries of a large ledger by month: how long each step of `deploy/partition_entries.sql` takes, what it costs.

    python -m benchmarks.partition [ENTRIES]          default 240000

A ledger by the fast path of `benchmarks/large.py`. Before and after, in processor time: a posting of a thousand lines,
the passbook, the dashboard, `check_ledger`. Afterwards every wall has to stand: no source twice, no second reversal, no
change of an entry in the whole or in a partition, no TRUNCATE, and a posting of the first month goes into its own
partition with all its sums. Prints JSON: seconds of each step, of the one that keeps others out, and the sizes.
"""

import datetime as dt
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import curves, large, scratch
from benchmarks.growth import Places, size_of

STEPS = Path(__file__).resolve().parent.parent / "deploy" / "partition_entries.sql"
FIRST = "2026-02"
LATER = dt.datetime(2026, 2, 9, 10, tzinfo=curves.NOW.tzinfo)
ALONE = "change places"


def steps() -> list[tuple[str, str]]:
    """Name and statements of each, with the first month of this measurement."""
    parts = re.split(r"^-- step: (.+)$", STEPS.read_text(), flags=re.MULTILINE)[1:]
    found = list(zip(parts[::2], parts[1::2], strict=True))
    return [(name, re.sub(r"first_month = '.*?'", f"first_month = '{FIRST}'", sql)) for name, sql in found]


def run_steps() -> dict[str, float]:
    from django.db import connection

    taken = {}
    for name, sql in steps():
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(sql)
        taken[name] = round(time.perf_counter() - began, 3)
    return taken


def costs(office: curves.Office) -> dict[str, dict[str, float]]:
    works = {
        "posting": curves.posting(office),
        "passbook": curves.page(office.clerk, f"/households/{office.homes[0].pk}/"),
        "dashboard": curves.page(office.district, "/dashboard/?p=2025-12"),
    }
    return {name: curves.timed(work) for name, work in works.items()} | {
        "check_ledger": curves.timed(curves.check_ledger, 1)
    }


def refused(statement: str) -> None:
    from django.db import Error, connection, transaction

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except Error:
        return
    raise AssertionError(f"not refused: {statement}")


def post(office: curves.Office, source: str, **facts: Any) -> None:
    from points import ledger
    from points.seals import rule_name

    rule, home = office.rule, office.homes[0]
    award = {
        "points": 5, "kind": "award", "rule_id": rule.pk, "rule": rule_name(rule.rule_set_id, rule.code),
        "dimension": rule.dimension, "joy": rule.joy, "occurred_on": LATER.date(),
    }  # fmt: skip
    ledger.post(village=office.village, lines=[ledger.Line.of(home, source=source, **award | facts)], now=LATER)


def try_walls(office: curves.Office) -> str:
    """Everything that was refused is refused still; answers the partition a posting of the first month went into."""
    from django.db import IntegrityError, connection

    from points import ledger
    from points.models import Entry

    post(office, "bench:first")
    made = Entry.objects.get(source="bench:first")
    back = {"kind": "reversal", "points": -5, "reverses_id": made.pk, "reverses": made.source}
    post(office, "bench:back", **back)
    for source, facts in (("bench:first", {}), ("bench:back-again", back)):
        try:
            post(office, source, **facts)
        except (ledger.CannotPost, IntegrityError):
            continue
        raise AssertionError(f"{source} was posted twice")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM points_entry WHERE id = %s", [made.pk])
        (partition,) = cursor.fetchone()
    for table in ("points_entry", "points_entry_before", partition):
        refused(f"UPDATE {table} SET points = points + 1 WHERE id IN (SELECT id FROM {table} LIMIT 1)")  # noqa: S608
        refused(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} LIMIT 1)")  # noqa: S608
        refused(f"TRUNCATE {table} CASCADE")
    refused("DELETE FROM points_entrykey WHERE entry_id = 1")
    curves.check_ledger()
    return str(partition)


def measure() -> dict[str, Any]:
    """Of the ledger that is there, which is partitioned afterwards."""
    from django.db import connection

    from points.models import Entry

    office = curves.open_office()
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    before, size = costs(office), size_of("points_entry")
    taken = run_steps()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('points_entry')")
        entries = int(cursor.fetchone()[0])
    after = costs(office)
    return {
        "entries": Entry.objects.count(),
        "seconds": taken,
        "seconds_others_wait": taken[ALONE],
        "megabytes": {
            "entries before": round(size / 1e6),
            "entries": round(entries / 1e6),
            "keys": round(size_of("points_entrykey") / 1e6),
        },
        "before": before,
        "after": after,
        "first_month_went_to": try_walls(office),
        "after_over_before": {
            name: round(after[name]["processor"] / spent["processor"], 2) for name, spent in before.items()
        },
        "machine": scratch.machine(),
    }


def run(entries: int) -> dict[str, Any]:
    from qianjiang_portal.foundation import calendar

    large.fill(Places(), entries)
    with calendar.at(curves.NOW), scratch.in_service():
        return measure()


if __name__ == "__main__":
    with scratch.database():
        print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 240_000), indent=2, ensure_ascii=False))
