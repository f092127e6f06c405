"""Reviewing: what waits, one batch with its rows, and the decision in two steps."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from points import permissions, review, sittings
from points.forms.reviews import DecisionForm
from points.models import Batch, BatchEditor, Claim, Entry, Evidence
from points.models.batches import State
from points.models.reviews import recused_homes
from points.sittings import Sitting
from points.views.posted import posted
from qianjiang_portal.foundation import calendar, digits, options
from qianjiang_portal.foundation.htmx import page_or_partial
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import scope

TEMPLATES = "points/reviews"


@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *permissions.REVIEW_READERS):
        raise PermissionDenied
    batches = list(_waiting(request.user))
    now, days = calendar.now(), options.get("review_days")
    for batch in batches:
        batch.waited = sittings.waited(batch, now)
        batch.overdue = batch.waited - days
    context = {
        "mine": [batch for batch in batches if batch.for_me],
        "villages": _several([batch for batch in batches if batch.for_me]),
        "others": [batch for batch in batches if not batch.for_me],
        "days": days,
        "sees_oddities": scope.holds(request.user, *permissions.ODDITY_READERS),
        "reviews_here": scope.holds(request.user, "reviewer"),
    }
    return render(request, f"{TEMPLATES}/queue.html", context)


@require_GET
def review_detail(request: HttpRequest, number: str) -> HttpResponse:
    sitting = Sitting(
        _batch(request, number),
        request.user,
        by_grid=request.GET.get("order") == "grid",
        only_hinted=request.GET.get("only") == "hints",
    )
    return _done(request, sitting.batch) if sitting.is_over else _sheet(request, sitting)


@require_POST
def review_open(request: HttpRequest, number: str) -> HttpResponse:
    """The beacon of an opened page: looking at a batch is known to the others, but a GET writes nothing."""
    batch = _batch(request, number)
    if not permissions.can_review(request.user, batch):
        raise PermissionDenied
    review.open(batch=batch, checker=request.user, now=calendar.now())
    return HttpResponse(status=204)


@require_GET
def review_row(request: HttpRequest, number: str, claim: int) -> HttpResponse:
    """One row looked at closely: what was done, and what the household has had lately."""
    batch = _batch(request, number)
    row = get_object_or_404(batch.claims.select_related("household__grid", "rule", "resident", "reverses"), pk=claim)
    entries = Entry.objects.visible_to(request.user).filter(household=row.household_id)
    context = {
        "batch": batch,
        "claim": row,
        "entries": entries.select_related("rule").newest_first()[:5],
        "proofs": Evidence.objects.standing().of(row).select_related("file").order_by("claim", "pk"),
    }
    return page_or_partial(request, f"{TEMPLATES}/row.html", "drawer", context)


@posted("points:review", "number")
def review_decide(request: HttpRequest, number: str) -> HttpResponse:
    batch = _batch(request, number)
    sitting = Sitting(batch, request.user, chosen=_ids(request.POST.getlist("row")))
    if not sitting.may_decide:
        return _refused(request, sitting)
    if request.POST.get("version") != str(batch.version):
        return _changed(request, sitting)
    form = DecisionForm(sitting, request.POST)
    if not form.is_valid():
        return _unaccepted(request, sitting, form)
    if form.verb == "back":
        return _sheet(request, sitting, form)
    return _confirm(request, sitting, form) if form.needs_confirming else _decide(request, sitting, form)


def _decide(request: HttpRequest, sitting: Sitting, form: DecisionForm) -> HttpResponse:
    values = form.cleaned_data
    note = review.ReturnNote(reasons=values["reasons"], note=values["note"])
    try:
        done = review.decide(
            batch=sitting.batch,
            checker=request.user,
            version=values["version"],
            approve=form.approved,
            returned=dict.fromkeys(form.returned, note),
            present=list(values["present"]),
            held_at=values["held_at"],
            opinion=values["opinion"],
            now=calendar.now(),
        )
    except Conflict as conflict:
        return _changed(request, Sitting(_batch(request, sitting.batch.number), request.user), str(conflict))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _unaccepted(request, sitting, form)
    messages.success(request, f"已通过 {done.approved} 行，已退回 {done.returned} 行给 {sitting.batch.maker.name}")
    return redirect("points:review", sitting.batch.number)


def _sheet(
    request: HttpRequest,
    sitting: Sitting,
    form: DecisionForm | None = None,
    status: int = 200,
    warning: str = "",
) -> HttpResponse:
    present = sittings.usual_present(sitting)
    context = {
        "sitting": sitting,
        "batch": sitting.batch,
        "form": form or DecisionForm(sitting, initial=_beforehand(sitting, present)),
        "present": _present_in(form) if form else {member.pk for member in present},
        "warning": warning,
    }
    return render(request, f"{TEMPLATES}/detail.html", context, status=status)


def _confirm(request: HttpRequest, sitting: Sitting, form: DecisionForm, status: int = 200) -> HttpResponse:
    context = {
        "sitting": sitting,
        "batch": sitting.batch,
        "form": form,
        "approved": len(form.approved),
        "approved_points": sitting.points_of(form.approved),
        "returned": sitting.rows_of(form.returned),
        "reasons": review.REASONS,
    }
    return render(request, f"{TEMPLATES}/confirm.html", context, status=status)


def _unaccepted(request: HttpRequest, sitting: Sitting, form: DecisionForm) -> HttpResponse:
    """Back to the step that can put it right, with everything that was chosen and typed."""
    if set(form.errors) <= {"reasons", "note"} and form.returned:
        return _confirm(request, sitting, form, status=422)
    return _sheet(request, sitting, form, status=422)


def _changed(request: HttpRequest, sitting: Sitting, why: str = "") -> HttpResponse:
    """Somebody was quicker: what stands now, with whatever of the reviewer's own choice still applies."""
    if sitting.batch.state != State.SUBMITTED:
        return _done(request, sitting.batch, status=409)
    form = DecisionForm(sitting, request.POST)
    return _sheet(request, sitting, form, status=409, warning=why or _who_changed(sitting))


def _who_changed(sitting: Sitting) -> str:
    name = sitting.reviews[0].decided_by.name if sitting.reviews else sitting.batch.maker.name
    return f"内容刚被 {name} 改过，请对照后再保存"


def _refused(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    if sitting.batch.state != State.SUBMITTED and permissions.can_review(request.user, sitting.batch):
        return _done(request, sitting.batch, status=409)
    if not sitting.is_own:
        raise PermissionDenied
    return _sheet(request, sitting, status=403)


def _done(request: HttpRequest, batch: Batch, status: int = 200) -> HttpResponse:
    sitting = Sitting(batch, request.user)
    following = _waiting(request.user).filter(for_me=True).exclude(pk=batch.pk).first()
    context = {"sitting": sitting, "batch": batch, "next": following, "late": status == 409}
    return render(request, f"{TEMPLATES}/done.html", context, status=status)


def _several(batches: list[Batch]) -> list[tuple[Any, int]]:
    """Villages with more than one batch to decide, and how many."""
    counts: dict[Any, int] = {}
    for batch in batches:
        counts[batch.village] = counts.get(batch.village, 0) + 1
    return [(village, count) for village, count in counts.items() if count > 1]


def _waiting(user: Any) -> Any:
    """Submitted batches within the reader's places, the longest waiting first; `for_me` are theirs to decide."""
    in_hand = Q(claims__state=State.SUBMITTED)
    edited = BatchEditor.objects.filter(batch=OuterRef("pk"), user=user.pk)
    to_review = Batch.objects.to_review_by(user).filter(pk=OuterRef("pk"))
    open_to_me = Claim.objects.filter(batch=OuterRef("pk"), state=State.SUBMITTED).exclude(
        household__in=recused_homes(user).values("pk")
    )
    return (
        Batch.objects.visible_to(user)
        .filter(scope.within(user, permissions.REVIEW_READERS), state=State.SUBMITTED)
        .select_related("village__township", "rule", "maker", "opened_by")
        .annotate(
            households=Count("claims__household", filter=in_hand, distinct=True),
            points=Sum("claims__points", filter=in_hand),
            for_me=Exists(to_review) & Exists(open_to_me),
            own=Exists(edited),
        )
        .order_by("submitted_at", "pk")
    )


def _batch(request: HttpRequest, number: str) -> Batch:
    batches = Batch.objects.visible_to(request.user).exclude(state=State.DRAFT)
    batch: Batch = get_object_or_404(
        batches.select_related("village__township", "rule", "maker", "opened_by"), number=number
    )
    if not scope.covers(request.user, permissions.REVIEW_READERS, batch.village):
        raise PermissionDenied
    return batch


def _beforehand(sitting: Sitting, present: list[Any]) -> dict[str, Any]:
    return {"version": sitting.batch.version, "held_at": calendar.now(), "present": [member.pk for member in present]}


def _present_in(form: DecisionForm) -> set[int]:
    return set(_ids(form.data.getlist("present")))


def _ids(values: list[str]) -> frozenset[int]:
    return frozenset(found for value in values if (found := digits.number(value)) is not None)
