import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client

from conftest import NOW, District
from qianjiang_portal.foundation import calendar, jobs, periods
from qianjiang_portal.foundation.models import AuditEvent, Job
from reports import reports
from villages.models import User

SignIn = Callable[[User], Client]
Q3 = periods.parse("2026Q3")


@pytest.fixture
def job(district: District, leader: User) -> Job:
    return reports.request(kind="quarter", township=district.zhuoshui, period=Q3, by=leader, now=NOW)


def words(response: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))  # type: ignore[attr-defined]


def test_the_page_tells_how_long_the_oldest_has_waited(job: Job, district_officer: User, signed_in: SignIn) -> None:
    client = signed_in(district_officer)
    with calendar.at(NOW + dt.timedelta(minutes=7)):
        text = words(client.get("/jobs/"))
    assert "最早一件已等 7 分钟" in text
    assert "濯水镇2026年第三季度 季度报告" in text
    assert f"J-{job.pk}" in text


def test_a_cancelled_job_keeps_nothing_of_its_worker(job: Job, leader: User, signed_in: SignIn) -> None:
    held = jobs.claim(job.uuid, NOW)
    assert held
    signed_in(leader).post(f"/jobs/{job.uuid}/cancel/")
    assert Job.objects.get().state == "cancelled"
    with pytest.raises(jobs.LeaseLost):
        held.step(1, 4)
    assert jobs.claim(job.uuid, NOW + dt.timedelta(hours=1)) is None
    assert AuditEvent.objects.get(action="job.cancel").actor == leader


def test_what_is_over_is_not_cancelled(job: Job, leader: User) -> None:
    Job.objects.update(state="done")
    with pytest.raises(jobs.CannotCancel, match="任务已完成，不用取消"):
        reports.cancel(job=job, by=leader, now=NOW)


@pytest.mark.parametrize("person", ["clerk", "auditor", "stranger", "liaison"])
def test_only_those_who_order_a_report_cancel_it(person: str, job: Job, cast: dict[str, User]) -> None:
    with pytest.raises(reports.CannotMake, match="只能取消本单位的报告"):
        reports.cancel(job=job, by=cast[person], now=NOW)


def test_a_stopped_job_is_tried_again_from_the_page(job: Job, district_officer: User, signed_in: SignIn) -> None:
    client = signed_in(district_officer)
    for state in ("failed", "cancelled"):
        Job.objects.update(state=state)
        client.post(f"/jobs/{job.uuid}/retry/")
        assert Job.objects.get().state == "queued"
    assert AuditEvent.objects.filter(action="job.retry", actor=district_officer).count() == 2


def test_asking_again_after_a_cancellation_is_the_same_job(job: Job, leader: User, district: District) -> None:
    reports.cancel(job=job, by=leader, now=NOW)
    again = reports.request(kind="quarter", township=district.zhuoshui, period=Q3, by=leader, now=NOW)
    assert (again.pk, again.state, again.version) == (job.pk, "queued", 1)


QUERIES = 19


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_and_three(
    count: int,
    district: District,
    district_officer: User,
    signed_in: SignIn,
    django_assert_num_queries: Callable[..., object],
) -> None:
    places = [None, district.zhuoshui, district.shihui][:count]
    for place in places:
        reports.request(kind="quarter", township=place, period=Q3, by=district_officer, now=NOW)
    client = signed_in(district_officer)
    with django_assert_num_queries(QUERIES):
        client.get("/jobs/")
