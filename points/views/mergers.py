"""Villages that merge: the district chooses two, compares them, and confirms by the paper's number."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from points import merger_pages, mergers, permissions
from points.forms.households import MergerForm
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def village_merge(request: HttpRequest) -> HttpResponse:
    if not permissions.can_merge_villages(request.user):
        raise PermissionDenied
    posted = request.method == "POST"
    page = merger_pages.read(request.POST if posted else request.GET, calendar.today())
    form = MergerForm(page.source.short_name if page.source else "", request.POST if posted else None)
    if posted and not page.is_chosen:
        form.add_error(None, "先选两个村")
    if form.is_valid() and page.source and page.into:
        said = {"paper": form.cleaned_data["paper"], "seen": form.cleaned_data["seen"]}
        try:
            made = mergers.merge(source=page.source, into=page.into, by=request.user, now=calendar.now(), **said)
            messages.success(request, f"{made.households} 户、{made.points} 分已转到{page.into.full_name}")
            return redirect("points:village-merge")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    crumbs = [("农户存折", reverse("points:passbook-list")), ("撤并村", "")]
    context = {"page": page, "form": form, "crumbs": crumbs}
    return render(request, "points/households/merge_villages.html", context, status=422 if form.errors else 200)
