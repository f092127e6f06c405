"""督查通报: the list, a draft with its problems, the issued circular with receipts, and its paper."""

from dataclasses import fields
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import audit, calendar, files
from qianjiang_portal.foundation.refusals import Conflict, Refused
from qianjiang_portal.foundation.responses import refuse_unless
from reports import circular_pages, circulars, permissions, rectification_pages
from reports.documents import circular as paper
from reports.documents import docx, pdf
from reports.forms.circulars import CircularForm, FindingForm
from reports.forms.versions import Seen
from reports.models import Circular, Finding

PAPER = {"docx": (docx.render, files.DOCX), "pdf": (pdf.render, files.PDF)}


@require_GET
def circular_list(request: HttpRequest) -> HttpResponse:
    context = {
        "lines": circular_pages.lines(request.user),
        "can_circulate": permissions.can_circulate(request.user),
        "sees_all": permissions.can_read_all_circulars(request.user),
    }
    return render(request, "reports/circulars/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def circular_new(request: HttpRequest) -> HttpResponse:
    refuse_unless(permissions.can_circulate(request.user))
    today = calendar.today()
    form = CircularForm(
        request.POST if request.method == "POST" else None, initial={"inspected_from": today, "inspected_to": today}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = circulars.draft(facts=form.facts(), by=request.user, now=calendar.now())
            return redirect("reports:circular", made.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _form(request, form, "起草通报", reverse("reports:circular-list"), Seen())


@require_http_methods(["GET", "HEAD", "POST"])
def circular_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_circulate(request.user))
    form = CircularForm(request.POST if request.method == "POST" else None, initial=_said(found))
    seen = Seen.of(request, found.version)
    if request.method == "POST" and form.is_valid():
        said = {"facts": form.facts(), "version": seen.version, "by": request.user, "now": calendar.now()}
        try:
            circulars.edit(circular=found, **said)
            return redirect("reports:circular", pk)
        except Conflict as conflict:
            found = _found(request, pk)
            seen = Seen.overtaken(form, found.version, _said(found))
            form.add_error(None, str(conflict))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _form(request, form, "修改通报", reverse("reports:circular", args=[pk]), seen)


@require_GET
def circular(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@require_POST
def circular_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a problem to the draft."""
    found = _found(request, pk)
    refuse_unless(permissions.can_circulate(request.user))
    form = FindingForm(request.POST)
    if form.is_valid():
        given = {"text": form.cleaned_data["text"], "due_on": form.cleaned_data["due_on"]}
        try:
            circulars.name(circular=found, where=form.where(), **given, by=request.user, now=calendar.now())
            return redirect(f"{reverse('reports:circular', args=[pk])}#add")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, found, form)


@require_POST
def circular_unname(request: HttpRequest, pk: int, finding: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_circulate(request.user))
    named = Finding.objects.visible_to(request.user).filter(circular=found)
    one = get_object_or_404(named.select_related("circular", "township", "village__township", "unit"), pk=finding)
    return _moved(request, pk, lambda **said: circulars.unname(finding=one, **said), "已去掉这一条")


@require_POST
def circular_issue(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_circulate(request.user))
    return _moved(request, pk, lambda **said: circulars.issue(circular=found, **said), "已印发，接收单位现在能看到")


@require_POST
def circular_discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_circulate(request.user))
    try:
        circulars.discard(circular=found, by=request.user, now=calendar.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("reports:circular", pk)
    messages.success(request, "草稿已删掉")
    return redirect("reports:circular-list")


@require_POST
def circular_sign_for(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    page = circular_pages.page(request.user, found)
    own = [one for one in page.receivers if permissions.can_receive_circular(request.user, one.sender)]
    refuse_unless(bool(own))
    return _moved(request, pk, lambda **said: circulars.sign_for(circular=found, **said), "已签收")


@require_safe
def circular_paper(request: HttpRequest, pk: int, suffix: str) -> FileResponse:
    """Whoever may see an issued circular takes it away as a paper; the district a draft as well."""
    found = _found(request, pk)
    if suffix not in PAPER:
        raise Http404
    now = calendar.now()
    render_as, kind = PAPER[suffix]
    page, name = circular_pages.page(request.user, found), paper.name(found)
    audit.record(actor=request.user, action="circular.download", target=name, at=now)
    return files.attachment(f"{name}.{suffix}", render_as(paper.document(found, page.findings, now)), kind)


def _said(found: Circular) -> dict[str, Any]:
    return {one.name: getattr(found, one.name) for one in fields(circulars.Facts)}


def _form(request: HttpRequest, form: CircularForm, title: str, back: str, seen: Seen) -> HttpResponse:
    crumbs = [("督查通报", reverse("reports:circular-list")), (title, "")]
    context = {"form": form, "title": title, "back": back, "crumbs": crumbs, "seen": seen}
    return render(request, "reports/circulars/form.html", context, status=seen.status if form.errors else 200)


def _page(request: HttpRequest, found: Circular, form: FindingForm | None = None) -> HttpResponse:
    page, today = circular_pages.page(request.user, found), calendar.today()
    if page.can_edit and form is None:
        form = FindingForm(initial={"due_on": circular_pages.default_due(today)})
    context = {
        "page": page,
        "standings": rectification_pages.standings(request.user, found, page.findings, today),
        "form": form if page.can_edit else None,
        "today": today,
        "crumbs": [("督查通报", reverse("reports:circular-list")), (found.number or "草稿", "")],
    }
    wrong = form is not None and form.is_bound
    return render(request, "reports/circulars/detail.html", context, status=422 if wrong else 200)


def _moved(request: HttpRequest, pk: int, change: Any, said: str) -> HttpResponse:
    try:
        change(by=request.user, now=calendar.now())
        messages.success(request, said)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("reports:circular", pk)


def _found(request: HttpRequest, pk: int) -> Circular:
    return get_object_or_404(Circular.objects.visible_to(request.user).select_related("made_by", "issued_by"), pk=pk)
