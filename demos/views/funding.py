"""经费: a year by village, and the book of one village."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from demos import fund_pages, funding, permissions, register_workbooks
from demos.forms.funding import BudgetForm, FundForm, TakeBackForm
from demos.models import FundLine
from demos.models.funding import READERS
from qianjiang_portal.foundation import calendar, files, purchases, workbooks
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.purchases import Purchase
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import Township, Village

YEARS = 3


@require_safe
def fund_list(request: HttpRequest) -> HttpResponseBase:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    year = _year(request)
    villages = Village.objects.for_role(request.user, *READERS).select_related("township").in_code_order()
    townships = Township.objects.visible_to(request.user).in_code_order()
    code = request.GET.get("t", "")
    if code:
        villages = villages.filter(township=get_object_or_404(townships, code=code))
    accounts = fund_pages.accounts(villages, year)
    if workbooks.is_asked_for(request.GET):
        return files.attachment(f"{year.title}经费.xlsx", register_workbooks.accounts(accounts), workbooks.XLSX)
    context = {
        "accounts": accounts,
        "overspent": sum(1 for account in accounts if account.is_overspent),
        "townships": townships,
        "code": code,
        "year": year,
        "years": _years(),
        "can_book": scope.holds(request.user, "clerk", "district"),
    }
    return render(request, "demos/funds/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def fund_book(request: HttpRequest, code: str) -> HttpResponseBase:
    """One village's money. What is posted says by `action` whether it is a line, a budget or a line taken back."""
    villages = Village.objects.for_role(request.user, *READERS).select_related("township")
    village = get_object_or_404(villages, code=code)
    if workbooks.is_asked_for(request.GET):
        year = _year(request)
        [account] = fund_pages.accounts([village], year)
        content = register_workbooks.book(fund_pages.book(account, year))
        return files.attachment(f"{village.full_name}{year.title}经费流水.xlsx", content, workbooks.XLSX)
    if request.method != "POST":
        return _page(request, village)
    if not permissions.can_fund(request.user, village):
        raise PermissionDenied
    action = request.POST.get("action", "")
    form = {"budget": BudgetForm, "back": TakeBackForm}.get(action, FundForm)(request.POST)
    if form.is_valid():
        try:
            messages.success(request, _write(request, village, action, form.cleaned_data))
            return redirect("demos:fund-book", village.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, village, action, form)


def _write(request: HttpRequest, village: Village, action: str, given: dict[str, Any]) -> str:
    by, now = request.user, calendar.now()
    if action == "budget":
        year = _year(request).year
        funding.set_budget(village=village, year=year, amount=given["amount"], by=by, now=now)
        return f"{year}年预算已保存"
    if action == "back":
        lines = FundLine.objects.visible_to(request.user).filter(village=village).select_related("village")
        funding.take_back(line=get_object_or_404(lines, pk=given["line"]), reason=given["reason"], by=by, now=now)
        return "已冲销，两笔都留在账上"
    funding.book(village=village, **given, by=by, now=now)
    return "已登记"


def _page(request: HttpRequest, village: Village, action: str = "", form: Any = None) -> HttpResponse:
    year = _year(request)
    [account] = fund_pages.accounts([village], year)
    bought = _bought(request, village)
    first = {"on": bought.on, "kind": "goods", "what": bought.what[:80], "purchase": bought.key} if bought else {}
    first = first or {"on": calendar.today()}
    context = {
        "account": account,
        "village": village,
        "book": fund_pages.book(account, year),
        "year": year,
        "years": _years(),
        "wrong": form,
        "form": form if form is not None and action not in ("budget", "back") else FundForm(initial=first),
        "bought": bought,
        "budget": form if action == "budget" else BudgetForm(initial={"amount": account.budget}),
        "can_fund": permissions.can_fund(request.user, village),
        "sees_store": scope.covers(request.user, scope.HOUSEHOLD_READERS, village),
        "crumbs": [("经费", f"{reverse('demos:fund-list')}?year={year.year}"), (village.full_name, "")],
    }
    return render(request, "demos/funds/book.html", context, status=422 if form is not None else 200)


def _bought(request: HttpRequest, village: Village) -> Purchase | None:
    """The purchase that is to be paid, where one of this village was asked for."""
    try:
        key = UUID(request.GET.get("purchase", ""))
    except ValueError:
        return None
    found = purchases.find([key]).get(key)
    return found if found and found.village == village.pk else None


def _years() -> list[int]:
    return [calendar.today().year - back for back in range(YEARS)]


def _year(request: HttpRequest) -> Period:
    asked = request.GET.get("year", "")
    if asked and asked not in {str(year) for year in _years()}:
        raise Http404
    return Period(int(asked or calendar.today().year), 1, "year")
