"""Notices for everyone: found by township or village, read without an account, a script or a full name."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from points import boards, objections, posters, typed_numbers
from points.models import Notice
from points.posters import Poster
from points.views.notices import public_address
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.responses import kept_out

TEMPLATES = "points/public"
LONGEST_QUERY = 20


@login_not_required
@require_safe
def public_notices(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:40]
    if (code := typed_numbers.notice_code(query)) and Notice.objects.filter(code=code).exists():
        return redirect("points:public-notice", code)
    board = boards.read(query=query, township=request.GET.get("township", ""), today=calendar.today())
    return kept_out(render(request, f"{TEMPLATES}/notices.html", {"board": board, "query": query}))


@login_not_required
@require_safe
def public_notice(request: HttpRequest, code: str) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.select_related("village__township"), code=code)
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    ended = boards.is_over(notice, calendar.today())
    lines = [] if ended else boards.matching(notice.lines.order_by("position"), query)
    poster = Poster(notice, lines, public_address(request, code))
    corrections = list(objections.corrections(notice))
    context = {
        "notice": notice,
        "poster": poster,
        "query": query,
        "ended": ended,
        "left": (notice.ends_on - calendar.today()).days,
        "contested": set() if ended else posters.contested(notice),
        "corrections": corrections,
        "corrected": {row.objection.line_id for row in corrections},
        "seal": posters.seal_of(notice),
    }
    return kept_out(render(request, f"{TEMPLATES}/notice.html", context))
