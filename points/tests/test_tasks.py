"""What beat and the workers do by themselves with notices."""

import datetime as dt

from points import tasks
from points.models import Entry, Notice
from qianjiang_portal.foundation import calendar, jobs
from qianjiang_portal.foundation.models import Job


def state(notice: Notice) -> str:
    notice.refresh_from_db()
    return notice.state


def test_a_notice_that_is_over_is_queued_once_and_posted(notice):
    with calendar.at(notice.due_at):
        tasks.queue_due_notices()
        tasks.queue_due_notices()
        job = Job.objects.get(kind=tasks.POST_NOTICE)
        assert jobs.run(job.uuid)

    assert state(notice) == "posted"
    assert Entry.objects.count() == 3


def test_a_notice_that_is_not_over_is_not_queued(notice):
    with calendar.at(notice.due_at - dt.timedelta(minutes=1)):
        tasks.queue_due_notices()

    assert not Job.objects.filter(kind=tasks.POST_NOTICE).exists()


def test_a_posting_that_did_not_finish_is_tried_again(notice):
    """The clock was put back between the queue and the worker; later the same row is done after all."""
    with calendar.at(notice.due_at):
        tasks.queue_due_notices()
    job = Job.objects.get(kind=tasks.POST_NOTICE)
    with calendar.at(notice.due_at - dt.timedelta(hours=1)):
        assert not jobs.run(job.uuid)
    with calendar.at(notice.due_at + dt.timedelta(hours=1)):
        tasks.queue_due_notices()
        assert jobs.run(job.uuid)

    assert state(notice) == "posted"


def test_a_posted_notice_whose_job_comes_again_changes_nothing(posted):
    job, _made = jobs.enqueue(kind=tasks.POST_NOTICE, scope=posted.code, now=posted.due_at)

    with calendar.at(posted.due_at):
        assert jobs.run(job.uuid)
    assert Entry.objects.count() == 3
