"""指标填报: how far the townships are, and the grid of one of them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from qianjiang_portal.foundation import calendar, files, periods, workbooks
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from villages import indicator_pages, indicators, permissions, register_workbooks, scope
from villages.models import Township, Village
from villages.models.indicators import READERS
from villages.models.places import VillageQuerySet

SHOWN = 8


@require_safe
def indicator_list(request: HttpRequest) -> HttpResponse:
    """The townships a person may see, with the villages that have every figure of the quarter."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    period = _period(request.GET.get("period", ""))
    villages = _villages(request).select_related("township").in_code_order()
    standings = indicator_pages.standings(villages, period, calendar.today())
    late = [line for line in standings if line.is_late]
    missing = sum(line.villages - line.filled for line in standings)
    if only_late := request.GET.get("show") == "late":
        standings = late
    context = {"standings": standings, "late": len(late), "missing": missing, "only_late": only_late}
    context["can_define"] = permissions.can_define(request.user)
    context |= {"period": period, "due": indicators.reporting_due(period), **_choice(period)}
    return render(request, "villages/indicators/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def indicator_grid(request: HttpRequest, period: str, code: str) -> HttpResponseBase:
    """A township's grid: to fill in for its clerks, to read for everybody else who may see it."""
    quarter = _period(period)
    villages = list(_villages(request).filter(township__code=code).select_related("township").in_code_order())
    if not villages:
        raise Http404
    if workbooks.is_asked_for(request.GET):
        content = register_workbooks.indicators(indicator_pages.stored(villages, quarter))
        name = f"{villages[0].township.name}{quarter.title}指标.xlsx"
        return files.attachment(name, content, workbooks.XLSX)
    own = [village for village in villages if scope.covers(request.user, {"clerk"}, village)]
    if request.method != "POST":
        return _page(request, quarter, villages, bool(own))
    if not own:
        raise PermissionDenied
    grid = indicator_pages.typed(own, quarter, request.POST)
    if grid.problems:
        return _page(request, quarter, villages, True, grid)
    try:
        changed = indicators.report(period=quarter, cells=grid.given, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, quarter, villages, True, grid, str(refusal))
    messages.success(request, f"{quarter.title}指标已保存，改动 {changed} 格")
    return redirect("villages:indicator-grid", quarter.slug, code)


def _page(
    request: HttpRequest,
    period: Period,
    villages: list[Village],
    can_fill: bool,
    grid: indicator_pages.Grid | None = None,
    refusal: str = "",
) -> HttpResponse:
    own = [village for village in villages if scope.covers(request.user, {"clerk"}, village)]
    township = get_object_or_404(Township.objects.visible_to(request.user), pk=villages[0].township_id)
    context = {
        "township": township,
        "period": period,
        "grid": grid or indicator_pages.stored(own if can_fill else villages, period),
        "can_fill": can_fill,
        "is_wrong": bool(grid),
        "refusal": refusal,
        "due": indicators.reporting_due(period),
        "previous": period.previous(),
        "crumbs": [("指标填报", f"{reverse('villages:indicator-list')}?period={period.slug}"), (township.name, "")],
    }
    return render(request, "villages/indicators/grid.html", context, status=422 if grid else 200)


def _villages(request: HttpRequest) -> VillageQuerySet:
    return Village.objects.visible_to(request.user).for_role(request.user, *READERS).open()


def _period(slug: str) -> Period:
    """The quarter asked for; without one, the quarter before until its figures are due, then the one under way."""
    today = calendar.today()
    now = periods.of(today, "quarter")
    if not slug:
        return now.previous() if today <= indicators.reporting_due(now.previous()) else now
    try:
        period = periods.parse(slug)
    except ValueError:
        raise Http404 from None
    if period.kind != "quarter" or period > now:
        raise Http404
    return period


def _choice(period: Period) -> dict[str, object]:
    now = periods.of(calendar.today(), "quarter")
    return {"quarters": [now.shift(-back) for back in range(SHOWN)]}
