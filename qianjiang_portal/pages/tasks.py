from celery import shared_task
from django.conf import settings
from django.core.management import call_command

from qianjiang_portal.foundation import calendar, jobs
from qianjiang_portal.pages.backups import backups

BACKUP = "backup"


@shared_task(name="pages.queue_backup")
def queue_backup() -> None:
    """Once a night, where the portal makes its own backups."""
    now = calendar.now()
    if settings.BACKUP_NIGHTLY:
        jobs.enqueue(kind=BACKUP, scope=now.date().isoformat(), now=now)


@shared_task(name="pages.clear_sessions")
def clear_sessions() -> None:
    """Take out sessions that ran out; each night, and twice changes nothing."""
    call_command("clearsessions")


@jobs.register(BACKUP)
def back_up(held: jobs.Held) -> None:
    backups.make(now=calendar.now(), waiting=lambda: held.step(0, 1, "正在备份"))
    held.finish()
