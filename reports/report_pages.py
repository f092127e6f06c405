"""What the report centre and a report's page show."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from points.models import Rollup
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.models import Job
from qianjiang_portal.foundation.periods import Period
from reports import permissions, reports
from reports.documents import points_report
from reports.documents.model import MISSING, Block, Chart, Heading, Kind, Table, shown
from reports.figures import DISTRICT
from reports.models import Report, ReportVersion
from reports.models.reports import READERS
from villages import scope
from villages.models import Township

PERIODS_OFFERED = 4
HEADLINES = ("participation", "net_points", "net_per_household", "reviewed_on_time", "notices_rate")


@dataclass(frozen=True, slots=True)
class Line:
    """A place's report of a period: its current version, and the job that last worked on it."""

    name: str
    code: str
    period: Period
    version: ReportVersion | None
    job: Job | None
    is_adopted: bool  # at least one village gives points, so that there is something to report
    can_make: bool

    @property
    def is_running(self) -> bool:
        return self.job is not None and self.job.is_open

    @property
    def has_failed(self) -> bool:
        return self.job is not None and self.job.state == Job.State.FAILED

    @property
    def action(self) -> str:
        """What the button says: it is a verb for what will happen."""
        return "重试" if self.has_failed else "重新生成" if self.version else "生成"


@dataclass(frozen=True, slots=True)
class ReportList:
    period: Period
    whole: Line | None
    townships: list[Line]
    is_over: bool
    can_make_all: bool

    @property
    def lines(self) -> list[Line]:
        return ([self.whole] if self.whole else []) + self.townships

    @property
    def wanted(self) -> list[Line]:
        return [line for line in self.lines if line.is_adopted]

    @property
    def made(self) -> int:
        return sum(line.version is not None for line in self.wanted)

    @property
    def missing(self) -> int:
        return sum(line.version is None and not line.is_running for line in self.wanted)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a version with its 口径 and those it is compared with, in the digits of the document."""

    name: str
    label: str
    unit: str
    now: str
    earlier: tuple[str, ...]  # of the period before, and of the same one a year ago where that is another
    formula: str
    source: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The figures of a version that are not those of the one before it, each with what it was."""

    number: int
    changes: list[tuple[str, str, str]]  # label, before, now


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    label: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a report as a page shows it; `kind` is heading, text or table."""

    kind: str
    text: str
    level: int = 0
    head: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: tuple[Cell, ...] = ()
    note: str = ""


def report_list(user: Any, period: Period, today: dt.date) -> ReportList:
    """The reports of a period that the person may read: the district's, then the townships' in code order."""
    places = scope.places(user, READERS)
    townships = Township.objects.in_code_order()
    if not places.everywhere:
        townships = townships.filter(pk__in=places.townships)
    whole = [None] if places.everywhere else []
    lines = list(_lines(user, period, [*whole, *townships]))
    return ReportList(
        period,
        lines.pop(0) if whole else None,
        lines,
        period.ends_on < today,
        permissions.can_make_all(user),
    )


def current_versions(user: Any, period: Period) -> list[ReportVersion]:
    """The newest version of each report of the period that the person may read, the district's first."""
    kept = Report.objects.visible_to(user).filter(kind=period.kind, period=period.slug, current__isnull=False)
    found = kept.select_related("current", "township").order_by(F("township__code").asc(nulls_first=True))
    return [report.current for report in found if report.current]


def may_read_any(user: Any) -> bool:
    places = scope.places(user, READERS)
    return places.everywhere or bool(places.townships)


def line(user: Any, period: Period, township: Township | None) -> Line:
    return next(_lines(user, period, [township]))


def parts(version: ReportVersion) -> list[Part]:
    """The report's text with its tables, in the words and digits of the document."""
    return [part(block) for block in points_report.document(version).numbered_blocks()]


def figures(version: ReportVersion) -> list[Figure]:
    """Every number of the version, as the sheets 总体 and 口径 of its workbook give them."""
    shown = points_report.table(version, "overview").shown_rows()
    return [
        Figure(line["name"], label, unit, now, tuple(earlier), line["formula"], line["source"])
        for line, (label, unit, now, *earlier) in zip(version.figures["definitions"], shown, strict=True)
    ]


def compared(version: ReportVersion) -> list[str]:
    """What the columns of `figures` are called: the period and those it is compared with."""
    return [column.title for column in points_report.table(version, "overview").columns[2:]]


def otherwise(version: ReportVersion, found: list[Figure], versions: Iterable[ReportVersion]) -> Otherwise | None:
    """What is said otherwise than in the version before. None for the first; `versions` are the newest first."""
    before = next((one for one in versions if one.number < version.number), None)
    if before is None:
        return None
    was = {figure.name: figure.now for figure in figures(before)}
    changed = [figure for figure in found if was.get(figure.name, MISSING) != figure.now]
    return Otherwise(before.number, [(figure.label, was.get(figure.name, MISSING), figure.now) for figure in changed])


def headlines(found: list[Figure]) -> list[Figure]:
    by_name = {figure.name: figure for figure in found}
    return [by_name[name] for name in HEADLINES]


def periods_to_choose(chosen: Period, today: dt.date) -> list[Period]:
    """The last periods of the same kind, oldest first, as far back as there are postings, and the one shown."""
    newest = periods.of(today, chosen.kind)
    first = Rollup.objects.order_by("period").values_list("period", flat=True).first()
    oldest = periods.of(periods.parse(first).begins_on, chosen.kind) if first else newest
    offered = {newest.shift(-back) for back in range(PERIODS_OFFERED)}
    return sorted({period for period in offered if period >= oldest} | {chosen, newest})


def usual_period(today: dt.date, kind: str = Report.Kind.QUARTER) -> Period:
    """The last of a kind that is over."""
    return periods.of(today, kind).previous()


def _lines(user: Any, period: Period, townships: list[Township | None]) -> Iterator[Line]:
    kept = {report.township_id: report for report in _reports(period, townships)}
    jobs = {job.scope: job for job in _last_jobs(period, townships)}
    adopted = reports.adopted_townships(townships)
    for township in townships:
        place = township or DISTRICT
        report = kept.get(township.pk if township else None)
        version = report.current if report else None
        is_adopted = township is None or township.pk in adopted
        can_make = is_adopted and permissions.can_make(user, township)
        yield Line(place.name, place.code, period, version, jobs.get(place.code), is_adopted, can_make)


def _reports(period: Period, townships: Iterable[Township | None]) -> Iterable[Report]:
    found = Report.objects.filter(kind=period.kind, period=period.slug)
    keys = [township.pk for township in townships if township]
    found = found.filter(Q(township__in=keys) | Q(township__isnull=True))
    return found.select_related("current__docx", "current__xlsx", "current__pdf")


def _last_jobs(period: Period, townships: Iterable[Township | None]) -> Iterable[Job]:
    codes = [(township or DISTRICT).code for township in townships]
    kind = reports.JOB_KINDS[Report.Kind(period.kind)]
    jobs = Job.objects.filter(kind=kind, period=period.slug, scope__in=codes)
    return jobs.order_by("scope", "-version").distinct("scope")


def part(block: Block) -> Part:
    if isinstance(block, Heading):
        return Part("heading", block.text, level=block.level)
    if isinstance(block, Table):
        return table_part(block)
    if isinstance(block, Chart):
        return _chart(block)
    return Part("text", block.text)


def _chart(chart: Chart) -> Part:
    """Bars as a list: name, bar and value in the digits of the document."""
    top = max((float(value or 0) for value in chart.values), default=0) or 1
    rows = tuple(
        (
            Cell(label, "", False),
            Cell(str(round(float(value or 0) / top * 100)), "", True),
            Cell(shown(value, chart.kind), "", True),
        )
        for label, value in zip(chart.labels, chart.values, strict=True)
    )
    return Part("chart", chart.caption, rows=rows)


def table_part(table: Table) -> Part:
    """A table of a paper for a page."""
    columns = [(column.title, column.kind is not Kind.TEXT) for column in table.columns]
    head = tuple(Cell(title, "", is_number) for title, is_number in columns)
    rows = [tuple(Cell(text, *column) for text, column in zip(row, columns, strict=True)) for row in table.shown_rows()]
    total = rows.pop() if table.total else ()
    return Part("table", table.caption, head=head, rows=tuple(rows), total=total, note=table.note)
