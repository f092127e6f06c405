"""Objecting without an account: a form behind the notice, a receipt, and where the answer is found later."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_http_methods, require_safe

from points import boards, objections, typed_numbers
from points.forms.objections import ObjectionForm
from points.models import Doubt, Notice, Objection
from points.objections import TooMany
from points.posters import Poster
from qianjiang_portal.foundation import calendar, origin
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import kept_out


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def public_objection(request: HttpRequest, code: str) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.select_related("village__township"), code=code)
    form = ObjectionForm(request.POST if request.method == "POST" else None, initial=_asked(request))
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            sent = objections.send(
                notice=notice,
                said=form.said,
                key=form.cleaned_data["key"],
                origin=origin_mark(),
                now=calendar.now(),
            )
            return redirect("points:objection-receipt", sent.number)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 429 if isinstance(refusal, TooMany) else 422
    context = {
        "form": form,
        "notice": notice,
        "poster": Poster(notice, []),
        "ended": boards.is_over(notice, calendar.today()),
    }
    return kept_out(render(request, "points/public/objection.html", context, status=status))


@login_not_required
@require_safe
def objection_find(request: HttpRequest) -> HttpResponse:
    """Where a receipt number is typed; a number that is none is answered with a sentence."""
    number = request.GET.get("number", "").strip()[:20]
    if (meant := typed_numbers.objection_number(number)) and _is_known(meant):
        return redirect("points:objection-receipt", meant)
    return kept_out(render(request, "points/public/receipt_find.html", {"number": number}))


@login_not_required
@require_safe
def objection_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """How far one objection is. Numbers can be guessed, so neither who wrote, nor about whom, nor what stands here."""
    found = Objection.objects.filter(number=number).select_related("notice__village__township").first()
    if found is None and (doubt := _doubt(number)):
        context = {"doubt": doubt, "today": calendar.today()}
        return kept_out(render(request, "points/public/doubt_receipt.html", context))
    if found is None:
        return kept_out(render(request, "points/public/receipt_find.html", {"number": number[:20]}, status=404))
    context = {"objection": found, "poster": Poster(found.notice, []), "today": calendar.today()}
    return kept_out(render(request, "points/public/receipt.html", context))


def _is_known(number: str) -> bool:
    return Objection.objects.filter(number=number).exists() or Doubt.objects.filter(number=number).exists()


def _doubt(number: str) -> Doubt | None:
    return Doubt.objects.filter(number=number).select_related("village__township").first()


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name][:6] for name in ("position", "tail") if name in request.GET}


def origin_mark() -> str:
    """Where a request comes from, as a keyed digest: enough to count by, nothing to trace anybody with."""
    return salted_hmac("points.objection", origin.address() or "").hexdigest()
