"""A household that is to change: where to, both passbooks beside each other, and what stands in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from points import households, panel_pages, passbook_lines, passbooks
from points.models import HouseholdMove
from qianjiang_portal.foundation import calendar
from villages import scope
from villages.models import Grid, Household, Village

Kind = HouseholdMove.Kind
SHOWN = 5


@dataclass(frozen=True)
class Book:
    """A passbook as it is now: figures and the last lines."""

    household: Household
    figures: passbooks.Figures
    lines: tuple[passbook_lines.Line, ...]


@dataclass(frozen=True)
class Page:
    """What was chosen so far. Complete where there is a `grid` or an `into` and no `problem`."""

    household: Household
    kind: str
    villages: tuple[Village, ...]
    village: Village | None
    grids: tuple[Grid, ...]
    grid: Grid | None
    asked: str
    into: Household | None
    problem: str
    obstacles: tuple[str, ...]
    books: tuple[Book, ...]
    mark: str

    @property
    def is_chosen(self) -> bool:
        return bool(self.grid or self.into)

    @property
    def points(self) -> int:
        """What goes over."""
        return 0 if self.kind == Kind.GRID or not self.books else self.books[0].figures.posted

    @property
    def total(self) -> int:
        """What stands in the passbook in which the household goes on."""
        return sum(book.figures.posted for book in self.books)


def read(user: Any, household: Household, given: Mapping[str, str]) -> Page:
    """The page for what stands in an address or a form: `kind`, `village` and `grid`, or `into`."""
    kind = given.get("kind", "")
    kind = kind if kind in Kind.values else Kind.GRID.value
    villages = _villages(user, household) if kind == Kind.VILLAGE else []
    village = _village(kind, household, villages, given.get("village", ""))
    grids = [one for one in _grids(village) if one.pk != household.grid_id]
    grid = next((one for one in grids if str(one.number) == given.get("grid")), None)
    asked = given.get("into", "").strip()[:40] if kind == Kind.MERGE else ""
    into, problem = _other(household, asked)
    chosen = [household, *([into] if into else [])] if grid or into else []
    return Page(
        household=household,
        kind=kind,
        villages=tuple(villages),
        village=village,
        grids=tuple(grids),
        grid=grid,
        asked=asked,
        into=into,
        problem=problem,
        obstacles=_obstacles(kind, household),
        books=tuple(_book(one) for one in chosen),
        mark=households.mark_of(*chosen),
    )


def trail(user: Any, household: Household) -> list[HouseholdMove]:
    """How a household changed, oldest first; for its passbook."""
    moves = HouseholdMove.objects.visible_to(user).of(household)
    return list(moves.select_related("household", "target", "from_village", "to_village", "from_grid", "to_grid"))


def _villages(user: Any, household: Household) -> list[Village]:
    found = (
        Village.objects.all() if scope.holds(user, "district") else Village.objects.for_role(user, "clerk", "leader")
    )
    return list(found.open().exclude(pk=household.village_id).select_related("township").in_code_order())


def _village(kind: str, household: Household, villages: list[Village], code: str) -> Village | None:
    if kind == Kind.GRID:
        return household.village
    return next((one for one in villages if one.code == code), None)


def _grids(village: Village | None) -> list[Grid]:
    return list(Grid.objects.filter(village=village).select_related("village__township").in_order()) if village else []


def _other(household: Household, asked: str) -> tuple[Household | None, str]:
    if not asked:
        return None, ""
    found, problem = panel_pages.homes(household.village, asked, calendar.today())
    if problem or len(found) > 1:
        return None, problem or "只写一户"
    if found[0].pk == household.pk:
        return None, "选另外一户"
    return Household.objects.select_related("village__township", "grid").get(pk=found[0].pk), ""


def _obstacles(kind: str, household: Household) -> tuple[str, ...]:
    if kind == Kind.GRID:
        gone = household.state != Household.State.ACTIVE
        return (f"{household.head_name}户{household.get_state_display()}",) if gone else ()
    return tuple(households.obstacles(household, calendar.today()))


def _book(household: Household) -> Book:
    entries = household.entries.select_related("rule", "reverses", "reversed_by").newest_first()[:SHOWN]
    lines = passbook_lines.from_entries(household, entries)
    return Book(household, passbooks.figures(household, passbooks.waiting(household)), tuple(lines))
