"""荣誉: the list, putting somebody forward, what a village has on its way, and the kinds the district keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_http_methods, require_safe

from points import awards, honour_pages, honours, nominating, permissions
from points.forms.honours import DecisionForm, KindForm, NominationForm, NominationListForm, ReasonForm
from points.models import Claim, Honour, HonourKind, HonourNotice
from points.models.batches import State as ClaimState
from points.models.honours import HONOUR_READERS
from points.models.suspensions import SUSPENSION_READERS
from points.views.links import batch_link
from points.views.posted import posted
from qianjiang_portal.foundation import calendar, digits
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.choices import Places
from villages.models import Village

PER_PAGE = 50


@dataclass(frozen=True)
class _Row:
    """A nomination with what was ticked and typed beside it; `apart` is left to others."""

    honour: Honour
    apart: bool
    verdict: str
    reason: str
    wrong: str


@require_safe
def honour_list(request: HttpRequest) -> HttpResponse:
    _may_read(request)
    places = Places.read(request.user, request.GET)
    filters = honour_pages.Filters.read(request.GET)  # type: ignore[arg-type]
    today = calendar.today()
    rows = honour_pages.found(request.user, places, filters, today)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "places": places, "filters": filters, "states": honour_pages.STATES}
    context |= {
        "work": honour_pages.work(request.user, today),
        "years": honour_pages.years(request.user),
        **_tabs(request),
    }
    return render(request, "points/honours/list.html", context)


@require_safe
def honour_start(request: HttpRequest) -> HttpResponse:
    """From the list, with the village chosen there, to the form."""
    _may_read(request)
    chosen = _village(request, request.GET.get("village", "")[:12])
    return redirect("points:honour-new", chosen.code)


@require_safe
def honour_desk(request: HttpRequest, code: str) -> HttpResponse:
    return _desk(request, _village(request, code))


@require_http_methods(["GET", "HEAD", "POST"])
def honour_new(request: HttpRequest, code: str) -> HttpResponse:
    village = _village(request, code)
    if not permissions.can_nominate(request.user, village):
        raise PermissionDenied
    form = NominationForm(village, calendar.today(), request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("kind", "year", "deed")}
        try:
            made = honours.nominate(village=village, nominee=form.nominee, by=request.user, now=calendar.now(), **said)
            messages.success(request, f"{made.whose} {made.kind} 已提名，等评议小组评议")
            return redirect("points:honour-desk", code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"village": village, "form": form, "crumbs": _crumbs(village, "提名")}
    return render(request, "points/honours/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def honour_paste(request: HttpRequest, code: str) -> HttpResponse:
    """Read a pasted list and say what is to be put right; with `step=add` all of it is put forward."""
    village = _village(request, code)
    if not permissions.can_nominate(request.user, village):
        raise PermissionDenied
    form = NominationListForm(calendar.today(), request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"village": village, "form": form, "crumbs": _crumbs(village, "粘贴提名")}
    if form.is_valid():
        said = {"village": village, "year": form.cleaned_data["year"], "by": request.user, "now": calendar.now()}
        reading = context["reading"] = nominating.read(text=form.cleaned_data["text"], **said)
        if request.POST.get("step") == "add" and reading.is_ready:
            try:
                made = honours.nominate_all(nominations=reading.nominations, **said)
                messages.success(request, f"已提名 {len(made)} 个，等评议小组评议")
                return redirect("points:honour-desk", code)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    wrong = form.errors or ("reading" in context and context["reading"].wrong)
    return render(request, "points/honours/paste.html", context, status=422 if wrong else 200)


@posted("points:honour-desk", "code")
def honour_decide(request: HttpRequest, code: str) -> HttpResponse:
    village = _village(request, code)
    if not permissions.can_decide_honours(request.user, village):
        raise PermissionDenied
    desk = honour_pages.desk(request.user, village, calendar.now())
    form = DecisionForm([one.pk for one in desk.decidable], desk.members, desk.quorum, request.POST)
    if form.is_valid():
        told = {"passed": form.passed, "declined": form.declined, "sitting": form.sitting}
        try:
            honours.decide(village=village, by=request.user, now=calendar.now(), **told)
            messages.success(request, f"通过 {len(form.passed)} 个，不通过 {len(form.declined)} 个")
            return redirect("points:honour-desk", code)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _desk(request, village, form=form)


@posted("points:honour-desk", "code")
def honour_publish(request: HttpRequest, code: str) -> HttpResponse:
    def publish(village: Village) -> str:
        notice = awards.publish(village=village, by=request.user, now=calendar.now())  # type: ignore[arg-type]
        return f"{notice.code} 已公示，到 {notice.ends_on}"

    return _step(request, code, permissions.can_publish, publish)


@posted("points:honour-desk", "code")
def honour_points(request: HttpRequest, code: str) -> HttpResponse:
    def to_points(village: Village) -> str:
        made = awards.to_points(village=village, by=request.user, now=calendar.now())  # type: ignore[arg-type]
        words = [format_html("批次 {} {} 行", batch_link(request, one.batch), one.rows) for one in made]
        left = [f"{name}：{why}" for one in made for name, why in one.refused]
        done = format_html("{}，核对后提交", format_html_join("、", "{}", zip(words)))
        return format_html_join("；", "{}", zip([done, *left]))

    return _step(request, code, permissions.can_enter, to_points)


@posted("points:honour-desk", "code")
def honour_award(request: HttpRequest, code: str, notice: str) -> HttpResponse:
    up = get_object_or_404(HonourNotice.objects.visible_to(request.user), village__code=code, code=notice)

    def award(village: Village) -> str:
        return f"授予 {len(awards.award(notice=up, now=calendar.now(), by=request.user))} 个"  # type: ignore[arg-type]

    return _step(request, code, permissions.can_award, award)


@posted("points:honour-desk", "code")
def honour_withdraw(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    honour = _honour(request, code, pk)

    def withdraw(village: Village) -> str:
        honours.withdraw(honour=honour, by=request.user, now=calendar.now())  # type: ignore[arg-type]
        return f"{honour.whose} {honour.kind} 已撤回"

    return _step(request, code, permissions.can_nominate, withdraw)


@posted("points:honour-desk", "code")
def honour_end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a name off its way, or cancel an award, with the reason."""
    village, honour = _village(request, code), _honour(request, code, pk)
    if not permissions.can_suspend(request.user, village):
        raise PermissionDenied
    form = ReasonForm(request.POST)
    end = awards.revoke if honour.state == Honour.State.AWARDED else awards.decline
    if form.is_valid():
        try:
            ended = end(honour=honour, reason=form.cleaned_data["reason"], by=request.user, now=calendar.now())  # type: ignore[arg-type]
            messages.success(request, f"{honour.whose} {honour.kind}：{ended.get_state_display()}")
            if line := awards.points_of(ended) if ended.state == Honour.State.REVOKED else None:
                told = batch_link(request, line.batch), line.get_state_display(), _left_to_do(line)
                messages.warning(request, format_html("它的加分在批次 {}，{}，{}", *told))
            return redirect("points:honour-desk", code)
        except Refused as refusal:
            form.add_error("reason", str(refusal))
    return _desk(request, village, problem=str(form.errors["reason"][0]), ending=(pk, form))


def _left_to_do(line: Claim) -> str:
    """What becomes of the points of an award that was cancelled: nothing by itself."""
    if line.state in (ClaimState.DRAFT, ClaimState.RETURNED):
        return "经办提交前移出这一行"
    if line.state == ClaimState.SUBMITTED:
        return "审核时退回这一行"
    return "经办在存折上冲正" if line.state == ClaimState.EFFECTIVE else "入账以后由经办冲正"


@require_http_methods(["GET", "HEAD", "POST"])
def honour_kinds(request: HttpRequest) -> HttpResponse:
    if not permissions.can_keep_honour_kinds(request.user):
        raise PermissionDenied
    asked = request.POST.get("pk") or request.GET.get("pk", "")
    kind = get_object_or_404(HonourKind.objects.order_by("position"), pk=asked[:9]) if asked.isdecimal() else None
    if request.method != "POST":
        shown = {name: getattr(kind, name) for name in KindForm.base_fields} if kind else {"is_open": True}
        return _kinds(request, kind, KindForm(initial=shown))
    form = KindForm(request.POST)
    if form.is_valid():
        try:
            kept = honours.keep_kind(kind=kind, by=request.user, now=calendar.now(), **form.cleaned_data)
            messages.success(request, f"{kept.name} 已保存")
            return redirect("points:honour-kinds")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _kinds(request, kind, form)


def _kinds(request: HttpRequest, kind: HonourKind | None, form: KindForm) -> HttpResponse:
    context = {"kinds": honour_pages.kinds(), "kind": kind, "form": form, **_tabs(request)}
    return render(request, "points/honours/kinds.html", context, status=422 if form.is_bound else 200)


def _may_read(request: HttpRequest) -> None:
    if not scope.holds(request.user, *HONOUR_READERS):
        raise PermissionDenied


def _village(request: HttpRequest, code: str) -> Village:
    _may_read(request)
    seen = Village.objects.for_role(request.user, *HONOUR_READERS).select_related("township")
    return get_object_or_404(seen, code=code)


def _honour(request: HttpRequest, code: str, pk: int) -> Honour:
    _village(request, code)
    found = Honour.objects.visible_to(request.user).select_related("kind", "village")
    return get_object_or_404(found, village__code=code, pk=pk)


def _step(
    request: HttpRequest, code: str, may: Callable[[Any, Village], bool], work: Callable[[Village], str]
) -> HttpResponse:
    """Take one step for a village and come back to its page, with what was done or why it was not."""
    village = _village(request, code)
    if not may(request.user, village):
        raise PermissionDenied
    try:
        messages.success(request, work(village))
    except Refused as refusal:
        return _desk(request, village, problem=str(refusal))
    return redirect("points:honour-desk", code)


def _desk(
    request: HttpRequest,
    village: Village,
    *,
    form: DecisionForm | None = None,
    problem: str = "",
    ending: tuple[int, ReasonForm] | None = None,
) -> HttpResponse:
    now = calendar.now()
    desk = honour_pages.desk(request.user, village, now)  # type: ignore[arg-type]
    ids = [one.pk for one in desk.decidable]
    shown = form or DecisionForm(ids, desk.members, desk.quorum, initial={"held_at": now})
    context = {
        "desk": desk,
        "village": village,
        "form": shown,
        "present": [digits.number(pk) for pk in request.POST.getlist("present")],
        "rows": [_row(one, desk.apart, shown) for one in desk.nominated],
        "problem": problem,
        "ending_pk": ending[0] if ending else None,
        "ending": ending[1] if ending else None,
        "crumbs": _crumbs(village),
    }
    return render(request, "points/honours/desk.html", context, status=422 if form or problem else 200)


def _row(one: Honour, apart: set[int], form: DecisionForm) -> _Row:
    return _Row(one, one.pk in apart, form.verdict(one.pk), form.reason(one.pk), form.wrong(one.pk))


def _tabs(request: HttpRequest) -> dict[str, Any]:
    return {
        "keeps_kinds": permissions.can_keep_honour_kinds(request.user),
        "knows_suspensions": scope.holds(request.user, *SUSPENSION_READERS),
        "nominates": _nominates(request),
    }


def _nominates(request: HttpRequest) -> list[Village]:
    villages = Village.objects.for_role(request.user, "clerk").open().with_points()
    return list(villages.select_related("township").in_code_order())


def _crumbs(village: Village, *rest: str) -> list[tuple[str, str]]:
    own = reverse("points:honour-desk", args=[village.code]) if rest else ""
    return [("荣誉", reverse("points:honour-list")), (village.short_name, own), *((word, "") for word in rest)]
