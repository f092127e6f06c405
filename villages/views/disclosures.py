"""三公开 for staff: how places stand, a village's register, putting up, correcting and taking down."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, uploads
from qianjiang_portal.foundation.refusals import Refused
from villages import disclosure_pages, disclosures, dues, permissions, scope
from villages.disclosure_forms import DisclosureCorrectionForm, DisclosureForm
from villages.models import Disclosure, DisclosureFile, DisclosureItem, Township, Village
from villages.models.disclosures import READERS

PER_PAGE = 30
FOLDER = "villages/disclosures"


@require_safe
def disclosure_list(request: HttpRequest) -> HttpResponse:
    """Townships beside each other for whoever sees several, else the villages of one."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    townships = list(Township.objects.visible_to(request.user).in_code_order())
    asked = request.GET.get("t", "")
    only = townships[0] if len(townships) == 1 else None
    township = next((one for one in townships if one.code == asked), only)
    today = calendar.today()
    if township:
        rows = disclosure_pages.by_village(request.user, township, today)
    else:
        rows = disclosure_pages.by_township(request.user, townships, today)
    context = {
        "townships": townships,
        "township": township,
        "rows": rows,
        "quarters": dues.quarters(today),
        "late": sum(row.late for row in rows),
        "can_write": township and scope.places(request.user, {"clerk"}).covers_township(township),
    }
    return render(request, f"{FOLDER}/list.html", context)


@require_safe
def disclosure_village(request: HttpRequest, code: str) -> HttpResponse:
    village = _village(request, code)
    aspect = request.GET.get("a", "")
    rows = Disclosure.objects.visible_to(request.user).filter(village=village).select_related("item")
    if aspect in DisclosureItem.Aspect.values:
        rows = rows.filter(item__aspect=aspect)
    context = {
        "village": village,
        "waiting": disclosure_pages.waiting(village, calendar.today()),
        "page": Paginator(rows.order_by("-made_at", "-pk"), PER_PAGE).get_page(request.GET.get("page")),
        "aspects": DisclosureItem.Aspect.choices,
        "aspect": aspect,
        "can_write": permissions.can_disclose(request.user, village),
        "crumbs": _crumbs(village, ""),
    }
    return render(request, f"{FOLDER}/village.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_new(request: HttpRequest, code: str) -> HttpResponse:
    village = _own(request, code)
    data, sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    given = {"item": request.GET.get("item"), "period": request.GET.get("period")}
    form = DisclosureForm(disclosure_pages.choices(calendar.today()), data, sent, initial=given)
    if form.is_valid():
        try:
            made = disclosures.publish(village=village, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"“{made.title}”已公开，村民的网页上可以看到")
            return redirect("villages:disclosure", village.code, made.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"village": village, "form": form, "crumbs": _crumbs(village, "公开一项")}
    return render(request, f"{FOLDER}/new.html", context, status=422 if form.errors else 200)


@require_safe
def disclosure(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    return _page(request, _found(request, code, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_correct(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    old = _found(request, code, pk)
    village = _own(request, code)
    data, sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = DisclosureCorrectionForm(data, sent, initial={"title": old.title, "text": old.text})
    if form.is_valid():
        try:
            new = disclosures.correct(disclosure=old, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"“{new.title}”已更正")
            return redirect("villages:disclosure", code, new.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"village": village, "old": old, "form": form, "crumbs": _crumbs(village, "更正")}
    return render(request, f"{FOLDER}/correct.html", context, status=422 if form.errors else 200)


@require_POST
def disclosure_withdraw(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    old = _found(request, code, pk)
    _own(request, code)
    try:
        disclosures.withdraw(disclosure=old, why=request.POST.get("why", "")[:120], by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, old, str(refusal))
    messages.success(request, f"“{old.title}”已撤下，村民的网页上不再显示")
    return redirect("villages:disclosure-village", code)


@require_safe
def disclosure_paper(request: HttpRequest, code: str, pk: int, position: int) -> FileResponse:
    rows = DisclosureFile.objects.filter(disclosure=_found(request, code, pk)).select_related("file")
    return uploads.show(get_object_or_404(rows, position=position).file)


def _village(request: HttpRequest, code: str) -> Village:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    found = Village.objects.for_role(request.user, *READERS)
    return get_object_or_404(found.select_related("township"), code=code)


def _own(request: HttpRequest, code: str) -> Village:
    village = _village(request, code)
    if not permissions.can_disclose(request.user, village):
        raise PermissionDenied
    return village


def _found(request: HttpRequest, code: str, pk: int) -> Disclosure:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    rows = Disclosure.objects.visible_to(request.user).filter(village__code=code)
    return get_object_or_404(rows.select_related("village__township", "item", "made_by", "withdrawn_by"), pk=pk)


def _page(request: HttpRequest, found: Disclosure, wrong: str = "") -> HttpResponse:
    newer = Disclosure.objects.visible_to(request.user).filter(replaces=found).first()
    context: dict[str, Any] = {
        "one": found,
        "village": found.village,
        "papers": list(found.papers.select_related("file").order_by("position")),
        "newer": newer,
        "wrong": wrong,
        "can_write": permissions.can_disclose(request.user, found.village),
        "crumbs": _crumbs(found.village, found.title),
    }
    return render(request, f"{FOLDER}/detail.html", context, status=422 if wrong else 200)


def _crumbs(village: Village, last: str) -> list[tuple[str, str]]:
    own = reverse("villages:disclosure-village", args=[village.code])
    lead = [("三公开", f"{reverse('villages:disclosure-list')}?t={village.township.code}")]
    return [*lead, (village.full_name, own), (last, "")] if last else [*lead, (village.full_name, "")]
