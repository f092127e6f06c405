"""按时审核: the batches behind a village's share of reviews in time."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reports.batch_pages import batch_list
from reports.figures import Limits
from reports.views.dashboards import READERS as DASHBOARD_READERS
from reports.views.entries import READERS
from reports.views.periods import month_of, months_to_choose
from villages import scope
from villages.models import Village


@require_safe
def village_batches(request: HttpRequest, code: str) -> HttpResponse:
    village = get_object_or_404(Village.objects.visible_to(request.user).select_related("township"), code=code)
    if not scope.covers(request.user, READERS, village):
        raise PermissionDenied
    found = batch_list(village, month_of(request), Limits.current())
    places = scope.places(request.user, DASHBOARD_READERS)
    context = {
        "found": found,
        "months": months_to_choose(found.period),
        "sees_district": places.everywhere,
        "sees_township": places.covers_township(village.township),
    }
    return render(request, "reports/villages/batches.html", context)
