"""An upgrade and the way back from it, on a database that has been worked with."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg2 import sql

from points.models import Notice
from qianjiang_portal.pages.backups import server

# Where the migrations of each room stood in the version that districts may be running. A release writes its own here.
RELEASED = {
    "reports": "0006_versions_of_reports_never_change",
    "demos": "0002_solved_problems_have_their_day",
    "points": "0005_imports",
    "villages": "0007_services_and_errands",
    "foundation": "0002_keep_audit_events",
}
KEPT = (
    "points_claim",
    "points_entry",
    "points_seal",
    "points_balance",
    "points_noticeline",
    "villages_household",
    "foundation_auditevent",
)


@pytest.fixture
def worked_with(posted: Notice) -> Iterator[str]:
    """A copy of the test's database, in which a month has been posted."""
    own = connection.settings_dict["NAME"]
    name = f"{own[:40]}_upgrade"
    connections.close_all()
    server.drop(name)
    with server.keeper() as cursor:
        server._let_go(cursor, [own])  # the live server's threads, where a browser was at work before
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(own)),
        )
    yield name
    server.drop(name)


def manage(database: str, *commands: tuple[str, ...]) -> None:
    """Run management commands one after the other in one process of their own, against the copy."""
    script = (
        f"from django.core.management import call_command\nfor command in {commands!r}:\n    call_command(*command)"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", script],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": server.address(database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def rows(database: str, columns: dict[str, list[str]]) -> dict[str, list[tuple[object, ...]]]:
    """What the tables of the main job hold, in the columns both versions know."""
    with server.cursor_of(database) as cursor:
        found = {}
        for table in KEPT:
            cursor.execute(
                sql.SQL("SELECT {} FROM {} ORDER BY 1, 2, 3").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns[table])), sql.Identifier(table)
                )
            )
            found[table] = cursor.fetchall()
        return found


def known_columns(database: str) -> dict[str, list[str]]:
    with server.cursor_of(database) as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text ORDER BY column_name) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type NOT IN ('json', 'jsonb') GROUP BY 1"
        )
        return dict(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_and_the_way_back_lose_nothing_of_the_main_job(worked_with: str) -> None:
    newest = known_columns(worked_with)
    whole = rows(worked_with, newest)
    manage(worked_with, *(("migrate", room, migration) for room, migration in RELEASED.items()))
    older = known_columns(worked_with)
    common = {table: [column for column in newest[table] if column in older[table]] for table in KEPT}
    went_back = rows(worked_with, common)
    manage(worked_with, ("migrate",), ("check_ledger",), ("verify_seals",))
    assert rows(worked_with, common) == went_back
    assert rows(worked_with, newest) == whole
    assert all(whole.values()), "a comparison of nothing proves nothing"
