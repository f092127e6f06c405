"""星级: the households of a village with their stars of a year."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from points import permissions, star_pages
from points.models.honours import HONOUR_READERS
from points.models.suspensions import SUSPENSION_READERS
from qianjiang_portal.foundation import calendar
from villages import scope
from villages.models import Village

PER_PAGE = 100


@require_safe
def star_list(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *HONOUR_READERS):
        raise PermissionDenied
    villages = list(
        Village.objects.for_role(request.user, *HONOUR_READERS).with_points().select_related("township").in_code_order()
    )
    asked = request.GET.get("village", "")
    village = next((one for one in villages if one.code == asked), villages[0] if villages else None)
    today = calendar.today()
    year = today.year - 1 if request.GET.get("year") == str(today.year - 1) else today.year
    wanted = request.GET.get("stars", "")
    context = {
        "villages": villages,
        "village": village,
        "is_wide": len({one.township_id for one in villages}) > 1,
        "year": year,
        "years": (today.year, today.year - 1),
        "wanted": int(wanted) if wanted in set("012345") else None,
        "keeps_kinds": permissions.can_keep_honour_kinds(request.user),
        "knows_suspensions": scope.holds(request.user, *SUSPENSION_READERS),
    }
    if village:
        sky = star_pages.sky(request.user, village, year, context["wanted"], today)
        context |= {"sky": sky, "page": Paginator(sky.lines, PER_PAGE).get_page(request.GET.get("page"))}
    return render(request, "points/honours/stars.html", context)
