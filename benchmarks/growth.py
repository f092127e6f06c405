"""What grows with the ledger, and what does not: the same pages, reports and checks over more and more entries.

    python -m benchmarks.growth [ENTRIES …]          default 10000 100000

Entries go through the posting path (`ledger.post`), a thousand to a posting, a village at a time, over three months and
20,000 households, until the ledger holds the next size. Then the same things are timed there, and the books have to be
in order. Prints JSON: seconds at each size, the growth from the first size to the last, and the
check of the books against one GROUP BY household over the table in the same run.
"""

import datetime as dt
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import scratch

VILLAGES = 200
HOUSEHOLDS = 100  # in each village
POSTING = 1000
ROUNDS = 7
MONTHS = ("2026-07", "2026-08", "2026-09")
DIMENSIONS = ("self", "law", "virtue")
NOW = dt.datetime(2026, 10, 8, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))


class Places:
    """Villages with the plain values that a posting needs."""

    def __init__(self) -> None:
        from points import ledger, rules
        from villages import roster
        from villages.models import Household, User, Village

        author = User.objects.create(username="author", name="author")
        self.rule = rules.draft(title="参考", year=2026, by=author).rules.get(code="Z04")

        self.line = ledger.Line
        roster.load_district()
        self.villages = list(Village.objects.order_by("code")[:VILLAGES])
        self.households: dict[int, list[tuple[int, str, int, int]]] = {}
        for village in self.villages:
            grid = roster.add_grid(village=village, number=1)
            joined = dt.date(2026, 1, 1)
            homes = roster.enrol_many(
                newcomers=[roster.Newcomer(grid, f"农户{at}", joined) for at in range(HOUSEHOLDS)]
            )
            self.households[village.pk] = [(one.pk, one.number, grid.pk, grid.number) for one in homes]
        self.household = Household.objects.get(pk=self.households[self.villages[0].pk][0][0])

    def lines(self, village: Any, first: int, day: dt.date) -> list[Any]:
        homes = self.households[village.pk]
        return [
            self.line(
                source=f"bench:{at}",
                points=5,
                kind="award",
                occurred_on=day,
                household_id=homes[at % HOUSEHOLDS][0],
                household=homes[at % HOUSEHOLDS][1],
                village_id=village.pk,
                grid_id=homes[at % HOUSEHOLDS][2],
                grid=homes[at % HOUSEHOLDS][3],
                rule_id=self.rule.pk,
                rule=f"{self.rule.rule_set_id}/Z04",
                dimension=DIMENSIONS[at % 3],
                joy="learn",
            )
            for at in range(first, first + POSTING)
        ]


def grow(places: Places, present: int, wanted: int) -> float:
    """Post until the ledger holds `wanted` entries; answers entries per second."""
    from points import ledger

    began = time.perf_counter()
    for first in range(present, wanted, POSTING):
        nth = first // POSTING
        month = MONTHS[nth // VILLAGES % len(MONTHS)]
        day = dt.date.fromisoformat(f"{month}-15")
        village = places.villages[nth % VILLAGES]
        now = dt.datetime.combine(day, dt.time(9), NOW.tzinfo)
        ledger.post(village=village, lines=places.lines(village, first, day), now=now)
    return (wanted - present) / max(time.perf_counter() - began, 1e-9)


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median time of a few runs, after one that fills the caches."""
    work()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def statement(sql: str, size: int) -> float:
    from django.db import connection

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    return seconds(run, 3 if size <= 1_000_000 else 1)


def size_of(table: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        return int(cursor.fetchone()[0])


def page(client: Any, address: str) -> None:
    assert client.get(address).status_code == 200, address


def posting_of_a_thousand(places: Places, present: int) -> Callable[[], None]:
    from django.db import transaction

    from points import ledger

    village = places.villages[0]

    def post() -> None:
        with transaction.atomic():
            ledger.post(village=village, lines=places.lines(village, present, NOW.date()), now=NOW)
            transaction.set_rollback(True)

    return post


def measure(places: Places, clients: dict[str, Any], size: int) -> dict[str, Any]:
    from django.db import connection

    from points import reconcile
    from qianjiang_portal.foundation import calendar, periods
    from reports import composing

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    quarter = periods.parse("2026Q3")
    one_scan = statement("SELECT household_id, sum(points) FROM points_entry GROUP BY 1", size)
    began = time.perf_counter()
    faults = list(reconcile.differences())
    check = time.perf_counter() - began
    assert not faults, faults[:3]
    with calendar.at(NOW):
        return {
            "entries": size,
            "posting_1000_seconds": round(seconds(posting_of_a_thousand(places, size)), 4),
            "passbook_seconds": round(
                seconds(lambda: page(clients["clerk"], f"/households/{places.household.pk}/")), 4
            ),
            "dashboard_seconds": round(seconds(lambda: page(clients["district"], "/dashboard/?p=2026-09")), 4),
            "quarter_report_seconds": round(seconds(lambda: composing.compose(None, quarter, NOW)), 4),
            "check_ledger_seconds": round(check, 3),
            "group_by_household_seconds": round(one_scan, 3),
            "check_over_one_scan": round(check / one_scan, 2),
            "ledger_bytes_per_entry": round(size_of("points_entry") / size),
        }


def run(sizes: list[int]) -> dict[str, Any]:
    from django.conf import settings
    from django.test import Client

    from villages import appointments
    from villages.models import User

    settings.ALLOWED_HOSTS = ["*"]
    places = Places()
    since = dt.date(2026, 1, 1)
    clients = {}
    for role, place in (("clerk", {"township": places.villages[0].township}), ("district", {})):
        user = User.objects.create(username=role, name=role, must_change_password=False)
        appointments.appoint(user=user, role=role, begins_on=since, **place)
        clients[role] = Client()
        clients[role].force_login(user)
    found, present = [], 0
    for size in sizes:
        pace = grow(places, present, size)
        found.append({"posted_per_second": round(pace), **measure(places, clients, size)})
        print(json.dumps(found[-1]), file=sys.stderr, flush=True)
        present = size
    kept = ("posting_1000", "passbook", "dashboard", "quarter_report")
    growth = {name: round(found[-1][f"{name}_seconds"] / found[0][f"{name}_seconds"], 2) for name in kept}
    return {"sizes": found, "growth_first_to_last": growth, "machine": scratch.machine()}


if __name__ == "__main__":
    with scratch.database():
        wanted = [int(word) for word in sys.argv[1:]] or [10_000, 100_000]
        print(json.dumps(run(wanted), indent=2, ensure_ascii=False))
