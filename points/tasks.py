from celery import shared_task

from points import awards, imports, ledger, lookups, postings, reconcile, registers, year_ends
from points.models import HonourNotice, Import, Notice, RegisterFile, YearEnd
from qianjiang_portal.foundation import calendar, jobs, periods
from villages.models import Village

POST_NOTICE = "post-notice"
CHECK_BOOKS = "check-books"
AWARD_HONOURS = "award-honours"
PREPARE_YEAR_END, POST_YEAR_END = "prepare-year-end", "post-year-end"


@shared_task(name="points.queue_due_notices")
def queue_due_notices() -> None:
    """Write a job for every notice whose time is over, and revive one that could not be finished."""
    now = calendar.now()
    for notice in postings.due(now):
        job, made = jobs.enqueue(kind=POST_NOTICE, scope=notice.code, now=now)
        if not made:
            jobs.revive(job=job, now=now)


@jobs.register(POST_NOTICE)
def post_notice(held: jobs.Held) -> None:
    postings.post_job(held, Notice.objects.select_related("village").get(code=held.job.scope))


@shared_task(name="points.queue_due_honours")
def queue_due_honours() -> None:
    """Write a job for every notice of honours whose time is over, and revive one that could not be finished."""
    now = calendar.now()
    for notice in awards.due(now):
        job, made = jobs.enqueue(kind=AWARD_HONOURS, scope=notice.code, now=now)
        if not made:
            jobs.revive(job=job, now=now)


@jobs.register(AWARD_HONOURS)
def award_honours(held: jobs.Held) -> None:
    awards.award_job(held, HonourNotice.objects.get(code=held.job.scope))


@shared_task(name="points.queue_year_ends")
def queue_year_ends() -> None:
    """Once a year is over, a job for each village where points may be lost, and one for each notice that is due."""
    now = calendar.now()
    year = str(calendar.local_date(now).year - 1)
    if year_ends.mode() != "carry":
        for code in Village.objects.with_points().in_code_order().values_list("code", flat=True):
            jobs.enqueue(kind=PREPARE_YEAR_END, scope=code, period=year, now=now)
    for year_end in year_ends.due(now):
        job, made = jobs.enqueue(kind=POST_YEAR_END, scope=year_end.code, now=now)
        if not made:
            jobs.revive(job=job, now=now)


@jobs.register(PREPARE_YEAR_END)
def prepare_year_end(held: jobs.Held) -> None:
    village = Village.objects.select_related("township").get(code=held.job.scope)
    year_ends.prepare_job(held, village, int(held.job.period))


@jobs.register(POST_YEAR_END)
def post_year_end(held: jobs.Held) -> None:
    year_ends.post_job(held, YearEnd.objects.select_related("village").get(code=held.job.scope))


@jobs.register(imports.CHECK, queue="imports")
def check_import(held: jobs.Held) -> None:
    imports.read(_import_of(held), held, calendar.now())


@jobs.register(imports.CONFIRM, queue="imports")
def confirm_import(held: jobs.Held) -> None:
    held.step(0, 2, "正在导入")
    imports.write(_import_of(held), held, held.job.params["expected"], calendar.now())


def _import_of(held: jobs.Held) -> Import:
    return Import.objects.select_related("village__township", "maker", "file").get(pk=held.job.scope)


@shared_task(name="points.forget_lookups")
def forget_lookups() -> None:
    """Take out yesterday's tries at codes."""
    lookups.forget(calendar.now())


@jobs.register(registers.COMPARE, queue="imports")
def compare_register(held: jobs.Held) -> None:
    registers.read(_register_of(held), held, calendar.now())


@jobs.register(registers.WRITE, queue="imports")
def write_register(held: jobs.Held) -> None:
    held.step(0, 1, "正在写入")
    registers.write(_register_of(held), held, calendar.now())


def _register_of(held: jobs.Held) -> RegisterFile:
    return RegisterFile.objects.select_related("village__township", "maker", "file").get(pk=held.job.scope)


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
