"""异议 for the staff: what came in, who looks into it, who closes it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from points import objections, permissions
from points.forms.objections import FindingForm, ToldForm, VersionForm
from points.models import Notice, Objection
from points.models.objections import READERS
from points.views.posted import posted
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import scope
from villages.models import Township, Village

PER_PAGE = 50
SAME_SHOWN = 5


@require_safe
def objection_list(request: HttpRequest) -> HttpResponse:
    """The open ones first, the longest overdue on top."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    show, code = request.GET.get("show", ""), request.GET.get("t", "")
    found = Objection.objects.visible_to(request.user).select_related("village__township", "line", "notice")
    townships = Township.objects.visible_to(request.user).in_code_order()
    township = get_object_or_404(townships, code=code) if code else None
    villages = Village.objects.visible_to(request.user).select_related("township")
    village = get_object_or_404(villages, code=request.GET["village"]) if request.GET.get("village") else None
    if township:
        found = found.filter(village__township=township)
    if village:
        found = found.filter(village=village)
    if show == "late":
        found = found.open().filter(due_on__lt=calendar.today())
    elif show != "all":
        found = found.open()
    page = Paginator(found.order_by("decided_at", "due_on", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "show": show,
        "today": calendar.today(),
        "place": village.full_name if village else township.name if township else "",
    }
    return render(request, "points/objections/list.html", context)


@require_safe
def objection_detail(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, _objection(request, number))


@posted("points:objection", "number")
def objection_propose(request: HttpRequest, number: str) -> HttpResponse:
    objection = _mine(request, number)
    form = FindingForm(_rows(objection), request.POST)
    if not form.is_valid():
        return _page(request, objection, form)
    given = form.cleaned_data
    try:
        objections.propose(
            objection=objection,
            version=given["version"],
            findings=form.findings,
            evidence=given["evidence"],
            answer=given["answer"],
            by=request.user,
            now=calendar.now(),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, objection, form, 409 if isinstance(refusal, Conflict) else 422)
    messages.success(request, "核实意见已保存，等另一位评议审核或分管领导办结")
    return redirect("points:objection", number)


@posted("points:objection", "number")
def objection_close(request: HttpRequest, number: str) -> HttpResponse:
    return _second(request, number, objections.close, "已答复并办结")


@posted("points:objection", "number")
def objection_back(request: HttpRequest, number: str) -> HttpResponse:
    return _second(request, number, objections.send_back, "已退回重新核实")


@require_http_methods(["GET", "HEAD", "POST"])
def objection_note(request: HttpRequest, code: str) -> HttpResponse:
    """Write down what somebody said on the telephone or at the office."""
    found = Notice.objects.visible_to(request.user).select_related("village__township")
    notice = get_object_or_404(found, code=code)
    if not permissions.can_note_objection(request.user, notice.village):
        raise PermissionDenied
    form = ToldForm(
        request.POST if request.method == "POST" else None,
        initial={"raised_on": min(calendar.today(), notice.ends_on), "channel": "phone"},
    )
    if form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("channel", "raised_on", "key")}
        try:
            noted = objections.note(notice=notice, said=form.said, by=request.user, now=calendar.now(), **told)
            messages.success(request, f"已登记，编号 {noted.number}，{noted.due_on:%Y-%m-%d} 前答复")
            return redirect("points:objection", noted.number)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    crumbs = [("公示", reverse("points:notice-list")), (notice.code, reverse("points:notice", args=[notice.code]))]
    context = {"form": form, "notice": notice, "crumbs": [*crumbs, ("登记异议", "")]}
    return render(request, "points/objections/note.html", context, status=422 if form.errors else 200)


def _second(request: HttpRequest, number: str, step: Any, said: str) -> HttpResponse:
    """What only the second name does; the version says that they saw what the first one wrote."""
    objection = _mine(request, number)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise Conflict("这条异议刚有人处理过，看过后再办")
        step(objection=objection, version=form.cleaned_data["version"], by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, objection, refusal=str(refusal), status=409)
    messages.success(request, f"{number} {said}")
    return redirect("points:objection", number)


def _objection(request: HttpRequest, number: str) -> Objection:
    found = Objection.objects.visible_to(request.user).select_related(
        "village__township", "line__household__grid", "notice", "received_by", "proposed_by", "decided_by"
    )
    objection: Objection = get_object_or_404(found, number=number)
    return objection


def _mine(request: HttpRequest, number: str) -> Objection:
    objection = _objection(request, number)
    if not permissions.can_settle(request.user, objection.village):
        raise PermissionDenied
    return objection


def _rows(objection: Objection) -> list[Any]:
    return list(objection.rows.select_related("claim__rule", "claim__batch", "claim__reverses").order_by("pk"))


def _from_same_phone(user: Any, objection: Objection) -> list[Objection]:
    """Other objections of this village that one telephone sent; told by the digest, nobody opens the numbers for it."""
    if not objection.phone_mark:
        return []
    mine = Objection.objects.visible_to(user).filter(village=objection.village_id, phone_mark=objection.phone_mark)
    return list(mine.exclude(pk=objection.pk).order_by("-received_at")[:SAME_SHOWN])


def _beside(user: Any, objection: Objection) -> list[Objection]:
    """What else waits about the same line: a row is withdrawn only when nothing else holds it."""
    same = Objection.objects.visible_to(user).open().filter(line=objection.line_id)
    return list(same.exclude(pk=objection.pk).order_by("pk"))


def _page(
    request: HttpRequest,
    objection: Objection,
    form: FindingForm | None = None,
    status: int = 422,
    refusal: str = "",
) -> HttpResponse:
    rows = _rows(objection)
    may_read_contact = permissions.can_note_objection(request.user, objection.village)
    may_settle = permissions.can_settle(request.user, objection.village)
    began = {"version": objection.version, "evidence": objection.evidence, "answer": objection.answer}
    context = {
        "objection": objection,
        "rows": rows,
        "form": form or FindingForm(rows, initial=began),
        "refusal": refusal,
        "today": calendar.today(),
        "is_open": objection.state != Objection.State.SETTLED,
        "may_settle": may_settle,
        "is_second": objection.state == Objection.State.PROPOSED and objection.proposed_by_id != request.user.pk,
        "may_read_contact": may_read_contact,
        "beside": _beside(request.user, objection),
        "same_phone": _from_same_phone(request.user, objection) if may_read_contact else [],
        "crumbs": [
            ("公示", reverse("points:notice-list")),
            ("异议", reverse("points:objection-list")),
            (objection.number, ""),
        ],
    }
    return render(request, "points/objections/detail.html", context, status=status if form or refusal else 200)
