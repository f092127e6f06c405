"""重点举措: the table of a year, and how far each is by quarter and by month."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from demos import dispatch_pages, measure_pages, measure_workbook, measures, permissions
from demos.forms.measures import DispatchForm, ProgressForm
from demos.models import Measure
from demos.models.measures import READERS
from qianjiang_portal.foundation import calendar, files, periods, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import scope


@require_safe
def measure_list(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    return _page(request)


@require_POST
def measure_report(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a measure is in the quarter under way."""
    measure = get_object_or_404(Measure.objects.visible_to(request.user).select_related("lead"), pk=pk)
    if not permissions.can_report_on(request.user, measure):
        raise PermissionDenied
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return _page(request, form.errors["text"][0])
    quarter = periods.of(calendar.today(), "quarter")
    try:
        measures.report(measure=measure, period=quarter, **form.cleaned_data, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, str(refusal))
    messages.success(request, f"第 {measure.number} 项的进展已保存")
    return redirect(f"{reverse('demos:measure-list')}?year={measure.year}")


@require_safe
def measure_export(request: HttpRequest) -> FileResponse:
    """The year's table as a workbook; its first four columns can be read in again."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    today = calendar.today()
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else today.year
    lines = measure_pages.lines(request.user, year, today, periods.of(today, "quarter"))
    return files.attachment(f"{year}年重点举措.xlsx", measure_workbook.write(lines), workbooks.XLSX)


@require_safe
def dispatch(request: HttpRequest, month: str = "") -> HttpResponse:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    return _dispatch_page(request, month)


@require_POST
def dispatch_say(request: HttpRequest, month: str, pk: int) -> HttpResponse:
    """What the lead unit says of a measure in a month."""
    measure = get_object_or_404(Measure.objects.visible_to(request.user).select_related("lead"), pk=pk)
    if not permissions.can_report_on(request.user, measure):
        raise PermissionDenied
    form = DispatchForm(request.POST)
    if not form.is_valid():
        return _dispatch_page(request, month, next(iter(form.errors.values()))[0])
    try:
        measures.dispatch(
            measure=measure,
            month=dispatch_pages.month_of(month, calendar.today()),
            **form.cleaned_data,
            by=request.user,  # type: ignore[arg-type]
            now=calendar.now(),
        )
    except Refused as refusal:
        return _dispatch_page(request, month, str(refusal))
    messages.success(request, f"第 {measure.number} 项的调度已保存")
    return redirect("demos:dispatch", month)


def _dispatch_page(request: HttpRequest, asked: str, refusal: str = "") -> HttpResponse:
    today = calendar.today()
    month = dispatch_pages.month_of(asked, today)
    context = {
        "page": dispatch_pages.page(request.user, month, today),
        "month": month,
        "months": [periods.of(today).shift(-back) for back in range(12)],
        "refusal": refusal,
    }
    return render(request, "demos/measures/dispatch.html", context, status=422 if refusal else 200)


def _page(request: HttpRequest, refusal: str = "") -> HttpResponse:
    today = calendar.today()
    years = [today.year - back for back in range(3)]
    asked = request.GET.get("year", "")
    year = next((year for year in years if str(year) == asked), today.year)
    lines = measure_pages.lines(request.user, year, today, periods.of(today, "quarter"))
    if only_late := request.GET.get("show") == "late":
        lines = [line for line in lines if line.state == "late"]
    context = {
        "lines": lines,
        "late": sum(1 for line in lines if line.state == "late"),
        "done": sum(1 for line in lines if line.state == "done"),
        "year": year,
        "years": years,
        "only_late": only_late,
        "quarter": periods.of(today, "quarter"),
        "can_set": permissions.can_set_measures(request.user),
        "refusal": refusal,
    }
    return render(request, "demos/measures/list.html", context, status=422 if refusal else 200)
