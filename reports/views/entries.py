"""流水: the lines behind the numbers of a village."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from qianjiang_portal.foundation import audit, calendar, files, workbooks
from qianjiang_portal.foundation.htmx import page_or_partial
from reports import entry_pages
from reports.entry_pages import EntryList, Filters
from reports.views.dashboards import READERS as DASHBOARD_READERS
from reports.views.periods import month_of, months_to_choose
from villages import scope
from villages.models import Village

# Whoever reads passbooks; a counter sees what may be spent, not how it came about.
READERS = scope.HOUSEHOLD_READERS - {"counter"}
PER_PAGE = 50


@require_safe
def entry_list(request: HttpRequest, code: str) -> HttpResponse:
    found = _list(request, code)
    places = scope.places(request.user, DASHBOARD_READERS)
    page = Paginator(found.entries, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "found": found,
        "page": page,
        "lines": [(entry, entry_pages.item(entry)) for entry in page.object_list],
        "months": months_to_choose(found.period),
        "sees_district": places.everywhere,
        "sees_township": places.covers_township(found.village.township),
    }
    return page_or_partial(request, "reports/villages/entries.html", "rows", context)


@require_safe
def entry_export(request: HttpRequest, code: str) -> FileResponse:
    """All lines of the list as a workbook; that they went out is written down."""
    found = _list(request, code)
    name, content = entry_pages.entry_workbook(found, calendar.now())
    facts = {"period": found.period.slug, "rows": found.count, **found.filters.asked}
    audit.record(actor=request.user, action="entries.export", target=name, place=code, facts=facts)
    return files.attachment(name, content, workbooks.XLSX)


def _list(request: HttpRequest, code: str) -> EntryList:
    village = get_object_or_404(Village.objects.visible_to(request.user).select_related("township"), code=code)
    if not scope.covers(request.user, READERS, village):
        raise PermissionDenied
    return entry_pages.entry_list(village, month_of(request), Filters.read(request.GET), request.user)
