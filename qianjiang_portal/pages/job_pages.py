"""任务: what waits, runs, stopped and was done last, and how long the oldest of each queue has waited."""

import datetime as dt
from dataclasses import dataclass

from qianjiang_portal.foundation import jobs, periods
from qianjiang_portal.foundation.models import Job
from reports.reports import CANCELLED_HERE, JOB_KINDS
from villages.models import Township, Village

LAST = 50
LABELS = {
    "quarter-report": "季度报告",
    "half-year-report": "半年报告",
    "year-report": "年度报告",
    "village-sheets": "村情一张表",
    "report-package": "打包全部报告",
    "check-import": "校验导入",
    "confirm-import": "确认导入",
    "compare-register": "比对名册",
    "write-register": "写入名册",
    "post-notice": "公示入账",
    "backup": "备份",
    "check-books": "核对账本",
    "seal-audit": "操作记录封签",
}
QUEUES = {
    "报告": (*JOB_KINDS.values(), "village-sheets", "report-package"),
    "导入": ("check-import", "confirm-import", "compare-register", "write-register"),
    "入账": ("post-notice",),
}


@dataclass(frozen=True, slots=True)
class Queue:
    label: str
    waiting: int
    minutes: int  # the age of the oldest row nobody has begun

    @property
    def is_stuck(self) -> bool:
        return self.minutes >= 5


@dataclass(frozen=True, slots=True)
class Line:
    job: Job
    title: str
    can_cancel: bool

    @property
    def can_retry(self) -> bool:
        return self.job.state in (Job.State.FAILED, Job.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class JobList:
    queues: list[Queue]
    open: list[Line]
    stopped: list[Line]
    done: list[Line]


def job_list(now: dt.datetime) -> JobList:
    rows = Job.objects.select_related("owner").order_by("-queued_at", "-pk")
    names = dict(Township.objects.values_list("code", "name")) | dict(Village.objects.values_list("code", "short_name"))
    open_states = (Job.State.QUEUED, Job.State.RUNNING)
    waiting = rows.filter(state__in=open_states).order_by("queued_at", "pk")
    stopped = rows.filter(state__in=(Job.State.FAILED, Job.State.CANCELLED))
    return JobList(
        [_queue(label, kinds, now) for label, kinds in QUEUES.items()],
        [_line(job, names) for job in waiting[:LAST]],
        [_line(job, names) for job in stopped[:LAST]],
        [_line(job, names) for job in rows.filter(state=Job.State.DONE).order_by("-finished_at")[:LAST]],
    )


def _queue(label: str, kinds: tuple[str, ...], now: dt.datetime) -> Queue:
    waiting = Job.objects.filter(kind__in=kinds, state=Job.State.QUEUED).count()
    return Queue(label, waiting, int(jobs.oldest_waiting(now, kinds).total_seconds() // 60))


def _line(job: Job, names: dict[str, str]) -> Line:
    place = names.get(job.scope, "黔江区" if job.scope == "500114" else job.scope)
    period = periods.parse(job.period).title if job.period else ""
    title = f"{place}{period} {LABELS.get(job.kind, job.kind)}"
    return Line(job, title, job.is_open and job.kind in CANCELLED_HERE)
