"""The alarm clock of the reports room: which function does which job."""

from celery import shared_task

from qianjiang_portal.foundation import calendar, jobs
from reports import due, reports

QUEUE = "reports"


@jobs.register("quarter-report", queue=QUEUE)
def write_quarter(held: jobs.Held) -> None:
    reports.write(held, calendar.now())


@shared_task(name="reports.put_due")
def put_due() -> None:
    due.put(calendar.now())
