"""How the database reads the tables that grow, in the dearest such statement of each hot path, over a large ledger.

    python -m benchmarks.plans [ENTRIES] [--text]        default 100000

The work of `benchmarks/curves.py` is done twice: once to see which statement takes longest, once more to ask for its
plan just before it runs. Plans of statements that only read are measured (EXPLAIN ANALYZE), others are told as planned.
Prints JSON, or with --text what stands in docs/performance.md.
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks import curves, large, scratch
from benchmarks.growth import Places

READS = re.compile(r"\s*(SELECT|WITH(?!.*\b(INSERT|UPDATE|DELETE)\b))\b", re.IGNORECASE | re.DOTALL)
PLANNED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# What a page counts for its frame (待办) is the same on all pages, and left out.
GROWING = re.compile(r"\bpoints_(entry|claim|rollup|gridrollup|ruleusage|participation|noticeline|balance|importrow)\b")
FRAME = re.compile(r"\s*SELECT \(SELECT ")
LONGEST = 150


@dataclass
class Watch:
    """Wrapped around statements: how long each takes, and the plan of the chosen one."""

    chosen: str = ""
    taken: dict[str, float] = field(default_factory=dict)
    plan: list[str] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql == self.chosen and not many and not self.plan:
            self.plan = explained(context["cursor"].cursor, sql, params)
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if PLANNED.match(sql):
                self.taken[sql] = max(self.taken.get(sql, 0), time.perf_counter() - began)


def explained(cursor: Any, sql: str, params: Any) -> list[str]:
    how = "ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF" if READS.match(sql) else "COSTS OFF"
    cursor.execute(f"EXPLAIN ({how}) {sql}", params)
    return [line for (line,) in cursor.fetchall()]


def watched(work: Callable[[], None], watch: Watch) -> Watch:
    from django.db import connection

    with connection.execute_wrapper(watch):
        work()
    return watch


def dearest(work: Callable[[], None]) -> dict[str, Any]:
    """Of the statements that read or write a table that grows, the one that takes longest; its share and its plan."""
    work()
    seen = watched(work, Watch()).taken
    of_interest = [sql for sql in seen if GROWING.search(sql) and not FRAME.match(sql)]
    sql = max(of_interest or seen, key=lambda one: seen[one])  # a posting writes them by COPY, which has no plan
    plan = watched(work, Watch(chosen=sql)).plan
    return {
        "statement": re.sub(r"\s+", " ", sql).strip(),
        "statements": len(seen),
        "share": round(seen[sql] / sum(seen.values()), 2),
        "plan": plan,
    }


def run(entries: int) -> dict[str, Any]:
    with scratch.database():
        from django.conf import settings
        from django.db import connection

        from qianjiang_portal.foundation import calendar

        large.fill(Places(), entries)
        with tempfile.TemporaryDirectory() as folder, calendar.at(curves.NOW), scratch.in_service():
            default = settings.STORAGES["default"] | {"OPTIONS": {"location": folder}}
            settings.STORAGES = settings.STORAGES | {"default": default}
            office = curves.open_office()
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE points_batch, points_rule")
            found = {name: dearest(work) for name, work in curves.works(office).items()}
            found["check_ledger"] = dearest(curves.check_ledger)
        return {"entries": entries, "paths": found, "machine": scratch.machine()}


def text(found: dict[str, Any]) -> str:
    parts = []
    for name, one in found["paths"].items():
        sql = re.sub(r"^SELECT (?:(?!SELECT).)*? FROM ", "SELECT … FROM ", one["statement"].replace('"', ""))
        parts += [f"-- {name}: of {one['statements']} statements this one, {one['share']:.0%} of their time"]
        parts += [short(sql)] + [short(f"    {line}") for line in one["plan"]] + [""]
    return "\n".join(parts)


def short(line: str) -> str:
    """Without long lists of numbers, and cut off where nobody reads on."""
    line = re.sub(r"(?:%s, ){3,}%s", "%s, …", re.sub(r"\{(?:[^,{}]+,){3,}[^{}]*\}", "{…}", line))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("entries", nargs="?", type=int, default=100_000)
    asked.add_argument("--text", action="store_true")
    given = asked.parse_args()
    found = run(given.entries)
    print(text(found) if given.text else json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
