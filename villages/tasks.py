from celery import shared_task

from qianjiang_portal.foundation import calendar
from villages import answers


@shared_task(name="villages.forget_answers")
def forget_answers() -> None:
    """Answers of the API are told again for some days only."""
    answers.forget(now=calendar.now())
