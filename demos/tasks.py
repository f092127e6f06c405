from celery import shared_task

from demos import pairings
from qianjiang_portal.foundation import calendar


@shared_task(name="demos.refresh_covers")
def refresh_covers() -> None:
    """Pairings begin and end by the calendar; liaisons see their villages accordingly."""
    pairings.refresh_covers(today=calendar.today())
