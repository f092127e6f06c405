"""Quick entry, one household with many rules. Its rows are saved where all rows of quick entry are."""

from collections import Counter
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from points import evidence_pages, visiting
from points.models import Batch
from points.models.batches import State
from points.visiting import Visit
from qianjiang_portal.foundation import calendar, uploads
from villages import scope
from villages.models import User


@require_safe
@never_cache
def household(request: HttpRequest) -> HttpResponse:
    """One household of a village on a day (`v`, `h`, `date`), or a draft named by `batch` where it was left."""
    if not scope.holds(request.user, "clerk"):
        raise PermissionDenied
    now = calendar.now()
    number = request.GET.get("batch")
    if number:
        mine = Batch.objects.visible_to(request.user).made_by(request.user).select_related("village", "rule")
        batch = get_object_or_404(mine, number=number)
        if batch.state != State.DRAFT or not batch.is_quick or batch.rule:
            return redirect("points:batch", number)
        visit = visiting.resume(request.user, batch, now)
    else:
        visit = visiting.begin(request.user, request.GET, now)
    return render(request, "points/entry/household.html", {"visit": visit, "config": _config(request.user, visit)})


def _config(user: User, visit: Visit) -> dict[str, Any]:
    """What the scripts of the page need to know."""
    village, batch = visit.entering.village, visit.batch
    return {
        "user": user.pk,
        "batch": batch.idempotency_key if batch else visit.key,
        "number": batch.number if batch else "",
        "village": village.code if village else "",
        "villageName": village.short_name if village else "",
        "household": visit.household.pk if visit.household else None,
        "head": visit.household.head_name if visit.household else "",
        "members": visit.members,
        "before": visit.before.pk if visit.before else None,
        "after": visit.after.pk if visit.after else None,
        "date": visit.entering.typed_date,
        "today": calendar.today().isoformat(),
        "open": visit.is_open,
        "accept": uploads.ACCEPT,
        "rules": [visiting.rule_facts(offer) for offer in visit.offers],
        "rows": _rows(visit),
        "urls": _urls(village.code if village else "0"),
    }


def _rows(visit: Visit) -> list[dict[str, Any]]:
    proofs = evidence_pages.counts(visit.batch) if visit.batch else Counter[int | None]()
    return [
        {
            "key": str(claim.client_key),
            "line": at,
            "version": claim.version,
            "rule": claim.rule_id,
            "date": claim.occurred_on.isoformat(),
            "member": claim.resident_id,
            "points": claim.points,
            "note": claim.note,
            "proofs": proofs[claim.pk] + proofs[None],
        }
        for at, claim in enumerate(visit.rows, 1)
    ]


def _urls(code: str) -> dict[str, str]:
    return {
        "index": reverse("points:entry-index", args=[code]),
        "find": reverse("points:entry-find"),
        "row": reverse("points:row"),
        "remove": reverse("points:row-remove"),
        "restore": reverse("points:row-restore"),
        "evidence": reverse("points:row-evidence"),
        "check": reverse("points:batch-submit", args=["NUMBER"]),
    }
