"""The clock of a demonstration. A portal in real use has no such page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from qianjiang_portal.foundation import calendar, digits
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages import demo_clock


@require_http_methods(["GET", "HEAD", "POST"])
def clock(request: HttpRequest) -> HttpResponse:
    if not demo_clock.is_movable():
        raise Http404
    if not demo_clock.can_move(request.user):
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        try:
            demo_clock.move(days=_days(request), by=request.user)
            messages.success(request, f"系统日期已拨到 {calendar.today():%Y-%m-%d}")
            return redirect("help-clock")
        except Refused as refusal:
            error = str(refusal)
    context = {"now": calendar.now(), "days_ahead": calendar.offset().days, "steps": demo_clock.STEPS, "error": error}
    return render(request, "pages/help/clock.html", context, status=422 if error else 200)


def _days(request: HttpRequest) -> int:
    return digits.number(request.POST.get("days", "")) or 0
