"""村情: the list of villages and the page of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from points.permissions import NOTICE_READERS, can_merge_villages
from qianjiang_portal.foundation import options, periods
from reports import dashboards
from reports.dashboards import village_page
from reports.views.periods import month_of, months_to_choose
from villages import scope
from villages.models import Township, Village
from villages.models.indicators import READERS as INDICATOR_READERS


def village_list(request: HttpRequest) -> HttpResponse:
    """Every village the person may look at; a township in the address narrows it down."""
    period = month_of(request)
    code = request.GET.get("t", "")
    townships = Township.objects.visible_to(request.user).in_code_order()
    villages = Village.objects.visible_to(request.user).select_related("township").in_code_order()
    if code:
        villages = villages.filter(township=get_object_or_404(townships, code=code))
    listed = dashboards.village_list(villages, period, request.user, request.GET.get("show", ""))
    context = {
        "groups": listed.groups,
        "listed": listed,
        "review_days": options.get("review_days"),
        "count": listed.count,
        "townships": townships,
        "code": code,
        "period": period,
        "months": months_to_choose(period),
        "can_merge": can_merge_villages(request.user),
    }
    return render(request, "reports/villages/list.html", context)


def village(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Village.objects.visible_to(request.user).select_related("township"), code=code)
    period = month_of(request)
    places = scope.places(request.user, {"clerk", "reviewer", "leader", "district", "auditor"})
    context = {
        "page": village_page(found, period, request.user, request.GET.get("indicator", "")),
        "months": months_to_choose(period),
        "sheet_period": periods.of(period.begins_on, "quarter"),
        "sees_district": places.everywhere,
        "sees_township": places.covers_township(found.township),
        "reads_indicators": scope.covers(request.user, INDICATOR_READERS, found),
        "reads_notices": scope.covers(request.user, NOTICE_READERS, found),
    }
    return render(request, "reports/villages/detail.html", context)
