"""年末结转: what the villages' households would lose, put up, waived and posted; and the public page of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from points import boards, permissions, year_ends
from points.forms.honours import ReasonForm
from points.models import Doubt, YearEnd
from points.models.honours import HONOUR_READERS
from points.views.posted import posted
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import kept_out
from villages import scope

PER_PAGE = 100


@require_safe
def year_end_list(request: HttpRequest) -> HttpResponse:
    return _list(request)


@require_POST
def year_end_publish_all(request: HttpRequest) -> HttpResponse:
    """Put up every village of the leader's that waits for it."""
    _may_read(request)
    waiting = [one for one in _seen(request) if one.state == YearEnd.State.PREPARED and _may_end(request, one)]
    if not waiting:
        raise PermissionDenied
    refused = []
    for one in sorted(waiting, key=lambda one: one.year):
        try:
            year_ends.publish(year_end=one, by=request.user, now=calendar.now())  # type: ignore[arg-type]
        except Refused as refusal:
            refused.append(f"{one.village.short_name}：{refusal}")
    if len(refused) < len(waiting):
        messages.success(request, f"{len(waiting) - len(refused)} 个村已公示")
    return _list(request, "；".join(refused)) if refused else redirect("points:year-end-list")


@require_safe
def year_end_detail(request: HttpRequest, code: str) -> HttpResponse:
    return _detail(request, _year_end(request, code))


@posted("points:year-end", "code")
def year_end_publish(request: HttpRequest, code: str) -> HttpResponse:
    found = _year_end(request, code, to_end=True)
    try:
        up = year_ends.publish(year_end=found, by=request.user, now=calendar.now())  # type: ignore[arg-type]
    except Refused as refusal:
        return _detail(request, found, str(refusal))
    messages.success(request, f"{up.code} 已公示，到 {up.ends_on}")
    return redirect("points:year-end", code)


@posted("points:year-end", "code")
def year_end_waive(request: HttpRequest, code: str) -> HttpResponse:
    found, form = _year_end(request, code, to_end=True), ReasonForm(request.POST)
    if not form.is_valid():
        return _detail(request, found, str(form.errors["reason"][0]))
    try:
        reason = form.cleaned_data["reason"]
        year_ends.waive(year_end=found, reason=reason, by=request.user, now=calendar.now())  # type: ignore[arg-type]
    except Refused as refusal:
        return _detail(request, found, str(refusal))
    messages.success(request, f"{found.village.short_name}不清零，全部结转")
    return redirect("points:year-end", code)


@posted("points:year-end", "code")
def year_end_post(request: HttpRequest, code: str) -> HttpResponse:
    found = _year_end(request, code, to_end=True)
    try:
        done = year_ends.post(year_end=found, by=request.user, now=calendar.now())  # type: ignore[arg-type]
    except Refused as refusal:
        return _detail(request, found, str(refusal))
    messages.success(request, f"已清零 {done.posted_points} 分")
    return redirect("points:year-end", code)


@login_not_required
@require_safe
def public_year_ends(request: HttpRequest) -> HttpResponse:
    today = calendar.today()
    up = YearEnd.objects.open().filter(ends_on__gte=today).select_related("village__township").order_by("village__code")
    return kept_out(render(request, "points/public/year_ends.html", {"up": up}))


@login_not_required
@require_safe
def public_year_end(request: HttpRequest, code: str) -> HttpResponse:
    announced = YearEnd.objects.exclude(state=YearEnd.State.PREPARED).filter(confirmed_at__isnull=False)
    found = get_object_or_404(announced.select_related("village__township"), code=code)
    is_up = found.state == YearEnd.State.OPEN and calendar.today() <= (found.ends_on or calendar.today())
    query = request.GET.get("q", "").strip()[:20]
    lines = found.lines.order_by("position") if is_up else found.lines.none()
    context = {"year_end": found, "lines": boards.matching(lines, query), "is_up": is_up, "query": query}
    return kept_out(render(request, "points/public/year_end.html", context))


def _may_read(request: HttpRequest) -> None:
    if not scope.holds(request.user, *HONOUR_READERS):
        raise PermissionDenied


def _may_end(request: HttpRequest, year_end: YearEnd) -> bool:
    return permissions.can_end_year(request.user, year_end.village)  # type: ignore[arg-type]


def _seen(request: HttpRequest) -> Any:
    found = YearEnd.objects.visible_to(request.user).select_related("village__township")
    return found.order_by("-year", "village__code")


def _year_end(request: HttpRequest, code: str, *, to_end: bool = False) -> YearEnd:
    found: YearEnd = get_object_or_404(_seen(request).select_related("confirmed_by", "waived_by"), code=code)
    if to_end and not _may_end(request, found):
        raise PermissionDenied
    return found


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    _may_read(request)
    rows, carried = list(_seen(request)), year_ends.mode() == "carry"
    context = {
        "rows": rows,
        "waiting": 0
        if carried
        else sum(one.state == YearEnd.State.PREPARED and _may_end(request, one) for one in rows),
        "mode": year_ends.MODES[year_ends.mode()],
        "expires": year_ends.mode() == YearEnd.Mode.EXPIRE,
        "keep_years": options.get("year_end_keep_years"),
        "problem": problem,
    }
    return render(request, "points/year_ends/list.html", context, status=422 if problem else 200)


def _detail(request: HttpRequest, year_end: YearEnd, problem: str = "") -> HttpResponse:
    lines = year_end.lines.select_related("household__grid").order_by("position")
    context = {
        "year_end": year_end,
        "carried": year_ends.mode() == "carry",
        "changed": "" if year_ends.mode() == year_end.mode else year_ends.MODES[year_ends.mode()],
        "page": Paginator(lines, PER_PAGE).get_page(request.GET.get("page")),
        "may": _may_end(request, year_end),
        "is_due": bool(year_end.due_at and year_end.due_at <= calendar.now()),
        "doubts": list(Doubt.objects.open().filter(line__year_end=year_end).select_related("line").order_by("pk")),
        "problem": problem,
        "crumbs": [("年末结转", reverse("points:year-end-list")), (year_end.village.short_name, "")],
    }
    return render(request, "points/year_ends/detail.html", context, status=422 if problem else 200)
