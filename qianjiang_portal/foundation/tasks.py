from celery import shared_task

from qianjiang_portal.foundation import audit_seals, calendar, jobs, upkeep

SEAL_AUDIT = "seal-audit"


@shared_task(name=jobs.RUN)
def run_job(job_uuid: str) -> None:
    jobs.run(job_uuid)


@shared_task(name="qianjiang_portal.foundation.sweep_jobs")
def sweep_jobs() -> None:
    """Ring for rows nobody holds. That this runs at all shows that beat, broker and a worker are alive together."""
    now = calendar.now()
    jobs.sweep(now)
    upkeep.note(name=upkeep.BEAT, ok=True, now=now)


@shared_task(name="qianjiang_portal.foundation.queue_audit_seal")
def queue_audit_seal() -> None:
    """Once a night: one row a day, however often beat comes by."""
    now = calendar.now()
    jobs.enqueue(kind=SEAL_AUDIT, scope=now.date().isoformat(), now=now)


@jobs.register(SEAL_AUDIT)
def seal_audit(held: jobs.Held) -> None:
    audit_seals.nightly(now=calendar.now())
    held.finish()
