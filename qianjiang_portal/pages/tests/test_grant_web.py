"""The role of web, worker and beat: it does all the work and cannot touch what is written once."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from points import postings, reconcile, seals
from points.models import Entry, Notice
from qianjiang_portal.foundation import audit, calendar

# Roles are the server's, shared by all test processes: one of the same name would wait for its neighbour to forget it.
ROLE = "portal_web_of_a_test" + os.environ.get("PYTEST_XDIST_WORKER", "")
WRITTEN_ONCE = ("points_entry", "points_seal", "foundation_auditevent", "foundation_change")
CHANGES = ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE")
pytestmark = pytest.mark.django_db


@pytest.fixture
def role(db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WEB_PASSWORD", "a-long-password-of-the-web")
    call_command("grant_web", ROLE, stdout=io.StringIO())
    return ROLE


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def answer(statement: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except ProgrammingError as refusal:
        return str(refusal).partition(" for ")[0]
    return "done"


def test_the_web_cannot_change_what_is_written_once(role: str, posted: Notice) -> None:
    statements = [change.format(table) for table in WRITTEN_ONCE for change in CHANGES]
    with acting_as(role):
        answers = {statement: answer(statement) for statement in statements}

    assert answers == dict.fromkeys(statements, "permission denied")


def test_the_web_posts_and_the_books_come_out(role: str, notice: Notice) -> None:
    with acting_as(role), calendar.at(notice.due_at):
        postings.post(notice=notice, now=notice.due_at)
    assert Entry.objects.exists()
    assert (list(reconcile.differences()), list(seals.verify())) == ([], [])


def test_the_web_writes_audit_events(role: str, clerk: object) -> None:
    with acting_as(role):
        assert audit.record(actor=clerk, action="batch.submit").pk


def test_the_web_cannot_switch_the_guards_off(role: str, posted: Notice) -> None:
    with acting_as(role):
        for statement in ("SET session_replication_role = replica", "ALTER TABLE points_entry DISABLE TRIGGER ALL"):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_the_owner_is_not_the_web(db: None) -> None:
    with pytest.raises(CommandError, match="owner"):
        call_command("grant_web", connection.settings_dict["USER"])


def test_partitions_are_written_once_as_the_whole_is(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE points_entry_2027_01 () INHERITS (points_entry)")
        call_command("grant_web", role, stdout=io.StringIO())
        cursor.execute(
            "SELECT has_table_privilege(%(role)s, 'points_entry_2027_01', 'INSERT'),"
            " has_table_privilege(%(role)s, 'points_entry_2027_01', 'UPDATE'),"
            " has_table_privilege(%(role)s, 'points_entry_2027_01', 'DELETE'),"
            " has_table_privilege(%(role)s, 'points_claim', 'UPDATE')",
            {"role": role},
        )
        assert cursor.fetchone() == (True, False, False, True)


def test_a_role_that_is_there_needs_no_password(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEB_PASSWORD")
    said = io.StringIO()
    call_command("grant_web", role, stdout=said)
    assert said.getvalue().startswith(f"{role} may read and write; django_migrations, foundation_auditevent, ")


def test_an_owner_who_may_not_make_roles_is_told_how(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_as(role), pytest.raises(CommandError, match="createuser --pwprompt another, then"):
        call_command("grant_web", "another")
    monkeypatch.delenv("WEB_PASSWORD")
    with pytest.raises(CommandError, match="another is not there: make it with sudo -u postgres createuser"):
        call_command("grant_web", "another")
