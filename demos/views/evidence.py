"""标准与材料: the criteria of a candidate, scored by column, with what proves them and what stands against them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import criteria_pages, evidence, permissions
from demos.forms.evidence import ClearForm, EvidenceForm, FindingForm, InspectionForm, ScoresForm
from demos.models import Candidate, Criterion, Evidence, Finding, Inspection, Score
from qianjiang_portal.foundation import calendar, uploads
from qianjiang_portal.foundation.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def criteria_grid(request: HttpRequest, pk: int) -> HttpResponse:
    """The grid; posted, `column` says which of the three columns is saved."""
    candidate = _candidate(request, pk)
    if request.method != "POST":
        return _page(request, candidate)
    column = request.POST.get("column", "")
    if column not in Score.Column.values or not permissions.can_score(request.user, candidate, column):
        raise PermissionDenied
    form = ScoresForm(_items(candidate, is_veto=False), column, request.POST)

    def write(*, candidate: Candidate, by: Any, now: Any) -> object:
        return evidence.score(candidate=candidate, column=column, points=form.points, by=by, now=now)

    return _do(request, candidate, "scores", form, write, "评分已保存", with_fields=False)


@require_POST
def evidence_add(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = _candidate(request, pk)
    if not permissions.can_prepare(request.user, candidate):
        raise PermissionDenied
    form = EvidenceForm(_items(candidate, is_veto=False), request.POST, request.FILES, prefix="proof")
    return _do(request, candidate, "proof", form, evidence.add, "材料已登记")


@require_POST
def evidence_withdraw(request: HttpRequest, pk: int, proof: int) -> HttpResponse:
    candidate = _candidate(request, pk)
    found = get_object_or_404(Evidence.objects.visible_to(request.user).filter(candidate=candidate), pk=proof)
    if not permissions.can_prepare(request.user, candidate):
        raise PermissionDenied

    def write(*, candidate: Candidate, by: Any, now: Any) -> object:
        return evidence.withdraw(evidence=found, by=by, now=now)

    return _do(request, candidate, "withdraw", forms.Form(request.POST), write, "材料已撤下")


@require_safe
def evidence_file(request: HttpRequest, pk: int, proof: int) -> FileResponse:
    """Whoever sees the candidate sees what proves it."""
    rows = Evidence.objects.visible_to(request.user).filter(candidate=pk, file__isnull=False)
    return uploads.show(get_object_or_404(rows.select_related("file"), pk=proof).file)


@require_safe
def inspection_photo(request: HttpRequest, pk: int, inspection: int) -> FileResponse:
    rows = Inspection.objects.visible_to(request.user).filter(candidate=pk, photo__isnull=False)
    return uploads.show(get_object_or_404(rows.select_related("photo"), pk=inspection).photo)


@require_POST
def finding_add(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = _candidate(request, pk)
    if not permissions.can_find(request.user, candidate):
        raise PermissionDenied
    form = FindingForm(_items(candidate, is_veto=True), request.POST, prefix="finding")
    return _do(request, candidate, "finding", form, evidence.find, "负面清单已登记")


@require_POST
def finding_clear(request: HttpRequest, pk: int, finding: int) -> HttpResponse:
    candidate = _candidate(request, pk)
    found = get_object_or_404(Finding.objects.visible_to(request.user).filter(candidate=candidate), pk=finding)
    if not permissions.can_recheck(request.user):
        raise PermissionDenied
    form = ClearForm(request.POST, prefix=f"clear-{found.pk}")

    def write(*, candidate: Candidate, **given: Any) -> object:
        return evidence.clear(finding=found, **given)

    return _do(request, candidate, "clear", form, write, "已销号")


@require_POST
def inspection_add(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = _candidate(request, pk)
    if not permissions.can_find(request.user, candidate):
        raise PermissionDenied
    form = InspectionForm(request.POST, request.FILES, prefix="inspection")
    return _do(request, candidate, "inspection", form, evidence.inspect, "检查已登记")


def _do(
    request: HttpRequest,
    candidate: Candidate,
    key: str,
    form: forms.Form,
    write: Callable[..., object],
    said: str,
    *,
    with_fields: bool = True,
) -> HttpResponse:
    """One write; what was not accepted is shown on the page."""
    if form.is_valid():
        try:
            given = form.cleaned_data if with_fields else {}
            write(candidate=candidate, **given, by=request.user, now=calendar.now())
            messages.success(request, said)
            return redirect("demos:criteria", candidate.pk)
        except uploads.BadUpload as refusal:
            form.add_error("photo" if "photo" in form.fields else "file", str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, candidate, {key: form})


def _candidate(request: HttpRequest, pk: int) -> Candidate:
    return get_object_or_404(Candidate.objects.visible_to(request.user).with_places(), pk=pk)


def _items(candidate: Candidate, *, is_veto: bool) -> Any:
    return Criterion.objects.filter(standard=candidate.standard_id, is_veto=is_veto).order_by("position")


def _page(request: HttpRequest, candidate: Candidate, wrong: dict[str, forms.Form] | None = None) -> HttpResponse:
    today, shown = calendar.today(), wrong or {}
    first = {"on": today}
    context = {
        "page": criteria_pages.page(request.user, candidate, today, request.POST if "scores" in shown else None),
        "candidate": candidate,
        "proof": shown.get("proof") or EvidenceForm(_items(candidate, is_veto=False), prefix="proof"),
        "finding": shown.get("finding")
        or FindingForm(_items(candidate, is_veto=True), prefix="finding", initial=first),
        "inspection": shown.get("inspection") or InspectionForm(prefix="inspection", initial=first),
        "wrong": next(iter(shown.values()), None),
        "open_form": next(iter(shown), ""),
        "today": today,
        "crumbs": [
            ("示范创建", reverse("demos:board")),
            (candidate.name, reverse("demos:candidate", args=[candidate.pk])),
            ("标准与材料", ""),
        ],
    }
    return render(request, "demos/candidates/criteria.html", context, status=422 if wrong else 200)
