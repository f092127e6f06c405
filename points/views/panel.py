"""评议小组: the panels of the villages, and one panel where members are named, ended and stand aside."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from points import panel, panel_pages, permissions, review
from points.forms.panel import EndForm, KinForm, SeatForm
from points.models import PanelMember
from points.views.posted import posted
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import Village


@require_safe
def panel_list(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *permissions.PANEL_READERS):
        raise PermissionDenied
    found = panel_pages.panels(request.user, calendar.today())
    if len(found) == 1:
        return redirect("points:panel", found[0].village.code)
    context = {"panels": found, "quorum": review.quorum(), "short": sum(not one.enough for one in found)}
    return render(request, "points/panel/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def panel_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The members of a village's panel; POST names another one."""
    village = _village(request, code)
    if request.method != "POST":
        return _page(request, village)
    _may_seat(request, village)
    form = SeatForm(village, calendar.today(), request.POST)
    if form.is_valid():
        try:
            made = panel.seat(village=village, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"{made.name} 已登记")
            return redirect("points:panel", code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, village, form=form)


@posted("points:panel", "code")
def panel_end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    village, member = _member(request, code, pk)
    form = EndForm(request.POST)
    said = "" if form.is_valid() else "结束日期写成 2026-11-30 这样"
    if not said:
        try:
            panel.end(member=member, on=form.cleaned_data["ends_on"], by=request.user, now=calendar.now())
            messages.success(request, f"{member.name} 的任期到 {form.cleaned_data['ends_on']}")
            return redirect("points:panel", code)
        except Refused as refusal:
            said = str(refusal)
    return _page(request, village, problem=said)


@posted("points:panel", "code")
def panel_kin(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    village, member = _member(request, code, pk)
    form = KinForm(village, calendar.today(), request.POST)
    said = "" if form.is_valid() else form.errors["homes"][0]
    if not said:
        try:
            panel.stand_aside(member=member, homes=form.cleaned_data["homes"], by=request.user, now=calendar.now())
            messages.success(request, f"{member.name} 的回避户已保存")
            return redirect("points:panel", code)
        except Refused as refusal:
            said = str(refusal)
    return _page(request, village, problem=said)


def _village(request: HttpRequest, code: str) -> Village:
    """A village whose panel this person reads."""
    if not scope.holds(request.user, *permissions.PANEL_READERS):
        raise PermissionDenied
    seen = Village.objects.for_role(request.user, *permissions.PANEL_READERS)
    return get_object_or_404(seen.select_related("township"), code=code)


def _may_seat(request: HttpRequest, village: Village) -> None:
    if not permissions.can_seat(request.user, village):
        raise PermissionDenied


def _member(request: HttpRequest, code: str, pk: int) -> tuple[Village, PanelMember]:
    village = _village(request, code)
    _may_seat(request, village)
    return village, get_object_or_404(PanelMember.objects.select_related("village"), village=village, pk=pk)


def _page(request: HttpRequest, village: Village, *, form: SeatForm | None = None, problem: str = "") -> HttpResponse:
    today = calendar.today()
    found = panel_pages.lines(village, today)
    serving = sum(line.state in ("now", "soon") for line in found)
    context: dict[str, Any] = {
        "village": village,
        "lines": found,
        "serving": serving,
        "quorum": review.quorum(),
        "can_seat": permissions.can_seat(request.user, village),
        "form": form or SeatForm(village, today, initial={"begins_on": today}),
        "problem": problem,
        "today": today,
        "crumbs": [("评议小组", reverse("points:panel-list")), (village.short_name, "")],
    }
    return render(request, "points/panel/detail.html", context, status=422 if form or problem else 200)
