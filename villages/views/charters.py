"""村规民约: the villages of a township, a village's versions, the next one, and its filing."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, files, uploads, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import charter_pages, charters, permissions, register_workbooks, scope
from villages.forms import CharterForm, FilingForm
from villages.models import Charter, Township, Village
from villages.models.charters import READERS


@require_safe
def charter_list(request: HttpRequest) -> HttpResponseBase:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    townships = list(Township.objects.visible_to(request.user).in_code_order())
    asked = request.GET.get("t", "")
    township = next((one for one in townships if one.code == asked), townships[0] if townships else None)
    lines = charter_pages.lines(request.user, township, calendar.today()) if township else []
    if township and workbooks.is_asked_for(request.GET):
        return files.attachment(f"{township.name}村规民约.xlsx", register_workbooks.charters(lines), workbooks.XLSX)
    context = {
        "townships": townships,
        "township": township,
        "lines": lines,
        "filed": sum(1 for line in lines if line.state in ("filed", "old")),
        "late": sum(1 for line in lines if line.state in ("late", "old")),
    }
    return render(request, "villages/charters/list.html", context)


@require_safe
def charter(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, _village(request, code))


@require_http_methods(["GET", "HEAD", "POST"])
def charter_new(request: HttpRequest, code: str) -> HttpResponse:
    village = _village(request, code)
    if not permissions.can_name(request.user, village):
        raise PermissionDenied
    data, sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = CharterForm(data, sent, initial={"meeting": Charter.Meeting.DELEGATES})
    if form.is_valid():
        try:
            made = charters.adopt(village=village, **form.given, by=request.user, now=calendar.now())
            messages.success(request, f"第 {made.version} 版已登记，报镇备案后由分管领导登记编号")
            return redirect("villages:charter", village.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        "village": village,
        "form": form,
        "crumbs": [
            ("村规民约", _list_url(village)),
            (village.full_name, reverse("villages:charter", args=[village.code])),
            ("登记新版", ""),
        ],
    }
    return render(request, "villages/charters/new.html", context, status=422 if form.errors else 200)


@require_POST
def charter_file(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """The township's filing of one version."""
    village = _village(request, code)
    found = get_object_or_404(Charter.objects.visible_to(request.user).filter(village=village), version=version)
    if not permissions.can_file(request.user, village):
        raise PermissionDenied
    form = FilingForm(request.POST)
    if form.is_valid():
        try:
            charters.file_with_township(charter=found, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"第 {version} 版的备案已登记")
            return redirect("villages:charter", village.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, village, form)


@require_safe
def charter_paper(request: HttpRequest, code: str, version: int) -> FileResponse:
    rows = Charter.objects.visible_to(request.user).filter(village__code=code, file__isnull=False)
    return uploads.show(get_object_or_404(rows.select_related("file"), version=version).file)


def _village(request: HttpRequest, code: str) -> Village:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    found = Village.objects.for_role(request.user, *READERS)
    return get_object_or_404(found.select_related("township"), code=code)


def _list_url(village: Village) -> str:
    return f"{reverse('villages:charter-list')}?t={village.township.code}"


def _page(request: HttpRequest, village: Village, wrong: FilingForm | None = None) -> HttpResponse:
    context = {
        "page": charter_pages.page(request.user, village, calendar.today()),
        "village": village,
        "filing": wrong or FilingForm(initial={"on": calendar.today()}),
        "wrong": wrong,
        "crumbs": [("村规民约", _list_url(village)), (village.full_name, "")],
    }
    return render(request, "villages/charters/detail.html", context, status=422 if wrong else 200)
