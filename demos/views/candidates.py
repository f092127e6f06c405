"""示范创建: the board, one candidate, and every step it takes."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import board, candidate_pages, candidates, permissions, register_workbooks
from demos.forms.candidates import (
    AdvanceForm,
    BackForm,
    CloseForm,
    MilestoneForm,
    NominateForm,
    OwnerForm,
    ReachForm,
    RecheckForm,
)
from demos.models import Candidate, Milestone, Programme, Stage
from demos.models.programmes import READERS
from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import Township, Village


@require_safe
def candidate_board(request: HttpRequest) -> HttpResponseBase:
    """The board, or the same as a table: `view` says which."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    today = calendar.today()
    wanted = board.Wanted.read(request.GET, today.year)
    everything = board.cards(request.user, wanted, today)
    if workbooks.is_asked_for(request.GET):
        content = register_workbooks.candidates(everything)
        return files.attachment(f"{wanted.year}年示范创建.xlsx", content, workbooks.XLSX)
    context = {
        "targets": board.targets(request.user, wanted.year),
        "columns": board.columns(everything),
        "cards": everything,
        "late": sum(1 for card in everything if card.late),
        "wanted": wanted,
        "narrowed": wanted.query,
        "as_table": request.GET.get("view") == "table",
        "years": board.years(request.user, today.year),
        "levels": Programme.Level.choices,
        "kinds": Programme.Kind.choices,
        "townships": Township.objects.visible_to(request.user).in_code_order(),
        "can_set": permissions.can_set_targets(request.user),
        "can_nominate": scope.holds(request.user, "clerk", "leader", "district"),
    }
    return render(request, "demos/candidates/board.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def candidate_new(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, "clerk", "leader", "district"):
        raise PermissionDenied
    form = _nominate_form(request)
    if request.method == "POST" and form.is_valid():
        given = {key: form.cleaned_data[key] for key in ("programme", "place", "on", "owner", "beyond")}
        try:
            made = candidates.nominate(**given, by=request.user, now=calendar.now())  # type: ignore[arg-type]
            messages.success(request, f"{made.name}已列入{made.programme.title}")
            return redirect("demos:candidate", made.pk)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    context = {"form": form, "crumbs": _crumbs("选点")}
    return render(request, "demos/candidates/new.html", context, status=422 if form.errors else 200)


@require_safe
def candidate_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _candidate(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def candidate_move(request: HttpRequest, pk: int) -> HttpResponse:
    """移到…: forward to the next stage, or back with a reason."""
    candidate = _candidate(request, pk)
    forward = permissions.can_advance(request.user, candidate)
    back = permissions.can_send_back(request.user, candidate)
    if not (forward or back):
        raise PermissionDenied
    advance, send_back = _move_forms(request, candidate)
    form = send_back if request.POST.get("action") == "back" else advance
    if request.method == "POST" and form.is_valid():
        write = candidates.send_back if form is send_back else candidates.advance
        try:
            moved = write(candidate=candidate, **form.cleaned_data, by=request.user, now=calendar.now())  # type: ignore[operator]
            messages.success(request, f"{moved.name}现在是{moved.stage.name}")
            return redirect("demos:candidate", candidate.pk)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    context = {
        "page": candidate_pages.page(request.user, candidate, calendar.today()),
        "candidate": candidate,
        "advance": advance,
        "back": send_back,
        "wrong": form if form.errors else None,
        "crumbs": [*_crumbs(""), (candidate.name, reverse("demos:candidate", args=[pk])), ("移到…", "")],
    }
    return render(request, "demos/candidates/move.html", context, status=422 if form.errors else 200)


@require_POST
def candidate_owner(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, "owner", OwnerForm(request.POST, prefix="owner"), candidates.put_owner, "责任人已保存")


@require_POST
def candidate_milestone(request: HttpRequest, pk: int) -> HttpResponse:
    form = MilestoneForm(request.POST, prefix="milestone")
    return _do(request, pk, "milestone", form, candidates.add_milestone, "节点已加入")


@require_POST
def candidate_recheck(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, "recheck", RecheckForm(request.POST, prefix="recheck"), candidates.recheck, "复核已登记")


@require_POST
def candidate_close(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, "close", CloseForm(request.POST, prefix="close"), candidates.close, "退出已登记")


@require_POST
def milestone_reach(request: HttpRequest, pk: int, milestone: int) -> HttpResponse:
    candidate = _candidate(request, pk)
    found = get_object_or_404(Milestone.objects.visible_to(request.user).filter(candidate=candidate), pk=milestone)

    def write(*, candidate: Candidate, **given: Any) -> object:
        return candidates.reach(milestone=found, **given)

    return _do(request, pk, "reach", ReachForm(request.POST, prefix=f"reach-{found.pk}"), write, "节点已完成")


MAY: dict[str, Callable[[Any, Candidate], bool]] = {
    "owner": permissions.can_prepare,
    "milestone": permissions.can_prepare,
    "reach": permissions.can_prepare,
    "recheck": lambda user, _candidate: permissions.can_recheck(user),
    "close": lambda user, _candidate: permissions.can_set_targets(user),
}


def _do(
    request: HttpRequest, pk: int, key: str, form: forms.Form, write: Callable[..., object], said: str
) -> HttpResponse:
    """One write on a candidate's page; what was not accepted is shown on it."""
    candidate = _candidate(request, pk)
    if not MAY[key](request.user, candidate):
        raise PermissionDenied
    if form.is_valid():
        try:
            write(candidate=candidate, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, said)
            return redirect("demos:candidate", candidate.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, candidate, {key: form})


def _candidate(request: HttpRequest, pk: int) -> Candidate:
    return get_object_or_404(Candidate.objects.visible_to(request.user).with_places(), pk=pk)


def _page(request: HttpRequest, candidate: Candidate, wrong: dict[str, forms.Form] | None = None) -> HttpResponse:
    today, shown = calendar.today(), wrong or {}
    context = {
        "page": candidate_pages.page(request.user, candidate, today),
        "candidate": candidate,
        "owner": shown.get("owner") or OwnerForm(prefix="owner", initial={"owner": candidate.owner}),
        "milestone": shown.get("milestone") or MilestoneForm(prefix="milestone"),
        "recheck": shown.get("recheck") or RecheckForm(prefix="recheck", initial={"on": today}),
        "close": shown.get("close") or CloseForm(prefix="close", initial={"on": today}),
        "wrong": next(iter(shown.values()), None),
        "open_form": next(iter(shown), ""),
        "today": today,
        "crumbs": _crumbs(candidate.name),
    }
    return render(request, "demos/candidates/detail.html", context, status=422 if wrong else 200)


def _nominate_form(request: HttpRequest) -> NominateForm:
    user, today = request.user, calendar.today()
    programmes = Programme.objects.visible_to(user).filter(year=today.year).in_order()
    whole = scope.places(user, {"clerk", "leader", "district"})
    townships = Township.objects.visible_to(user).in_code_order()
    if not whole.everywhere:
        townships = townships.filter(pk__in=whole.townships)
    own = Village.objects.for_role(user, "clerk", "leader", "district").open()
    villages = own.select_related("township").in_code_order()
    data = request.POST if request.method == "POST" else None
    return NominateForm(programmes, villages, townships, data, initial={"on": today})


def _move_forms(request: HttpRequest, candidate: Candidate) -> tuple[AdvanceForm, BackForm]:
    today, posted = calendar.today(), request.POST if request.method == "POST" else None
    is_back = request.POST.get("action") == "back"
    earlier = Stage.objects.filter(programme=candidate.programme_id, position__lt=candidate.stage.position)
    first = {"on": today}
    return (
        AdvanceForm(None if is_back else posted, prefix="advance", initial=first),
        BackForm(earlier.order_by("-position"), posted if is_back else None, prefix="back", initial=first),
    )


def _crumbs(last: str) -> list[tuple[str, str]]:
    lead = [("示范创建", reverse("demos:board"))]
    return [*lead, (last, "")] if last else lead
