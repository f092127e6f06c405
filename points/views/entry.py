"""Quick entry, one rule for many households: its page, and for every way of entering the register and the rows."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import conditional_page, require_GET, require_POST, require_safe

from points import batches, entering, evidence_pages
from points.checks import signed
from points.forms.entry import RowForm, RowKeyForm
from points.models import Batch, Claim, Rule
from points.models.batches import State
from qianjiang_portal.foundation import calendar, uploads
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import Household, Resident, User


@require_safe
@never_cache
def entry(request: HttpRequest) -> HttpResponse:
    """Enter a new batch, or go on with a draft named by `?batch=`."""
    if not scope.holds(request.user, "clerk"):
        raise PermissionDenied
    now = calendar.now()
    if number := request.GET.get("batch"):
        batch = get_object_or_404(_own(request).select_related("village", "rule"), number=number)
        if batch.state != State.DRAFT or not batch.is_quick:
            return redirect("points:batch", number)
        if batch.rule is None:
            return redirect(f"{reverse('points:entry-household')}?batch={number}")
        shown = entering.resume(request.user, batch, now)
    else:
        shown = entering.begin(request.user, entering.Asked.read(request.GET), now)
    return render(request, "points/entry/form.html", {"entering": shown, "config": _config(request.user, shown)})


@require_safe
@conditional_page
@cache_control(private=True, no_cache=True)
def entry_index(request: HttpRequest, code: str) -> HttpResponse:
    """The households of one village, for matching in the browser."""
    village = get_object_or_404(entering.enterable(request.user), code=code)
    index = entering.index(village, calendar.today(), with_members="members" in request.GET)
    return JsonResponse(index, json_dumps_params={"ensure_ascii": False})


@require_GET
@never_cache
def entry_find(request: HttpRequest) -> HttpResponse:
    """Households of the whole township by name, for a name the village does not have."""
    query = request.GET.get("q", "").strip()[:40]
    found = entering.found_elsewhere(request.user, query) if query else []
    return JsonResponse({"rows": [_household(household, with_village=True) for household in found]})


@require_POST
def row(request: HttpRequest) -> HttpResponse:
    """Save one row; the first one begins the batch. 422 says why a row is not kept, 409 what stands there now."""
    form = RowForm(request.POST)
    if not form.is_valid():
        return _not_kept(form.first_error)
    try:
        saved = _save(request.user, form.cleaned_data)
    except batches.RowChanged as changed:
        return _changed(request.user, changed.claim, form.cleaned_data)
    except Refused as refusal:
        return _not_kept(str(refusal))
    return _kept(saved)


@require_POST
def row_remove(request: HttpRequest) -> HttpResponse:
    """Take a row out of its draft; a row that never arrived is gone already."""
    claim = _claim(request)
    if claim is None:
        return HttpResponse(status=204)
    try:
        batches.remove_claim(batch=claim.batch, editor=request.user, claim=claim, now=calendar.now())
    except Refused as refusal:
        return _not_kept(str(refusal))
    return HttpResponse(status=204)


@require_POST
def row_restore(request: HttpRequest) -> HttpResponse:
    """Put a row back that was taken out; 404 when it never arrived."""
    claim = _claim(request)
    if claim is None:
        return HttpResponse(status=404)
    try:
        saved = batches.restore_claim(batch=claim.batch, editor=request.user, claim=claim, now=calendar.now())
    except Refused as refusal:
        return _not_kept(str(refusal))
    return _kept(saved)


def _save(user: User, given: dict[str, Any]) -> batches.Saved:
    """A first row and the draft it begins are kept together or not at all; a later row finds its draft and locks it."""
    with transaction.atomic():
        if begun := _begun(user, given):
            return _put(user, begun, given, is_held=True)
        return _put(user, _begin(user, given), given)


def _put(user: User, batch: Batch, given: dict[str, Any], *, is_held: bool = False) -> batches.Saved:
    household = get_object_or_404(Household.objects.visible_to(user), pk=given["household"])
    members = Resident.objects.visible_to(user).filter(household=household)
    return batches.put_claim(
        batch=batch,
        editor=user,
        client_key=given["key"],
        household=household,
        rule=_rule_of(user, batch, given["rule"]),
        points=given["points"],
        occurred_on=given["date"],
        note=given["note"],
        resident=get_object_or_404(members, pk=given["member"]) if given["member"] else None,
        version=given["version"],
        is_held=is_held,
        now=calendar.now(),
    )


def _begun(user: User, given: dict[str, Any]) -> Batch | None:
    """The batch that an earlier row began, with its rule, locked. Raises CannotSave."""
    if not given["number"]:
        return None
    mine = Batch.objects.visible_to(user).made_by(user).select_related("rule__rule_set")
    return batches.hold(mine.filter(number=given["number"], village__code=given["village"]), user)


def _begin(user: User, given: dict[str, Any]) -> Batch:
    village = get_object_or_404(entering.enterable(user), code=given["village"])
    rule = get_object_or_404(Rule.objects.visible_to(user), pk=given["rule"])
    visit = given["visit"]
    return batches.open_draft(
        maker=user,
        village=village,
        rule=None if visit else rule,
        occurred_on=visit or given["date"],
        key=given["batch"],
        now=calendar.now(),
    )


def _rule_of(user: User, batch: Batch, pk: int) -> Rule:
    """Mode A has one rule, and the batch knows it."""
    if batch.rule and batch.rule.pk == pk:
        return batch.rule
    return get_object_or_404(Rule.objects.visible_to(user).select_related("rule_set"), pk=pk)


def _claim(request: HttpRequest) -> Claim | None:
    form = RowKeyForm(request.POST)
    if not form.is_valid():
        return None
    mine = Claim.objects.visible_to(request.user).filter(batch__maker=request.user.pk).select_related("batch")
    return mine.filter(batch__idempotency_key=form.cleaned_data["batch"], client_key=form.cleaned_data["key"]).first()


def _own(request: HttpRequest) -> Any:
    return Batch.objects.visible_to(request.user).made_by(request.user)


def _kept(saved: batches.Saved) -> HttpResponse:
    claim = saved.claim
    return JsonResponse(
        {
            "batch": claim.batch.number,
            "version": claim.version,
            "warnings": saved.warnings,
            "time": f"{calendar.now():%H:%M}",
        }
    )


def _not_kept(reason: str) -> HttpResponse:
    return HttpResponse(reason, status=422, content_type="text/plain; charset=utf-8")


def _changed(user: User, claim: Claim, mine: dict[str, Any]) -> HttpResponse:
    """Both values, so that whoever typed the second can choose."""
    others = claim.batch.editors.exclude(user=user.pk).select_related("user").order_by("-pk")
    name = others[0].user.name if others else user.name
    gone = claim.state == State.WITHDRAWN
    who = f"{claim.household.head_name}户 {claim.resident.name}" if claim.resident else claim.household.head_name
    stands = "已移除" if gone else f"{who} {signed(claim.points)}"
    answer = {
        "message": f"{name} 刚改过这一行：现在是 {stands}，这里是 {signed(mine['points'])}",
        "version": claim.version,
        "gone": gone,
        "now": {
            "household": claim.household_id,
            "member": claim.resident_id,
            "points": claim.points,
            "note": claim.note,
        },
    }
    return JsonResponse(answer, status=409)


def _config(user: User, shown: entering.Entering) -> dict[str, Any]:
    """What the scripts of the page need to know."""
    village, rule, batch = shown.village, shown.rule, shown.batch
    return {
        "user": user.pk,
        "batch": batch.idempotency_key if batch else str(uuid.uuid4()),
        "number": batch.number if batch else "",
        "village": village.code if village else "",
        "villageName": village.short_name if village else "",
        "rule": _rule(rule) if rule else None,
        "date": shown.typed_date,
        "today": calendar.today().isoformat(),
        "open": shown.is_open,
        "accept": uploads.ACCEPT,
        "rows": _rows(batch) if batch else [],
        "urls": _urls(village.code if village else "0", with_members=shown.by_person),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    """`least` and `most` are sizes; `sign` and `usual` carry the direction."""
    return {
        "id": rule.pk,
        "code": rule.code,
        "sign": rule.sign,
        "least": rule.min_points,
        "most": rule.max_points,
        "usual": rule.default,
        "evidence": rule.evidence,
    }


def _rows(batch: Batch) -> list[dict[str, Any]]:
    claims = batch.claims.live().select_related("household__grid").in_line_order()
    proofs = evidence_pages.counts(batch)
    return [
        {
            "key": str(claim.client_key),
            "line": claim.line,
            "version": claim.version,
            "household": _household(claim.household),
            "member": claim.resident_id,
            "points": claim.points,
            "note": claim.note,
            "proofs": proofs[claim.pk] + proofs[None],
        }
        for claim in claims
    ]


def _household(household: Household, *, with_village: bool = False) -> dict[str, Any]:
    shown = {
        "id": household.pk,
        "name": household.head_name,
        "group": household.grid.name,
        "number": household.short_number,
        "people": household.members,
    }
    return {**shown, "village": household.village.short_name, "code": household.village.code} if with_village else shown


def _urls(code: str, *, with_members: bool) -> dict[str, str]:
    return {
        "index": reverse("points:entry-index", args=[code]) + ("?members=1" if with_members else ""),
        "find": reverse("points:entry-find"),
        "row": reverse("points:row"),
        "remove": reverse("points:row-remove"),
        "restore": reverse("points:row-restore"),
        "evidence": reverse("points:row-evidence"),
        "check": reverse("points:batch-submit", args=["NUMBER"]),
        "paste": reverse("points:entry-paste"),
    }
