"""考核: the list with a form for a new one, one assessment, one place's scores, and the export."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qianjiang_portal.foundation import audit, calendar, digits, files, periods
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import refuse_unless
from reports import assessment, assessment_pages, assessment_workbook, permissions
from reports.forms.assessment import AnswerForm, SchemeForm, ScoreForm
from reports.models import Assessed, Assessment, AssessmentItem
from reports.reports import XLSX


@require_GET
def assessment_list(request: HttpRequest) -> HttpResponse:
    return _list(request, SchemeForm(initial={"year": calendar.today().year}))


@require_POST
def assessment_open(request: HttpRequest) -> HttpResponse:
    refuse_unless(permissions.can_assess(request.user))
    form = SchemeForm(request.POST)
    if form.is_valid():
        found = form.cleaned_data
        period = periods.parse(f"{found['year']}{found['half']}")
        try:
            made = assessment.open_scheme(
                period=period, kind=found["kind"], items=found["items"], by=request.user, now=calendar.now()
            )
            return redirect("reports:assessment", made.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _list(request, form, 422)


@require_GET
def assessment_page(request: HttpRequest, pk: int) -> HttpResponse:
    page = assessment_pages.page(request.user, _found(request, pk))
    return render(request, "reports/assessments/detail.html", {"page": page})


@require_POST
def assessment_count(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, assessment.count, lambda counted: f"按系统数字评了 {counted} 处，没有数字的手工评分")


@require_POST
def assessment_show(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, assessment.show, "各单位现在能看到自己的得分")


@require_POST
def assessment_finish(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, assessment.finish, "已定稿，不再改变")


@require_POST
def assessment_publish(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, assessment.publish_ranks, "各单位现在能看到自己的组内名次")


@require_GET
def assessment_place(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    return _place_page(request, _place(request, pk, place))


@require_POST
def assessment_score(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """Points for the item in the form; without one an addition or deduction."""
    found = _place(request, pk, place)
    refuse_unless(permissions.can_assess(request.user))
    form = ScoreForm(request.POST)
    if not form.is_valid():
        return _place_page(request, found, next(iter(form.errors.values()))[0])
    said = {**form.cleaned_data, "by": request.user, "now": calendar.now()}
    try:
        if number := request.POST.get("item", ""):
            items = AssessmentItem.objects.filter(assessment=found.assessment)
            item = get_object_or_404(items, pk=digits.number(number) or 0)
            assessment.score(place=found, item=item, **said)
        else:
            assessment.adjust(place=found, **said)
    except Refused as refusal:
        return _place_page(request, found, str(refusal))
    return redirect("reports:assessment-place", pk, place)


@require_POST
def assessment_answer(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    found = _place(request, pk, place)
    refuse_unless(permissions.can_answer_assessment(request.user, found.sender))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _place_page(request, found, form.errors["text"][0])
    try:
        assessment.answer(place=found, text=form.cleaned_data["text"], by=request.user, now=calendar.now())
    except Refused as refusal:
        return _place_page(request, found, str(refusal))
    return redirect("reports:assessment-place", pk, place)


@require_GET
def assessment_export(request: HttpRequest, pk: int) -> FileResponse:
    """The table as a workbook, for those who read all of it."""
    found = _found(request, pk)
    refuse_unless(permissions.can_read_assessments(request.user))
    name = assessment_pages.title(found)
    audit.record(actor=request.user, action="assessment.export", target=name)
    content = assessment_workbook.xlsx(assessment_pages.page(request.user, found), calendar.now())
    return files.attachment(f"{name}.xlsx", content, XLSX)


def _list(request: HttpRequest, form: SchemeForm, status: int = 200) -> HttpResponse:
    found = Assessment.objects.visible_to(request.user).order_by("-period", "kind")
    context = {
        "lines": [(one, assessment_pages.title(one)) for one in found],
        "form": form,
        "can_assess": permissions.can_assess(request.user),
        "known": [(kind.label, assessment.known_metrics(kind)) for kind in Assessment.Kind],
    }
    return render(request, "reports/assessments/list.html", context, status=status)


def _place_page(request: HttpRequest, place: Assessed, refusal: str = "") -> HttpResponse:
    page = assessment_pages.page(request.user, place.assessment)
    scores = list(place.scores.order_by("pk"))
    by_item = {one.item_id: one for one in scores if one.item_id}
    is_open = place.assessment.state != Assessment.State.FINAL
    context = {
        "page": page,
        "line": next(line for line in page.lines if line.place.pk == place.pk),
        "rows": [(item, by_item.get(item.pk)) for item in page.items],
        "adjustments": [one for one in scores if not one.item_id],
        "can_score": page.is_district and is_open,
        "can_answer": permissions.can_answer_assessment(request.user, place.sender)
        and place.assessment.state == Assessment.State.SHOWN,
        "refusal": refusal,
    }
    return render(request, "reports/assessments/place.html", context, status=422 if refusal else 200)


def _moved(request: HttpRequest, pk: int, change: Callable[..., Any], said: str | Callable[[Any], str]) -> HttpResponse:
    found = _found(request, pk)
    refuse_unless(permissions.can_assess(request.user))
    try:
        done = change(assessment=found, by=request.user, now=calendar.now())
        messages.success(request, said(done) if callable(said) else said)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("reports:assessment", pk)


def _found(request: HttpRequest, pk: int) -> Assessment:
    return get_object_or_404(Assessment.objects.visible_to(request.user), pk=pk)


def _place(request: HttpRequest, pk: int, place: int) -> Assessed:
    seen = Assessed.objects.visible_to(request.user).select_related("assessment", "township", "unit")
    return get_object_or_404(seen, pk=place, assessment=pk)
