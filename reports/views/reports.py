"""材料报送: the reports of a period, one report, and its papers."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qianjiang_portal.foundation import audit, calendar, files, htmx
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from reports import packages, permissions, report_pages, reports
from reports.documents import flat_table as flat
from reports.figures import DISTRICT
from reports.models import Report, ReportVersion
from reports.views.periods import period_of
from villages import scope
from villages.models import Township

KINDS = {"quarter": "季度", "half-year": "半年", "year": "年度"}


@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    if not report_pages.may_read_any(request.user) and scope.holds(request.user, "liaison"):
        return redirect("reports:summary-list")
    today = calendar.today()
    period = period_of(request, _is_reported) or report_pages.usual_period(today)
    context = {
        "page": report_pages.report_list(request.user, period, today),
        **_package(request, period),
        "periods": [
            (offered.title, f"?period={offered.slug}", offered == period)
            for offered in report_pages.periods_to_choose(period, today)
        ],
        "kinds": [
            (label, f"?period={report_pages.usual_period(today, kind).slug}", kind == period.kind)
            for kind, label in KINDS.items()
        ],
    }
    return htmx.page_or_partial(request, "reports/reports/list.html", "list", context)


def _package(request: HttpRequest, period: Period) -> dict[str, Any]:
    """The job, the package that is there, and the day until which it is, for those who may pack."""
    if not permissions.can_make_all(request.user):
        return {}
    job, made = packages.last(period)
    return {"package": (job, made), "package_until": packages.kept_until(made) if made else None}


@require_GET
def report_row(request: HttpRequest, period: Period, code: str) -> HttpResponse:
    """One row of the list, asked for again when its job is over."""
    line = report_pages.line(request.user, period, _township(request, period, code))
    return render(request, "reports/reports/_row.html", {"line": line})


@require_GET
def report(request: HttpRequest, period: Period, code: str) -> HttpResponse:
    township = _township(request, period, code)
    versions = list(_versions(request, period, township))
    line = report_pages.line(request.user, period, township)
    shown = _version_asked(request, versions) if versions else None
    figures = report_pages.figures(shown) if shown else []
    context = {
        "line": line,
        "version": shown,
        "versions": versions,
        "parts": report_pages.parts(shown) if shown else [],
        "figures": figures,
        "compared": report_pages.compared(shown) if shown else [],
        "otherwise": report_pages.otherwise(shown, figures, versions) if shown else None,
        "headlines": report_pages.headlines(figures) if figures else [],
    }
    return htmx.page_or_partial(request, "reports/reports/detail.html", "report", context)


@require_POST
def report_request(request: HttpRequest, period: Period, code: str) -> HttpResponse:
    township = _township(request, period, code)
    if not permissions.can_make(request.user, township):
        raise PermissionDenied
    try:
        reports.request(kind=period.kind, township=township, period=period, by=request.user, now=calendar.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    if htmx.wants_partial(request):
        line = report_pages.line(request.user, period, township)
        return render(request, "reports/reports/_row.html", {"line": line})
    return redirect("reports:report", period, code)


@require_POST
def report_request_missing(request: HttpRequest, period: Period) -> HttpResponse:
    if not permissions.can_make_all(request.user):
        raise PermissionDenied
    try:
        queued = reports.request_missing(kind=period.kind, period=period, by=request.user, now=calendar.now())
        messages.info(request, f"正在生成 {len(queued)} 份报告，可以离开此页")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('reports:report-list')}?period={period.slug}")


@require_POST
def package_request(request: HttpRequest, period: Period) -> HttpResponse:
    if not permissions.can_make_all(request.user):
        raise PermissionDenied
    try:
        packages.request(period=period, by=request.user, now=calendar.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('reports:report-list')}?period={period.slug}")


@require_GET
def package_download(request: HttpRequest, period: Period) -> FileResponse:
    """The newest package of the period, for those who may have everything written."""
    if not permissions.can_make_all(request.user):
        raise PermissionDenied
    _, made = packages.last(period)
    if made is None:
        raise Http404
    audit.record(actor=request.user, action="report.download", target=made.file.name, place=packages.SCOPE)
    return files.download(made.file)


@require_GET
def flat_table(request: HttpRequest, period: Period) -> HttpResponse:
    """The figures of the current reports the person may read, as rows for another system."""
    versions = report_pages.current_versions(request.user, period)
    if not versions:
        raise Http404
    name = f"{flat.name(period)}.xlsx"
    audit.record(actor=request.user, action="report.download", target=name)
    return files.attachment(name, flat.xlsx(period, versions), reports.XLSX)


@require_GET
def report_download(request: HttpRequest, period: Period, code: str, number: int, suffix: str) -> FileResponse:
    versions = _versions(request, period, _township(request, period, code))
    version = get_object_or_404(versions, number=number)
    file = getattr(version, suffix)
    if file is None:
        raise Http404
    audit.record(actor=request.user, action="report.download", target=f"{file.name} 第{number}版", place=code)
    return files.download(file)


def _township(request: HttpRequest, period: Period, code: str) -> Township | None:
    """The township a code stands for, None for the district.

    Http404 where the person may not read its reports, and for periods that have not begun.
    """
    if period.begins_on > calendar.today():
        raise Http404
    township = (
        None if code == DISTRICT.code else get_object_or_404(Township.objects.visible_to(request.user), code=code)
    )
    if not permissions.can_see(request.user, township):
        raise Http404
    return township


def _versions(request: HttpRequest, period: Period, township: Township | None) -> QuerySet[ReportVersion]:
    visible = Report.objects.visible_to(request.user).filter(kind=period.kind, township=township, period=period.slug)
    found = ReportVersion.objects.filter(report__in=visible)
    return found.select_related("docx", "xlsx", "pdf", "report__township", "job__owner").order_by("-number")


def _version_asked(request: HttpRequest, versions: list[ReportVersion]) -> ReportVersion:
    """The version of that number, the newest without one."""
    number = request.GET.get("version", "")
    if not number:
        return versions[0]
    for version in versions:
        if str(version.number) == number:
            return version
    raise Http404


def _is_reported(period: Period) -> bool:
    return period.kind in Report.Kind.values
