"""资格暂停: who goes without honours and redemption, setting one from a household's book, and lifting it early."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from points import permissions, suspension_pages, suspensions
from points.forms.suspensions import LiftForm, SuspensionForm
from points.models import Suspension
from points.models.suspensions import SUSPENSION_READERS
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.choices import Places
from villages.models import Household


@require_safe
def suspension_list(request: HttpRequest) -> HttpResponse:
    return _list(request)


@require_http_methods(["GET", "HEAD", "POST"])
def suspension_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Set one for the household whose book this was reached from."""
    found = Household.objects.visible_to(request.user).select_related("village", "grid")
    household = get_object_or_404(found, pk=pk)
    if not permissions.can_suspend(request.user, household.village):
        raise PermissionDenied
    today = calendar.today()
    initial = {"begins_on": today, "ends_on": today.replace(month=12, day=31)}
    claims = suspension_pages.deductions(household, today)
    sent = request.POST if request.method == "POST" else None
    form = SuspensionForm(household.village, claims, today, sent, initial=initial)
    if form.is_valid():
        term = {name: form.cleaned_data[name] for name in ("begins_on", "ends_on")}
        try:
            suspensions.suspend(household=household, veto=form.veto, **term, by=request.user, now=calendar.now())
            messages.success(request, f"{household.head_name}户暂停到 {term['ends_on']}")
            return redirect("points:suspension-list")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context: dict[str, Any] = {"household": household, "form": form}
    book = (f"{household.head_name} 户", reverse("points:passbook", args=[household.pk]))
    context["crumbs"] = [("农户存折", reverse("points:passbook-list")), book, ("暂停资格", "")]
    return render(request, "points/suspensions/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def suspension_lift(request: HttpRequest, pk: int) -> HttpResponse:
    found = Suspension.objects.visible_to(request.user).select_related("household__village")
    suspension = get_object_or_404(found, pk=pk)
    if request.method != "POST":
        return redirect("points:suspension-list")
    if not permissions.can_suspend(request.user, suspension.household.village):
        raise PermissionDenied
    form = LiftForm(request.POST)
    if not form.is_valid():
        return _list(request, problem=form.errors["reason"][0])
    try:
        reason = form.cleaned_data["reason"]
        suspensions.lift(suspension=suspension, reason=reason, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _list(request, problem=str(refusal))
    messages.success(request, f"{suspension.household.head_name}户已提前解除")
    return redirect("points:suspension-list")


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    if not scope.holds(request.user, *SUSPENSION_READERS):
        raise PermissionDenied
    places = Places.read(request.user, request.GET)
    lines = suspension_pages.lines(request.user, places, calendar.today())
    context = {"lines": lines, "places": places, "problem": problem, "typed": request.POST.get("reason", "")}
    context["keeps_kinds"] = permissions.can_keep_honour_kinds(request.user)
    context["standing"] = sum(line.state == "now" for line in lines)
    return render(request, "points/suspensions/list.html", context, status=422 if problem else 200)
