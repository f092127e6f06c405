"""Objecting to honours and year ends without an account, and answering for the staff."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from points import doubts, honour_pages
from points.forms.doubts import AnswerForm, DoubtForm, LineDoubtForm
from points.models import Doubt, YearEnd
from points.objections import TooMany
from points.views.public_objections import origin_mark
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import kept_out, refuse_unless
from villages.models import Village


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def honour_doubt(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """An honour that stands on the red list by now has no form any more, but whoever kept the address is told so."""
    shown = honour_pages.read_by_all(honour_pages.since(calendar.today()))
    honour = get_object_or_404(shown.select_related("kind", "village__township", "notice"), village__code=code, pk=pk)
    form = DoubtForm(request.POST if request.method == "POST" else None)

    def send(**said: Any) -> Doubt:
        return doubts.about_honour(honour=honour, **said)

    back = reverse("points:red-village", args=[code])
    ended = doubts.honour_is_over(honour, calendar.today())
    about = f"{honour.year}年{honour.kind.name}，{honour.shown}"
    return _public(request, form, send, {"about": about, "back": back, "ended": ended, "village": honour.village})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def year_end_doubt(request: HttpRequest, code: str) -> HttpResponse:
    shown = YearEnd.objects.exclude(state=YearEnd.State.PREPARED).filter(confirmed_at__isnull=False)
    year_end = get_object_or_404(shown.select_related("village__township"), code=code)
    form = LineDoubtForm(request.POST if request.method == "POST" else None)

    def send(**said: Any) -> Doubt:
        named = {name: form.cleaned_data[name] for name in ("position", "tail")}
        return doubts.about_year_end(year_end=year_end, **named, **said)

    back = reverse("points:public-year-end", args=[code])
    ended = doubts.year_end_is_over(year_end, calendar.today())
    about = f"{year_end.village.full_name}{year_end.year}年末清零公示"
    return _public(request, form, send, {"about": about, "back": back, "ended": ended, "village": year_end.village})


@require_http_methods(["GET", "HEAD", "POST"])
def doubt(request: HttpRequest, number: str) -> HttpResponse:
    """What somebody wrote, and the answer to it."""
    seen = Doubt.objects.visible_to(request.user).select_related(
        "village__township", "honour__kind", "honour__household", "line__year_end", "line__household", "decided_by"
    )
    found = get_object_or_404(seen, number=number)
    may = doubts.may_answer(request.user, found)  # type: ignore[arg-type]
    if request.method == "POST":
        refuse_unless(may)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            doubts.answer(doubt=found, by=request.user, now=calendar.now(), **form.cleaned_data)  # type: ignore[arg-type]
            messages.success(request, f"{number} 已答复")
            return redirect("points:doubt", number)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"doubt": found, "form": form, "may": may, "today": calendar.today(), "crumbs": _crumbs(found)}
    return render(request, "points/doubts/detail.html", context, status=422 if form.errors else 200)


def _public(request: HttpRequest, form: DoubtForm, send: Callable[..., Doubt], context: dict[str, Any]) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        said = {"words": form.words, "key": form.cleaned_data["key"], "origin": origin_mark()}
        try:
            return redirect("points:objection-receipt", send(**said, now=calendar.now()).number)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 429 if isinstance(refusal, TooMany) else 422
    village: Village = context["village"]
    phones = [phone for phone in (village.phone, village.township.phone) if phone]
    return kept_out(
        render(request, "points/public/doubt.html", {**context, "form": form, "phones": phones}, status=status)
    )


def _crumbs(found: Doubt) -> list[tuple[str, str]]:
    if found.honour_id:
        desk = reverse("points:honour-desk", args=[found.village.code])
        return [("荣誉", reverse("points:honour-list")), (found.village.short_name, desk), ("异议", "")]
    assert found.line is not None
    own = reverse("points:year-end", args=[found.line.year_end.code])
    return [("年末结转", reverse("points:year-end-list")), (found.village.short_name, own), ("异议", "")]
