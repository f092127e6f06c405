"""Posting approved claims with everything on, against a bare COPY of the same rows.

    python benchmarks/posting.py [CLAIMS]

Both write the same number of rows in the same run. The bare table has the ledger's columns and indexes and neither keys
nor triggers; the posting locks, checks, seals, rolls up, keeps balances and participation, and moves the claims on.
Prints JSON: rows per second of both and their ratio, the median of three rounds.
"""

import datetime as dt
import io
import json
import statistics
import sys
import time
import uuid
from typing import Any

from benchmarks import scratch

HOUSEHOLDS = 400
ROUNDS = 3


def make_village() -> Any:
    from villages import roster
    from villages.models import Township, Village

    township = Township.objects.create(code="500114112", name="濯水镇", kind="town")
    village = Village.objects.create(
        code="500114112202", name="桐木村村民委员会", short_name="桐木村", kind="village", township=township
    )
    grids = [roster.add_grid(village=village, number=number) for number in range(1, 7)]
    for at in range(HOUSEHOLDS):
        roster.enrol(grid=grids[at % 6], head_name=f"农户{at}", joined_on=dt.date(2026, 1, 1))
    return village


def make_rules(village: Any, leader: Any, now: dt.datetime) -> Any:
    from points import rules

    district = rules.draft(title="参考", year=2026, by=leader)
    draft = rules.draft(title="细则", year=2026, by=leader, township=village.township, based_on=district)
    adoption = rules.Adoption("delegates", dt.date(2025, 12, 18), 78, 60, 52)
    return rules.publish(
        rule_set=draft, by=leader, effective_from=dt.date(2026, 1, 1), adoption=adoption, now=now
    ).rules.get(code="Z04")


def make_notice(village: Any, rule: Any, people: dict[str, Any], count: int, at: int, now: dt.datetime) -> Any:
    """A notice over `count` approved claims, written straight to the tables: only its posting is measured."""
    from points import notices
    from points.models import Batch, Claim
    from qianjiang_portal.foundation import periods
    from villages.models import Household

    batch = Batch.objects.create(
        number=f"bench-{at}",
        village=village,
        rule_set=rule.rule_set,
        occurred_on=now.date(),
        state="approved",
        maker=people["clerk"],
        idempotency_key=str(at),
        made_at=now,
        updated_at=now,
        submitted_at=now,
    )
    households = list(Household.objects.order_by("pk"))
    day = now.date()
    Claim.objects.bulk_create(
        Claim(
            batch=batch,
            line=line,
            client_key=uuid.uuid4(),
            household=households[line % HOUSEHOLDS],
            rule=rule,
            points=5,
            occurred_on=day - dt.timedelta(days=line // HOUSEHOLDS),
            state="approved",
            maker=people["clerk"],
            checker=people["reviewer"],
            decided_at=now,
        )
        for line in range(count)
    )
    return notices.publish(village=village, period=periods.of(day), publisher=people["clerk"], now=now)


def make_people(village: Any) -> dict[str, Any]:
    from villages import appointments
    from villages.models import User

    since = dt.date(2026, 1, 1)
    people = {role: User.objects.create(username=role, name=role) for role in ("clerk", "reviewer", "leader")}
    appointments.appoint(user=people["clerk"], role="clerk", township=village.township, begins_on=since)
    appointments.appoint(user=people["leader"], role="leader", township=village.township, begins_on=since)
    appointments.appoint(user=people["reviewer"], role="reviewer", village=village, begins_on=since)
    return people


def time_posting(notice: Any) -> float:
    from points import postings

    started = time.perf_counter()
    postings.post(notice=notice, now=notice.due_at)
    return time.perf_counter() - started


def time_copy(at: int) -> float:
    """The entries just posted, copied as text into a table without keys and triggers."""
    from django.db import connection, transaction

    bare = f"bare_{at}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {bare} (LIKE points_entry INCLUDING INDEXES)")
        buffer = io.StringIO()
        cursor.execute("SELECT id FROM points_seal ORDER BY id DESC LIMIT 1")
        seal = int(cursor.fetchone()[0])
        cursor.copy_expert(f"COPY (SELECT * FROM points_entry WHERE seal_id = {seal}) TO STDOUT", buffer)  # noqa: S608
    buffer.seek(0)
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {bare} FROM STDIN", buffer)
    return time.perf_counter() - started


def measure(count: int) -> dict[str, Any]:
    from points import reconcile
    from qianjiang_portal.foundation import calendar
    from villages.models import User

    village = make_village()
    people = make_people(village)
    first = calendar.moment(dt.date(2026, 3, 2), 10)
    rule = make_rules(village, people["leader"], first)
    posting, copying = [], []
    for at in range(ROUNDS):
        now = first + dt.timedelta(days=60 * at)
        with calendar.at(now):
            fresh = {role: User.objects.get(username=role) for role in people}
            notice = make_notice(village, rule, fresh, count, at, now)
            posting.append(count / time_posting(notice))
            copying.append(count / time_copy(at))
    assert not list(reconcile.differences())
    best, bare = statistics.median(posting), statistics.median(copying)
    return {
        "claims": count,
        "rounds": ROUNDS,
        "posting_rows_per_second": round(best),
        "copy_rows_per_second": round(bare),
        "ratio": round(best / bare, 3),
        "aim": "at least 0.15",
        "machine": scratch.machine(),
    }


if __name__ == "__main__":
    with scratch.database():
        print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5000), indent=2, ensure_ascii=False))
