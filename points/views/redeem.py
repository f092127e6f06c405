"""The counter: find a household, hand goods out for points, take a slip of today back, and the list of a day."""

import datetime as dt
import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import conditional_page, require_http_methods, require_POST, require_safe

from points import counter_pages, permissions, stock_pages, store
from points.counter_pages import Shop
from points.forms.store import UNDO_REASONS, RedeemForm, UndoForm
from points.models import Outlet, Redemption
from points.models.store import STORE_READERS
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.foundation.htmx import page_or_partial, wants_partial
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import scope
from villages.models import Household


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def redeem(request: HttpRequest) -> HttpResponse:
    """The counter. POST hands out and leads back here, ready for the next household."""
    context = _shop(request)
    if request.method == "POST":
        return _hand_out(request, context)
    shop = context["shop"]
    if shop is None:
        return render(request, "points/store/counter.html", context)
    context["done"] = _done(request, shop)
    query = request.GET.get("q", "").strip()[:40]
    if pk := request.GET.get("household", ""):
        context |= _caller(request, shop, pk)
    elif query:
        found = counter_pages.found(request.user, shop.outlet, query)
        context |= {"query": query, "found": found[: counter_pages.MOST_FOUND]}
        context["has_more"] = len(found) > counter_pages.MOST_FOUND
        if len(found) == 1:
            context |= _caller(request, shop, str(found[0].pk))
    return _counter(request, shop, context)


@require_safe
@conditional_page
@cache_control(private=True, no_cache=True)
def redeem_index(request: HttpRequest, pk: int) -> HttpResponse:
    """The households an outlet serves, for matching in the browser."""
    outlet = get_object_or_404(Outlet.objects.visible_to(request.user).open(), pk=pk)
    if not permissions.can_redeem(request.user, outlet):
        raise PermissionDenied
    return JsonResponse(counter_pages.index(request.user, outlet), json_dumps_params={"ensure_ascii": False})


@require_safe
def redeem_day(request: HttpRequest) -> HttpResponse:
    return _day_page(request, _shop(request, closed=True))


@require_safe
def redeem_sheet(request: HttpRequest) -> HttpResponse:
    """A day on paper, a line to sign for each slip that stands."""
    context = _shop(request, closed=True)
    shop = context["shop"]
    if shop is None:
        raise Http404
    on = _day(request.GET.get("on", ""), shop.today)
    slips = [slip for slip in reversed(counter_pages.slips(shop, on)) if not slip.made.is_undone]
    context |= {"on": on, "slips": slips, "tally": counter_pages.tally_of(slips), "sums": counter_pages.by_item(slips)}
    return render(request, "points/store/sheet.html", context)


@require_safe
def redeem_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """A slip to print again, on a roll of 80 mm or on A5."""
    made = get_object_or_404(_slips(request).select_related("household__grid", "made_by"), pk=pk)
    paper = "a5" if request.GET.get("paper") == "a5" else "roll"
    return render(request, "points/store/receipt.html", {"made": made, "paper": paper})


@require_POST
def redeem_undo(request: HttpRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(_slips(request), pk=pk)
    context = _shop(request, outlet=str(made.outlet_id), closed=True)
    if not context["shop"].can_redeem:
        raise PermissionDenied
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _day_page(request, context, problem=form.errors["reason"][0], status=422)
    try:
        made = store.undo(redemption=made, reason=form.cleaned_data["reason"], by=request.user, now=calendar.now())
    except Refused as refusal:
        return _day_page(request, context, problem=str(refusal), status=422)
    messages.success(request, f"{made.number} 已撤销，{made.points} 分退回{made.household.head_name}户")
    return redirect(f"{reverse('points:redeem-day')}?outlet={made.outlet_id}")


def _shop(request: HttpRequest, outlet: str = "", *, closed: bool = False) -> dict[str, Any]:
    """The outlet asked for, else the first of those the person keeps or sees; `shop` is None where there is none.

    `closed`: its books are read, which stay when it is closed.
    """
    if not scope.holds(request.user, *STORE_READERS):
        raise PermissionDenied
    outlets = stock_pages.outlets(request.user) if closed else counter_pages.outlets(request.user)
    asked = outlet or request.POST.get("outlet", "") or request.GET.get("outlet", "")
    chosen = [one for one in outlets if str(one.pk) == asked] if asked else outlets[:1]
    if asked and not chosen:
        raise Http404
    shop = counter_pages.shop(request.user, chosen[0], calendar.now()) if chosen else None
    return {"outlets": outlets, "shop": shop}


def _slips(request: HttpRequest) -> Any:
    return Redemption.objects.visible_to(request.user).select_related("household__village", "outlet__village")


def _done(request: HttpRequest, shop: Shop) -> Redemption | None:
    asked = request.GET.get("done", "")
    if not asked.isdecimal():
        return None
    slips = _slips(request).select_related("household__grid", "made_by").prefetch_related("lines")
    return slips.filter(outlet=shop.outlet, pk=asked[:12]).first()


def _caller(request: HttpRequest, shop: Shop, pk: str, form: RedeemForm | None = None) -> dict[str, Any]:
    if not pk.isdecimal():
        raise Http404
    household = get_object_or_404(counter_pages.served(request.user, shop.outlet), pk=pk[:12])
    context: dict[str, Any] = {"caller": counter_pages.caller(household), "key": uuid.uuid4(), "who": "self"}
    if shop.can_redeem and not context["caller"].held:
        typed = (form.typed, form.wrong) if form else ({}, ())
        context["goods"] = counter_pages.goods(shop.outlet, *typed)
    return context


def _counter(
    request: HttpRequest, shop: Shop, context: dict[str, Any], status: int = 200, address: str = ""
) -> HttpResponse:
    """The page, or its desk where the page stays; `address` is where the same can be read again."""
    swapped = wants_partial(request)
    context |= {
        "tally": counter_pages.tally(shop.outlet, shop.today),
        "reasons": UNDO_REASONS,
        "prints": options.get("receipt_printing"),
        "swapped": swapped,
    }
    response = page_or_partial(request, "points/store/counter.html", "desk", context, status=status)
    if swapped and status == HTTPStatus.OK:
        response["HX-Push-Url"] = address or request.get_full_path()
    return response


def _hand_out(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    shop, form = context["shop"], RedeemForm(request.POST)
    if shop is None:
        raise Http404
    if not shop.can_redeem:
        raise PermissionDenied
    if "household" in form.errors:
        return _counter(request, shop, context | {"problem": form.errors["household"][0]}, status=422)
    household = get_object_or_404(counter_pages.served(request.user, shop.outlet), pk=form.cleaned_data["household"])
    if not form.is_valid():
        return _refused(request, context, form, household, form.first_error)
    try:
        made = _redeem(request, shop, household, form)
    except Conflict as moved:
        return _refused(request, context, form, household, str(moved), status=409)
    except Refused as refusal:
        return _refused(request, context, form, household, str(refusal))
    address = f"{reverse('points:redeem')}?outlet={shop.outlet.pk}&done={made.pk}"
    if not wants_partial(request):
        return redirect(address)
    return _counter(request, shop, context | {"done": made}, address=address)


def _redeem(request: HttpRequest, shop: Shop, household: Household, form: RedeemForm) -> Redemption:
    given = form.cleaned_data
    return store.redeem(
        outlet=shop.outlet,
        household=household,
        basket=given["basket"],
        key=given["key"],
        seen=given["seen"],
        collector=form.receiver,
        by=request.user,
        now=calendar.now(),
    )


def _refused(
    request: HttpRequest, context: dict[str, Any], form: RedeemForm, household: Household, why: str, status: int = 422
) -> HttpResponse:
    """The same page with everything typed still in it, the same key, and the figures of now."""
    shop = context["shop"]
    context |= _caller(request, shop, str(household.pk), form)
    context |= {"problem": why, "who": form.data.get("who", "self"), "collector": form.data.get("collector", "")}
    context["key"] = form.cleaned_data.get("key") or context["key"]
    return _counter(request, shop, context, status)


def _day_page(request: HttpRequest, context: dict[str, Any], *, problem: str = "", status: int = 200) -> HttpResponse:
    if shop := context["shop"]:
        on = _day(request.GET.get("on", ""), shop.today)
        slips = counter_pages.slips(shop, on)
        context |= {"on": on, "slips": slips, "tally": counter_pages.tally_of(slips), "reasons": UNDO_REASONS}
    context["problem"] = problem
    return render(request, "points/store/day.html", context, status=status)


def _day(text: str, today: dt.date) -> dt.date:
    if not text:
        return today
    try:
        return min(dt.date.fromisoformat(text), today)
    except ValueError:
        raise Http404 from None
