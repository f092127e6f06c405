"""Every paper of a period in one zip: the current reports as they are kept, and the summaries handed in."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from qianjiang_portal.foundation import audit, calendar, files, jobs, options, periods
from qianjiang_portal.foundation.models import Job
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from reports import permissions, summaries
from reports.documents import summary as paper
from reports.documents.parts import entry
from reports.models import Report, ReportPackage, Summary, VillageSheet
from reports.models.summaries import HANDED_IN

KIND, SCOPE = "report-package", "500114"
ZIP = "application/zip"


class CannotPack(Refused):
    """There is nothing to pack, or not for this person."""


@transaction.atomic
def request(*, period: Period, by: Any, now: dt.datetime) -> Job:
    """Queue the next package of a period, or answer the job under way. Raises CannotPack."""
    if not permissions.can_make_all(by):
        raise CannotPack("只有区级可以打包全部报告")
    if not _reports(period).exists():
        raise CannotPack(f"{period.title}还没有生成报告，没有可打包的")
    last = Job.objects.filter(kind=KIND, scope=SCOPE, period=period.slug).order_by("-version").first()
    if last and last.is_open:
        return last
    if last and last.state in (Job.State.FAILED, Job.State.CANCELLED):
        return jobs.retry(job=last, now=now, by=by)
    version = last.version + 1 if last else 1
    job, _ = jobs.enqueue(kind=KIND, scope=SCOPE, period=period.slug, version=version, owner=by, now=now)
    audit.record(actor=by, action="report.pack", target=period.slug, place=SCOPE, at=now)
    return job


def write(held: jobs.Held, now: dt.datetime) -> ReportPackage:
    """Do the job: gather, store the zip and finish, all or nothing. Raises LeaseLost."""
    period = periods.parse(held.job.period)
    content, count = _packed(held, period)
    name = f"{period.title}报告和总结.zip"
    with transaction.atomic():
        file = files.keep(
            name=name, content=content, content_type=ZIP, place=SCOPE, made_at=now, made_by=held.job.owner
        )
        try:
            made = ReportPackage.objects.create(period=period.slug, job=held.job, file=file, papers=count, made_at=now)
            held.finish(cutoff=now)
        except BaseException:
            files.discard(file)
            raise
    return made


def last(period: Period) -> tuple[Job | None, ReportPackage | None]:
    """The job that was last asked for, and the newest package that is there."""
    job = Job.objects.filter(kind=KIND, period=period.slug).order_by("-version").first()
    made = ReportPackage.objects.filter(period=period.slug).select_related("file").order_by("-made_at").first()
    return job, made


def kept_until(made: ReportPackage) -> dt.date:
    """The last day on which a package is there."""
    return calendar.local_date(made.made_at + dt.timedelta(days=options.get("package_keep_days")))


def forget(*, now: dt.datetime) -> int:
    """Let packages go whose days are over, and their room; the papers stay, so that they can be packed again."""
    old = [made for made in ReportPackage.objects.select_related("file") if kept_until(made) < calendar.local_date(now)]
    for made in old:
        with transaction.atomic():
            made.delete()
            made.file.delete()
        files.discard(made.file)
    return len(old)


def _packed(held: jobs.Held, period: Period) -> tuple[bytes, int]:
    found = list(_reports(period).order_by("township__code"))
    sources = [*found, *_summaries(period), *_sheets(period)]
    target, count, steps = io.BytesIO(), 0, len(sources)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
        for at, source in enumerate(sources, start=1):
            held.step(at - 1, steps, f"打包 {at}/{steps}")
            for name, content in _papers(source):
                package.writestr(entry(name), content)
                count += 1
    return target.getvalue(), count


def _papers(source: Report | Summary | VillageSheet) -> Iterator[tuple[str, bytes]]:
    if isinstance(source, Summary):
        name = paper.name(source.sender, source.period)
        yield f"工作总结/{name}.docx", _summary(source)
        return
    version = source if isinstance(source, VillageSheet) else source.current
    folder = f"村情一张表/{source.village.township.name}" if isinstance(source, VillageSheet) else "积分运行情况"
    for file in (version.docx, version.xlsx, version.pdf) if version else ():
        if file:
            with file.content.open("rb") as content:
                yield f"{folder}/{file.name}", content.read()


def _summary(source: Summary) -> bytes:
    """The paper from what was kept when it was handed in."""
    at = source.signed_at
    assert at is not None  # handed in
    tables = (source.figures or {}).get("tables")
    return paper.docx(source.sender, source.period, summaries.rows(source), source.note, at, tables)


def _reports(period: Period) -> Any:
    found = Report.objects.filter(period=period.slug, kind=period.kind, current__isnull=False)
    return found.select_related("township", "current__docx", "current__xlsx", "current__pdf")


def _sheets(period: Period) -> Any:
    found = VillageSheet.objects.filter(period=period.slug).newest()
    return found.select_related("village__township", "docx", "xlsx", "pdf")


def _summaries(period: Period) -> Any:
    found = Summary.objects.filter(period=period.slug, state__in=HANDED_IN, is_paper=False)
    return (
        found.select_related("township", "unit").prefetch_related("sections").order_by("township__code", "unit__code")
    )
