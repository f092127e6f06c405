"""人员 from a list: compared with the posts there are before anything is written."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import permissions, post_import, post_lines
from villages.list_forms import PeopleForm
from villages.list_pages import ListPage
from villages.lists import Compared
from villages.models import Township, Village


@require_http_methods(["GET", "HEAD", "POST"])
def people_import(request: HttpRequest) -> HttpResponse:
    towns, villages = _places(request)
    form = PeopleForm(request.POST, request.FILES) if request.method == "POST" else PeopleForm()
    if not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    return _compared(request, form.cleaned_data["text"], towns, villages)


@require_POST
def people_write(request: HttpRequest) -> HttpResponse:
    towns, villages = _places(request)
    form = PeopleForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    text, stamp = form.cleaned_data["text"], request.POST.get("stamp", "")
    try:
        posts = post_import.name_all(
            text=text,
            stamp=stamp,
            townships=towns,
            villages=villages,
            by=request.user,  # type: ignore[arg-type]
            now=calendar.now(),
        )
    except Refused as refusal:
        return _compared(request, text, towns, villages, wrong=str(refusal))
    messages.success(request, f"已登记 {len(posts)} 人")
    return redirect("villages:people-list")


@require_safe
def people_template(request: HttpRequest) -> FileResponse:
    return files.attachment("人员名单.xlsx", post_import.template(*_places(request)), workbooks.XLSX)


def _places(request: HttpRequest) -> tuple[list[Township], list[Village]]:
    """Where somebody names people. Raises PermissionDenied where that is nowhere."""
    found = Village.objects.for_role(request.user, "clerk", "leader", "district").open()
    villages = list(found.select_related("township").in_code_order())
    if not villages:
        raise PermissionDenied
    towns = {village.township.code: village.township for village in villages}
    return [town for _, town in sorted(towns.items()) if permissions.can_name(request.user, town)], villages


def _compared(
    request: HttpRequest, text: str, towns: list[Township], villages: list[Village], wrong: str = ""
) -> HttpResponse:
    compared = post_lines.compare(text, towns, villages, calendar.today())
    form = PeopleForm(initial={"text": text})
    return _page(request, form, compared, wrong, status=422 if wrong or compared.wrong else 200)


def _page(
    request: HttpRequest,
    form: PeopleForm,
    compared: Compared[post_lines.Named] | None = None,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    back = reverse("villages:people-list")
    send, write, template = (reverse(f"villages:people-{name}") for name in ("import", "write", "template"))
    page = ListPage("批量登记人员", post_lines.COLUMNS, 2, compared, template, send, write, back)
    context = {"form": form, "page": page, "wrong": wrong, "crumbs": [("人员", back), (page.title, "")]}
    return render(request, "villages/lists/compare.html", context, status=status)
