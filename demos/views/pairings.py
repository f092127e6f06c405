"""结对帮扶: who helps whom, one pairing with its visits, support and problems, and its sheet."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import pairing_pages, pairings, permissions, register_workbooks
from demos.forms.pairings import AnswerForm, EndForm, PairForm, ProblemForm, SupportForm, VisitForm
from demos.models import Pairing, Problem, VisitPhoto
from demos.models.pairings import READERS
from qianjiang_portal.foundation import calendar, files, periods, uploads, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import scope

ACTIONS: dict[str, tuple[type[forms.Form], str]] = {
    "visit": (VisitForm, "走访已登记"),
    "support": (SupportForm, "支持已登记"),
    "problem": (ProblemForm, "问题已登记"),
}


@require_safe
def pairing_list(request: HttpRequest) -> HttpResponseBase:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    today = calendar.today()
    spans = pairing_pages.spans(today)
    asked = request.GET.get("period", "")
    period = next((span for span in spans if span.slug == asked), spans[0])
    found = pairing_pages.board(request.user, period, today)
    if workbooks.is_asked_for(request.GET):
        content = register_workbooks.pairings(found.lines)
        return files.attachment(f"{period.title}结对帮扶.xlsx", content, workbooks.XLSX)
    context = {
        "board": found,
        "period": period,
        "spans": spans,
        "can_pair": permissions.can_pair(request.user),
    }
    return render(request, "demos/pairings/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def pairing_new(request: HttpRequest) -> HttpResponse:
    if not permissions.can_pair(request.user):
        raise PermissionDenied
    form = PairForm(_posted(request), initial={"begins_on": calendar.today()})
    if request.method == "POST" and form.is_valid():
        try:
            made = pairings.pair(**form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"{made.unit.name}已与{made.village.short_name}结对")
            return redirect("demos:pairing", made.pk)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    context = {"form": form, "crumbs": _crumbs("登记结对")}
    return render(request, "demos/pairings/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def pairing_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One pairing. What is posted says by `action` whether it is a visit, support or a problem."""
    pairing = _pairing(request, pk)
    if request.method != "POST":
        return _page(request, pairing)
    if not permissions.can_note(request.user, pairing):
        raise PermissionDenied
    action = request.POST.get("action", "")
    kind, said = ACTIONS.get(action, ACTIONS["visit"])
    form = kind(request.POST, request.FILES, prefix=action or None)
    if form.is_valid():
        try:
            _write(action)(pairing, form.cleaned_data, request.user)
            messages.success(request, said)
            return redirect("demos:pairing", pairing.pk)
        except Refused as refusal:
            form.add_error("photos" if isinstance(refusal, uploads.BadUpload) else None, str(refusal))
    if request.FILES and not form.has_error("photos"):
        form.add_error("photos", "改好其他内容后，照片要再选一次")
    return _page(request, pairing, {action: form})


@require_POST
def pairing_end(request: HttpRequest, pk: int) -> HttpResponse:
    pairing = _pairing(request, pk)
    if not permissions.can_pair(request.user):
        raise PermissionDenied
    form = EndForm(request.POST, prefix="end")
    if not form.is_valid():
        return _page(request, pairing, {"end": form})
    try:
        pairings.end(pairing=pairing, on=form.cleaned_data["ends_on"], by=request.user, now=calendar.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, pairing, {"end": form})
    messages.success(request, "结束日期已登记")
    return redirect("demos:pairing", pairing.pk)


@require_POST
def problem_answer(request: HttpRequest, pk: int, problem: int) -> HttpResponse:
    pairing = _pairing(request, pk)
    asked = get_object_or_404(Problem.objects.visible_to(request.user).filter(pairing=pairing), pk=problem)
    if not permissions.can_note(request.user, pairing):
        raise PermissionDenied
    form = AnswerForm(request.POST, prefix=f"answer-{asked.pk}")
    if form.is_valid():
        try:
            pairings.answer_problem(problem=asked, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, "办理情况已登记")
            return redirect("demos:pairing", pairing.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, pairing, {"answer": form, "answered": asked.pk})


@require_safe
def visit_photo(request: HttpRequest, pk: int, photo: int) -> FileResponse:
    """Whoever sees the pairing sees its photographs."""
    rows = VisitPhoto.objects.visible_to(request.user).standing().filter(visit__pairing=pk)
    return uploads.show(get_object_or_404(rows.select_related("file"), pk=photo).file)


@require_POST
def visit_photo_withdraw(request: HttpRequest, pk: int, photo: int) -> HttpResponse:
    pairing = _pairing(request, pk)
    rows = VisitPhoto.objects.visible_to(request.user).filter(visit__pairing=pairing)
    found = get_object_or_404(rows.select_related("visit__pairing__village"), pk=photo)
    if not permissions.can_note(request.user, pairing):
        raise PermissionDenied
    try:
        pairings.take_photo_off(photo=found, by=request.user, now=calendar.now())  # type: ignore[arg-type]
        messages.success(request, "照片已撤下")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("demos:pairing", pairing.pk)


@require_safe
def pairing_print(request: HttpRequest, pk: int) -> HttpResponse:
    pairing = _pairing(request, pk)
    year = periods.of(calendar.today(), "year")
    sheet = pairing_pages.village_sheet(request.user, pairing.village, year)
    context = {"pairing": pairing, "sheet": sheet, "printed_at": calendar.now()}
    return render(request, "demos/pairings/print.html", context)


def _pairing(request: HttpRequest, pk: int) -> Pairing:
    found = Pairing.objects.visible_to(request.user).select_related("unit", "village__township")
    return get_object_or_404(found, pk=pk)


def _write(action: str) -> Callable[[Pairing, dict[str, Any], Any], object]:
    now = calendar.now()
    if action == "support":
        return lambda pairing, given, by: pairings.add_support(pairing=pairing, **given, by=by, now=now)
    if action == "problem":
        return lambda pairing, given, by: pairings.raise_problem(
            pairing=pairing, **given, on=calendar.today(), by=by, now=now
        )
    return lambda pairing, given, by: pairings.log_visit(pairing=pairing, **given, by=by, now=now)


def _page(request: HttpRequest, pairing: Pairing, forms_: dict[str, Any] | None = None) -> HttpResponse:
    today = calendar.today()
    shown = forms_ or {}
    context = {
        "sheet": pairing_pages.sheet(pairing, periods.of(today, "year")),
        "pairing": pairing,
        "visit": shown.get("visit") or VisitForm(prefix="visit", initial=_visit(pairing, today)),
        "support": shown.get("support") or SupportForm(prefix="support", initial={"on": today, "kind": "money"}),
        "problem": shown.get("problem") or ProblemForm(prefix="problem"),
        "end": shown.get("end") or EndForm(prefix="end", initial={"ends_on": today}),
        "answer": shown.get("answer"),
        "answered": shown.get("answered"),
        "wrong": next((form for key, form in shown.items() if key != "answered"), None),
        "names": pairing_pages.usual_visitors(pairing),
        "can_note": permissions.can_note(request.user, pairing) and pairing.begins_on <= today,
        "can_pair": permissions.can_pair(request.user),
        "crumbs": _crumbs(f"{pairing.unit.name} {pairing.village.short_name}"),
    }
    return render(request, "demos/pairings/detail.html", context, status=422 if forms_ else 200)


def _visit(pairing: Pairing, today: Any) -> dict[str, Any]:
    return {"on": min(today, pairing.ends_on or today), "visitors": pairing.contact}


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [("会议与结对", reverse("demos:meeting-list")), ("结对帮扶", reverse("demos:pairing-list")), (last, "")]


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
