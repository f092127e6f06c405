"""重点举措 from a list: compared with the year's table before anything is written."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import measure_import, measure_lines, permissions
from demos.forms.measures import MeasuresForm
from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages.list_pages import ListPage
from villages.lists import Compared
from villages.models import Unit


@require_http_methods(["GET", "HEAD", "POST"])
def measure_send(request: HttpRequest) -> HttpResponse:
    _refuse_others(request)
    form = MeasuresForm(request.POST, request.FILES) if request.method == "POST" else MeasuresForm()
    if not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    return _compared(request, form.cleaned_data["text"])


@require_POST
def measure_write(request: HttpRequest) -> HttpResponse:
    _refuse_others(request)
    form = MeasuresForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    text, stamp, now = form.cleaned_data["text"], request.POST.get("stamp", ""), calendar.now()
    year = calendar.local_date(now).year
    try:
        made = measure_import.add_all(text=text, stamp=stamp, year=year, by=request.user, now=now)  # type: ignore[arg-type]
    except Refused as refusal:
        return _compared(request, text, wrong=str(refusal))
    messages.success(request, f"已加入 {len(made)} 项举措")
    return redirect("demos:measure-list")


@require_safe
def measure_template(request: HttpRequest) -> FileResponse:
    _refuse_others(request)
    return files.attachment("重点举措表.xlsx", measure_import.template(_units()), workbooks.XLSX)


def _refuse_others(request: HttpRequest) -> None:
    if not permissions.can_set_measures(request.user):
        raise PermissionDenied


def _units() -> list[Unit]:
    return list(Unit.objects.order_by("position", "pk"))


def _compared(request: HttpRequest, text: str, wrong: str = "") -> HttpResponse:
    compared = measure_lines.compare(text, _units(), calendar.today().year)
    form = MeasuresForm(initial={"text": text})
    return _page(request, form, compared, wrong, status=422 if wrong or compared.wrong else 200)


def _page(
    request: HttpRequest,
    form: MeasuresForm,
    compared: Compared[measure_lines.Planned] | None = None,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    back = reverse("demos:measure-list")
    send, write, template = (reverse(f"demos:measure-{name}") for name in ("add", "write", "template"))
    title = f"加入 {calendar.today().year}年重点举措"
    page = ListPage(title, measure_lines.COLUMNS, 0, compared, template, send, write, back)
    context = {"form": form, "page": page, "wrong": wrong, "crumbs": [("重点举措", back), ("加入举措", "")]}
    return render(request, "villages/lists/compare.html", context, status=status)
