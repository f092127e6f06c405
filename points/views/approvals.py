"""Approving everything of a village that waits, filtered, with the exact total on the button."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from points import approving, review, sittings
from points.approving import Selection
from points.forms.reviews import ApprovalForm
from points.models import PanelMember
from qianjiang_portal.foundation import calendar, digits
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import scope
from villages.models import Village


@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, code: str) -> HttpResponse:
    """What the filter holds (GET); POST passes exactly that or nothing."""
    if not scope.holds(request.user, "reviewer"):
        raise PermissionDenied
    found = Village.objects.for_role(request.user, "reviewer").select_related("township")
    village = get_object_or_404(found, code=code)
    given = request.POST or request.GET
    rule, only_plain = given.get("rule", ""), given.get("all") != "1"
    selection = approving.select(village=village, checker=request.user, rule=rule, only_plain=only_plain)
    form = _form(request, selection)
    if request.method != "POST":
        return _page(request, selection, form, rule, only_plain)
    if not form.is_valid():
        return _page(request, selection, form, rule, only_plain, status=422)
    values = form.cleaned_data
    try:
        rows = approving.approve(
            selection=selection,
            seen=values["stamp"],
            checker=request.user,
            present=list(values["present"]),
            held_at=values["held_at"],
            opinion=values["opinion"],
            now=calendar.now(),
        )
    except Conflict as conflict:
        again = approving.select(village=village, checker=request.user, rule=rule, only_plain=only_plain)
        return _page(request, again, form, rule, only_plain, warning=str(conflict), status=409)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, selection, form, rule, only_plain, status=422)
    messages.success(request, f"已通过 {len(selection.chosen)} 批 {rows} 行，合计 {selection.points:+,} 分")
    return redirect("points:review-queue")


def _form(request: HttpRequest, selection: Selection) -> ApprovalForm:
    members = PanelMember.objects.current(calendar.today()).filter(village=selection.village).order_by("pk")
    data = request.POST if request.method == "POST" else None
    present = sittings.present_in(selection.village.pk, list(members))
    beforehand: dict[str, Any] = {"held_at": calendar.now(), "present": [member.pk for member in present]}
    return ApprovalForm(review.quorum(), members, data, initial=beforehand)


def _page(
    request: HttpRequest,
    selection: Selection,
    form: ApprovalForm,
    rule: str,
    only_plain: bool,
    *,
    warning: str = "",
    status: int = 200,
) -> HttpResponse:
    ticked = form.data.getlist("present") if form.is_bound else form.initial["present"]
    context = {
        "selection": selection,
        "form": form,
        "present": {digits.number(str(pk)) for pk in ticked},
        "members": form.fields["present"].queryset,  # type: ignore[attr-defined]
        "quorum": form.quorum,
        "rule": rule,
        "only_plain": only_plain,
        "warning": warning,
    }
    return render(request, "points/reviews/approval.html", context, status=status)
