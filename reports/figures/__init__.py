"""Every number of the portal, once: pages, documents and the API all read it here.

Figures come from rollups and small registers alone, so that what they cost does not grow with the ledger. A place is
the district, a township or a village; a period any run of whole months.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum

from points.models import VillageMonth
from qianjiang_portal.foundation.periods import Period
from reports.figures.composition import (
    Composition,
    Share,
    UsedRule,
    compositions,
    grid_sums,
    most_used_rules,
    village_compositions,
)
from reports.figures.definitions import DEFINITIONS, Figure, figure, ratio, show
from reports.figures.handling import STAGE, Handling, Span, handling
from reports.figures.places import DISTRICT, District, Place, villages_of
from reports.figures.registers import Line, work
from reports.figures.standing import Standing, combined, standings
from reports.figures.sums import Limits, Sums, total, village_sums
from villages.models import Township, Village

__all__ = [
    "DEFINITIONS",
    "DISTRICT",
    "STAGE",
    "Composition",
    "District",
    "Figure",
    "Handling",
    "Limits",
    "Line",
    "Month",
    "Place",
    "PlaceFigures",
    "Row",
    "Share",
    "Span",
    "Standing",
    "Sums",
    "UsedRule",
    "combined",
    "compositions",
    "figure",
    "grid_sums",
    "handling",
    "most_used_rules",
    "participation_by_month",
    "place_figures",
    "ratio",
    "rows_by_township",
    "rows_by_village",
    "show",
    "standings",
    "total",
    "township_rows",
    "trend",
    "village_compositions",
    "village_rows",
    "village_sums",
    "villages_of",
    "work",
]


@dataclass(frozen=True, slots=True)
class Row:
    """A place with its sums of a period and of the one before."""

    place: Place
    sums: Sums
    before: Sums

    @property
    def name(self) -> str:
        return self.place.short_name if isinstance(self.place, Village) else self.place.name


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """All figures of a place and period, with those of the period before to compare."""

    place: Place
    period: Period
    sums: Sums
    before: Sums
    composition: Composition
    composition_before: Composition
    standing: Standing

    def __getitem__(self, name: str) -> Figure:
        return self.standing.on_notice_figure if name == "on_notice" else self.sums.figure(name)

    @property
    def figures(self) -> dict[str, Figure]:
        return self.sums.figures() | {"on_notice": self.standing.on_notice_figure}

    @property
    def figures_before(self) -> dict[str, Figure]:
        return self.before.figures()


@dataclass(frozen=True, slots=True)
class Month:
    """A month's awards by dimension and joy."""

    period: Period
    composition: Composition


def place_figures(place: Place, period: Period) -> PlaceFigures:
    """The figures of a place in a period, compared with the period before."""
    villages = villages_of(place)
    spans = [period, period.previous()]
    limits = Limits.current()
    found = list(villages)
    now, before = village_sums(found, spans, limits)
    parts, parts_before = compositions(villages, spans)
    standing = combined(standings(found, limits).values())
    return PlaceFigures(place, period, total(now.values()), total(before.values()), parts, parts_before, standing)


def township_rows(period: Period) -> list[Row]:
    """One row for each township in code order; the district is their sum."""
    villages = list(villages_of(DISTRICT).select_related("township").order_by("code"))
    now, before = village_sums(villages, [period, period.previous()], Limits.current())
    return rows_by_township(villages, now, before)


def village_rows(township: Township, period: Period) -> list[Row]:
    """One row for each village that uses points, in code order; the township is their sum."""
    villages = list(villages_of(township).order_by("code"))
    now, before = village_sums(villages, [period, period.previous()], Limits.current())
    return rows_by_village(villages, now, before)


def rows_by_township(villages: Iterable[Village], now: dict[int, Sums], before: dict[int, Sums]) -> list[Row]:
    """Add villages up by township, keeping their order; one without sums brings its township all the same."""
    nothing = Sums()
    rows: dict[int, Row] = {}
    for village in villages:
        row = rows.get(village.township_id) or Row(village.township, nothing, nothing)
        sums, earlier = now.get(village.pk, nothing), before.get(village.pk, nothing)
        rows[village.township_id] = Row(row.place, row.sums + sums, row.before + earlier)
    return list(rows.values())


def rows_by_village(villages: Iterable[Village], now: dict[int, Sums], before: dict[int, Sums]) -> list[Row]:
    return [Row(village, now[village.pk], before[village.pk]) for village in villages]


def trend(place: Place, until: Period, months: int = 12) -> list[Month]:
    """Awards month by month, oldest first, ending with `until`."""
    spans = [until.shift(back) for back in range(1 - months, 1)]
    return [Month(*pair) for pair in zip(spans, compositions(villages_of(place), spans), strict=True)]


def participation_by_month(place: Place, spans: list[Period]) -> dict[str, tuple[int, int]]:
    """Participants and registered households at the end of each month that has a snapshot, by its slug."""
    rows = VillageMonth.objects.filter(
        village__in=villages_of(place), period__in=[span.slug for span in spans], households__isnull=False
    )
    summed = rows.order_by().values("period").annotate(took_part=Sum("participants"), households=Sum("households"))
    return {row["period"]: (row["took_part"], row["households"]) for row in summed}
