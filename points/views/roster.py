"""Quick entry by ticking the roster: one group at a time, saved whenever another group is opened."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from points import batches, checks, entering, pasting, rollcall
from points.entering import Entering
from points.models import Batch, Claim
from points.models.batches import State
from points.rollcall import Tick
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import pinyin, scope
from villages.models import Grid, Household, User


@dataclass(frozen=True)
class Line:
    """A household of the shown group as it stands, or as it was typed where it was refused."""

    household: Household
    ticked: bool
    points: str
    note: str
    letters: str
    problem: str = ""


@dataclass(frozen=True)
class Group:
    grid: Grid
    ticked: int
    households: int


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def roster(request: HttpRequest) -> HttpResponse:
    """One group to tick (GET); POST saves it and goes where `go` says: a group, `check`, or the same group."""
    if not scope.holds(request.user, "clerk"):
        raise PermissionDenied
    given = request.POST or request.GET
    shown = entering.begin(request.user, entering.Asked.read(given), calendar.now())
    batch = _batch(request.user, given.get("number", ""), shown)
    grids = _grids(shown)
    grid = next((grid for grid in grids if str(grid.number) == given.get("group")), grids[0] if grids else None)
    if request.method == "POST" and shown.is_open and grid and "go" in request.POST:
        return _save(request, shown, batch, grids, grid)
    return _page(request, shown, batch, grids, grid)


def _batch(user: User, number: str, shown: Entering) -> Batch | None:
    """The draft that an earlier group began, while village, rule and day are still the same."""
    if not (number and shown.village and shown.rule and shown.day):
        return None
    mine = Batch.objects.visible_to(user).made_by(user).select_related("village", "rule")
    place = {"village": shown.village, "rule": shown.rule, "occurred_on": shown.day}
    return mine.filter(number=number, state=State.DRAFT, **place).first()


def _grids(shown: Entering) -> list[Grid]:
    if shown.village is None:
        return []
    held = shown.village.households.active().values_list("grid").annotate(count=Count("pk"))
    counts = dict(held)
    grids = list(shown.village.grids.filter(pk__in=counts).order_by("number"))
    for grid in grids:
        grid.count = counts[grid.pk]  # type: ignore[attr-defined]
    return grids


def _households(grid: Grid) -> QuerySet[Household]:
    return Household.objects.filter(grid=grid).active().order_by("number")


def _save(request: HttpRequest, shown: Entering, batch: Batch | None, grids: list[Grid], grid: Grid) -> HttpResponse:
    households = list(_households(grid))
    ticks, problems = _ticks(request.POST, shown, households)
    try:
        with transaction.atomic():
            batch = batch or (_begin(request, shown) if ticks else None)
            if batch:
                ids = {household.pk for household in households} - set(problems)
                refused = rollcall.save(batch=batch, editor=request.user, shown=ids, ticks=ticks, now=calendar.now())
                problems |= {pk: str(refusal) for pk, refusal in refused.items()}
    except Refused as refusal:
        return _page(request, shown, None, grids, grid, problem=str(refusal))
    if problems:
        return _page(request, shown, batch, grids, grid, problems=problems)
    if request.POST["go"] == "check" and not batch:
        return _page(request, shown, batch, grids, grid, problem="还没有勾选农户")
    return _go(request.POST["go"], shown, batch, grid)


def _go(where: str, shown: Entering, batch: Batch | None, grid: Grid) -> HttpResponse:
    if where == "check" and batch:
        return redirect("points:batch-submit", batch.number)
    assert shown.village
    query = {
        "v": shown.village.code,
        "rule": shown.rule.code if shown.rule else "",
        "date": shown.typed_date,
        "number": batch.number if batch else "",
        "group": where if where.isdigit() else grid.number,
    }
    return redirect(f"{reverse('points:entry-roster')}?{urlencode(query)}")


def _begin(request: HttpRequest, shown: Entering) -> Batch:
    assert shown.village
    assert shown.day
    return batches.open_draft(
        maker=request.user,
        village=shown.village,
        rule=shown.rule,
        occurred_on=shown.day,
        key=f"roster:{request.POST.get('key', '')[:36]}:{shown.rule.pk if shown.rule else 0}",
        now=calendar.now(),
    )


def _ticks(given: QueryDict, shown: Entering, households: list[Household]) -> tuple[list[Tick], dict[int, str]]:
    assert shown.rule
    ticks, problems = [], {}
    ticked = set(given.getlist("tick"))
    for household in households:
        if str(household.pk) not in ticked:
            continue
        typed = given.get(f"points-{household.pk}", "").strip()
        value = pasting.whole(typed) if typed and not shown.rule.is_fixed else shown.rule.default
        if value is None:
            problems[household.pk] = "分值只填数字，如 5 或 -2"
            continue
        points = -abs(value) if shown.rule.sign < 0 else value
        ticks.append(Tick(household, points, given.get(f"note-{household.pk}", "").strip()[:60]))
    return ticks, problems


def _page(
    request: HttpRequest,
    shown: Entering,
    batch: Batch | None,
    grids: list[Grid],
    grid: Grid | None,
    *,
    problems: dict[int, str] | None = None,
    problem: str = "",
) -> HttpResponse:
    claims = {claim.household_id: claim for claim in batch.claims.live().select_related("household")} if batch else {}
    context: dict[str, Any] = {
        "entering": shown,
        "batch": batch,
        "key": request.POST.get("key") or uuid.uuid4(),
        "grid": grid,
        "groups": _groups(grids, claims),
        "lines": _lines(request, shown, grid, claims, problems) if grid and shown.is_open else [],
        "count": len(claims),
        "sum": sum(claim.points for claim in claims.values()),
        "problem_with_group": problem or (f"{len(problems)} 户没有保存，改好后再保存" if problems else ""),
    }
    return render(request, "points/entry/roster.html", context, status=422 if problem or problems else 200)


def _groups(grids: list[Grid], claims: dict[int, Claim]) -> list[Group]:
    ticked: dict[int, int] = {}
    for claim in claims.values():
        ticked[claim.household.grid_id] = ticked.get(claim.household.grid_id, 0) + 1
    return [Group(grid, ticked.get(grid.pk, 0), grid.count) for grid in grids]  # type: ignore[attr-defined]


def _lines(
    request: HttpRequest,
    shown: Entering,
    grid: Grid,
    claims: dict[int, Claim],
    problems: dict[int, str] | None,
) -> list[Line]:
    return [
        _line(request.POST, shown, household, claims.get(household.pk), problems or {})
        for household in _households(grid)
    ]


def _line(
    given: QueryDict, shown: Entering, household: Household, claim: Claim | None, problems: dict[int, str]
) -> Line:
    assert shown.rule
    problem = problems.get(household.pk, "")
    points: int | str = claim.points if claim else shown.rule.default
    note = claim.note if claim else ""
    if problem:
        points, note = given.get(f"points-{household.pk}", points), given.get(f"note-{household.pk}", "")
    letters = pinyin.first_letters(household.head_name)
    shown_points = checks.signed(points) if isinstance(points, int) else points
    return Line(household, bool(claim or problem), shown_points, note, letters, problem)
