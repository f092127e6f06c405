"""活动: the register, one activity with who was there, the ways to note them, and the way to points."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from points import activities, activity_pages, entering, pasting, permissions
from points.activities import Facts, Present
from points.forms.activities import ActivityForm, PointsForm
from points.forms.paste import PasteForm
from points.models import Activity, Batch
from points.views.links import batch_link
from points.views.posted import posted
from qianjiang_portal.foundation import calendar, digits
from qianjiang_portal.foundation.refusals import Refused
from villages import pinyin, scope
from villages.models import Grid, Household

PER_PAGE = 50
TEMPLATES = "points/activities"


@require_safe
def activity_list(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *permissions.ACTIVITY_READERS):
        raise PermissionDenied
    today = calendar.today()
    years = [today.year - back for back in range(3)]
    asked = request.GET.get("year", "")
    year = next((year for year in years if str(year) == asked), today.year)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Activity.Kind.values else ""
    counts = activity_pages.counts_by_kind(request.user, year)
    found = activity_pages.register_of(request.user, year, kind)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "year": year,
        "years": years,
        "kind": kind,
        "counts": counts,
        "total": sum(number for _kind, _label, number in counts),
        "can_enter": scope.holds(request.user, "clerk"),
    }
    return render(request, f"{TEMPLATES}/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def activity_new(request: HttpRequest) -> HttpResponse:
    villages = list(entering.enterable(request.user))
    if not scope.holds(request.user, "clerk"):
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    form = ActivityForm(villages, data, initial={"held_on": calendar.today()})
    if form.is_valid():
        try:
            village = form.cleaned_data["village"]
            made = activities.register(village=village, facts=form.facts, by=request.user, now=calendar.now())
            messages.success(request, "活动已登记，接着记到场的农户")
            return redirect("points:activity", made.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _form(request, form, "登记活动", reverse("points:activity-list"))


@require_http_methods(["GET", "HEAD", "POST"])
def activity_edit(request: HttpRequest, pk: int) -> HttpResponse:
    activity = _to_change(request, pk)
    data = request.POST if request.method == "POST" else None
    initial = {name: getattr(activity, name) for name in Facts.__dataclass_fields__}
    form = ActivityForm([], data, initial=initial, settled=True)
    if form.is_valid():
        try:
            activities.amend(activity=activity, facts=form.facts, by=request.user, now=calendar.now())
            messages.success(request, "活动已保存")
            return redirect("points:activity", pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _form(request, form, "修改活动", reverse("points:activity", args=[pk]))


@require_safe
def activity_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _activity(request, pk))


@posted("points:activity", "pk")
def activity_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one household on the list, by its id or by what was typed to find it."""
    activity = _to_change(request, pk)
    typed, picked = request.POST.get("who", "").strip()[:40], request.POST.get("household", "")
    found = list(activity_pages.found_by(activity, typed, calendar.today())) if typed else []
    if home := digits.number(picked):
        found = list(Household.objects.visible_to(request.user).filter(village=activity.village_id, pk=home))
    if len(found) != 1:
        problem = f"有 {len(found)} 户叫“{typed}”，选一户" if found else f"没有找到“{typed}”" if typed else "写谁到场了"
        return _page(request, activity, problem=problem, typed=typed, choices=found)
    try:
        people = [Present(found[0])]
        added = activities.attend(activity=activity, people=people, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, activity, problem=str(refusal), typed=typed)
    name = found[0].head_name
    messages.success(request, f"{name} 已记到场" if added else f"{name} 已在名单里")
    return redirect("points:activity", pk)


@posted("points:activity", "pk")
def activity_leave(request: HttpRequest, pk: int) -> HttpResponse:
    activity = _to_change(request, pk)
    line = digits.number(request.POST.get("line", "")) or 0
    try:
        activities.leave(activity=activity, line=line, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _page(request, activity, problem=str(refusal))
    return redirect("points:activity", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def activity_roster(request: HttpRequest, pk: int) -> HttpResponse:
    """One group of the roster to tick (GET); POST saves it and goes to the group that `go` names, or back."""
    activity = _to_change(request, pk)
    given = request.POST or request.GET
    grids = list(Grid.objects.filter(households__in=activity.village.households.active()).distinct().order_by("number"))
    grid = next((one for one in grids if str(one.number) == given.get("group")), grids[0] if grids else None)
    shown = list(Household.objects.filter(grid=grid).active().order_by("number")) if grid else []
    if request.method != "POST":
        return _roster(request, activity, grids, grid, shown)
    ticked = {found for one in request.POST.getlist("tick") if (found := digits.number(one)) is not None}
    try:
        activities.tick(activity=activity, shown=shown, ticked=ticked, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _roster(request, activity, grids, grid, shown, problem=str(refusal))
    go = request.POST.get("go", "")
    if go.isdecimal():
        return redirect(f"{reverse('points:activity-roster', args=[pk])}?group={go}")
    return redirect("points:activity", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def activity_paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a list of names (POST) and show what is not clear; with `step=add` the clear ones join the list."""
    activity = _to_change(request, pk)
    form = PasteForm.read(request.POST)
    context: dict[str, Any] = {"activity": activity, "form": form, "crumbs": _crumbs(activity, "粘贴名单")}
    if form.text.strip():
        sheet = pasting.read(form.text, header=form.header, roles=form.roles)
        if sheet.too_many or not sheet.lines:
            most = f"这里有 {len(sheet.lines):,} 行，一次最多 {pasting.MOST_LINES:,} 行，分几次粘贴"
            context["problem"] = most if sheet.too_many else "没有读到名单，一行写一人"
        else:
            reading = activity_pages.read(activity, sheet, form.answers, calendar.today())
            context["reading"] = reading
            if form.adds and reading.people:
                return _attend(request, activity, reading, context)
    return render(request, f"{TEMPLATES}/paste.html", context, status=422 if "problem" in context else 200)


@posted("points:activity", "pk")
def activity_points(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn the list into a draft of points."""
    activity = _to_change(request, pk)
    form = PointsForm(activity_pages.rules_for(activity).every, request.POST)
    if not form.is_valid():
        return _page(request, activity, refusal=form.errors["rule"][0])
    try:
        made = activities.to_points(
            activity=activity, rule=form.cleaned_data["rule"], by=request.user, now=calendar.now()
        )
    except Refused as refusal:
        return _page(request, activity, refusal=str(refusal))
    draft = batch_link(request, made.batch)
    messages.success(request, format_html("已转成草稿 {}，{} 行，核对后提交", draft, made.rows))
    if made.refused:
        names = "；".join(f"{name}：{why}" for name, why in made.refused[:3])
        messages.warning(request, f"{len(made.refused)} 户没有转：{names}")
    return redirect("points:activity", pk)


def _attend(request: HttpRequest, activity: Activity, reading: Any, context: dict[str, Any]) -> HttpResponse:
    try:
        added = activities.attend(activity=activity, people=reading.people, by=request.user, now=calendar.now())
    except Refused as refusal:
        return render(request, f"{TEMPLATES}/paste.html", context | {"problem": str(refusal)}, status=422)
    if reading.open_count:
        again = activity_pages.read(
            activity, pasting.read(context["form"].text), context["form"].answers, calendar.today()
        )
        context |= {"reading": again, "said": f"已记 {added} 人到场，还有 {again.open_count} 行要处理"}
        return render(request, f"{TEMPLATES}/paste.html", context)
    messages.success(request, f"已记 {added} 人到场")
    return redirect("points:activity", activity.pk)


def _activity(request: HttpRequest, pk: int) -> Activity:
    seen = Activity.objects.visible_to(request.user).select_related(
        "village__township", "batch__rule", "batch__maker", "made_by"
    )
    return get_object_or_404(seen, pk=pk)


def _to_change(request: HttpRequest, pk: int) -> Activity:
    activity = _activity(request, pk)
    if not permissions.can_enter(request.user, activity.village):
        raise PermissionDenied
    return activity


def _page(
    request: HttpRequest,
    activity: Activity,
    *,
    problem: str = "",
    refusal: str = "",
    typed: str = "",
    choices: list[Household] | None = None,
) -> HttpResponse:
    settled = activities.has_points(activity)
    can_change = permissions.can_enter(request.user, activity.village)
    context = {
        "activity": activity,
        "roll": activity_pages.roll(activity),
        "settled": settled,
        "opens_batch": activity.batch and Batch.objects.visible_to(request.user).filter(pk=activity.batch.pk).exists(),
        "can_change": can_change,
        "can_list": can_change and not settled,
        "offered": activity_pages.rules_for(activity) if can_change and not settled else None,
        "problem": problem,
        "refusal": refusal,
        "typed": typed,
        "choices": choices or [],
        "index": reverse("points:entry-index", args=[activity.village.code]),
        "crumbs": _crumbs(None, activity.title),
    }
    return render(request, f"{TEMPLATES}/detail.html", context, status=422 if problem or refusal else 200)


def _roster(
    request: HttpRequest,
    activity: Activity,
    grids: list[Grid],
    grid: Grid | None,
    shown: list[Household],
    problem: str = "",
) -> HttpResponse:
    here = set(activity.attendances.values_list("household", flat=True))
    context = {
        "activity": activity,
        "grids": grids,
        "grid": grid,
        "lines": [(one, one.pk in here, pinyin.first_letters(one.head_name)) for one in shown],
        "count": len(here),
        "ticked": sum(one.pk in here for one in shown),
        "problem": problem,
    }
    return render(request, f"{TEMPLATES}/roster.html", context, status=422 if problem else 200)


def _form(request: HttpRequest, form: ActivityForm, title: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "crumbs": _crumbs(None, title)}
    return render(request, f"{TEMPLATES}/form.html", context, status=422 if form.errors else 200)


def _crumbs(activity: Activity | None, last: str) -> list[tuple[str, str]]:
    between = [(activity.title, reverse("points:activity", args=[activity.pk]))] if activity else []
    return [("村级活动", reverse("points:activity-list")), *between, (last, "")]
