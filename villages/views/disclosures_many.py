"""三公开 for a township in one go: what its villages still owe, a text for each, put up together."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import disclosure_pages, disclosures, scope
from villages.disclosure_forms import DisclosureManyForm
from villages.disclosure_pages import Round
from villages.models import Township, Village
from villages.models.disclosures import READERS


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_many(request: HttpRequest, code: str) -> HttpResponse:
    """Without `item` and `period` what there is to choose from; with them a text for each village."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    township = get_object_or_404(Township.objects.visible_to(request.user), code=code)
    own = Village.objects.for_role(request.user, "clerk").open().filter(township=township)
    villages = list(own.in_code_order())
    if not villages:
        raise PermissionDenied
    found = disclosure_pages.rounds(villages, calendar.today())
    asked = (request.GET.get("item", ""), request.GET.get("period", ""))
    chosen = next((one for one in found if one.is_asked(*asked)), None)
    if chosen:
        return _write(request, township, chosen)
    if request.method == "POST":
        messages.info(request, "这一项各村都已公开")
        return redirect("villages:disclosure-many", code)
    context = {"township": township, "rounds": found, "crumbs": _crumbs(township)}
    return render(request, "villages/disclosures/many.html", context)


def _write(request: HttpRequest, township: Township, chosen: Round) -> HttpResponse:
    form = DisclosureManyForm(chosen.villages, request.POST if request.method == "POST" else None)
    if form.is_valid():
        sheets = chosen.sheets(form.cleaned_data)
        try:
            made = disclosures.publish_all(township=township, sheets=sheets, by=request.user, now=calendar.now())
            messages.success(request, f"{len(made)} 个村的“{chosen.title}”已公开，村民的网页上可以看到")
            return redirect("villages:disclosure-many", township.code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"township": township, "round": chosen, "form": form, "crumbs": _crumbs(township, chosen.title)}
    return render(request, "villages/disclosures/many_write.html", context, status=422 if form.errors else 200)


def _crumbs(township: Township, last: str = "") -> list[tuple[str, str]]:
    lead = [("三公开", f"{reverse('villages:disclosure-list')}?t={township.code}")]
    own = reverse("villages:disclosure-many", args=[township.code]) if last else ""
    return [*lead, ("几个村一起公开", own), *([(last, "")] if last else [])]
