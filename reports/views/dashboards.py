"""数据看板: the district, a township."""

from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from qianjiang_portal.foundation import audit, files, options, replica, workbooks
from qianjiang_portal.foundation.periods import Period
from reports.dashboards import (
    DistrictPage,
    UnknownKind,
    district_page,
    district_workbook,
    handled,
    heat,
    township_page,
    township_workbook,
    wall_page,
)
from reports.views.periods import month_of, months_to_choose
from villages import scope
from villages.models import Township, Village

READERS = frozenset({"clerk", "reviewer", "leader", "district", "auditor"})


@options.held(*handled.SETTINGS)
def dashboard(request: HttpRequest) -> HttpResponse:
    """The district's dashboard; whoever works in one township or village is taken there."""
    places = scope.places(request.user, READERS)
    if not places.everywhere:
        return _own_place(request, places)
    read = _district(request)
    context = _context(read.found, read.found.period, _sort(request)) | {"as_of": read.as_of}
    return render(request, "reports/dashboards/district.html", context)


@require_safe
@options.held(*handled.SETTINGS)
def dashboard_export(request: HttpRequest) -> FileResponse:
    """What the district's dashboard shows, as a workbook."""
    if not scope.places(request.user, READERS).everywhere:
        raise PermissionDenied
    read = _district(request)
    page = replace(read.found, cutoff=read.as_of or read.found.cutoff)
    return _handed_out(request, *district_workbook(page))


@require_safe
@options.held(*handled.SETTINGS)
def dashboard_township_export(request: HttpRequest, code: str) -> FileResponse:
    """What a township's dashboard shows, as a workbook."""
    township, _ = _township(request, code)
    page = township_page(township, month_of(request), _sort(request), request.user)
    return _handed_out(request, *township_workbook(page), place=code)


def _handed_out(request: HttpRequest, name: str, content: bytes, place: str = "") -> FileResponse:
    audit.record(actor=request.user, action="dashboard.export", target=name, place=place)
    return files.attachment(name, content, workbooks.XLSX)


@options.held(*handled.SETTINGS)
def dashboard_township(request: HttpRequest, code: str) -> HttpResponse:
    """A township's dashboard, for whoever holds the whole township."""
    township, places = _township(request, code)
    period, sort = month_of(request), _sort(request)
    page = township_page(township, period, sort, request.user)
    context = _context(page, period, sort) | {"sees_district": places.everywhere} | _neighbours(places, code)
    return render(request, "reports/dashboards/township.html", context)


@options.held(*handled.SETTINGS)
def dashboard_wall(request: HttpRequest) -> HttpResponse:
    """The district's figures for a screen in a hall, for whoever sees the whole district."""
    if not scope.places(request.user, READERS).everywhere:
        raise PermissionDenied
    page = wall_page(month_of(request), request.user)
    return render(request, "reports/dashboards/wall.html", {"page": page})


def _township(request: HttpRequest, code: str) -> tuple[Township, scope.Places]:
    township = get_object_or_404(Township.objects.visible_to(request.user), code=code)
    places = scope.places(request.user, READERS)
    if not places.covers_township(township):
        raise Http404
    return township, places


def _own_place(request: HttpRequest, places: scope.Places) -> HttpResponse:
    township = Township.objects.filter(pk__in=places.townships).order_by("code").first()
    if township:
        return _keeping_query(request, reverse("reports:dashboard-township", args=[township.code]))
    village = Village.objects.filter(pk__in=places.villages).order_by("code").first()
    if village:
        return _keeping_query(request, reverse("reports:village", args=[village.code]))
    raise Http404


def _keeping_query(request: HttpRequest, address: str) -> HttpResponse:
    query = request.GET.urlencode()
    return redirect(f"{address}?{query}" if query else address)


def _neighbours(places: scope.Places, code: str) -> dict[str, Township | None]:
    """The townships before and after this one in code order, for those who see them all."""
    if not places.everywhere:
        return {}
    townships = list(Township.objects.order_by("code"))
    codes = [township.code for township in townships]
    at = codes.index(code)
    return {
        "previous_township": townships[at - 1] if at else None,
        "next_township": townships[at + 1] if at + 1 < len(codes) else None,
    }


def _sort(request: HttpRequest) -> str:
    sort = request.GET.get("sort", "")
    if not heat.is_sort(sort):
        raise Http404
    return sort


def _district(request: HttpRequest) -> replica.Read[DistrictPage]:
    period, sort, kind = month_of(request), _sort(request), request.GET.get("kind", "")
    try:
        return replica.read(lambda: district_page(period, sort, request.user, kind))
    except UnknownKind:
        raise Http404 from None


def _context(page: object, period: Period, sort: str) -> dict[str, object]:
    return {"page": page, "months": months_to_choose(period), "sort": sort, "bounds": heat.bounds()}
