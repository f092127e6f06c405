"""The chain over the audit log: whatever is done to a sealed event, somebody can see it."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from conftest import NOW
from qianjiang_portal.foundation import audit, audit_seals, calendar, jobs, options, tasks, upkeep
from qianjiang_portal.foundation.models import AuditEvent, AuditSeal, Job

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def note(at, target="x"):
    return audit.record(actor=None, action="batch.submit", target=target, facts={"rows": 3, "甲": [1, None]}, at=at)


def without_guard(statement, *values):
    """What somebody with power over the database can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.fixture
def sealed():
    """Three nights of two events each, and one event of today."""
    events = []
    for back in (3, 2, 1):
        events += [note(NOW - back * DAY, f"a{back}"), note(NOW - back * DAY, f"b{back}")]
        audit_seals.seal(now=NOW - (back - 1) * DAY)
    note(NOW, "today")
    return events


def faults():
    return [str(fault) for fault in audit_seals.verify()]


def test_a_night_without_change_comes_out(sealed):
    assert [seal.count for seal in AuditSeal.objects.order_by("number")] == [2, 2, 2]
    assert AuditSeal.objects.get(number=2).previous == AuditSeal.objects.get(number=1).digest
    assert faults() == []


def test_an_event_without_a_request_reads_as_before_there_were_numbers():
    """Seals made before the column was there still come out."""
    event = (7, NOW, None, "系统", "", "batch.submit", "x", "", "done", None, {"rows": 3})

    assert audit_seals.canonical((*event, "")).decode().endswith(',"done",null,{"rows":3}]')
    assert audit_seals.canonical((*event, "abc")).decode().endswith('{"rows":3},"abc"]')


def test_sealing_twice_makes_one_seal(sealed):
    assert audit_seals.seal(now=NOW) is None
    assert AuditSeal.objects.count() == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("target", "y"),
        ("actor_name", "张三"),
        ("outcome", "refused"),
        ("facts", '{"rows": 4}'),
        ("request", "other"),
        ("at", NOW - 9 * DAY),
    ],
)
def test_a_changed_event_shows(sealed, column, value):
    without_guard(f"UPDATE foundation_auditevent SET {column} = %s WHERE id = %s", value, sealed[2].pk)

    assert faults() == ["第 2 枚：和它封的记录对不上"]


def test_an_event_that_was_taken_out_shows(sealed):
    without_guard("DELETE FROM foundation_auditevent WHERE id = %s", sealed[0].pk)

    assert faults() == ["第 1 枚：封了 2 条，现在有 1 条", "第 1 枚：和它封的记录对不上"]


def test_an_event_slipped_in_between_seals_shows():
    first = note(NOW - 2 * DAY)
    audit_seals.seal(now=NOW - DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('foundation_auditevent', 'id'), %s)", [first.pk + 10])
    note(NOW - DAY)
    audit_seals.seal(now=NOW)
    assert faults() == []

    AuditEvent.objects.create(pk=first.pk + 5, at=NOW - DAY, actor_name="系统", action="batch.submit")
    assert faults() == ["第 2 枚：它前面有 1 条没有封过的记录"]


def test_a_seal_made_again_for_a_changed_log_breaks_the_next(sealed):
    without_guard("UPDATE foundation_auditevent SET target = 'y' WHERE id = %s", sealed[0].pk)
    first = AuditSeal.objects.get(number=1)
    _, digest = audit_seals._digest("", 1, first.first, first.last, first.algorithm)
    without_guard("UPDATE foundation_auditseal SET digest = %s WHERE number = 1", digest)

    assert faults() == ["第 2 枚：没有接着上一枚"]


def test_an_event_written_late_stands_under_the_next_seal(sealed):
    note(NOW - 30 * DAY, "late")
    made = audit_seals.seal(now=NOW + DAY)

    assert made is not None
    assert made.count == 2
    assert faults() == []


def test_the_database_keeps_seals(sealed):
    for change in ("UPDATE foundation_auditseal SET count = 1", "DELETE FROM foundation_auditseal"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_the_night_job_seals_checks_and_notes_it(sealed):
    with calendar.at(NOW + DAY):
        tasks.queue_audit_seal()
        tasks.queue_audit_seal()
        jobs.run(Job.objects.get().uuid)

    done = upkeep.last(upkeep.AUDIT)
    assert (AuditSeal.objects.count(), done.ok, done.note) == (4, True, "第 4 枚，1 条")


def test_the_night_job_says_what_it_found(sealed):
    without_guard("UPDATE foundation_auditevent SET target = 'y' WHERE id = %s", sealed[0].pk)
    audit_seals.nightly(now=NOW + DAY)

    done = upkeep.last(upkeep.AUDIT)
    assert (done.ok, done.note) == (False, "1 处不符，第 1 枚：和它封的记录对不上")


def test_the_command_names_what_was_changed(sealed, capsys):
    call_command("verify_audit")
    assert "3 seals verified" in capsys.readouterr().out
    without_guard("UPDATE foundation_auditevent SET target = 'y' WHERE id = %s", sealed[0].pk)

    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_audit")


def test_what_is_old_enough_goes_and_its_seal_stays():
    """The database goes by its own clock, so the old events are old by that as well."""
    old = dt.datetime(2020, 1, 1, 9, tzinfo=calendar.SHANGHAI)
    note(old), note(old)
    audit_seals.seal(now=old + DAY)
    note(NOW - DAY)
    audit_seals.seal(now=NOW)

    assert audit_seals.expire(now=NOW) == 2
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == ["batch.submit", "audit.expire"]
    assert (faults(), AuditSeal.objects.count()) == ([], 2)
    assert audit_seals.expire(now=NOW) == 0


def test_part_of_an_old_night_missing_is_no_expiry():
    old = dt.datetime(2020, 1, 1, 9, tzinfo=calendar.SHANGHAI)
    first = note(old)
    note(old)
    audit_seals.seal(now=old + DAY)
    AuditEvent.objects.filter(pk=first.pk).delete()

    assert len(faults()) == 2


def test_nothing_under_180_days_goes_whatever_is_set(sealed):
    with pytest.raises(ValueError, match="在 180 到"):
        options.put(name="audit_keep_days", value=179)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=note(calendar.now() - 100 * DAY).pk).delete()
