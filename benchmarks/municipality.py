"""A municipality of 38 districts, each with a portal and database of its own that push their sums: sizes and times.

    python -m benchmarks.municipality [VILLAGES [MONTHS]]          default 11000 12

38 databases of the portal are made, with villages under the districts' own codes and the sums the roll-up trigger would
have kept: dimensions, joys and kinds by village and month. Each pushes what it has into a municipal database of four
tables: one COPY a month and district into a staging table, which takes the place of that month in one transaction,
with a stamp of when and what. A month pushed twice is there once; a push that is cut off changes nothing. Then the page
of the municipality is read there: totals by district with shares and participation, composition, and a year's line.
Prints JSON with rows, bytes and milliseconds, and whether every district's sums arrived.
"""

import io
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import scratch

YEAR, ROUNDS = 2026, 5
# GB/T 2260 codes of Chongqing's 26 districts, 8 counties and 4 autonomous counties.
DISTRICTS = (
    *(f"5001{at:02}" for at in (*range(1, 21), *range(51, 57))),
    *(f"5002{at}" for at in (29, 30, 31, 33, 35, 36, 37, 38, 40, 41, 42, 43)),
)
CENTRE = """
    CREATE TABLE village_sum (
        district char(6) NOT NULL, period char(7) NOT NULL, village char(12) NOT NULL, dimension text NOT NULL,
        joy text NOT NULL, kind text NOT NULL, count integer NOT NULL, points bigint NOT NULL,
        PRIMARY KEY (period, district, village, dimension, joy, kind)
    );
    CREATE TABLE village_month (
        district char(6) NOT NULL, period char(7) NOT NULL, village char(12) NOT NULL, participants integer NOT NULL,
        households integer, PRIMARY KEY (period, district, village)
    );
    CREATE TABLE district_month (
        district char(6) NOT NULL, period char(7) NOT NULL, villages integer NOT NULL, entries bigint NOT NULL,
        points bigint NOT NULL, participants bigint NOT NULL, households bigint NOT NULL, PRIMARY KEY (period, district)
    );
    CREATE TABLE pushed (
        district char(6) NOT NULL, period char(7) NOT NULL, at timestamptz NOT NULL, rows integer NOT NULL,
        PRIMARY KEY (district, period)
    );
"""
# What a district sends of a month: its village's codes, nobody's name.
SUMS = """
    COPY (SELECT v.code, r.dimension, r.joy, r.kind, r.count, r.points FROM points_rollup r
            JOIN villages_village v ON v.id = r.village_id WHERE r.period = '{period}') TO STDOUT
"""
MONTHS = """
    COPY (SELECT v.code, m.participants, m.households FROM points_villagemonth m
            JOIN villages_village v ON v.id = m.village_id WHERE m.period = '{period}') TO STDOUT
"""
STAGING = """
    CREATE TEMPORARY TABLE sums (village text, dimension text, joy text, kind text, count integer, points bigint)
        ON COMMIT DROP;
    CREATE TEMPORARY TABLE months (village text, participants integer, households integer) ON COMMIT DROP;
"""
# A month takes the place of what was pushed of it before; a village of another district is refused by its code.
TAKE = """
    DELETE FROM village_sum WHERE (period, district) = (%(period)s, %(district)s);
    DELETE FROM village_month WHERE (period, district) = (%(period)s, %(district)s);
    DELETE FROM district_month WHERE (period, district) = (%(period)s, %(district)s);
    INSERT INTO village_sum SELECT %(district)s, %(period)s, * FROM sums WHERE starts_with(village, %(district)s);
    INSERT INTO village_month SELECT %(district)s, %(period)s, * FROM months WHERE starts_with(village, %(district)s);
    INSERT INTO district_month
    SELECT %(district)s, %(period)s, count(*), (SELECT sum(count) FROM sums), (SELECT sum(points) FROM sums),
           sum(participants), sum(households) FROM months;
    INSERT INTO pushed SELECT %(district)s, %(period)s, now(), count(*) FROM sums
    ON CONFLICT (district, period) DO UPDATE SET at = excluded.at, rows = excluded.rows;
"""
BY_DISTRICT = """
    SELECT m.district, m.villages, m.entries, m.points, m.participants::numeric / m.households, p.at
      FROM district_month m JOIN pushed p USING (district, period) WHERE m.period = %(period)s ORDER BY 1
"""
COMPOSITION = """
    SELECT dimension, joy, sum(count), sum(points) FROM village_sum
     WHERE period = %(period)s AND kind = 'award' GROUP BY 1, 2 ORDER BY 1, 2
"""
LINE = "SELECT period, sum(points), sum(participants) FROM district_month GROUP BY 1 ORDER BY 1"
ONE_DISTRICT = """
    SELECT village, sum(points), sum(count) FROM village_sum
     WHERE (period, district) = (%(period)s, '500114') GROUP BY 1 ORDER BY 2 DESC
"""


class Server:
    """Databases on the portal's server, and what is asked of them past Django."""

    def __init__(self) -> None:
        import django

        django.setup()
        from django.db import connection

        self.given = connection.get_connection_params()
        self.made: list[str] = []

    def open(self, name: str) -> Any:
        import psycopg2

        return psycopg2.connect(**{**self.given, "dbname": name, "cursor_factory": None})

    def ask(self, name: str, statement: str, given: dict[str, Any] | None = None) -> list[Any]:
        connection = self.open(name)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, given)
            found = cursor.fetchall() if cursor.description else []
        connection.close()
        return found

    def create(self, name: str, template: str = "template0") -> None:
        self.ask("postgres", f"DROP DATABASE IF EXISTS {name}")
        self.ask("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        self.made.append(name)

    def size(self, name: str) -> int:
        return int(self.ask("postgres", "SELECT pg_database_size(%(name)s)", {"name": name})[0][0])

    @contextmanager
    def cleared(self) -> Iterator[None]:
        try:
            yield
        finally:
            for name in self.made:
                self.ask("postgres", f"DROP DATABASE IF EXISTS {name}")


def months(count: int) -> list[str]:
    return [f"{YEAR + at // 12}-{at % 12 + 1:02}" for at in range(count)]


def fill(code: str, villages: int, periods: list[str]) -> None:
    """The villages of one district, 20 to a township, and their sums as the trigger would keep them."""
    from django.db import connection, transaction

    from villages.models import Township, Village

    with transaction.atomic(), connection.cursor() as cursor:
        townships = Township.objects.bulk_create(
            Township(code=f"{code}{100 + at}", name=f"第{at}镇", kind="town") for at in range((villages + 19) // 20)
        )
        Village.objects.bulk_create(
            Village(
                code=f"{townships[at // 20].code}{200 + at % 20}", name=f"村{at}", short_name=f"村{at}", kind="village",
                township=townships[at // 20],
            )
            for at in range(villages)
        )  # fmt: skip
        cursor.execute(
            """
            INSERT INTO points_rollup (village_id, period, dimension, joy, kind, count, points)
            SELECT v.id, p, dimension, joy, k.kind, 20 + v.id %% 17, (40 + v.id %% 50) * sign
              FROM villages_village v, unnest(%(periods)s) AS p, unnest(ARRAY['self', 'law', 'virtue']) AS dimension,
                   unnest(ARRAY['live', 'learn', 'peace', 'kind', 'rich']) AS joy,
                   (VALUES ('award', 1), ('deduction', -1)) AS k (kind, sign)
             WHERE k.kind = 'award' OR joy = 'peace';
            INSERT INTO points_rollup (village_id, period, dimension, joy, kind, count, points)
            SELECT v.id, p, '', '', 'redemption', 12, -240 FROM villages_village v, unnest(%(periods)s) AS p;
            INSERT INTO points_villagemonth (village_id, period, participants, households)
            SELECT v.id, p, 60 + v.id %% 200, 450 FROM villages_village v, unnest(%(periods)s) AS p;
            """,
            {"periods": periods},
        )


def districts(server: Server, villages: int, periods: list[str]) -> dict[str, str]:
    """A database for each; the first is filled through the models, the others are it under another code."""
    first = DISTRICTS[0]
    with scratch.database():
        from django.db import connection

        fill(first, villages, periods)
        copied = str(connection.settings_dict["NAME"])
        connection.close()
        found = {}
        for at, code in enumerate(DISTRICTS):
            found[code] = f"bench_district_{code}"
            server.create(found[code], copied)
            server.ask(
                found[code],
                "SET session_replication_role = replica;"
                "UPDATE villages_village SET code = %(code)s || substr(code, 7);"
                "UPDATE villages_township SET code = %(code)s || substr(code, 7);"
                "UPDATE points_rollup SET points = points + %(at)s * count WHERE kind = 'award'",
                {"code": code, "at": at},
            )
    return found


def push(source: Any, centre: Any, code: str, period: str) -> tuple[int, int, float]:
    """One month of one district: rows, bytes on the way, seconds."""
    began, rows, size = time.perf_counter(), 0, 0
    with centre, centre.cursor() as there, source, source.cursor() as here:
        there.execute(STAGING)
        for table, statement in (("sums", SUMS), ("months", MONTHS)):
            sent = io.StringIO()
            here.copy_expert(statement.format(period=period), sent)
            size += sent.tell()
            sent.seek(0)
            there.copy_expert(f"COPY {table} FROM STDIN", sent)
            rows += there.rowcount
        there.execute(TAKE, {"period": period, "district": code})
    return rows, size, time.perf_counter() - began


def push_all(server: Server, names: dict[str, str], periods: list[str]) -> dict[str, Any]:
    centre, sent = server.open("bench_municipality"), []
    began = time.perf_counter()
    for code, name in names.items():
        source = server.open(name)
        sent += [push(source, centre, code, period) for period in periods]
        source.close()
    everything = time.perf_counter() - began
    source = server.open(names["500114"])
    again = [push(source, centre, "500114", periods[-1])[2] for _ in range(ROUNDS)]
    source.close()
    centre.close()
    return {
        "rows_of_a_district_and_month": sent[0][0],
        "kb_of_a_district_and_month": round(sent[0][1] / 1000, 1),
        "milliseconds_of_a_push": round(1000 * statistics.median(one[2] for one in sent), 1),
        "milliseconds_of_a_push_again": round(1000 * statistics.median(again), 1),
        "seconds_for_all_districts_and_months": round(everything, 1),
        "rows": sum(one[0] for one in sent),
    }


def read(server: Server, period: str) -> dict[str, float]:
    """Milliseconds of what the municipality's page asks."""
    centre, found = server.open("bench_municipality"), {}
    asked = {"by district": BY_DISTRICT, "composition": COMPOSITION, "line of a year": LINE, "a district": ONE_DISTRICT}
    with centre, centre.cursor() as cursor:
        for name, statement in asked.items():
            taken = []
            for _ in range(ROUNDS + 1):
                began = time.perf_counter()
                cursor.execute(statement, {"period": period})
                cursor.fetchall()
                taken.append(time.perf_counter() - began)
            found[name] = round(1000 * statistics.median(taken[1:]), 2)
    centre.close()
    return found


def arrived(server: Server, names: dict[str, str]) -> bool:
    """Every district's own sum is what the municipality has of it."""
    there = dict(server.ask("bench_municipality", "SELECT district, sum(points) FROM village_sum GROUP BY 1"))
    return all(
        server.ask(name, "SELECT sum(points) FROM points_rollup") == [(there[code],)] for code, name in names.items()
    )


def measure(villages: int, count: int) -> dict[str, Any]:
    server, periods = Server(), months(count)
    with server.cleared():
        each = max(1, round(villages / len(DISTRICTS)))
        names = districts(server, each, periods)
        server.create("bench_municipality")
        server.ask("bench_municipality", CENTRE)
        pushing = push_all(server, names, periods)
        server.ask("bench_municipality", "VACUUM ANALYZE")
        assert arrived(server, names)
        return {
            "districts": len(names),
            "villages": each * len(names),
            "months": count,
            "push": pushing,
            "page_milliseconds": read(server, periods[-1]),
            "municipal_database_mb": round(server.size("bench_municipality") / 1e6, 1),
            "every_sum_arrived": True,
            "machine": scratch.machine(),
        }


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    print(json.dumps(measure(*(given + [11_000, 12][len(given) :])), indent=2, ensure_ascii=False))
