"""便民服务: the errands of villages, their guides, and the page of a village that everybody may read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import kept_out
from villages import permissions, register_workbooks, scope, service_pages, services
from villages.forms import ErrandForm, GuideForm, MoveForm
from villages.models import Errand, Guide, Village
from villages.models.services import READERS

PER_PAGE = 50


@require_safe
def errand_list(request: HttpRequest) -> HttpResponseBase:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    only_open = request.GET.get("show") != "all"
    errands = Errand.objects.visible_to(request.user).select_related("guide", "village__township")
    if only_open:
        errands = errands.exclude(state=Errand.State.DONE)
    errands = errands.order_by(F("done_on").desc(nulls_first=True), "promised_on", "pk")
    if workbooks.is_asked_for(request.GET):
        return files.attachment("便民代办.xlsx", register_workbooks.errands(errands), workbooks.XLSX)
    page = Paginator(errands, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": service_pages.lines(page, calendar.today()),
        "only_open": only_open,
        "can_serve": scope.holds(request.user, "clerk"),
    }
    return render(request, "villages/services/errands.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def errand_new(request: HttpRequest) -> HttpResponse:
    villages = _villages(request)
    data = request.POST if request.method == "POST" else None
    guides = Guide.objects.visible_to(request.user).filter(village__in=villages).select_related("village__township")
    form = ErrandForm(guides.shown().in_order(), data, initial={"on": calendar.today()})
    if form.is_valid():
        try:
            errand = services.receive(**form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"已受理{errand.guide.name}，{errand.promised_on} 前办结")
            return redirect("villages:errand-list")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "crumbs": _crumbs("受理代办")}
    return render(request, "villages/services/errand_new.html", context, status=422 if form.errors else 200)


@require_POST
def errand_move(request: HttpRequest, pk: int) -> HttpResponse:
    found = Errand.objects.visible_to(request.user).select_related("village", "guide")
    errand = get_object_or_404(found, pk=pk)
    if not permissions.can_report(request.user, errand.village):
        raise PermissionDenied
    form = MoveForm(request.POST)
    try:
        if form.is_valid():
            services.move(errand=errand, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"{errand.guide.name}的办理情况已登记")
        else:
            messages.warning(request, "选办理或办结")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("villages:errand-list")


@require_safe
def guide_list(request: HttpRequest) -> HttpResponse:
    """What each village does for people, with the way to its public page."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    guides = Guide.objects.visible_to(request.user).select_related("village__township").in_order()
    context = {
        "page": Paginator(guides, PER_PAGE).get_page(request.GET.get("page")),
        "can_serve": scope.holds(request.user, "clerk"),
        "crumbs": _crumbs("便民事项"),
    }
    return render(request, "villages/services/guides.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def guide_change(request: HttpRequest, pk: int) -> HttpResponse:
    guide = _own_guide(request, pk)
    form = GuideForm([], request.POST if request.method == "POST" else None, guide=guide)
    if form.is_valid():
        try:
            told = {"village": guide.village, "name": guide.name, **form.cleaned_data}
            services.put_guide(**told, by=request.user, now=calendar.now())
            messages.success(request, f"{guide.village.short_name}的“{guide.name}”已公开")
            return redirect("villages:guide-list")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "guide": guide, "crumbs": _guide_crumbs(guide.name)}
    return render(request, "villages/services/guide_new.html", context, status=422 if form.errors else 200)


@require_POST
def guide_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    guide = _own_guide(request, pk)
    try:
        services.take_down(guide=guide, by=request.user, now=calendar.now())  # type: ignore[arg-type]
        messages.success(request, f"{guide.village.short_name}的“{guide.name}”已撤下")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("villages:guide-list")


@require_http_methods(["GET", "HEAD", "POST"])
def guide_new(request: HttpRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = GuideForm(_villages(request), data)
    if form.is_valid():
        try:
            guide = services.put_guide(**form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"{guide.village.short_name}的“{guide.name}”已公开")
            return redirect("villages:public-services", guide.village.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "crumbs": _guide_crumbs("公开事项")}
    return render(request, "villages/services/guide_new.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
def public_services(request: HttpRequest, code: str) -> HttpResponse:
    """What a village does for people. Holds nothing of anybody who asked."""
    village = get_object_or_404(Village.objects.filter(code=code).select_related("township"))
    context = {"village": village, "guides": list(village.guides.shown().in_order())}
    return kept_out(render(request, "villages/services/public.html", context))


def _own_guide(request: HttpRequest, pk: int) -> Guide:
    """A guide of a village somebody serves; others who may read it are refused."""
    guide = get_object_or_404(Guide.objects.visible_to(request.user).select_related("village__township"), pk=pk)
    if not permissions.can_report(request.user, guide.village):
        raise PermissionDenied
    return guide


def _villages(request: HttpRequest) -> list[Village]:
    """The villages a clerk serves. Raises PermissionDenied for everybody else."""
    found = list(Village.objects.for_role(request.user, "clerk").open().select_related("township").in_code_order())
    if not found:
        raise PermissionDenied
    return found


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [("便民代办", reverse("villages:errand-list")), (last, "")]


def _guide_crumbs(last: str) -> list[tuple[str, str]]:
    return [*_crumbs("")[:1], ("便民事项", reverse("villages:guide-list")), (last, "")]
