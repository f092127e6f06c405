"""红榜 for everyone: honours of the villages with masked names, read without an account."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from points import honour_pages
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.responses import kept_out
from villages.models import Village


@login_not_required
@require_safe
def red_index(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:40]
    context = {"groups": honour_pages.red_villages(query, calendar.today()), "query": query}
    return kept_out(render(request, "points/public/red.html", context))


@login_not_required
@require_safe
def red_village(request: HttpRequest, code: str) -> HttpResponse:
    village = get_object_or_404(Village.objects.select_related("township"), code=code)
    first = honour_pages.since(calendar.today())
    context = {
        "village": village,
        "years": honour_pages.red_list(village, first),
        "up": honour_pages.on_notice(village, calendar.now()),
    }
    return kept_out(render(request, "points/public/red_village.html", context))
