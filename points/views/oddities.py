"""统计疑点: a month's list, and the sample drawn from it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from points import oddities, permissions
from points.forms.notices import months
from qianjiang_portal.foundation import calendar, periods
from villages import scope


@require_safe
def oddity_list(request: HttpRequest) -> HttpResponse:
    """The oddities of a month (`period`), of one kind (`kind`) or all; with `draw=1` ten of them by lot."""
    if not scope.holds(request.user, *permissions.ODDITY_READERS):
        raise PermissionDenied
    today = calendar.today()
    offered = months(today)
    asked = request.GET.get("period", "")
    slug = asked if asked in dict(offered) else offered[0][0]
    month = periods.parse(slug)
    found = oddities.found(request.user, month)
    kind = request.GET.get("kind", "")
    shown = [one for one in found if one.kind == kind] if kind in oddities.KINDS else found
    lot = f"{slug} {kind} {today:%Y%m%d}" if request.GET.get("draw") == "1" else ""
    context = {
        "month": month,
        "months": offered,
        "kind": kind if kind in oddities.KINDS else "",
        "kinds": [(key, word, sum(one.kind == key for one in found)) for key, word in oddities.KINDS.items()],
        "total": len(found),
        "rows": oddities.draw(shown, lot) if lot else shown,
        "of": len(shown),
        "lot": lot,
    }
    return render(request, "points/oddities/list.html", context)
