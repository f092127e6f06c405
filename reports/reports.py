"""Have a report written, and write it: the row first, the figures next, the documents last, the pointer at the end."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from qianjiang_portal.foundation import audit, calendar, files, jobs, periods
from qianjiang_portal.foundation.models import File, Job
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from reports import composing, permissions
from reports.documents import points_report
from reports.models import Report, ReportVersion
from reports.snapshot import snapshot
from villages.models import Township, Village

JOB_KINDS = {kind: f"{kind.value}-report" for kind in Report.Kind}
CANCELLED_HERE = (*JOB_KINDS.values(), "village-sheets", "report-package")  # kinds whose place is in their row's scope
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"docx": files.DOCX, "xlsx": XLSX, "pdf": files.PDF}
STEPS = ("统计数字", "排 DOCX", "排 XLSX", "排 PDF", "存档")


class CannotMake(Refused):
    """The report may not be asked for: by this person, or not yet."""


@dataclass(frozen=True)
class Papers:
    docx: bytes
    xlsx: bytes
    pdf: bytes


@transaction.atomic
def request(*, kind: str, township: Township | None, period: Period, by: Any, now: dt.datetime) -> Job:
    """Queue the next version of a report, or answer the job that is already under way. Raises CannotMake."""
    if not permissions.can_make(by, township):
        raise CannotMake("只能生成本单位的报告")
    if period.begins_on > now.date():
        raise CannotMake(f"{period.title}还没有开始")
    if township and not adopted_townships([township]):
        raise CannotMake(f"{township.name}还没有实行积分制的村（社区）")
    report = _locked(kind, township, period)
    job = _next_job(report, by, now)
    audit.record(actor=by, action="report.request", target=job_label(report), place=report.scope_slug, at=now)
    return job


@transaction.atomic
def request_missing(*, kind: str, period: Period, by: Any, now: dt.datetime) -> list[Job]:
    """Queue every report of the period that has no version yet. Raises CannotMake."""
    townships = list(Township.objects.in_code_order())
    adopted = adopted_townships(townships)
    places = [None, *(township for township in townships if township.pk in adopted)]
    done = set(
        Report.objects.filter(kind=kind, period=period.slug, current__isnull=False).values_list("township", flat=True)
    )
    wanted = [place for place in places if (place.pk if place else None) not in done]
    return [request(kind=kind, township=place, period=period, by=by, now=now) for place in wanted]


def adopted_townships(townships: Iterable[Township | None]) -> set[int]:
    """Those of the townships, by id, in which at least one village gives points."""
    ids = [township.pk for township in townships if township]
    villages = Village.objects.filter(township__in=ids, uses_points=True)
    return set(villages.order_by().values_list("township", flat=True))


@transaction.atomic
def request_due(*, kind: str, township: Township | None, period: Period, now: dt.datetime) -> bool:
    """Queue a report of a period that is over, unless that was done since it ended; answers whether it was new."""
    report = _locked(kind, township, period)
    if asked_since_end(kind, period).filter(scope=report.scope_slug).exists():
        return False
    _next_job(report, None, now)
    return True


def asked_since_end(kind: str, period: Period) -> QuerySet[Job]:
    """The jobs of a period queued after it ended: those that saw all of it."""
    end = calendar.moment(period.next().begins_on)
    return Job.objects.filter(kind=JOB_KINDS[Report.Kind(kind)], period=period.slug, queued_at__gte=end)


def write(held: jobs.Held, now: dt.datetime) -> ReportVersion:
    """Do a report's job: count in one snapshot, render from the row alone, keep all or nothing.

    Raises LeaseLost when another worker has taken the job over; then nothing of this run remains.
    """
    report = Report.objects.select_related("township").get(pk=held.job.params["report"])
    held.step(0, len(STEPS), STEPS[0])
    with snapshot():
        contents = composing.compose(report.township, periods.parse(report.period), now)
    version = version_of(held.job, contents, now)
    return keep(held, version, _papers(held, version))


def version_of(job: Job, contents: composing.Contents, now: dt.datetime) -> ReportVersion:
    """The row a job makes of what was counted, not yet kept."""
    report = Report.objects.select_related("township").get(pk=job.params["report"])
    return ReportVersion(
        report=report,
        number=job.version,
        figures=contents.figures,
        texts=contents.texts,
        cutoff=now,
        made_at=now,
        job=job,
    )


def keep(held: jobs.Held, version: ReportVersion, papers: Papers) -> ReportVersion:
    """Store version and files, turn the pointer and finish the job, in one transaction."""
    stored: list[File] = []
    try:
        with transaction.atomic():
            report = Report.objects.select_for_update().get(pk=version.report_id)
            for suffix, content_type in TYPES.items():
                stored.append(_file(version, suffix, content_type, getattr(papers, suffix)))
            version.docx, version.xlsx, version.pdf = stored
            version.save(force_insert=True)
            report.current = version
            report.save(update_fields=["current"])
            held.finish(cutoff=version.cutoff)
    except BaseException:
        for file in stored:
            files.discard(file)
        raise
    return version


@transaction.atomic
def cancel(*, job: Job, by: Any, now: dt.datetime) -> Job:
    """Stop a report that is being written; its earlier versions stay. Raises CannotMake, jobs.CannotCancel."""
    if job.kind not in CANCELLED_HERE or not permissions.can_stop(by, job.scope):
        raise CannotMake("只能取消本单位的报告")
    return jobs.cancel(job=job, by=by, now=now)


def papers(version: ReportVersion) -> Papers:
    """The documents of a version, made from its row and nothing else: always the same bytes."""
    return Papers(points_report.docx(version), points_report.xlsx(version), points_report.pdf(version))


def job_label(report: Report) -> str:
    return f"{report.place_name} {report.period} {report.get_kind_display()}"


def _papers(held: jobs.Held, version: ReportVersion) -> Papers:
    held.step(1, len(STEPS), STEPS[1])
    docx = points_report.docx(version)
    held.step(2, len(STEPS), STEPS[2])
    xlsx = points_report.xlsx(version)
    held.step(3, len(STEPS), STEPS[3])
    pdf = points_report.pdf(version)
    held.step(4, len(STEPS), STEPS[4])
    return Papers(docx, xlsx, pdf)


def _locked(kind: str, township: Township | None, period: Period) -> Report:
    """The report's row, made when it is not there, held until the transaction ends."""
    report, _ = Report.objects.get_or_create(kind=kind, township=township, period=period.slug)
    return Report.objects.select_for_update(of=("self",)).select_related("township").get(pk=report.pk)


def _next_job(report: Report, by: Any, now: dt.datetime) -> Job:
    """The job under way, the one to try again, or a new one for the next version."""
    kind = JOB_KINDS[Report.Kind(report.kind)]
    last = Job.objects.filter(kind=kind, scope=report.scope_slug, period=report.period).order_by("-version").first()
    if last and last.is_open:
        return last
    if last and last.state in (Job.State.FAILED, Job.State.CANCELLED):
        return jobs.retry(job=last, now=now)
    job, _ = jobs.enqueue(
        kind=kind,
        scope=report.scope_slug,
        period=report.period,
        version=last.version + 1 if last else 1,
        owner=by,
        params={"report": report.pk},
        now=now,
    )
    return job


def _file(version: ReportVersion, suffix: str, content_type: str, content: bytes) -> File:
    return files.keep(
        name=f"{points_report.name(version)}.{suffix}",
        content=content,
        content_type=content_type,
        place=version.report.scope_slug,
        made_at=version.made_at,
        made_by=version.job.owner if version.job else None,
    )
