"""农户存折: the list, one household's book, its print, a look at its members, and the reversal of a line."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from points import (
    batches,
    counter_pages,
    honour_pages,
    household_pages,
    lookup_pages,
    lookups,
    openings,
    passbook_lines,
    passbooks,
    permissions,
    stars,
)
from points.forms.passbooks import CorrectionForm
from points.models import Entry, Suspension
from points.models.ledger import Kind
from points.models.registers import CHECKERS
from points.models.store import STORE_READERS
from points.models.suspensions import SUSPENSION_READERS
from points.passbook_lines import Filters
from points.views.lookups import own_address
from qianjiang_portal.foundation import audit, calendar, periods
from qianjiang_portal.foundation.htmx import page_or_partial, wants_partial
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from villages import scope, search
from villages.choices import Places
from villages.models import Household

PER_PAGE = 50
# A counter sees what may be spent, not how a batch came about.
BATCH_READERS = scope.HOUSEHOLD_READERS - {"counter"}


@require_safe
def passbook_list(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *scope.HOUSEHOLD_READERS):
        raise PermissionDenied
    places = Places.read(request.user, request.GET)
    query = request.GET.get("q", "").strip()
    month = _month(request)
    found = Household.objects.visible_to(request.user).filter(search.households(query), **places.filters)
    if month:
        found = found.there_on(month.ends_on)
    rows = passbooks.with_figures(found.select_related("village__township", "grid").in_number_order())
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    clerk = scope.holds(request.user, "clerk")
    context = {
        "page": page,
        "query": query,
        "places": places,
        "month": month,
        "can_import": clerk,
        "can_check": scope.holds(request.user, *CHECKERS),
        "gives_slips": clerk and lookups.is_on(),
    }
    return page_or_partial(request, "points/passbooks/list.html", "rows", context)


@require_safe
def passbook(request: HttpRequest, pk: int) -> HttpResponse:
    household = _household(request, pk)
    context = _book(request, household)
    if not wants_partial(request):
        context["moves"] = household_pages.trail(request.user, household)
        context["can_change"] = permissions.can_move_households(request.user, household.village)
        context["neighbours"] = passbooks.neighbours(household)
    return page_or_partial(request, "points/passbooks/detail.html", "ledger", context)


@require_POST
def passbook_members(request: HttpRequest, pk: int) -> HttpResponse:
    """The names in a household, for whoever asks; the asking is written down."""
    household = _household(request, pk)
    audit.record(
        actor=request.user,
        action="household.members",
        target=household.number,
        place=household.village.code,
    )
    context = {"household": household, "members": household.residents.order_by("-is_head", "pk")}
    if not request.htmx:
        context |= _book(request, household)
    return page_or_partial(request, "points/passbooks/detail.html", "members", context)


@require_safe
def passbook_print(request: HttpRequest, pk: int) -> HttpResponse:
    household = _household(request, pk)
    year = Filters.read(request.GET, calendar.today().year).year
    entries = household.entries.filter(Filters(year=year).entries).order_by(*passbook_lines.POSTING_ORDER)
    context = {
        "household": household,
        "honours": honour_pages.of_household(household),
        "figures": passbooks.figures(household, passbooks.waiting(household)),
        "lines": passbook_lines.from_entries(household, entries.select_related("rule", "reverses", "reversed_by")),
        "year": year,
        "paper": "a5" if request.GET.get("paper") == "a5" else "a4",
        "printed_at": calendar.now(),
        "own": lookup_pages.drawn(address) if (address := own_address(request, household)) else "",
        "gives_slips": lookups.is_on() and permissions.can_give_slips(request.user, household.village),
    }
    return render(request, "points/passbooks/print.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def passbook_correct(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """Ask for the reason, then send the reversal to review like any other claim."""
    household = _household(request, pk)
    entries = household.entries.select_related("rule", "reverses", "reversed_by")
    wrong = get_object_or_404(entries, pk=entry)
    if not permissions.can_enter(request.user, household.village):
        raise PermissionDenied
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if wrong.kind == Kind.OPENING:
                return _ask_opening_back(request, wrong, reason)
            batch = batches.correct(entry=wrong, maker=request.user, reason=reason, now=calendar.now())
            return redirect("points:batch", batch.number)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    waiting = passbooks.waiting(household)
    line = passbook_lines.from_entries(household, [wrong], waiting)[0]
    context = {"household": household, "line": line, "form": form, "crumbs": _crumbs(household, "冲正")}
    context["underway"] = next((claim.batch for claim in waiting if claim.reverses_id == wrong.pk), None)
    return render(request, "points/passbooks/correct.html", context, status=422 if form.errors else 200)


def _ask_opening_back(request: HttpRequest, entry: Entry, reason: str) -> HttpResponse:
    openings.ask_back(entry=entry, reason=reason, maker=request.user, now=calendar.now())  # type: ignore[arg-type]
    messages.success(request, "期初冲正已提交，等着复核")
    return redirect("points:opening-new")


def _month(request: HttpRequest) -> Period | None:
    """The month whose register the list is narrowed to; what is none counts as not said."""
    try:
        return periods.parse(request.GET.get("period", ""))
    except ValueError:
        return None


def _household(request: HttpRequest, pk: int) -> Household:
    return get_object_or_404(
        Household.objects.visible_to(request.user).select_related("village__township", "grid"), pk=pk
    )


def _book(request: HttpRequest, household: Household) -> dict[str, Any]:
    today = calendar.today()
    filters = Filters.read(request.GET, today.year)
    claims = passbooks.waiting(household)
    page = passbook_lines.page(household, filters, request.GET.get("page", 1))
    past = passbooks.history(household, min(periods.of(today).shift(-11), periods.Period(today.year, 1)))
    stopped = Suspension.objects.filter(household=household).standing(today).first()
    year = passbooks.year_of(past, today.year)
    coming = [line for line in passbook_lines.from_claims(claims) if filters.shows(line, today.year)]
    return {
        "household": household,
        "crumbs": _crumbs(household),
        "figures": passbooks.figures(household, claims),
        "year": year,
        "bars": passbooks.bars(past, periods.of(today)),
        "filters": filters,
        "kinds": passbook_lines.KINDS,
        "years": sorted({*passbook_lines.years(household), today.year}, reverse=True),
        "page": page,
        "lines": [
            *(coming if page.number == 1 else []),
            *passbook_lines.from_entries(household, page.object_list, claims),
        ],
        "suspension": stopped if scope.covers(request.user, SUSPENSION_READERS, household.village) else None,
        "stars": _stars(household, year, stopped, today),
        "honours": honour_pages.of_household(household),
        "can_suspend": permissions.can_suspend(request.user, household.village),
        "outlet": counter_pages.outlet_for(request.user, household),
        "is_clerk": permissions.can_enter(request.user, household.village),
        "reads_slips": scope.covers(request.user, STORE_READERS, household.village),
        "reads_batches": scope.covers(request.user, BATCH_READERS, household.village),
    }


def _stars(
    household: Household, year: passbooks.Year, stopped: Suspension | None, today: dt.date
) -> stars.Standing | None:
    """The stars of the year, unless the household goes without honours just now."""
    if stopped and stopped.state_on(today) == "now":
        return None
    return stars.standing(year.added + year.taken, stars.scale(household.village, today))


def _crumbs(household: Household, *rest: str) -> list[tuple[str, str]]:
    books = reverse("points:passbook-list")
    crumbs = [("工作台", reverse("home")), ("农户存折", books)]
    crumbs.append((household.village.short_name, f"{books}?village={household.village.code}"))
    own = reverse("points:passbook", args=[household.pk])
    return [*crumbs, (f"{household.head_name} 户", own), *((word, "") for word in rest)] if rest else crumbs
