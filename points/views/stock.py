"""物品库存: an outlet's shelves, one thing's register, sheets of receipts and counts, the price list, the outlets."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from points import budget_pages, permissions, purchases, stock, stock_pages
from points.forms.stock import ItemForm, MoveForm, OutletForm, SheetForm
from points.models import Item, Outlet, StockMove
from points.models.store import STORE_READERS
from points.stock_pages import SheetLine
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import Township, Village

SHEETS = {"receipt": "进货", "count": "盘点"}
MOST_DIGITS = 5


@require_safe
def shelves(request: HttpRequest) -> HttpResponse:
    """The shelves of the outlet asked for, else of the first."""
    if not scope.holds(request.user, *STORE_READERS):
        raise PermissionDenied
    outlets = stock_pages.outlets(request.user)
    asked = request.GET.get("outlet", "")
    chosen = [one for one in outlets if str(one.pk) == asked] if asked else outlets[:1]
    if asked and not chosen:
        raise Http404
    context: dict[str, Any] = {"outlets": outlets, "can_open": stock_pages.places(request.user).exists()}
    context["sees_budget"] = scope.holds(request.user, *permissions.BUDGET_READERS)
    if chosen:
        context["shelves"] = stock_pages.shelves(request.user, chosen[0], calendar.today())
    return render(request, "points/store/stock.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing: its register, and a line more."""
    found = _item(request, pk)
    may = permissions.can_keep_stock(request.user, found.outlet)
    form = MoveForm(_posted(request), initial={"key": uuid.uuid4()})
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if form.is_valid() and _tried(form, lambda: _move(request, found, form.cleaned_data)):
            messages.success(request, "已记入库存流水")
            return redirect("points:item", found.pk)
    context = {"item": found, "form": form, "can_keep": may, "crumbs": _crumbs(found.outlet, found.name)}
    context["page"] = stock_pages.moves(found, request.GET.get("page", 1))
    return render(request, "points/store/item.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def item_new(request: HttpRequest, outlet: int) -> HttpResponse:
    return _item_form(request, _kept(request, outlet), None)


@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _item(request, pk)
    return _item_form(request, _kept(request, found.outlet_id), found)


@require_http_methods(["GET", "HEAD", "POST"])
def stock_sheet(request: HttpRequest, outlet: int, kind: str) -> HttpResponse:
    """Receipts or counts of many things at once."""
    kept = _kept(request, outlet)
    if kind not in SHEETS:
        raise Http404
    form = SheetForm(_posted(request))
    typed = form.lines(kept.items.all()) if request.method == "POST" else []
    if request.method == "POST" and form.is_valid() and _tried(form, lambda: _book(request, kept, kind, form, typed)):
        count = sum(bool(line.quantity) for line in typed)
        messages.success(request, f"{SHEETS[kind]}已记，{count} 种物品")
        if kind == StockMove.Kind.RECEIPT:
            return redirect("points:purchase", form.cleaned_data["key"])
        return redirect(_home(kept))
    context = {
        "outlet": kept,
        "kind": kind,
        "word": SHEETS[kind],
        "lines": stock_pages.sheet(kept, typed),
        "form": form,
        "key": request.POST.get("key") or uuid.uuid4(),
        "crumbs": _crumbs(kept, SHEETS[kind]),
    }
    return render(request, "points/store/stock_sheet.html", context, status=422 if form.errors else 200)


@require_safe
def purchase(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What came in on one sheet, and the way to the money it cost."""
    lines = purchases.lines(request.user, key)
    if not lines:
        raise Http404
    outlet = lines[0].item.outlet
    context = {
        "key": key,
        "lines": lines,
        "outlet": outlet,
        "made_at": lines[0].made_at,
        "can_fund": scope.holds(request.user, "district") or scope.covers(request.user, {"clerk"}, outlet.village),
        "crumbs": _crumbs(outlet, "进货单"),
    }
    return render(request, "points/store/purchase.html", context)


@require_safe
def stock_prices(request: HttpRequest, outlet: int) -> HttpResponse:
    """The price list on paper, in points."""
    found = get_object_or_404(Outlet.objects.visible_to(request.user).select_related("village"), pk=outlet)
    context = {"outlet": found, "items": found.items.listed().in_code_order(), "today": calendar.today()}
    return render(request, "points/store/prices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def outlet_new(request: HttpRequest) -> HttpResponse:
    return _outlet_form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def outlet_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Outlet.objects.visible_to(request.user).select_related("village"), pk=pk)
    if not permissions.can_keep_outlet(request.user, found.village):
        raise PermissionDenied
    return _outlet_form(request, found)


@require_safe
def budget(request: HttpRequest) -> HttpResponse:
    """What points outstanding would cost, beside the money that is there, village by village."""
    if not scope.holds(request.user, *permissions.BUDGET_READERS):
        raise PermissionDenied
    villages = Village.objects.for_role(request.user, *permissions.BUDGET_READERS).select_related("township")
    townships = Township.objects.visible_to(request.user).in_code_order()
    if code := request.GET.get("t", ""):
        villages = villages.filter(township=get_object_or_404(townships, code=code))
    found = budget_pages.forecast(villages.in_code_order(), calendar.today())
    return render(request, "points/store/budget.html", {"forecast": found, "townships": townships, "code": code})


def _item(request: HttpRequest, pk: int) -> Item:
    return get_object_or_404(Item.objects.visible_to(request.user).select_related("outlet__village"), pk=pk)


def _kept(request: HttpRequest, pk: int) -> Outlet:
    """An outlet whose stock the person keeps."""
    found = get_object_or_404(Outlet.objects.visible_to(request.user).select_related("village"), pk=pk)
    if not permissions.can_keep_stock(request.user, found):
        raise PermissionDenied
    return found


def _posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, though it be empty."""
    return request.POST if request.method == "POST" else None


def _home(outlet: Outlet) -> str:
    return f"{reverse('points:stock')}?outlet={outlet.pk}"


def _crumbs(outlet: Outlet, here: str) -> list[tuple[str, str]]:
    return [("物品库存", reverse("points:stock")), (outlet.name, _home(outlet)), (here, "")]


def _tried(form: Any, act: Any) -> bool:
    """Whether it was done; what was refused stands on the form."""
    try:
        act()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _move(request: HttpRequest, found: Item, given: dict[str, Any]) -> StockMove:
    said = {"item": found, "note": given["note"], "key": given["key"], "by": request.user, "now": calendar.now()}
    if given["kind"] == StockMove.Kind.COUNT:
        return stock.count(counted=given["quantity"], **said)
    write = stock.lose if given["kind"] == StockMove.Kind.LOSS else stock.receive
    return write(quantity=given["quantity"], **said)


def _book(request: HttpRequest, outlet: Outlet, kind: str, form: SheetForm, typed: list[SheetLine]) -> list[StockMove]:
    lines = []
    for line in typed:
        if line.quantity and not line.quantity.isdecimal():
            raise stock.CannotKeep(f"{line.item.name}：数量只填数字")
        if len(line.quantity) > MOST_DIGITS:
            raise stock.CannotKeep(f"{line.item.name}：数量最多 {MOST_DIGITS} 位")
        if line.quantity:
            lines.append(stock.Typed(line.item, int(line.quantity), line.note))
    key = form.cleaned_data["key"]
    return stock.book(outlet=outlet, kind=kind, lines=lines, key=key, by=request.user, now=calendar.now())


def _item_form(request: HttpRequest, outlet: Outlet, found: Item | None) -> HttpResponse:
    fresh = ItemForm.of(found) if found else ItemForm(initial={"unit": "件", "is_listed": True})
    form = ItemForm(request.POST) if request.method == "POST" else fresh
    said = {"outlet": outlet, "item": found, "by": request.user, "now": calendar.now()}
    if form.is_valid() and _tried(form, lambda: stock.keep_item(**form.cleaned_data, **said)):
        messages.success(request, f"{form.cleaned_data['name']} 已保存")
        return redirect(_home(outlet))
    title = f"修改 {found.name}" if found else "登记物品"
    context = {"form": form, "title": title, "back": _home(outlet), "crumbs": _crumbs(outlet, title)}
    return render(request, "points/store/form.html", context, status=422 if form.errors else 200)


def _outlet_form(request: HttpRequest, found: Outlet | None) -> HttpResponse:
    villages = stock_pages.places(request.user)
    if not villages:
        raise PermissionDenied
    if found:
        villages = villages.filter(township=found.village.township_id)
    counters = stock_pages.counters({village.township_id for village in villages})
    form = OutletForm(villages, counters, found, _posted(request))
    said = {"outlet": found, "by": request.user, "now": calendar.now()}
    if form.is_valid() and _tried(form, lambda: stock.keep_outlet(**form.asked, **said)):
        messages.success(request, f"{form.cleaned_data['name']} 已保存")
        return redirect("points:stock")
    title = f"修改 {found.name}" if found else "开兑换点"
    crumbs = [("物品库存", reverse("points:stock")), (title, "")]
    context = {"form": form, "title": title, "back": reverse("points:stock"), "crumbs": crumbs}
    return render(request, "points/store/form.html", context, status=422 if form.errors else 200)
