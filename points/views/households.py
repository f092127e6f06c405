"""A household changes its group or village, or becomes part of another: chosen, compared, confirmed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from points import household_pages, households, permissions
from points.forms.households import ChangeForm
from points.household_pages import Kind, Page
from points.models import HouseholdMove
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Household, User


@require_http_methods(["GET", "HEAD", "POST"])
def household_change(request: HttpRequest, pk: int) -> HttpResponse:
    found = Household.objects.visible_to(request.user).select_related("village__township", "grid")
    household = get_object_or_404(found, pk=pk)
    if not permissions.can_move_households(request.user, household.village):
        raise PermissionDenied
    posted = request.method == "POST"
    page = household_pages.read(request.user, household, request.POST if posted else request.GET)
    form = ChangeForm(request.POST if posted else None, initial={"seen": page.mark})
    if posted and not page.is_chosen:
        form.add_error(None, page.problem or "先选到哪里")
    if form.is_valid():
        try:
            move = _change(page, request.user, **form.cleaned_data)
            messages.success(request, _done(move))
            return redirect("points:passbook", move.target_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"page": page, "household": household, "form": form, "kinds": Kind.choices, "crumbs": _crumbs(household)}
    return render(request, "points/households/change.html", context, status=422 if form.errors else 200)


def _change(page: Page, by: User, reason: str, seen: str) -> HouseholdMove:
    said = {"household": page.household, "reason": reason, "by": by, "now": calendar.now()}
    if page.into:
        return households.merge(into=page.into, seen=seen, **said)
    if page.kind == Kind.GRID:
        return households.regroup(grid=page.grid, **said)
    return households.move(grid=page.grid, seen=seen, **said)


def _done(move: HouseholdMove) -> str:
    if move.kind == Kind.GRID:
        return f"{move.household.head_name}户已换到{move.to_grid.name}，户号不变"
    went = "并入" if move.kind == Kind.MERGE else "迁为"
    return f"{move.household.number} 已{went} {move.target.number}，{move.points} 分随户转来"


def _crumbs(household: Household) -> list[tuple[str, str]]:
    books = f"{reverse('points:passbook-list')}?village={household.village.code}"
    own = reverse("points:passbook", args=[household.pk])
    return [(household.village.short_name, books), (f"{household.head_name} 户", own), ("换组、迁村、并户", "")]
