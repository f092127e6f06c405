"""村情一张表: the villages of a township, one village, and its papers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qianjiang_portal.foundation import audit, calendar, files
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from reports import permissions, sheet_pages, village_sheets
from reports.documents import village_sheet as paper
from reports.models import VillageSheet
from villages.models import Township, Village


@require_GET
def sheet_list(request: HttpRequest, period: Period) -> HttpResponse:
    _refuse_future(period)
    page = sheet_pages.sheet_list(request.user, period, request.GET.get("t", ""), calendar.today())
    if page is None and request.GET.get("t"):
        raise Http404
    return render(request, "reports/sheets/list.html", {"page": page, "period": period})


@require_GET
def sheet(request: HttpRequest, period: Period, village: str) -> HttpResponse:
    found = _village(request, period, village)
    line = next(sheet_pages.lines(request.user, period, [found]))
    context = {"line": line, "parts": [], "source": ""}
    if line.sheet:
        context |= {
            "parts": sheet_pages.parts(line.sheet),
            "source": paper.source(line.sheet.figures, line.sheet.cutoff),
        }
    return render(request, "reports/sheets/detail.html", context)


@require_POST
def sheet_request(request: HttpRequest, period: Period, village: str) -> HttpResponse:
    found = _village(request, period, village)
    if not permissions.can_make_sheet(request.user, found):
        raise PermissionDenied
    try:
        village_sheets.request(village=found, period=period, by=request.user, now=calendar.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("reports:sheet", period, village)


@require_POST
def sheet_request_township(request: HttpRequest, period: Period, code: str) -> HttpResponse:
    _refuse_future(period)
    township = get_object_or_404(Township.objects.visible_to(request.user), code=code)
    if not permissions.can_make(request.user, township):
        raise PermissionDenied
    try:
        village_sheets.request_township(township=township, period=period, by=request.user, now=calendar.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('reports:sheet-list', args=[period])}?t={code}")


@require_POST
def sheet_request_all(request: HttpRequest, period: Period) -> HttpResponse:
    if not permissions.can_make_all(request.user):
        raise PermissionDenied
    try:
        queued = village_sheets.request_all(period=period, by=request.user, now=calendar.now())
        messages.info(request, f"正在生成 {len(queued)} 个乡镇街道的村情一张表，可以离开此页")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("reports:sheet-list", period)


@require_GET
def sheet_download(request: HttpRequest, period: Period, village: str, number: int, suffix: str) -> FileResponse:
    found = _village(request, period, village)
    kept = VillageSheet.objects.visible_to(request.user).select_related("docx", "xlsx", "pdf")
    sheet = get_object_or_404(kept, village=found, period=period.slug, number=number)
    file = getattr(sheet, suffix)
    audit.record(actor=request.user, action="sheet.download", target=f"{file.name} 第{number}版", place=village)
    return files.download(file)


def _village(request: HttpRequest, period: Period, code: str) -> Village:
    _refuse_future(period)
    return get_object_or_404(Village.objects.visible_to(request.user).select_related("township"), code=code)


def _refuse_future(period: Period) -> None:
    if period.begins_on > calendar.today():
        raise Http404
