"""What the chaos tests do inside the portal they disturb: a process that reads acts, one a line, and says `done`."""

import datetime as dt
import sys

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from points.models import Entry, Rule, RuleSet, Seal  # noqa: E402
from qianjiang_portal.foundation import calendar, jobs, periods  # noqa: E402
from qianjiang_portal.foundation.models import Job  # noqa: E402
from reports import reports  # noqa: E402
from reports.models import Report  # noqa: E402
from villages import appointments, roster  # noqa: E402
from villages.models import Grid, Household, User, Village  # noqa: E402

HOUSEHOLDS, POINTS = 20, 5


def prepare() -> None:
    """A district in which twenty households of one village earned five points each this month."""
    roster.load_district()
    village = Village.objects.get(code="500114112202")
    Village.objects.filter(pk=village.pk).update(uses_points=True)
    grid = roster.add_grid(village=village, number=1)
    since = dt.date(2026, 1, 1)
    households = [roster.enrol(grid=grid, head_name="冉光明", joined_on=since) for _ in range(HOUSEHOLDS)]
    person = User.objects.create_user("district", None, name="田雨禾")
    appointments.appoint(user=person, role="district", begins_on=since)
    post(village, grid, households)


@transaction.atomic
def post(village: Village, grid: Grid, households: list[Household]) -> None:
    now = calendar.now()
    rules = RuleSet.objects.create(scope="district", title="参考细则", year=2026)
    rule = Rule.objects.create(
        rule_set=rules,
        code="Z01",
        item="参加公共劳动",
        dimension="self",
        joy="live",
        kind="award",
        min_points=1,
        max_points=8,
        default_points=POINTS,
    )
    seal = Seal.objects.create(
        village=village,
        number=1,
        digest="ab" * 32,
        algorithm="sm3",
        entry_count=len(households),
        points_sum=POINTS * len(households),
        sealed_at=now,
    )
    Entry.objects.bulk_create(
        Entry(
            household=household,
            village=village,
            grid=grid,
            rule=rule,
            dimension="self",
            joy="live",
            points=POINTS,
            kind="award",
            occurred_on=now.date(),
            posted_at=now,
            period=periods.of(now.date()).slug,
            source=f"claim:{at}",
            salt=b"0" * 16,
            seal=seal,
            position=at,
        )
        for at, household in enumerate(households)
    )


def request() -> None:
    """The district asks for its own report of this quarter."""
    now = calendar.now()
    reports.request(
        kind=Report.Kind.QUARTER,
        township=None,
        period=periods.of(now.date(), "quarter"),
        by=User.objects.get(username="district"),
        now=now,
    )


def ring_twice() -> None:
    """Send the message of every job two times more."""
    for job in [*Job.objects.all()] * 2:
        jobs.ring(job)


ACTS = {"prepare": prepare, "request": request, "ring-twice": ring_twice}

if __name__ == "__main__":
    for line in sys.stdin:
        ACTS[line.strip()]()
        connection.close()
        print("done", flush=True)
