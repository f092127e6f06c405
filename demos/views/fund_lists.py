"""经费 from a list: compared with the lines there are before anything is written."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import fund_import, fund_lines
from demos.forms.funding import FundsForm
from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages.list_pages import ListPage
from villages.lists import Compared
from villages.models import Village


@require_http_methods(["GET", "HEAD", "POST"])
def fund_send(request: HttpRequest) -> HttpResponse:
    villages = _villages(request)
    form = FundsForm(request.POST, request.FILES) if request.method == "POST" else FundsForm()
    if not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    return _compared(request, form.cleaned_data["text"], villages)


@require_POST
def fund_write(request: HttpRequest) -> HttpResponse:
    villages = _villages(request)
    form = FundsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    text, stamp = form.cleaned_data["text"], request.POST.get("stamp", "")
    try:
        lines = fund_import.book_all(
            text=text,
            stamp=stamp,
            villages=villages,
            by=request.user,  # type: ignore[arg-type]
            now=calendar.now(),
        )
    except Refused as refusal:
        return _compared(request, text, villages, wrong=str(refusal))
    messages.success(request, f"已登记 {len(lines)} 笔经费")
    return redirect("demos:fund-list")


@require_safe
def fund_template(request: HttpRequest) -> FileResponse:
    return files.attachment("经费登记表.xlsx", fund_import.template(_villages(request)), workbooks.XLSX)


def _villages(request: HttpRequest) -> list[Village]:
    """Where somebody books money. Raises PermissionDenied where that is nowhere."""
    found = Village.objects.for_role(request.user, "clerk", "district").open()
    villages = list(found.select_related("township").in_code_order())
    if not villages:
        raise PermissionDenied
    return villages


def _compared(request: HttpRequest, text: str, villages: list[Village], wrong: str = "") -> HttpResponse:
    compared = fund_lines.compare(text, villages, calendar.today())
    form = FundsForm(initial={"text": text})
    return _page(request, form, compared, wrong, status=422 if wrong or compared.wrong else 200)


def _page(
    request: HttpRequest,
    form: FundsForm,
    compared: Compared[fund_lines.Money] | None = None,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    back = reverse("demos:fund-list")
    send, write, template = (reverse(f"demos:fund-{name}") for name in ("import", "write", "template"))
    page = ListPage("批量登记经费", fund_lines.COLUMNS, 3, compared, template, send, write, back)
    context = {"form": form, "page": page, "wrong": wrong, "crumbs": [("经费", back), (page.title, "")]}
    return render(request, "villages/lists/compare.html", context, status=status)
