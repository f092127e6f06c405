"""A clerk's batches: the list, one batch with its returned rows, and the way to review and back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from points import batch_story, batches, checking, evidence_pages, permissions, returned
from points.forms.entry import ReturnedRowForm
from points.forms.evidence import EvidenceForm
from points.models import Batch, Claim
from points.models.batches import State
from points.views.posted import posted
from qianjiang_portal.foundation import calendar, digits
from qianjiang_portal.foundation.htmx import page_or_partial, wants_partial
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import scope

PER_PAGE = 50
TEMPLATES = "points/batches"


@require_safe
def batch_list(request: HttpRequest) -> HttpResponse:
    """The person's own batches; those with work left come up first and alone."""
    if not scope.holds(request.user, "clerk"):
        raise PermissionDenied
    mine = Batch.objects.visible_to(request.user).made_by(request.user).exclude(state=State.WITHDRAWN)
    open_only = request.GET.get("show") != "all"
    rows = mine.unfinished() if open_only else mine
    context = {
        "page": Paginator(_with_sums(rows), PER_PAGE).get_page(request.GET.get("page")),
        "open_only": open_only,
        "counts": mine.aggregate(all=Count("pk"), open=Count("pk", filter=Q(state__in=_unfinished()))),
    }
    return page_or_partial(request, f"{TEMPLATES}/list.html", "rows", context)


@require_safe
def batch_detail(request: HttpRequest, number: str) -> HttpResponse:
    return batch_page(request, _batch(request, number))


@require_http_methods(["GET", "HEAD", "POST"])
def batch_submit(request: HttpRequest, number: str) -> HttpResponse:
    """What will be sent, read before it is sent; POST sends it."""
    batch = batch_to_change(request, number)
    if request.method != "POST":
        return _check(request, batch) if batch.state == State.DRAFT else redirect("points:batch", number)
    try:
        batches.submit(batch=batch, maker=request.user, version=_version(request), now=calendar.now())
    except Refused as refusal:
        return _check(request, batch, refusal)
    return redirect("points:batch-submitted", number)


@require_safe
def batch_submitted(request: HttpRequest, number: str) -> HttpResponse:
    batch = _batch(request, number)
    if batch.state != State.SUBMITTED or batch.maker_id != request.user.pk:
        return redirect("points:batch", number)
    sent = list(batch.claims.filter(state=State.SUBMITTED))
    context = {"batch": batch, "size": checking.size(sent), "points": sum(claim.points for claim in sent)}
    context["reviewers"] = checking.reviewers(batch)
    return render(request, f"{TEMPLATES}/submitted.html", context)


@posted("points:batch", "number")
def batch_recall(request: HttpRequest, number: str) -> HttpResponse:
    batch = batch_to_change(request, number)
    try:
        batches.recall(batch=batch, maker=request.user, now=calendar.now())
    except Refused as refusal:
        return batch_page(request, batch, refusal=refusal, status=422)
    messages.success(request, "已撤回，可以继续修改")
    return redirect("points:batch", number)


@posted("points:batch", "number")
def batch_resubmit(request: HttpRequest, number: str) -> HttpResponse:
    """Correct the returned rows and send them again, all or none."""
    batch = batch_to_change(request, number)
    rows = list(_returned(batch))
    forms = {claim.pk: _row_form(claim, request.POST) for claim in rows}
    valid = [form.is_valid() for form in forms.values()]
    if not all(valid):
        return batch_page(request, batch, forms=forms, status=422)
    corrections = {claim.pk: _correction(claim, forms[claim.pk]) for claim in rows}
    try:
        returned.resubmit(batch=batch, maker=request.user, corrections=corrections, now=calendar.now())
    except Refused as refusal:
        _blame(forms, refusal)
        return batch_page(request, batch, forms=forms, refusal=refusal, status=422)
    return redirect("points:batch-submitted", number)


@posted("points:batch", "number")
def claim_remove(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Leave a returned row out of the batch."""
    batch = batch_to_change(request, number)
    claim = get_object_or_404(batch.claims.select_related("household"), line=line)
    try:
        batches.remove_claim(batch=batch, editor=request.user, claim=claim, now=calendar.now())
    except Refused as refusal:
        return batch_page(request, batch, refusal=refusal, status=422)
    messages.success(request, f"已移除第 {line} 行 {claim.household.head_name}")
    return redirect("points:batch", number)


def _batch(request: HttpRequest, number: str) -> Batch:
    seen = Batch.objects.visible_to(request.user).select_related(
        "village__township", "rule", "maker", "opened_by", "activity"
    )
    return get_object_or_404(seen, number=number)


def batch_to_change(request: HttpRequest, number: str) -> Batch:
    """The batch for somebody who enters for its village; others who may see it may not touch it."""
    batch = _batch(request, number)
    if not permissions.can_enter(request.user, batch.village):
        raise PermissionDenied
    return batch


def batch_page(
    request: HttpRequest,
    batch: Batch,
    *,
    forms: dict[int, ReturnedRowForm] | None = None,
    proof: EvidenceForm | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    batch.refresh_from_db(fields=["state", "version"])
    editable = permissions.can_edit(request.user, batch)
    claims = list(claims_of(batch))
    waiting = [claim for claim in claims if claim.state == State.RETURNED]
    for claim in waiting if editable else []:
        claim.form = (forms or {}).get(claim.pk) or _row_form(claim)
    chosen = request.GET.get("state", "")
    shelf = evidence_pages.shelf(batch, claims)
    for claim in claims:
        claim.proofs = shelf.count(claim)
    context = {
        "batch": batch,
        "claims": [claim for claim in claims if not chosen or claim.state == chosen],
        "returned": waiting,
        "returned_size": checking.size(waiting),
        "passed": sum(claim.state not in (State.RETURNED, State.DRAFT) for claim in claims),
        "states": _states(claims, chosen),
        "total": sum(claim.points for claim in claims),
        "count": len(claims),
        "size": checking.size(claims),
        "editable": editable,
        "can_recall": batch.state == State.SUBMITTED and batch.maker_id == request.user.pk and not batch.opened_by,
        "story": batch_story.story(batch),
        "shelf": shelf,
        "proof": proof or EvidenceForm(claims),
        "refusal": refusal,
        "problems": sum(len(form.errors) for form in (forms or {}).values()),
    }
    return page_or_partial(request, f"{TEMPLATES}/detail.html", "rows", context, status=status)


def _check(request: HttpRequest, batch: Batch, refusal: Refused | None = None) -> HttpResponse:
    """A dialog where the grid asks for it, a page of its own otherwise."""
    check = checking.look_over(batch, getattr(refusal, "problems", None))
    template = "check_dialog.html" if wants_partial(request) else "check.html"
    context = {"batch": batch, "check": check, "refusal": refusal}
    status = 409 if isinstance(refusal, Conflict) else 422 if refusal else 200
    response = render(request, f"{TEMPLATES}/{template}", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _with_sums(rows: QuerySet[Batch]) -> QuerySet[Batch]:
    live = ~Q(claims__state=State.WITHDRAWN)
    homes = Count("claims__household", filter=live, distinct=True)
    summed = rows.annotate(households=homes, points=Sum("claims__points", filter=live, default=0))
    return summed.select_related("village", "rule").order_by("-updated_at", "-pk")


def claims_of(batch: Batch) -> QuerySet[Claim]:
    return (
        batch.claims.live().select_related("household__grid", "resident", "rule", "checker", "reverses").in_line_order()
    )


def _returned(batch: Batch) -> QuerySet[Claim]:
    return claims_of(batch).filter(state=State.RETURNED)


def _row_form(claim: Claim, data: Any = None) -> ReturnedRowForm:
    initial = {"points": f"{claim.points:+}".replace("-", "−"), "note": claim.note, "version": claim.version}
    return ReturnedRowForm(data, prefix=f"row-{claim.pk}", initial=initial, auto_id="id_%s")


def _correction(claim: Claim, form: ReturnedRowForm) -> returned.Correction:
    """A deduction may be typed without its sign, as in the grid."""
    values = form.cleaned_data
    points = -abs(values["points"]) if claim.rule.sign < 0 else values["points"]
    return returned.Correction(points, values["note"], values["version"])


def _blame(forms: dict[int, ReturnedRowForm], refusal: Refused) -> None:
    for pk, text in getattr(refusal, "problems", {}).items():
        if pk in forms:
            forms[pk].add_error("points", text)


def _states(claims: list[Claim], chosen: str) -> list[tuple[str, str, bool]]:
    """The filter above the rows: label with count, address, whether it is the current one."""
    present = [state for state in State if any(claim.state == state for claim in claims)]
    counted = [(state, sum(claim.state == state for claim in claims)) for state in present]
    options = [(f"{State(state).label} {count}", f"?state={state}", state == chosen) for state, count in counted]
    return [(f"全部 {len(claims)}", "?", not chosen), *options] if len(present) > 1 else []


def _unfinished() -> list[str]:
    return [State.DRAFT, State.SUBMITTED, State.RETURNED]


def _version(request: HttpRequest) -> int | None:
    return digits.number(request.POST.get("version", ""))
