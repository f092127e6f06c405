"""Background work that survives lost messages, killed workers and a flushed broker.

`enqueue` writes the row in the caller's transaction and rings once that commits. A worker `claim`s it with a lease,
shows progress by `step`, which renews the lease, and calls `finish` in the transaction of its result: if the lease went
to somebody else in between, the result is rolled back. `sweep` rings again for rows nobody holds.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from qianjiang_portal.celery import app
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.models import Job
from qianjiang_portal.foundation.refusals import Refused

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 5
REST = dt.timedelta(minutes=10)
RUN = "qianjiang_portal.foundation.run_job"

Work = Callable[["Held"], None]


class LeaseLost(Exception):
    """Another worker holds the job now; whatever this one made must not be kept."""


class CannotCancel(Refused):
    """The job is over already."""


@dataclass(frozen=True)
class Kind:
    """How a kind of job is done, and on which queue it rings."""

    work: Work
    queue: str


_kinds: dict[str, Kind] = {}


def register(kind: str, *, queue: str = "default") -> Callable[[Work], Work]:
    """Declare the function that does jobs of a kind. It gets the held job and makes one write call."""

    def keep(work: Work) -> Work:
        _kinds[kind] = Kind(work, queue)
        return work

    return keep


@transaction.atomic
def enqueue(
    *,
    kind: str,
    scope: str = "",
    period: str = "",
    version: int = 1,
    owner: Any = None,
    params: dict[str, Any] | None = None,
    now: dt.datetime,
) -> tuple[Job, bool]:
    """Write a job unless the same one is there already; answers the job and whether it is new."""
    job, made = Job.objects.get_or_create(
        kind=kind,
        scope=scope,
        period=period,
        version=version,
        defaults={"owner": owner, "params": params or {}, "queued_at": now},
    )
    if made:
        transaction.on_commit(lambda: ring(job))
    return job, made


def ring(job: Job) -> None:
    """Tell a worker that a row waits. A broker that is away is no error: the sweeper rings again."""
    queue = _kinds[job.kind].queue if job.kind in _kinds else "default"
    try:
        app.send_task(RUN, args=[str(job.uuid)], queue=queue, retry=False)
    except Exception:  # any broker trouble: the row stays, the sweeper comes back to it
        logger.warning("broker away, job %s waits for the sweeper", job.uuid)


class Held:
    """A job this process holds: its row, its lease and its progress."""

    def __init__(self, job: Job, token: uuid.UUID) -> None:
        self.job = job
        self.token = token

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, lease_token=self.token)

    def step(self, done: int, total: int, note: str = "") -> None:
        """Show progress and renew the lease. Raises LeaseLost. Call it outside the result's transaction."""
        changed = self._mine().update(
            progress=done,
            progress_total=total,
            progress_note=note,
            lease_until=_lease(calendar.now()),
        )
        if not changed:
            raise LeaseLost(self.job)

    def finish(self, *, cutoff: dt.datetime | None = None) -> None:
        """Mark the job done inside the transaction that keeps its result. Raises LeaseLost, which undoes the result."""
        changed = self._mine().update(
            state=Job.State.DONE,
            finished_at=calendar.now(),
            lease_until=None,
            lease_token=None,
            cutoff=cutoff,
            progress=F("progress_total"),
            error="",
        )
        if not changed:
            raise LeaseLost(self.job)

    def fail(self, error: str) -> None:
        self._mine().update(
            state=Job.State.FAILED, finished_at=calendar.now(), lease_until=None, lease_token=None, error=error
        )


def step(held: Held | None, done: int, total: int, note: str) -> None:
    """Show progress where a job does the work; called by hand, as by a command, there is nobody to show it to."""
    if held:
        held.step(done, total, note)


def finish(held: Held | None) -> None:
    """End the job that did the work, if one did."""
    if held:
        held.finish()


def claim(job_uuid: uuid.UUID | str, now: dt.datetime) -> Held | None:
    """Take a job that is queued or whose lease has run out; None where somebody else has it or it is over."""
    token = uuid.uuid4()
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True).filter(uuid=job_uuid).filter(_free(now)).first()
        if job is None:
            return None
        job.state, job.lease_token, job.lease_until = Job.State.RUNNING, token, _lease(now)
        job.started_at, job.attempts = now, job.attempts + 1
        job.save()
    return Held(job, token)


def run(job_uuid: uuid.UUID | str) -> bool:
    """Do one job if it is free; answers whether this call did it to the end."""
    held = claim(job_uuid, calendar.now())
    if held is None:
        return False
    if held.job.attempts > MAX_ATTEMPTS:
        held.fail("多次未能完成，已停下")
        return False
    try:
        _kinds[held.job.kind].work(held)
    except LeaseLost:
        logger.warning("job %s went to another worker", job_uuid)
        return False
    except (OperationalError, InterfaceError):
        # The database was away for a moment: the lease runs out and the sweeper comes back to it.
        logger.warning("database away, job %s waits for the sweeper", job_uuid, exc_info=True)
        return False
    except Exception as error:
        logger.exception("job %s", job_uuid)
        held.fail(f"{type(error).__name__}: {error}")
        return False
    return True


def sweep(now: dt.datetime) -> int:
    """Ring for every row that nobody holds; answers how many."""
    waiting = list(Job.objects.filter(_free(now)).order_by("queued_at")[:500])
    for job in waiting:
        ring(job)
    return len(waiting)


@transaction.atomic
def retry(*, job: Job, now: dt.datetime, by: Any = None) -> Job:
    """Queue a job that did not finish once more; `by` is whoever asked for it on a page."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state in (Job.State.FAILED, Job.State.CANCELLED):
        job.state, job.attempts, job.error, job.queued_at = Job.State.QUEUED, 0, "", now
        job.progress, job.progress_note, job.finished_at = 0, "", None
        job.save()
        if by:
            audit.record(actor=by, action="job.retry", target=str(job), at=now)
        transaction.on_commit(lambda: ring(job))
    return job


@transaction.atomic
def cancel(*, job: Job, by: Any, now: dt.datetime) -> Job:
    """Stop a job that is not over: the worker that holds it loses its lease at the next step and keeps nothing.

    Raises CannotCancel.
    """
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not job.is_open:
        raise CannotCancel(f"任务{job.get_state_display()}，不用取消")
    job.state, job.finished_at, job.lease_until, job.lease_token = Job.State.CANCELLED, now, None, None
    job.save()
    audit.record(actor=by, action="job.cancel", target=str(job), at=now)
    return job


def revive(*, job: Job, now: dt.datetime) -> Job:
    """Queue a job once more whose cause still stands some time after it did not finish."""
    rested = job.finished_at is not None and job.finished_at <= now - REST
    return retry(job=job, now=now) if job.state == Job.State.FAILED and rested else job


def oldest_waiting(now: dt.datetime, kinds: Iterable[str] = ()) -> dt.timedelta:
    """The age of the oldest row nobody has begun: the only honest sign of life of the workers."""
    waiting = Job.objects.filter(state=Job.State.QUEUED)
    if kinds:
        waiting = waiting.filter(kind__in=list(kinds))
    oldest = waiting.order_by("queued_at").values_list("queued_at", flat=True).first()
    return now - oldest if oldest else dt.timedelta()


def _free(now: dt.datetime) -> Q:
    return Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)
