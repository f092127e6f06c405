"""What entries name is there and stays: held by triggers for a whole posting, as keys of each row would."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from conftest import NOW
from points import ledger
from points.models import Entry
from points.tests.test_ledger import line_for

TABLES = {"household": "villages_household", "grid": "villages_grid", "rule": "points_rule"}
# A rule that was published is refused by a trigger of its own as well.
STAYS = {name: f"points_{name}_of_entries_stays" for name in TABLES} | {
    "rule": "points_rule_of_entries_stays|points_published_rules_stand"
}
NAMED = pytest.mark.parametrize("name", TABLES)
NOBODY = 999_999_999


@contextmanager
def undone():
    """A transaction that is only looked at."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(statement, *given):
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.rowcount


def without(trigger, table="points_entry"):
    ask(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


def without_sums():
    """They have keys of their own, which would answer when everything is kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_roll_up%%'")
        without(cursor.fetchone()[0])


@pytest.fixture
def line(district, rule):
    return line_for(district.homes[0], rule)


def post(district, *lines):
    head = ledger.lock_village(district.tongmu)
    return ledger.append(head=head, village=district.tongmu, lines=list(lines), now=NOW)


def naming_nobody(line, name):
    return line._replace(source="claim:2", **{f"{name}_id": NOBODY})


@NAMED
def test_an_entry_of_what_is_not_there_is_refused_with_its_whole_posting(district, line, name):
    with pytest.raises(IntegrityError, match=f"points_entry_names_a_{name}"), transaction.atomic():
        post(district, line, naming_nobody(line, name))
    assert not Entry.objects.exists()


@NAMED
def test_without_the_trigger_it_would_be_in_the_ledger(district, line, name):
    with undone():
        without("points_entry_names_what_is_there")
        without_sums()
        post(district, line, naming_nobody(line, name))
        assert Entry.objects.filter(**{f"{name}_id": NOBODY}).exists()


@NAMED
def test_what_entries_name_is_not_deleted(district, line, name):
    post(district, line)
    with pytest.raises(IntegrityError, match=STAYS[name]), transaction.atomic():
        ask(f"DELETE FROM {TABLES[name]} WHERE id = %s", getattr(line, f"{name}_id"))
    with pytest.raises(IntegrityError, match=STAYS[name]), transaction.atomic():
        ask(f"UPDATE {TABLES[name]} SET id = {NOBODY} WHERE id = %s", getattr(line, f"{name}_id"))


@NAMED
def test_without_the_trigger_it_would_be_gone(district, line, name):
    post(district, line)
    with undone():
        without("USER", TABLES[name])
        assert ask(f"DELETE FROM {TABLES[name]} WHERE id = %s", getattr(line, f"{name}_id")) == 1


def deleted_by_somebody_else(name, pk):
    """How many rows another connection could delete without waiting; nothing is kept."""
    try:
        with undone():
            ask("SET LOCAL lock_timeout = '300ms'")
            return ask(f"DELETE FROM {TABLES[name]} WHERE id = %s", pk)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["household", "grid"])
@pytest.mark.parametrize("guarded", [True, False])
def test_nobody_takes_away_what_a_posting_on_its_way_names(district, line, name, guarded):
    if not guarded:
        without("points_entry_names_what_is_there")
    try:
        with ThreadPoolExecutor(1) as other, undone():
            post(district, line)
            deleting = other.submit(deleted_by_somebody_else, name, getattr(line, f"{name}_id"))
            if guarded:
                with pytest.raises(OperationalError, match="lock timeout"):
                    deleting.result(timeout=20)
            else:
                assert deleting.result(timeout=20) == 1
    finally:
        ask("ALTER TABLE points_entry ENABLE TRIGGER points_entry_names_what_is_there")
