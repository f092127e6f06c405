"""审计: who did what, when and where; for auditors alone."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from qianjiang_portal.foundation import audit_seals, calendar, files, options, upkeep
from qianjiang_portal.foundation.htmx import page_or_partial
from qianjiang_portal.foundation.models import AuditEvent, AuditSeal
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages.auditing import changes, events, export, words
from qianjiang_portal.pages.auditing.events import Filters
from villages import scope
from villages.models import Township

SEALS_PER_PAGE = 31


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
        "seal": audit_seals.covering(event),
        "crumbs": [("审计", reverse("audit")), (f"第 {event.pk} 条", "")],
    }
    return render(request, "pages/audit/detail.html", context)


@require_safe
def audit_seal_list(request: HttpRequest) -> HttpResponse:
    """Every seal over the log, and how last night's check ended; the one asked for is worked out again."""
    _refuse_others(request.user)
    seals = AuditSeal.objects.order_by("-number")
    asked = request.GET.get("seal", "")
    walked = (
        get_object_or_404(seals, number=asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else None
    )
    context: dict[str, Any] = {
        "page": Paginator(seals, SEALS_PER_PAGE).get_page(request.GET.get("page")),
        "walked": walked,
        "expired": bool(walked and audit_seals.is_expired(walked)),
        "faults": list(audit_seals.examine(walked)) if walked else [],
        "nightly": upkeep.last(upkeep.AUDIT),
        "keep_days": options.get("audit_keep_days"),
        "crumbs": [("审计", reverse("audit")), ("封签", "")],
    }
    return render(request, "pages/audit/seals.html", context)


@require_safe
def audit_changes(request: HttpRequest) -> HttpResponse:
    _refuse_others(request.user)
    filters = changes.Filters.read(request.GET)
    context: dict[str, Any] = {
        "page": changes.page(filters, request.GET.get("before", "")),
        "filters": filters,
        "asked": filters.asked,
        "kinds": changes.kinds(),
        "crumbs": [("审计", reverse("audit")), ("资料变更", "")],
    }
    return page_or_partial(request, "pages/audit/changes.html", "rows", context)


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
