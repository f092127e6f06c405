from celery import shared_task

from points import imports, ledger, notices, reconcile
from points.models import Import, Notice
from qianjiang_portal.foundation import calendar, jobs, periods

POST_NOTICE = "post-notice"
CHECK_BOOKS = "check-books"


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


@jobs.register(imports.CHECK, queue="imports")
def check_import(held: jobs.Held) -> None:
    imports.read(_import_of(held), held, calendar.now())


@jobs.register(imports.CONFIRM, queue="imports")
def confirm_import(held: jobs.Held) -> None:
    held.step(0, 2, "正在导入")
    imports.write(_import_of(held), held, held.job.params["expected"], calendar.now())


def _import_of(held: jobs.Held) -> Import:
    return Import.objects.select_related("village__township", "maker", "file").get(pk=held.job.scope)


@shared_task(name="points.snapshot_households")
def snapshot_households() -> None:
    """Note last month's registered households, once the month is over; done again it answers the same."""
    ledger.snapshot_households(period=periods.of(calendar.today()).previous())


@shared_task(name="points.queue_reconciliation")
def queue_reconciliation() -> None:
    """Once a day, in the hour it is asked for: one row a day, however often beat comes by."""
    now = calendar.now()
    jobs.enqueue(kind=CHECK_BOOKS, scope=now.date().isoformat(), now=now)


@jobs.register(CHECK_BOOKS)
def check_books(held: jobs.Held) -> None:
    reconcile.check_books(calendar.now(), held.step)
    held.finish()
