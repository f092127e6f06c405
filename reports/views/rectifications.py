"""整改: one problem of a circular, what was reported on it, and the district's word."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from qianjiang_portal.foundation import calendar, uploads
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import refuse_unless
from reports import permissions, rectification_pages, rectifications
from reports.forms.rectifications import RectificationForm
from reports.models import Finding, Rectification, RectificationFile


@require_GET
def finding(request: HttpRequest, pk: int, finding: int) -> HttpResponse:
    return _page(request, _found(request, pk, finding))


@require_POST
def rectification_report(request: HttpRequest, pk: int, finding: int) -> HttpResponse:
    found = _found(request, pk, finding)
    refuse_unless(permissions.can_receive_circular(request.user, found.sender))
    form = RectificationForm(request.POST, request.FILES)
    if form.is_valid():
        said = {"text": form.cleaned_data["text"], "sent": form.cleaned_data["files"]}
        try:
            rectifications.report(finding=found, **said, by=request.user, now=calendar.now())
            messages.success(request, "已报送，等区里核对")
            return redirect("reports:finding", pk, finding)
        except uploads.BadUpload as bad:
            form.add_error("files", str(bad))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, found, form=form)


@require_POST
def rectification_accept(request: HttpRequest, pk: int, finding: int, made: int) -> HttpResponse:
    found = _found(request, pk, finding)
    one = _made(request, found, made)
    return _decided(request, found, lambda **said: rectifications.accept(rectification=one, **said), "已销号")


@require_POST
def rectification_return(request: HttpRequest, pk: int, finding: int, made: int) -> HttpResponse:
    found, reason = _found(request, pk, finding), request.POST.get("reason", "")
    one = _made(request, found, made)

    def change(**said: Any) -> object:
        return rectifications.send_back(rectification=one, reason=reason, **said)

    return _decided(request, found, change, "已退回", reason)


@require_safe
def rectification_file(request: HttpRequest, pk: int, finding: int, file: int) -> FileResponse:
    """The place it is about and the district see what shows it."""
    seen = Rectification.objects.visible_to(request.user).filter(finding=finding, finding__circular=pk)
    rows = RectificationFile.objects.filter(rectification__in=seen).select_related("file")
    return uploads.show(get_object_or_404(rows, pk=file).file)


def _decided(
    request: HttpRequest, found: Finding, change: Callable[..., object], said: str, typed: str = ""
) -> HttpResponse:
    refuse_unless(permissions.can_circulate(request.user))
    try:
        change(by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, found, refusal=str(refusal), typed=typed)
    messages.success(request, said)
    return redirect("reports:finding", found.circular_id, found.pk)


def _page(
    request: HttpRequest, found: Finding, *, form: RectificationForm | None = None, refusal: str = "", typed: str = ""
) -> HttpResponse:
    context = {
        "page": rectification_pages.page(request.user, found, calendar.today()),
        "finding": found,
        "form": form or RectificationForm(),
        "refusal": refusal,
        "typed": typed,
        "crumbs": [
            ("督查通报", reverse("reports:circular-list")),
            (found.circular.number or "草稿", reverse("reports:circular", args=[found.circular_id])),
            (found.place_name, ""),
        ],
    }
    return render(request, "reports/circulars/finding.html", context, status=422 if form or refusal else 200)


def _found(request: HttpRequest, pk: int, finding: int) -> Finding:
    rows = Finding.objects.visible_to(request.user).filter(circular=pk)
    return get_object_or_404(rows.select_related("circular", "township", "village__township", "unit"), pk=finding)


def _made(request: HttpRequest, found: Finding, made: int) -> Rectification:
    rows = Rectification.objects.visible_to(request.user).filter(finding=found)
    return get_object_or_404(rows.select_related("finding"), pk=made)
