"""典型案例: the library, one to write and hand in, the district's word, and its paper."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import audit, calendar, files
from qianjiang_portal.foundation.refusals import Conflict, Refused
from qianjiang_portal.foundation.responses import refuse_unless
from reports import case_pages, cases, permissions
from reports.documents import case as paper
from reports.documents import docx, pdf
from reports.forms.cases import CaseForm
from reports.forms.versions import Seen
from reports.models import CaseStudy
from reports.models.cases import SECTIONS

PER_PAGE = 50
State, Theme = CaseStudy.State, CaseStudy.Theme
PAPER = {"docx": (docx.render, files.DOCX), "pdf": (pdf.render, files.PDF)}


@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    state = _one_of(request.GET.get("state"), State.values)
    theme = _one_of(request.GET.get("theme"), Theme.values)
    found = Paginator(case_pages.rows(request.user, state, theme), PER_PAGE)
    context = {
        "page": found.get_page(request.GET.get("page")),
        "states": State.choices,
        "themes": Theme.choices,
        "state": state,
        "theme": theme,
        "can_write": bool(case_pages.own_senders(request.user)),
    }
    return render(request, "reports/cases/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case_new(request: HttpRequest) -> HttpResponse:
    senders = case_pages.own_senders(request.user)
    refuse_unless(bool(senders))
    form = CaseForm(senders, request.POST if request.method == "POST" else None, initial={"sender": senders[0].slug})
    return _written(request, form, "写案例", reverse("reports:case-list"), None)


@require_http_methods(["GET", "HEAD", "POST"])
def case_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_receive_circular(request.user, found.sender))
    first = {**_said(found), "sender": found.sender.slug}
    form = CaseForm([found.sender], request.POST if request.method == "POST" else None, initial=first)
    return _written(request, form, "改案例", reverse("reports:case", args=[pk]), found)


@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@require_POST
def case_submit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_receive_circular(request.user, found.sender))
    return _moved(request, found, lambda **said: cases.submit(case=found, **said), "已报送，等区里看")


@require_POST
def case_return(request: HttpRequest, pk: int) -> HttpResponse:
    found, reason = _found(request, pk), request.POST.get("reason", "")
    refuse_unless(permissions.can_circulate(request.user))
    return _moved(request, found, lambda **said: cases.send_back(case=found, reason=reason, **said), "已退回", reason)


@require_POST
def case_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_circulate(request.user))
    return _moved(request, found, lambda **said: cases.adopt(case=found, **said), "已采用，各单位现在能看到")


@require_POST
def case_discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_receive_circular(request.user, found.sender))
    try:
        cases.discard(case=found, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, found, str(refusal))
    messages.success(request, "草稿已删掉")
    return redirect("reports:case-list")


@require_GET
def case_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The case alone on a sheet of A4."""
    return render(request, "reports/cases/print.html", {"case": _found(request, pk), "printed_at": calendar.now()})


@require_safe
def case_paper(request: HttpRequest, pk: int, suffix: str) -> FileResponse:
    found, now = _found(request, pk), calendar.now()
    render_as, kind = PAPER[suffix]
    name = paper.name(found)
    audit.record(actor=request.user, action="case.download", target=name, place=found.sender.slug[:12], at=now)
    return files.attachment(f"{name}.{suffix}", render_as(paper.document(found, now)), kind)


def _written(request: HttpRequest, form: CaseForm, title: str, back: str, case: CaseStudy | None) -> HttpResponse:
    seen = Seen.of(request, case.version if case else 0)
    if request.method == "POST" and form.is_valid():
        sender = form.senders[form.cleaned_data["sender"]]
        said = {"facts": form.facts(), "version": seen.version, "by": request.user, "now": calendar.now()}
        try:
            kept = cases.write(sender=sender, case=case, **said)
            messages.success(request, "案例已保存")
            return redirect("reports:case", kept.pk)
        except Conflict as conflict:
            assert case  # a new one is overtaken by nobody
            now = _found(request, case.pk)
            seen = Seen.overtaken(form, now.version, _said(now))
            form.add_error(None, str(conflict))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    crumbs = [("典型案例", reverse("reports:case-list")), (title, "")]
    context = {
        "form": form,
        "title": title,
        "back": back,
        "crumbs": crumbs,
        "sections": [form[name] for name in SECTIONS],
        "seen": seen,
    }
    return render(request, "reports/cases/form.html", context, status=seen.status if form.errors else 200)


def _said(found: CaseStudy) -> dict[str, str]:
    village = found.village.code if found.village else ""
    return {**{name: getattr(found, name) for name in ("title", "theme", *SECTIONS)}, "village": village}


def _moved(
    request: HttpRequest, found: CaseStudy, change: Callable[..., object], said: str, typed: str = ""
) -> HttpResponse:
    try:
        change(by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, found, str(refusal), typed)
    messages.success(request, said)
    return redirect("reports:case", found.pk)


def _page(request: HttpRequest, found: CaseStudy, refusal: str = "", typed: str = "") -> HttpResponse:
    context = {
        "page": case_pages.page(request.user, found),
        "refusal": refusal,
        "typed": typed,
        "crumbs": [("典型案例", reverse("reports:case-list")), (found.number or found.title, "")],
    }
    return render(request, "reports/cases/detail.html", context, status=422 if refusal else 200)


def _found(request: HttpRequest, pk: int) -> CaseStudy:
    rows = CaseStudy.objects.visible_to(request.user)
    people = ("made_by", "submitted_by", "decided_by")
    return get_object_or_404(rows.select_related("township", "village__township", "unit", *people), pk=pk)


def _one_of(asked: str | None, allowed: list[Any]) -> str:
    return asked if asked in allowed else ""  # type: ignore[return-value]
