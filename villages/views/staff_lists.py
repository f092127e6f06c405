"""批量建账号: a list of people, compared with the accounts there are before anything is written."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import staff_import as writing
from villages import staff_lines
from villages.staff_forms import ListForm
from villages.staff_lines import Compared
from villages.views.staff import for_administrators, me

WORDS = {"new": ("ok", "新账号"), "more": ("info", "加任职"), "same": ("plain", "没有变化"), "wrong": ("err", "要改")}


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def staff_import(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    return _compared(request, form.cleaned_data["text"])


@require_POST
@never_cache
@sensitive_variables("given")
@for_administrators
def staff_open(request: HttpRequest) -> HttpResponse:
    """The answer is the only page that ever holds the passwords."""
    form = ListForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    text, stamp = form.cleaned_data["text"], request.POST.get("stamp", "")
    try:
        given = writing.open_all(text=text, stamp=stamp, by=me(request), now=calendar.now())
    except Refused as refusal:
        return _compared(request, text, wrong=str(refusal), status=422)
    if not given:
        messages.success(request, "任职已登记")
        return redirect("villages:staff-list")
    context = {"given": given, "title": "一次性密码", "crumbs": _crumbs("一次性密码")}
    return render(request, "villages/staff/given.html", context)


@require_safe
@for_administrators
def staff_template(request: HttpRequest) -> FileResponse:
    return files.attachment("账号名单.xlsx", writing.template(), workbooks.XLSX)


def _compared(request: HttpRequest, text: str, wrong: str = "", status: int = 200) -> HttpResponse:
    """What the list would do, with the list below it to be put right."""
    compared = staff_lines.compare(text, calendar.today())
    return _page(request, ListForm(initial={"text": text}), compared, wrong, status)


def _page(
    request: HttpRequest, form: ListForm, compared: Compared | None = None, wrong: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "compared": compared,
        "lines": [(line, *WORDS[line.does]) for line in compared.lines] if compared else [],
        "wrong": wrong,
        "crumbs": _crumbs("批量建账号"),
    }
    return render(request, "villages/staff/import.html", context, status=status)


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [("账号", reverse("villages:staff-list")), (last, "")]
