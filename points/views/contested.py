"""核实中: the rows of a notice that are under check, and how each check ends."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from points import permissions, postings
from points.forms.contested import SettleForm
from points.models import Claim, Notice, Objection
from points.models.batches import State
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import scope


@require_http_methods(["GET", "HEAD", "POST"])
def notice_check(request: HttpRequest, code: str) -> HttpResponse:
    """Upheld, a row is posted at once; otherwise it is withdrawn and stays readable."""
    readable = scope.within(request.user, permissions.NOTICE_READERS)
    notice = get_object_or_404(
        Notice.objects.visible_to(request.user).filter(readable).select_related("village__township"), code=code
    )
    if not permissions.can_settle(request.user, notice.village):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, notice)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _page(request, notice, form.first_error)
    claim = get_object_or_404(notice.claims.select_related("household"), pk=form.cleaned_data["claim"])
    try:
        settled = _settle(request, claim, form.cleaned_data)
    except Refused as refusal:
        return _page(request, notice, str(refusal))
    messages.success(request, f"{claim.household.head_name} 的一行{_ended(settled)}")
    return redirect("points:notice-check", notice.code)


def _settle(request: HttpRequest, claim: Claim, given: dict[str, Any]) -> Claim:
    return postings.settle_contested(
        claim=claim, by=request.user, uphold=given["uphold"], reason=given["reason"], now=calendar.now()
    )


def _ended(claim: Claim) -> str:
    return "已维持，积分已入账" if claim.state == State.EFFECTIVE else "已撤销"


def _page(request: HttpRequest, notice: Notice, refusal: str = "") -> HttpResponse:
    claims = notice.claims.filter(state=State.CONTESTED).select_related("household__grid", "rule", "batch")
    touched = claims.filter(batch__editors__user=request.user.pk).values_list("pk", flat=True)
    context = {
        "notice": notice,
        "claims": list(claims.order_by("household__number", "pk")),
        "not_mine": set(touched),
        "doubted": set(claims.filter(doubts__objection__in=Objection.objects.open()).values_list("pk", flat=True)),
        "refusal": refusal,
        "refused": request.POST.get("claim", ""),
        "reason": request.POST.get("reason", ""),
        "crumbs": [
            ("公示", reverse("points:notice-list")),
            (notice.code, reverse("points:notice", args=[notice.code])),
            ("核实", ""),
        ],
    }
    return render(request, "points/contested/list.html", context, status=422 if refusal else 200)
