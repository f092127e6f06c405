"""Notices of many villages at once: choose, look at what was chosen, publish, read what became of each."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from points import publishing
from points.forms.notices import ManyForm, usual_month
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Township, Village

TEMPLATES = "points/notices"


@require_http_methods(["GET", "HEAD", "POST"])
def notice_many(request: HttpRequest) -> HttpResponse:
    """GET lists the villages of a township, or what was chosen of them; POST publishes exactly what was seen."""
    villages, townships = _villages(request)
    form = ManyForm(villages, calendar.today(), _given(request, villages))
    if not form.is_valid():
        return _page(request, form, villages, townships, status=422)
    chosen = list(form.cleaned_data["village"].select_related("township"))
    if request.method != "POST":
        return _page(request, form, chosen or villages, townships, is_check=bool(chosen))
    if not chosen:
        form.add_error("village", "至少选一个村")
        return _page(request, form, villages, townships, status=422)
    period = periods.parse(form.cleaned_data["period"])
    try:
        outcomes = publishing.publish_many(
            choices=[(village, request.POST.get(f"seen-{village.code}", "")) for village in chosen],
            period=period,
            days=form.cleaned_data["days"],
            publisher=request.user,
            now=calendar.now(),
        )
    except Refused as refusal:
        form.add_error("village", str(refusal))
        return _page(request, form, villages, townships, status=422)
    up = sum(outcome.notice is not None for outcome in outcomes)
    context = {"outcomes": outcomes, "up": up, "down": len(outcomes) - up, "period": period}
    return render(request, f"{TEMPLATES}/many_done.html", context, status=200 if up else 409)


def _villages(request: HttpRequest) -> tuple[list[Village], list[Township]]:
    """The villages this person makes notices for in one township, and the townships to choose from."""
    found = Village.objects.for_role(request.user, "clerk").open().in_code_order().select_related("township")
    if not found:
        raise PermissionDenied
    townships = sorted({village.township for village in found}, key=lambda place: place.code)
    asked = (request.POST or request.GET).get("township", "")
    township = next((place for place in townships if place.code == asked), townships[0])
    return [village for village in found if village.township == township], townships


def _given(request: HttpRequest, villages: list[Village]) -> QueryDict:
    """What is asked for, and for the rest the month that has something waiting and the usual days."""
    given = (request.POST or request.GET).copy()
    if "period" not in given:
        given["period"] = usual_month(villages, calendar.today())
    given.setdefault("days", str(options.get("notice_days")))
    return given


def _page(
    request: HttpRequest,
    form: ManyForm,
    villages: list[Village],
    townships: list[Township],
    *,
    is_check: bool = False,
    status: int = 200,
) -> HttpResponse:
    slug = form.cleaned_data.get("period")
    offers = publishing.offers(villages, periods.parse(slug)) if slug else []
    ready = [offer for offer in offers if offer.may_go_up]
    context = {
        "form": form,
        "offers": offers,
        "ready": ready,
        "households": sum(offer.households for offer in ready),
        "awards": sum(offer.awards for offer in ready),
        "deductions": sum(offer.deductions for offer in ready),
        "township": villages[0].township,
        "townships": townships,
        "is_check": is_check,
        "most": publishing.MOST,
    }
    return render(request, f"{TEMPLATES}/many.html", context, status=status)
