from celery import shared_task

from points import ledger, notices
from points.models import Notice
from qianjiang_portal.foundation import calendar, jobs, periods

POST_NOTICE = "post-notice"


@shared_task(name="points.queue_due_notices")
def queue_due_notices() -> None:
    """Write a job for every notice whose time is over, and revive one that could not be finished."""
    now = calendar.now()
    for notice in notices.due(now):
        job, made = jobs.enqueue(kind=POST_NOTICE, scope=notice.code, now=now)
        if not made:
            jobs.revive(job=job, now=now)


@jobs.register(POST_NOTICE)
def post_notice(held: jobs.Held) -> None:
    notices.post_job(held, Notice.objects.select_related("village").get(code=held.job.scope))


@shared_task(name="points.snapshot_households")
def snapshot_households() -> None:
    """Note last month's registered households, once the month is over; done again it answers the same."""
    ledger.snapshot_households(period=periods.of(calendar.today()).previous())
