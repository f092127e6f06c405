"""A village's household sheet: send it, see what it would do to the register, put right what is wrong, confirm."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from points import openings, permissions, register_pages, registers
from points.forms.imports import OpeningForm, SheetForm
from points.models import OpeningReversal, RegisterFile
from points.models.registers import CHECKERS
from points.registers import State
from points.views import sent
from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.htmx import page_or_partial, wants_partial
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import Village

TEMPLATES = "points/registers"
TITLES = {"roster": "导入农户名册", "opening": "期初积分"}
FORMS = {"roster": SheetForm, "opening": OpeningForm}
SHEETS = {
    "roster": ("农户名册", register_pages.roster_template),
    "opening": ("期初积分", register_pages.opening_template),
}
REASON = "按村里报来的名册"


@sent.refusals_on
def _refused(request: HttpRequest, pk: int, refusal: str) -> HttpResponse:
    return _page(request, _register(request, pk), refusal=refusal)


@require_http_methods(["GET", "HEAD", "POST"])
def register_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Where a sheet is sent from, with those sent before."""
    villages = _villages(request, *([] if request.method == "POST" or kind == "roster" else CHECKERS))
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = FORMS[kind](*given, villages=villages, chosen=request.GET.get("v", ""))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("points:register", _begin(request, kind, form, villages).pk)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return _new_page(request, kind, form, villages)


@require_POST
def opening_reversal(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person passes the reversal of an opening or leaves it; whoever asked drops it."""
    found = OpeningReversal.objects.visible_to(request.user).select_related("village", "entry__household")
    asked = get_object_or_404(found, pk=pk)
    by, now = request.user, calendar.now()
    try:
        if request.POST.get("answer") == "pass":
            openings.take_back(asked=asked, by=by, now=now)
            messages.success(request, f"{asked.entry.household.head_name}户的期初已冲正，已入账")
        else:
            openings.send_back(asked=asked, reason=request.POST.get("reason", ""), by=by, now=now)
            messages.success(request, f"{asked.entry.household.head_name}户的期初冲正已退回")
    except Refused as refusal:
        villages = _villages(request, *CHECKERS, "district", "auditor")
        form = OpeningForm(villages=villages, chosen="")
        return _new_page(request, "opening", form, villages, str(refusal))
    return redirect("points:opening-new")


def _new_page(
    request: HttpRequest, kind: str, form: SheetForm, villages: list[Village], refusal: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "kind": kind,
        "title": TITLES[kind],
        "template": reverse(f"points:{kind}-template"),
        "villages": villages,
        "recent": register_pages.recent(request.user, kind),
        "reversals": register_pages.asked_back(request.user) if kind == "opening" else [],
        "refusal": refusal,
        "crumbs": _crumbs(TITLES[kind]),
    }
    wrong = refusal or (form.is_bound and form.errors)
    return render(request, f"{TEMPLATES}/new.html", context, status=422 if wrong else 200)


@require_safe
def register_template(request: HttpRequest, kind: str) -> FileResponse:
    """The village's own sheet, of the only village where none is asked for."""
    villages, code = _villages(request), request.GET.get("v")
    village = next((one for one in villages if one.code == code or not code), None)
    if village is None:
        return get_object_or_404(Village.objects.none())
    title, make = SHEETS[kind]
    return files.attachment(f"{village.short_name}{title}.xlsx", make(village), workbooks.XLSX)


@require_safe
def register(request: HttpRequest, pk: int) -> HttpResponse:
    source = _register(request, pk)
    if registers.needs_reading(source):
        source = registers.recheck(source=source, now=calendar.now())
    return _page(request, source)


@require_POST
@_refused
def register_fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one cell; the answer is the comparison with the next problem in focus."""
    source = _register(request, pk)
    row, change, line = sent.fix(request)
    source = registers.fix(source=source, line_id=row, **change, now=calendar.now())
    return _page(request, source, after=line) if wants_partial(request) else redirect("points:register", pk)


@require_POST
@_refused
def register_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Have written what was shown, and nothing else."""
    stamp, reason = request.POST.get("stamp", ""), request.POST.get("reason", "")
    source = _register(request, pk)
    registers.confirm(source=source, maker=request.user, stamp=stamp, reason=reason, now=calendar.now())
    return redirect("points:register", pk)


@require_POST
@_refused
def register_check(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person passes what was shown, or gives it back; its maker takes it back."""
    source, given = _register(request, pk), request.POST
    by, now = request.user, calendar.now()
    if given.get("answer") == "back":
        registers.send_back(source=source, by=by, reason=given.get("reason", ""), now=now)
        messages.success(request, "已退回")
    else:
        registers.approve(source=source, by=by, stamp=given.get("stamp", ""), now=now)
    visible = RegisterFile.objects.visible_to(request.user).filter(pk=pk).exists()
    return redirect("points:register", pk) if visible else redirect(f"points:{source.kind}-new")


@require_POST
@_refused
def register_recheck(request: HttpRequest, pk: int) -> HttpResponse:
    registers.recheck(source=_register(request, pk), now=calendar.now())
    return redirect("points:register", pk)


@require_POST
@_refused
def register_drop(request: HttpRequest, pk: int) -> HttpResponse:
    source = _register(request, pk)
    registers.drop(source=source, maker=request.user, now=calendar.now())
    messages.success(request, f"{source.name} 不再导入，没有写入任何数据")
    return redirect(f"points:{source.kind}-new")


@require_safe
def register_errors(request: HttpRequest, pk: int) -> HttpResponse:
    source = _register(request, pk)
    if source.state != State.CHECKED or not source.counts.get("problem"):
        messages.info(request, "没有要改的行")
        return redirect("points:register", pk)
    name = f"{source.name.rpartition('.')[0]}-要改{source.counts['problem']}行.xlsx"
    return files.attachment(name, register_pages.error_workbook(source), workbooks.XLSX)


def _villages(request: HttpRequest, *others: str) -> list[Village]:
    """The villages whose sheets the person sends; whoever only checks them has none."""
    if not scope.holds(request.user, "clerk", *others):
        raise PermissionDenied
    return list(Village.objects.for_role(request.user, "clerk").select_related("township").in_code_order())


def _register(request: HttpRequest, pk: int) -> RegisterFile:
    mine = RegisterFile.objects.visible_to(request.user)
    return get_object_or_404(mine.select_related("village__township", "job", "maker", "checker"), pk=pk)


def _begin(request: HttpRequest, kind: str, form: SheetForm, villages: list[Village]) -> RegisterFile:
    file = form.cleaned_data["file"]
    village = next(one for one in villages if one.code == form.cleaned_data["village"])
    return registers.begin(
        kind=kind,
        village=village,
        maker=request.user,
        name=file.name,
        content=file.read(),
        day=form.cleaned_data.get("day"),
        now=calendar.now(),
    )


def _page(request: HttpRequest, source: RegisterFile, *, refusal: str = "", after: int = 0) -> HttpResponse:
    given = request.GET or request.POST
    context: dict[str, Any] = {
        "source": source,
        "refusal": refusal,
        "step": {"failed": 1, "dropped": 1, "waiting": 3, "writing": 3, "done": 4}.get(source.state, 2),
        "reason": request.POST.get("reason", REASON),
        "new_url": f"{reverse(f'points:{source.kind}-new')}?v={source.village.code}",
        "crumbs": [*_crumbs(TITLES[source.kind])[:-1], (TITLES[source.kind], _new(source)), (source.name, "")],
    }
    context |= {
        "is_mine": source.maker_id == request.user.pk,
        "can_check": permissions.can_check_opening(request.user, source.village),
    }
    if source.state in (State.CHECKED, State.WAITING):
        context["comparison"] = register_pages.comparison(source, given.get("show", ""), given.get("page", ""), after)
    return page_or_partial(request, f"{TEMPLATES}/detail.html", "body", context, status=422 if refusal else 200)


def _new(source: RegisterFile) -> str:
    return reverse(f"points:{source.kind}-new")


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [("农户存折", reverse("points:passbook-list")), (last, "")]
