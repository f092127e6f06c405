from celery import shared_task

from qianjiang_portal.foundation import calendar, jobs, upkeep


@shared_task(name=jobs.RUN)
def run_job(job_uuid: str) -> None:
    jobs.run(job_uuid)


@shared_task(name="qianjiang_portal.foundation.sweep_jobs")
def sweep_jobs() -> None:
    """Ring for rows nobody holds. That this runs at all shows that beat, broker and a worker are alive together."""
    now = calendar.now()
    jobs.sweep(now)
    upkeep.note(name=upkeep.BEAT, ok=True, now=now)
