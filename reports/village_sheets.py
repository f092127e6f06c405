"""村情一张表 of one village, or of all of a township in one job: ask for it, count once, keep all or nothing."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from qianjiang_portal.foundation import audit, files, jobs, periods
from qianjiang_portal.foundation.models import File, Job
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from reports import permissions, sheet_figures
from reports.documents import village_sheet as paper
from reports.models import VillageSheet
from reports.reports import TYPES
from reports.snapshot import snapshot
from villages.models import Township, Village

KIND = "village-sheets"

Made = tuple[VillageSheet, dict[str, bytes]]


class CannotMakeSheet(Refused):
    """The sheet may not be asked for: by this person, of this village, or not yet."""


@transaction.atomic
def request(*, village: Village, period: Period, by: Any, now: dt.datetime) -> Job:
    """Queue the next sheet of one village, or answer the job under way. Raises CannotMakeSheet."""
    if not permissions.can_make_sheet(by, village):
        raise CannotMakeSheet("只能生成本单位的村情一张表")
    if not village.uses_points:
        raise CannotMakeSheet(f"{village.short_name}没有实行积分制")
    return _queue(village.code, period, by, now)


@transaction.atomic
def request_township(*, township: Township, period: Period, by: Any, now: dt.datetime) -> Job:
    """Queue the sheets of all villages of a township in one job. Raises CannotMakeSheet."""
    if not permissions.can_make(by, township):
        raise CannotMakeSheet("只能生成本单位的村情一张表")
    if not township.villages.filter(uses_points=True).exists():
        raise CannotMakeSheet(f"{township.name}还没有实行积分制的村（社区）")
    return _queue(township.code, period, by, now)


@transaction.atomic
def request_all(*, period: Period, by: Any, now: dt.datetime) -> list[Job]:
    """Queue the sheets of every village of the district, a township a job. Raises CannotMakeSheet."""
    if not permissions.can_make_all(by):
        raise CannotMakeSheet("只有区级可以生成全部村情一张表")
    townships = Township.objects.filter(villages__uses_points=True).distinct().in_code_order()
    return [request_township(township=township, period=period, by=by, now=now) for township in townships]


def write(held: jobs.Held, now: dt.datetime) -> list[VillageSheet]:
    """Do the job: count all its villages in one snapshot, lay them out one by one, keep all or nothing.

    Raises LeaseLost when another worker has taken the job over; then nothing of this run remains.
    """
    with snapshot():
        villages, counted = _counted(held.job, now)
    return keep(held, list(lay_out(held, villages, counted, now)))


def lay_out(
    held: jobs.Held, villages: list[Village], counted: dict[int, sheet_figures.Figures], now: dt.datetime
) -> Iterator[Made]:
    """Each village's row, not yet kept, with its papers; shows progress."""
    for at, village in enumerate(villages):
        held.step(at, len(villages), f"{village.short_name} {at + 1}/{len(villages)}")
        figures = counted[village.pk]
        papers = {suffix: getattr(paper, suffix)(figures, now) for suffix in TYPES}
        yield VillageSheet(village=village, period=held.job.period, figures=figures, cutoff=now, job=held.job), papers


def keep(held: jobs.Held, made: Iterable[Made]) -> list[VillageSheet]:
    """Store rows and files and finish the job, in one transaction."""
    stored: list[File] = []
    try:
        with transaction.atomic():
            sheets = [_kept(sheet, papers, stored) for sheet, papers in made]
            held.finish(cutoff=sheets[0].cutoff if sheets else None)
    except BaseException:
        for file in stored:
            files.discard(file)
        raise
    return sheets


def villages_of(job: Job) -> list[Village]:
    """The villages a job is for: one, or all of a township that use points."""
    found = Village.objects.open().with_points().filter(code__startswith=job.scope)
    return list(found.select_related("township").in_code_order())


def last_jobs(codes: Iterable[str], period: Period) -> dict[str, Job]:
    """The newest job of each place, by its code."""
    found = Job.objects.filter(kind=KIND, period=period.slug, scope__in=list(codes))
    return {job.scope: job for job in found.order_by("scope", "-version").distinct("scope")}


def _counted(job: Job, now: dt.datetime) -> tuple[list[Village], dict[int, sheet_figures.Figures]]:
    villages = villages_of(job)
    return villages, sheet_figures.count(villages, periods.parse(job.period), now)


def _kept(sheet: VillageSheet, papers: dict[str, bytes], stored: list[File]) -> VillageSheet:
    Village.objects.select_for_update().get(pk=sheet.village_id)
    last = VillageSheet.objects.filter(village=sheet.village, period=sheet.period).order_by("-number").first()
    sheet.number = last.number + 1 if last else 1
    for suffix, content_type in TYPES.items():
        file = files.keep(
            name=f"{paper.name(sheet.figures)}.{suffix}",
            content=papers[suffix],
            content_type=content_type,
            place=sheet.village.code,
            made_at=sheet.cutoff,
            made_by=sheet.job.owner,
        )
        stored.append(file)
        setattr(sheet, suffix, file)
    sheet.save(force_insert=True)
    return sheet


def _queue(code: str, period: Period, by: Any, now: dt.datetime) -> Job:
    if period.begins_on > now.date():
        raise CannotMakeSheet(f"{period.title}还没有开始")
    last = last_jobs([code], period).get(code)
    if last and last.is_open:
        return last
    if last and last.state in (Job.State.FAILED, Job.State.CANCELLED):
        return jobs.retry(job=last, now=now)
    version = last.version + 1 if last else 1
    job, _ = jobs.enqueue(kind=KIND, scope=code, period=period.slug, version=version, owner=by, now=now)
    audit.record(actor=by, action="sheet.request", target=f"{code} {period.slug}", place=code, at=now)
    return job
