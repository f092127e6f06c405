"""审计: who did what, when and where; for auditors alone."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from qianjiang_portal.foundation import calendar, files
from qianjiang_portal.foundation.htmx import page_or_partial
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages.auditing import events, export, words
from qianjiang_portal.pages.auditing.events import Filters
from villages import scope
from villages.models import Township


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    _refuse_others(request.user)
    filters = Filters.read(request.GET)
    context = {
        "page": events.page(filters, request.GET.get("before", "")),
        "filters": filters,
        "asked": filters.asked,
        "groups": words.groups(),
        "outcomes": AuditEvent.Outcome.choices,
        "townships": Township.objects.visible_to(request.user).in_code_order(),
    }
    return page_or_partial(request, "pages/audit/list.html", "rows", context)


@require_safe
def audit_event(request: HttpRequest, pk: int) -> HttpResponse:
    _refuse_others(request.user)
    event = get_object_or_404(AuditEvent.objects.select_related("actor"), pk=pk)
    context: dict[str, Any] = {
        "line": events.lines([event])[0],
        "crumbs": [("审计", reverse("audit")), (f"第 {event.pk} 条", "")],
    }
    return render(request, "pages/audit/detail.html", context)


@require_POST
def audit_export(request: HttpRequest) -> HttpResponseBase:
    """A POST, since it is recorded who took the log away."""
    _refuse_others(request.user)
    form = "csv" if request.POST.get("format") == "csv" else "xlsx"
    filters = Filters.read(request.POST)
    try:
        name, content = export.export(filters=filters, form=form, by=request.user, now=calendar.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("audit")
    return files.attachment(name, content, export.TYPES[form])


def _refuse_others(user: Any) -> None:
    if not scope.holds(user, "auditor"):
        raise PermissionDenied
