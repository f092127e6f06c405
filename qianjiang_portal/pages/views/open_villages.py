"""What each village has made public, without an account or a script."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.responses import kept_out
from qianjiang_portal.pages import open_villages

LONGEST = 40


@login_not_required
@require_safe
def public_villages(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:LONGEST]
    township = request.GET.get("township", "")[:9]
    index = open_villages.read(query=query, township=township, today=calendar.today())
    context = {"index": index, "townships": open_villages.townships()}
    return kept_out(render(request, "pages/open_villages.html", context))
