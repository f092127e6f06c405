"""The tests' own database is a copy of one that was migrated once, as long as migrations and packages stay the same."""

import psycopg2
import pytest
from django.db import connection

from qianjiang_portal import embedded, testing_database
from qianjiang_portal.testing_database import PREFIX

pytestmark = pytest.mark.django_db


def test_this_database_was_copied():
    assert connection.settings_dict["TEST"]["TEMPLATE"] == PREFIX + testing_database._fingerprint()


def test_a_change_of_migrations_makes_another_and_drops_the_one_before(monkeypatch):
    made = []
    monkeypatch.setattr(testing_database, "_fingerprint", lambda: "of-another-day")
    monkeypatch.setattr(testing_database, "_templates", lambda _cursor: {f"{PREFIX}of-no-day"})
    monkeypatch.setattr(testing_database, "_make", lambda _cursor, _url, name: made.append(name))

    assert testing_database.template(embedded.database_url()) == f"{PREFIX}of-another-day"
    assert made == [f"{PREFIX}of-another-day"]


def test_what_was_broken_off_half_way_does_not_look_finished(monkeypatch):
    monkeypatch.setattr(testing_database, "sys", type("Sys", (), {"executable": "false"}))
    monkeypatch.setattr(testing_database, "_fingerprint", lambda: "broken-off")
    monkeypatch.setattr(testing_database, "_templates", lambda _cursor: set())
    with pytest.raises(RuntimeError, match="could not be migrated"):
        testing_database.template(embedded.database_url())
    with psycopg2.connect(embedded.database_url()) as kept:
        cursor = kept.cursor()
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [f"{PREFIX}broken-off"])
        assert cursor.fetchone() == (0,)
        kept.rollback()
    kept.close()


def test_what_an_earlier_run_left_is_dropped_unless_somebody_is_in_it():
    url = embedded.database_url()
    earlier = f"earlier_{connection.settings_dict['NAME']}"
    empty, used = f"{earlier}_empty", f"{earlier}_used"

    def left():
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [earlier])
            return {name for (name,) in cursor.fetchall()}

    _execute(*(f"CREATE DATABASE {name} TEMPLATE template0" for name in (empty, used)))
    somebody = psycopg2.connect(testing_database._at(url, used))
    try:
        testing_database.clear(url, earlier)
        assert left() == {used}
    finally:
        somebody.close()
        testing_database.clear(url, earlier)
    assert left() == set()


def test_the_database_of_a_test_process_is_one_of_those_that_are_cleared(worker_id):
    named = connection.settings_dict["NAME"]
    assert worker_id == "master" or named == testing_database.of_processes(embedded.database_url()) + worker_id[2:]


def test_another_server_gets_all_that_the_migrations_make():
    """Here a second database of the same server stands for it."""
    url = testing_database._at(embedded.database_url(), "filled")
    _execute("DROP DATABASE IF EXISTS filled", "CREATE DATABASE filled TEMPLATE template0")
    try:
        testing_database.fill(url)
        with psycopg2.connect(url) as filled:
            there = _told(filled.cursor())
        filled.close()
    finally:
        _execute("DROP DATABASE filled")
    with connection.cursor() as cursor:
        assert there == _told(cursor)
    assert min(there) > 0


def _execute(*statements):
    outside = psycopg2.connect(embedded.database_url())
    outside.autocommit = True
    for statement in statements:
        outside.cursor().execute(statement)
    outside.close()


def _told(cursor):
    """How many tables, indexes, functions, triggers, constraints, rights and applied migrations there are."""
    cursor.execute("""
        SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'),
               (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'i'),
               (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
               (SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'D'), (SELECT count(*) FROM pg_constraint),
               (SELECT count(*) FROM auth_permission), (SELECT count(*) FROM django_migrations)""")
    return cursor.fetchone()
