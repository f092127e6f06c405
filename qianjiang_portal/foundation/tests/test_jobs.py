"""The queue is a table: rows survive whatever happens to messages and workers."""

import datetime as dt

import pytest
from django.db import OperationalError

from conftest import NOW
from qianjiang_portal.celery import app
from qianjiang_portal.foundation import calendar, jobs
from qianjiang_portal.foundation.models import Job

LATER = NOW + dt.timedelta(minutes=10)


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def kind(done):
    """A kind of job that notes its scope and finishes."""

    @jobs.register("test-kind")
    def work(held: jobs.Held) -> None:
        held.step(1, 2, "一半")
        done.append(held.job.scope)
        held.finish()

    yield "test-kind"
    jobs._kinds.pop("test-kind")


@pytest.fixture
def job(db, kind) -> Job:
    return jobs.enqueue(kind=kind, scope="a", now=NOW)[0]


def test_the_same_job_is_written_once(job, kind):
    again, made = jobs.enqueue(kind=kind, scope="a", now=LATER)

    assert (again.pk, made) == (job.pk, False)


def test_a_job_is_done_once_however_often_it_rings(job, done):
    assert [jobs.run(job.uuid), jobs.run(job.uuid)] == [True, False]
    assert done == ["a"]
    job.refresh_from_db()
    assert (job.state, job.progress, job.lease_until) == ("done", 2, None)


def test_a_held_job_is_not_handed_out(job):
    assert jobs.claim(job.uuid, NOW) is not None
    assert jobs.claim(job.uuid, NOW) is None


def test_a_lease_that_ran_out_is_handed_out_and_the_first_worker_keeps_nothing(job):
    first = jobs.claim(job.uuid, NOW)
    second = jobs.claim(job.uuid, LATER)

    assert first
    assert second
    with pytest.raises(jobs.LeaseLost):
        first.finish()
    second.finish()
    job.refresh_from_db()
    assert job.state == "done"


def test_progress_renews_the_lease(job):
    held = jobs.claim(job.uuid, NOW)
    with calendar.at(NOW + dt.timedelta(seconds=50)):
        held.step(1, 3)

    assert jobs.claim(job.uuid, NOW + dt.timedelta(seconds=70)) is None


def test_an_error_is_kept_with_the_job(db):
    @jobs.register("test-breaks")
    def work(held: jobs.Held) -> None:
        raise ValueError("no figures")

    job, _ = jobs.enqueue(kind="test-breaks", now=NOW)

    assert jobs.run(job.uuid) is False
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "ValueError: no figures")
    assert jobs.retry(job=job, now=LATER).state == "queued"
    jobs._kinds.pop("test-breaks")


def test_a_database_that_was_away_does_not_end_a_job(db):
    @jobs.register("test-away")
    def work(held: jobs.Held) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    job, _ = jobs.enqueue(kind="test-away", now=NOW)

    assert jobs.run(job.uuid) is False
    job.refresh_from_db()
    assert job.state == "running"
    assert jobs.claim(job.uuid, LATER) is not None
    jobs._kinds.pop("test-away")


def test_the_sweeper_rings_for_rows_nobody_holds(job, kind):
    jobs.enqueue(kind=kind, scope="b", now=NOW)
    jobs.claim(job.uuid, NOW)

    assert jobs.sweep(NOW) == 1
    assert jobs.sweep(LATER) == 2


def test_the_age_of_the_oldest_waiting_row_is_the_sign_of_life(job):
    assert jobs.oldest_waiting(LATER) == dt.timedelta(minutes=10)


@pytest.fixture
def broker_away(monkeypatch):
    """Connections that were made before would go on with the broker they know, and those of now with this one."""
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    app._after_fork()
    yield
    app._after_fork()


def test_a_broker_that_is_away_loses_nothing(db, kind, broker_away, caplog, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job, made = jobs.enqueue(kind=kind, scope="c", now=NOW)

    assert made
    assert f"broker away, job {job.uuid} waits" in caplog.text
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_a_failed_job_is_revived_only_after_a_rest(job):
    held = jobs.claim(job.uuid, NOW)
    assert held
    held.fail("no figures")
    job.refresh_from_db()

    assert jobs.revive(job=job, now=NOW + dt.timedelta(minutes=9)).state == "failed"
    assert jobs.revive(job=job, now=NOW + dt.timedelta(minutes=10)).state == "queued"
