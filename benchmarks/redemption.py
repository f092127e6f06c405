"""Eight counters redeem the same item at once, against the same without the ledger's guards.

    python -m benchmarks.redemption [REDEMPTIONS A CLIENT]

Three ways, in turns, each with eight processes at one outlet and one item, households of their own:

* guarded: `store.redeem` as the counter's page calls it;
* unguarded: the same function without the village's and the household's lock, without asking for the balance, without
  seal and chain, and without the triggers that hold all that; sums, stock, slip and audit event as before;
* bare: what is left when one writes the rows by hand – slip, line, move, entry, stock and balance, six statements, no
  trigger, no foreign key, no function.

Prints JSON: redemptions per second, how they compare, and the 95th percentile of a redemption; medians of the rounds.
"""

import datetime as dt
import json
import multiprocessing
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from benchmarks import scratch

CLIENTS, ROUNDS, HOMES = 8, 3, 80
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
SINCE = dt.date(2026, 1, 1)
GUARDS = ("points_entry_joins_its_own_seal", "points_redemption_stays_within_the_balance")
PLENTY = 1_000_000


@dataclass
class Shop:
    """An outlet with one item, its counter, and households with points enough."""

    village: Any
    outlet: Any
    item: Any
    counter: Any
    homes: list[Any]
    seal: int


def open_shop(township: Any, at: int, homes: int = HOMES) -> Shop:
    from points import stock
    from villages import appointments, roster
    from villages.models import User, Village

    code = f"500114112{200 + at}"
    village = Village.objects.create(code=code, name=f"村{at}", short_name=f"村{at}", kind="village", township=township)
    grid = roster.add_grid(village=village, number=1)
    households = roster.enrol_many(newcomers=[roster.Newcomer(grid, f"农户{one}", SINCE) for one in range(homes)])
    counter = User.objects.create(username=f"counter{at}", name=f"店员{at}", must_change_password=False)
    appointments.appoint(user=counter, role="counter", covers=[village], begins_on=SINCE)
    outlet = stock.keep_outlet(
        village=village, name=f"超市{at}", serves=[village], weekdays="1234567", opens_at=dt.time(8),
        closes_at=dt.time(18), by=None, now=NOW, keepers=[counter],
    )  # fmt: skip
    item = stock.keep_item(outlet=outlet, code="XYY", name="洗衣液", points=1, by=counter, now=NOW)
    stock.receive(item=item, quantity=PLENTY, by=counter, now=NOW)
    return Shop(village, outlet, item, counter, households, give(village, grid, households))


def give(village: Any, grid: Any, homes: list[Any]) -> int:
    from points import ledger

    plain = {"kind": "opening", "occurred_on": NOW.date(), "village_id": village.pk, "grid_id": grid.pk, "grid": 1}
    lines = [
        ledger.Line(
            source=f"opening:{home.pk}",
            points=PLENTY // len(homes),
            household_id=home.pk,
            household=home.number,
            **plain,
        )
        for home in homes
    ]
    seal = ledger.post(village=village, lines=lines, now=NOW)
    assert seal is not None
    return int(seal.pk)


def guarded(shop: Shop, home: Any) -> None:
    from points import store
    from villages.models import User

    store.redeem(
        outlet=shop.outlet, household=home, basket={shop.item.pk: 1}, key=uuid.uuid4(),
        by=User.objects.get(pk=shop.counter.pk), now=NOW,
    )  # fmt: skip


def take_guards_off(shop: Shop) -> None:
    """In this process alone: the locks, the look at the balance, the seal."""
    from points import ledger, slips, store

    def append(*, lines: Any, **_: Any) -> None:
        shared = ledger.Sealing(shop.village, NOW, "sm3")
        ledger._copy_in(lines, [b"0" * 16], [""], SimpleNamespace(pk=shop.seal), shared)  # type: ignore[arg-type]

    store.ledger = SimpleNamespace(append=append, Line=ledger.Line)  # type: ignore[assignment]
    slips.LOCK_PLACE, slips.AVAILABLE = "", str(PLENTY)


SLIP = """
    INSERT INTO points_redemption (outlet_id, household_id, key, "on", serial, points, balance, collector, made_by_id,
                                   made_at, undo_reason)
    VALUES (%s, %s, %s, %s, nextval('bare_serial'), 1, 1, '', %s, %s, '') RETURNING id
"""
LINE = """
    INSERT INTO points_redemptionline (redemption_id, item_id, name, unit, price, quantity)
    VALUES (%s, %s, '洗衣液', '件', 1, 1)
"""
MOVE = """
    INSERT INTO points_stockmove (item_id, kind, quantity, redemption_id, note, made_by_id, made_at)
    VALUES (%s, 'redemption', -1, %s, '', %s, %s)
"""
ENTRY = """
    INSERT INTO points_entry (household_id, village_id, grid_id, dimension, joy, points, kind, occurred_on, posted_at,
                              period, source, salt, leaf, seal_id, position)
    VALUES (%s, %s, %s, '', '', -1, 'redemption', %s, %s, '2026-11', 'redemption:' || %s, '', '', %s, 1)
"""


def bare(shop: Shop, home: Any) -> None:
    from django.db import connection, transaction

    by, day = shop.counter.pk, NOW.date()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(SLIP, [shop.outlet.pk, home.pk, str(uuid.uuid4()), day, by, NOW])
        (slip,) = cursor.fetchone()
        cursor.execute(LINE, [slip, shop.item.pk])
        cursor.execute(MOVE, [shop.item.pk, slip, by, NOW])
        cursor.execute(ENTRY, [home.pk, shop.village.pk, home.grid_id, day, NOW, slip, shop.seal])
        cursor.execute("UPDATE points_balance SET posted = posted - 1 WHERE household_id = %s", [home.pk])
        cursor.execute("UPDATE points_item SET stock = stock - 1 WHERE id = %s", [shop.item.pk])


@contextmanager
def triggers_off() -> Iterator[None]:
    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")


def switch(how: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for name in GUARDS:
            cursor.execute(f"ALTER TABLE points_entry {how} TRIGGER {name}")


def client(way: str, shop: Shop, at: int, count: int, gate: Any, told: Any) -> None:
    """One counter: its own process, its own connection, its own households."""
    from points import store  # noqa: F401 - loaded before the clock runs

    if way == "unguarded":
        take_guards_off(shop)
    press: Callable[[Shop, Any], None] = bare if way == "bare" else guarded
    homes = shop.homes[at::CLIENTS]
    press(shop, homes[0])
    gate.wait()
    taken = []
    for number in range(count):
        began = time.perf_counter()
        press(shop, homes[number % len(homes)])
        taken.append(time.perf_counter() - began)
    told.put(taken)


def together(way: str, shop: Shop, count: int) -> tuple[float, list[float]]:
    """Redemptions per second of all clients, and the seconds of each."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    gate, told = fork.Barrier(CLIENTS + 1), fork.Queue()
    people = [fork.Process(target=client, args=(way, shop, at, count, gate, told)) for at in range(CLIENTS)]
    for one in people:
        one.start()
    gate.wait()
    began = time.perf_counter()
    taken = [second for _ in people for second in told.get(timeout=600)]
    elapsed = time.perf_counter() - began
    for one in people:
        one.join()
    return CLIENTS * count / elapsed, taken


def measure(count: int) -> dict[str, Any]:
    from django.db import connection

    from points import reconcile, seals
    from villages.models import Township

    township = Township.objects.create(code="500114112", name="濯水镇", kind="town")
    shops = {way: open_shop(township, at) for at, way in enumerate(("guarded", "unguarded", "bare"))}
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE bare_serial")
    pace: dict[str, list[float]] = {way: [] for way in shops}
    slow: dict[str, list[float]] = {way: [] for way in shops}
    for _ in range(ROUNDS):
        for way, shop in shops.items():
            with triggers_off():
                if way == "guarded":
                    switch("ENABLE")
                per_second, taken = together(way, shop, count)
            pace[way].append(per_second)
            slow[way].append(statistics.quantiles(taken, n=20)[-1])
    code = shops["guarded"].village.code
    assert not [one for one in reconcile.differences() if code in str(one)]
    assert not list(seals.verify([shops["guarded"].village.pk]))
    return figures(count, pace, slow)


def figures(count: int, pace: dict[str, list[float]], slow: dict[str, list[float]]) -> dict[str, Any]:
    found = {way: statistics.median(numbers) for way, numbers in pace.items()}
    return {
        "clients": CLIENTS,
        "redemptions_in_a_round": CLIENTS * count,
        "rounds": ROUNDS,
        "per_second": {way: round(number, 1) for way, number in found.items()},
        "p95_milliseconds": {way: round(1000 * statistics.median(numbers)) for way, numbers in slow.items()},
        "p95_guarded_over_unguarded": round(
            statistics.median(slow["guarded"]) / statistics.median(slow["unguarded"]), 2
        ),
        "guarded_over_unguarded": round(found["guarded"] / found["unguarded"], 2),
        "guarded_over_bare": round(found["guarded"] / found["bare"], 2),
        "aim": "guarded over unguarded at least 0.5, p95 at most 100 ms",
        "machine": scratch.machine(),
    }


if __name__ == "__main__":
    with scratch.database():
        print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 60), indent=2, ensure_ascii=False))
