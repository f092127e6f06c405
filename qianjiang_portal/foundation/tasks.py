from celery import shared_task

from qianjiang_portal.foundation import calendar, jobs


@shared_task(name=jobs.RUN)
def run_job(job_uuid: str) -> None:
    jobs.run(job_uuid)


@shared_task(name="qianjiang_portal.foundation.sweep_jobs")
def sweep_jobs() -> None:
    jobs.sweep(calendar.now())
