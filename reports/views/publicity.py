"""宣传报道: the year's list, a new note, and taking one back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from reports import permissions, publicity, publicity_pages
from reports.forms.publicity import PublicityForm
from reports.models import Publicity

PER_PAGE = 50
Level = Publicity.Level


@require_GET
def publicity_list(request: HttpRequest) -> HttpResponse:
    this = calendar.today().year
    asked, level = request.GET.get("year", ""), request.GET.get("level", "")
    year = int(asked) if asked in {str(this - back) for back in range(3)} else this
    level = level if level in Level.values else ""
    page = Paginator(publicity_pages.rows(request.user, year, level), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "totals": publicity_pages.totals(request.user, year),
        "lines": [(one, publicity_pages.can_withdraw(request.user, one)) for one in page],
        "years": [this - back for back in range(3)],
        "year": year,
        "levels": Level.choices,
        "level": level,
        "can_note": bool(publicity_pages.senders(request.user)),
    }
    return render(request, "reports/publicity/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publicity_new(request: HttpRequest) -> HttpResponse:
    senders = publicity_pages.senders(request.user)
    if not senders:
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    first = {"on": calendar.today(), "sender": senders[0].slug}
    form = PublicityForm(senders, publicity_pages.cases(request.user), data, initial=first)
    if data is not None and form.is_valid():
        about = {"village": form.chosen_village(), "case": form.cases.get(form.cleaned_data["case"])}
        sender = form.senders[form.cleaned_data["sender"]]
        try:
            publicity.note(sender=sender, facts=form.facts(), **about, by=request.user, now=calendar.now())
            messages.success(request, "已登记")
            return redirect("reports:publicity-list")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    crumbs = [("宣传报道", reverse("reports:publicity-list")), ("登记宣传报道", "")]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "reports/publicity/new.html", context, status=422 if form.errors else 200)


@require_POST
def publicity_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Publicity.objects.visible_to(request.user).select_related("township", "unit")
    found = get_object_or_404(rows, pk=pk)
    if not permissions.can_note_publicity(request.user, found.sender):
        raise PermissionDenied
    try:
        publicity.withdraw(publicity=found, by=request.user, now=calendar.now())
        messages.success(request, "已撤下")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("reports:publicity-list")
