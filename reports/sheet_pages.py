"""What the list of 村情一张表 and one of them show."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from qianjiang_portal.foundation.models import Job
from qianjiang_portal.foundation.periods import Period
from reports import permissions, village_sheets
from reports.documents import village_sheet as paper
from reports.models import VillageSheet
from reports.report_pages import Part, table_part
from villages.models import Township, Village


@dataclass(frozen=True, slots=True)
class Line:
    """A village with its newest sheet of a period, and the job that last worked on it."""

    village: Village
    period: Period
    sheet: VillageSheet | None
    job: Job | None
    can_make: bool

    @property
    def is_running(self) -> bool:
        return self.job is not None and self.job.is_open

    @property
    def has_failed(self) -> bool:
        return self.job is not None and self.job.state == Job.State.FAILED

    @property
    def action(self) -> str:
        return "重试" if self.has_failed else "重新生成" if self.sheet else "生成"


@dataclass(frozen=True, slots=True)
class SheetList:
    period: Period
    township: Township
    townships: list[Township]
    lines: list[Line]
    job: Job | None  # that of the whole township
    can_make: bool
    can_make_all: bool
    is_over: bool

    @property
    def made(self) -> int:
        return sum(line.sheet is not None for line in self.lines)


def sheet_list(user: Any, period: Period, code: str, today: dt.date) -> SheetList | None:
    """The villages of one township that the person may see; None where they see no such township."""
    seen = Village.objects.visible_to(user).with_points().order_by()
    townships = list(Township.objects.filter(pk__in=seen.values("township")).in_code_order())
    township = next((one for one in townships if one.code == code or not code), None)
    if township is None:
        return None
    villages = list(seen.filter(township=township).select_related("township").in_code_order())
    return SheetList(
        period,
        township,
        townships,
        list(lines(user, period, villages)),
        village_sheets.last_jobs([township.code], period).get(township.code),
        permissions.can_make(user, township),
        permissions.can_make_all(user),
        period.ends_on < today,
    )


def lines(user: Any, period: Period, villages: Iterable[Village]) -> Iterator[Line]:
    """A line for each of the villages; three queries for any number."""
    found = list(villages)
    jobs = village_sheets.last_jobs([village.code for village in found], period)
    sheets = VillageSheet.objects.filter(village__in=found, period=period.slug).newest()
    newest = {sheet.village_id: sheet for sheet in sheets.select_related("docx", "xlsx", "pdf")}
    for village in found:
        can_make = village.uses_points and permissions.can_make_sheet(user, village)
        yield Line(village, period, newest.get(village.pk), jobs.get(village.code), can_make)


def parts(sheet: VillageSheet) -> list[Part]:
    """The tables as the workbook has them, in the digits of the papers."""
    return [table_part(table) for table in paper.tables(sheet.figures).values()]
