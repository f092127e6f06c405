"""指标设定: the district's list of what villages report, and one line of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Max, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import indicator_kinds, permissions
from villages.indicator_forms import IndicatorForm
from villages.models import Indicator, IndicatorValue
from villages.models.indicators import IndicatorQuerySet

FACTS = ("name", "unit", "kind", "decimals", "source", "meaning", "position", "is_active")


@require_safe
def indicator_kind_list(request: HttpRequest) -> HttpResponse:
    _for_the_district(request)
    reported = Exists(IndicatorValue.objects.filter(indicator=OuterRef("pk")))
    kinds = list(_kinds(request).annotate(is_reported=reported).order_by("-is_active", "position", "code"))
    context = {"kinds": kinds, "in_use": sum(kind.is_active for kind in kinds), "crumbs": _crumbs()}
    return render(request, "villages/indicators/kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def indicator_kind_new(request: HttpRequest) -> HttpResponse:
    """A new indicator; `?like=` starts from one that is there, whose unit cannot be changed any more."""
    _for_the_district(request)
    form = IndicatorForm(None, _posted(request), initial=_like(request))
    if form.is_valid():
        try:
            made = indicator_kinds.define(
                code=form.cleaned_data["code"],
                facts=form.facts,
                by=request.user,  # type: ignore[arg-type]
                now=calendar.now(),
            )
            messages.success(request, f"指标“{made.name}”已建立，下一次填报就有这一列")
            return redirect("villages:indicator-kind-list")
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def indicator_kind(request: HttpRequest, pk: int) -> HttpResponse:
    _for_the_district(request)
    kind = get_object_or_404(_kinds(request), pk=pk)
    form = IndicatorForm(kind, _posted(request), initial={name: getattr(kind, name) for name in FACTS})
    if form.is_valid():
        try:
            indicator_kinds.amend(
                indicator=kind,
                facts=form.facts,
                by=request.user,  # type: ignore[arg-type]
                now=calendar.now(),
            )
            messages.success(request, f"指标“{form.cleaned_data['name']}”已保存")
            return redirect("villages:indicator-kind-list")
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    return _page(request, form, kind)


def _page(request: HttpRequest, form: IndicatorForm, kind: Indicator | None) -> HttpResponse:
    title = f"修改“{kind.name}”" if kind else "新建指标"
    context = {
        "form": form,
        "kind": kind,
        "is_reported": kind is not None and indicator_kinds.is_reported(kind),
        "title": title,
        "crumbs": [*_crumbs(reverse("villages:indicator-kind-list")), (title, "")],
    }
    return render(request, "villages/indicators/kind.html", context, status=422 if form.errors else 200)


def _like(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("like", "")
    kind = get_object_or_404(_kinds(request), pk=asked) if asked.isdecimal() and len(asked) < 10 else None
    if kind:
        return {name: getattr(kind, name) for name in FACTS} | {"is_active": True}
    return {"position": (_kinds(request).aggregate(last=Max("position"))["last"] or 0) + 1}


def _kinds(request: HttpRequest) -> IndicatorQuerySet:
    return Indicator.objects.visible_to(request.user)


def _for_the_district(request: HttpRequest) -> None:
    if not permissions.can_define(request.user):
        raise PermissionDenied


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _crumbs(link: str = "") -> list[tuple[str, str]]:
    return [("指标填报", reverse("villages:indicator-list")), ("指标设定", link)]
