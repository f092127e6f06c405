"""账本校验: anybody may ask what a seal covers; auditors walk whole chains and take them away as a pack."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from points import proofs, seals
from points.models import Seal
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.responses import kept_out
from villages import scope
from villages.models import Village

READERS = ("auditor", "district")


@login_not_required
@require_safe
def seal_check(request: HttpRequest) -> HttpResponse:
    return kept_out(render(request, "points/seals/public.html", _asked(request)))


@require_safe
def ledger_check(request: HttpRequest) -> HttpResponse:
    """Every chain with its length; the one of `village` is walked from end to end."""
    _refuse_others(request.user)
    places = Village.objects.visible_to(request.user).select_related("township")
    chains = places.filter(seals__isnull=False).annotate(
        count=Count("seals"), entries=Sum("seals__entry_count"), last=Max("seals__sealed_at")
    )
    code = request.GET.get("village", "")
    walked = get_object_or_404(places, code=code) if code else None
    context = {
        **_asked(request),
        "chains": list(chains.in_code_order()),
        "walked": walked,
        "faults": list(seals.verify([walked.pk])) if walked else [],
    }
    return render(request, "points/seals/ledger.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ledger_pack(request: HttpRequest, code: str) -> HttpResponse:
    """The pack as a download; a POST, since it is recorded who took it."""
    _refuse_others(request.user)
    village = get_object_or_404(Village.objects.visible_to(request.user), code=code)
    if request.method != "POST":
        return redirect("points:ledger-check")
    content = proofs.pack(village=village, by=request.user, now=calendar.now())
    name = f"ledger-{village.code}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="application/zip", headers=headers)


def _refuse_others(user: Any) -> None:
    if not scope.holds(user, *READERS):
        raise PermissionDenied


def _asked(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("seal", "").strip()[:100]
    found: Seal | None = seals.find(asked) if asked else None
    return {
        "asked": asked,
        "too_short": bool(asked) and len(seals.plain(asked)) < seals.SHORTEST,
        "found": found,
        "intact": not list(seals.examine(found)) if found else False,
        "of": Seal.objects.filter(village=found.village_id).count() if found else 0,
    }
