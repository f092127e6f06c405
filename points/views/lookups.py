"""村民自查: a household's own passbook for whoever holds its slip, and the slips for the clerks who print them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from points import lookup_pages, lookups, permissions
from points.forms.lookups import LookupForm
from points.lookup_pages import Printed
from qianjiang_portal.foundation import calendar, options, origin
from qianjiang_portal.foundation.addresses import public_address
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import kept_out
from villages.models import Household, Village

PAGE = "points/public/lookup.html"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("code")
def public_lookup(request: HttpRequest, token: str = "") -> HttpResponse:
    """GET asks for the code, whether there is such a slip or not; POST shows the passbook once, without a session."""
    if not lookups.is_on():
        raise Http404
    token = lookups.plain(token)
    form = LookupForm(token, request.POST if request.method == "POST" else None)
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        code, now = form.cleaned_data["code"], calendar.now()
        try:
            with options.held():
                household = lookups.read(token=form.asked, code=code, origin=_origin(), now=now)
            context = {"book": lookup_pages.book(household, now.date()), "at": now}
            return kept_out(render(request, "points/public/own_passbook.html", context))
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 429 if isinstance(refusal, lookups.TooMany) else 422
    return kept_out(render(request, PAGE, {"form": form}, status=status))


@require_safe
def slip_list(request: HttpRequest) -> HttpResponse:
    """A village's groups, and how many households of each have a slip."""
    villages = _villages(request)
    village = next((one for one in villages if one.code == request.GET.get("village")), villages[0])
    return render(request, "points/lookups/list.html", _page(villages, village))


@require_POST
@never_cache
@sensitive_variables("issued", "slips")
def slip_issue(request: HttpRequest) -> HttpResponse:
    """The answer is the only page that ever holds the codes."""
    villages = _villages(request)
    village = get_object_or_404(Village.objects.visible_to(request.user), code=request.POST.get("village", ""))
    if village not in villages:
        raise PermissionDenied
    try:
        wanted = _asked(request, village)
        issued = lookups.issue(village=village, households=wanted, by=request.user, now=calendar.now())
    except Refused as refusal:
        return render(request, "points/lookups/list.html", _page(villages, village, str(refusal)), status=422)
    entrance = public_address(request, reverse("points:lookup-start"))
    slips = [Printed(one, f"{entrance}{one.slip.token}/", entrance.partition("://")[2]) for one in issued]
    crumbs = [("自查条", f"{reverse('points:slip-list')}?village={village.code}"), ("打印", "")]
    return render(request, "points/lookups/printed.html", {"slips": slips, "village": village, "crumbs": crumbs})


@require_POST
def slip_stop(request: HttpRequest, pk: int) -> HttpResponse:
    household = get_object_or_404(Household.objects.visible_to(request.user).select_related("village"), pk=pk)
    if not permissions.can_give_slips(request.user, household.village):
        raise PermissionDenied
    lookups.stop(household=household, by=request.user, now=calendar.now())
    messages.success(request, "这一户的自查条已停用")
    return redirect("points:passbook-print", household.pk)


def own_address(request: HttpRequest, household: Household) -> str:
    """Where a household reads its passbook, if slips are in use and it has one."""
    slip = getattr(household, "lookup_slip", None) if lookups.is_on() else None
    return public_address(request, reverse("points:lookup", args=[slip.token])) if slip else ""


def _villages(request: HttpRequest) -> list[Village]:
    found = Village.objects.for_role(request.user, "clerk").open().select_related("township").in_code_order()
    if not found:
        raise PermissionDenied
    return list(found)


def _asked(request: HttpRequest, village: Village) -> list[int]:
    """One household, or those of a group or of all that have no slip; all of them where it is asked for."""
    one, grid = request.POST.get("household", ""), request.POST.get("grid", "")
    if one.isdecimal() and len(one) < 19:
        return [int(one)]
    number = int(grid) if grid.isdecimal() and len(grid) < 4 else None
    return lookup_pages.wanted(village, number, again=request.POST.get("again") == "1")


def _page(villages: list[Village], village: Village, refusal: str = "") -> dict[str, object]:
    lines = lookup_pages.by_grid(village)
    return {
        "villages": villages,
        "village": village,
        "lines": lines,
        "left": sum(line.left for line in lines),
        "some": any(line.issued for line in lines),
        "is_on": lookups.is_on(),
        "refusal": refusal,
        "crumbs": [("农户存折", reverse("points:passbook-list")), ("自查条", "")],
    }


def _origin() -> str:
    """Where a request comes from, as a keyed digest: enough to count by, nothing to trace anybody with."""
    return salted_hmac("points.lookup.origin", origin.address() or "", algorithm="sha256").hexdigest()
