"""The alarm clock of the reports room: which function does which job."""

from celery import shared_task

from qianjiang_portal.foundation import calendar, jobs
from reports import due, packages, reports, village_sheets

QUEUE = "reports"


@jobs.register("quarter-report", queue=QUEUE)
@jobs.register("half-year-report", queue=QUEUE)
@jobs.register("year-report", queue=QUEUE)
def write_report(held: jobs.Held) -> None:
    reports.write(held, calendar.now())


@jobs.register(packages.KIND, queue=QUEUE)
def write_package(held: jobs.Held) -> None:
    packages.write(held, calendar.now())


@jobs.register(village_sheets.KIND, queue=QUEUE)
def write_village_sheets(held: jobs.Held) -> None:
    village_sheets.write(held, calendar.now())


@shared_task(name="reports.forget_packages")
def forget_packages() -> None:
    """Packages are kept for some days only."""
    packages.forget(now=calendar.now())


@shared_task(name="reports.queue_due")
def queue_due() -> None:
    """Write a job for every report whose period is over; those written since stay as they are."""
    due.queue(calendar.now())
