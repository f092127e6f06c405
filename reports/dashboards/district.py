"""The district's dashboard: what is late and where, then every township beside the others."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from qianjiang_portal.foundation import options
from qianjiang_portal.foundation.periods import Period
from reports.dashboards import handled, heat, links, parts, tiles
from reports.dashboards.handled import Duty, Hand, Ways
from reports.dashboards.parts import Cell, Chart, HeatRow, Tile, Todo
from reports.dashboards.todo import todos
from reports.figures import (
    DISTRICT,
    Composition,
    Limits,
    Row,
    Standing,
    combined,
    compositions,
    handling,
    rows_by_township,
    standings,
    total,
    village_sums,
    villages_of,
)
from reports.models import Assessed, Assessment
from villages.models import Township, Village


class UnknownKind(LookupError):
    """No kind of township and no group of the assessment."""


@dataclass(frozen=True, slots=True)
class DistrictPage:
    period: Period
    cutoff: dt.datetime
    tiles: tuple[Tile, ...]
    todos: tuple[Todo, ...]
    heads: tuple[heat.Head, ...]
    whole: HeatRow
    rows: list[HeatRow]
    kinds: tuple[tuple[str, str], ...]
    kind: str
    charts: tuple[Chart, ...]
    duties: tuple[Duty, ...]
    villages: int
    villages_in_use: int
    is_empty: bool
    on_notice: int

    @property
    def left_out(self) -> int:
        return self.villages - self.villages_in_use


@options.held(*handled.SETTINGS)
def district_page(period: Period, sort: str, user: Any, kind: str = "") -> DistrictPage:
    """`kind`, one of `kinds`, leaves only those townships in the table; everything else stays the district's.

    Raises UnknownKind.
    """
    limits = Limits.current()
    villages = list(Village.objects.select_related("township").annotate(group=_group()).order_by("code"))
    groups = {village.township.code: village.group for village in villages}
    kinds = _kinds(groups.values())
    if kind and kind not in dict(kinds):
        raise UnknownKind(kind)
    in_use = [village for village in villages if village.uses_points]
    there = [village for village in villages if village.is_there(period.ends_on)]
    now, before = village_sums(in_use, [period, period.previous()], limits)
    found = rows_by_township(villages, now, before)
    standing = _by_township(villages, standings(in_use, limits))
    whole = Row(DISTRICT, total(now.values()), total(before.values()))
    together = combined(standing.values())
    hand = _hand(villages, period, limits, user)

    def standing_of(row: Row) -> Standing:
        return standing[row.place.code]

    def more(row: Row) -> tuple[Cell, ...]:
        return _cells(hand, row.place.code, limits)

    def href_in(row: Row, span: Period) -> str:
        return township_address(row.place.code, span)

    def href(row: Row) -> str:
        return href_in(row, period)

    def lists(row: Row) -> heat.Lists:
        return heat.villages(hand.to.villages_in(period, township=row.place.code))

    listed = [row for row in found if kind in ("", getattr(row.place, "kind", ""), groups.get(row.place.code))]
    return DistrictPage(
        period=period,
        cutoff=limits.now,
        tiles=(*_tiles(whole, together, period, limits, user, hand.to), *hand.tiles),
        todos=todos(found, standing_of, href_in, period, limits, hand),
        heads=heat.heads("乡镇街道", sort, heat.ABOVE),
        whole=heat.whole_row(whole, f"全区 {len(found)}", _whole_cells(hand), heat.villages(hand.to.villages)),
        rows=heat.sort_rows(heat.rows(listed, standing_of, href, more, hand.objections_of, lists, counts=False), sort),
        kinds=kinds,
        kind=kind,
        charts=(*_charts(period), handled.stages_chart(hand.whole, period.year, hand.to.demos)),
        duties=_duties(hand, whole, sum(village.closed_on is None for village in villages)),
        villages=len(there),
        villages_in_use=sum(village.uses_points for village in there),
        is_empty=not whole.sums.entries,
        on_notice=together.on_notice,
    )


def township_address(code: str, period: Period) -> str:
    return f"{reverse('reports:dashboard-township', args=[code])}?period={period.slug}"


def _kinds(groups: Iterable[str | None]) -> tuple[tuple[str, str], ...]:
    """What the table can be narrowed to: kinds of township, then groups that are no kinds by another name."""
    others = sorted({group for group in groups if group} - {*Township.Kind.labels})
    return (*Township.Kind.choices, *((group, group) for group in others))


def _group() -> Subquery:
    """The group a village's township has in the newest assessment of townships, if any."""
    newest = Assessment.objects.filter(kind=Assessment.Kind.TOWNSHIP).order_by("-made_at", "-pk").values("pk")[:1]
    assessed = Assessed.objects.filter(assessment__in=newest, township=OuterRef("township"))
    return Subquery(assessed.values("group")[:1])


def _by_township(villages: list[Village], found: dict[int, Standing]) -> dict[str, Standing]:
    sums: dict[str, Standing] = {}
    for village in villages:
        code = village.township.code
        sums[code] = sums.get(code, Standing()) + found.get(village.pk, Standing())
    return sums


def _tiles(whole: Row, together: Standing, period: Period, limits: Limits, user: Any, to: Ways) -> tuple[Tile, ...]:
    compare, notices = tiles.against_last_month(whole.before), links.open_notices(user, None)
    return tiles.place_tiles(whole.sums, together, compare, period, limits, notices, to.villages)


def _hand(villages: list[Village], period: Period, limits: Limits, user: Any) -> Hand:
    """By township: what its villages have in hand, and what it owes itself."""
    span = handled.span_of(period, limits)
    found = handling(villages, span, limits)
    below: dict[str, Counter[str]] = {}
    for village in villages:
        code = village.township.code
        if code not in below:
            below[code] = Counter(found.of_township(village.township_id))
        below[code] += found.of(village)
    whole = found.whole
    return Hand(span, limits, handled.ways(user, span), whole, below, len(below) + whole["units"])


def _cells(hand: Hand, code: str, limits: Limits) -> tuple[Cell, ...]:
    counts = hand.of(code)
    objections = handled.objections_cell(counts, hand.to.objections and f"{hand.to.objections}?t={code}")
    summary = handled.summary_cell(counts, hand.span, limits, hand.to.summary_of(code))
    return objections, summary, handled.stage_cell(counts, f"{hand.to.demos}&township={code}")


def _whole_cells(hand: Hand) -> tuple[Cell, ...]:
    sent = sum(one["summaries"] for one in hand.below.values())
    return (
        Cell(f"{hand.whole['objections']} 件", href=hand.to.objections),
        Cell(f"{sent}/{len(hand.below)}", css="", href=hand.to.summaries),
        Cell(f"认定 {handled.recognised(hand.whole)}", css="", href=hand.to.demos),
    )


def _duties(hand: Hand, whole: Row, villages: int) -> tuple[Duty, ...]:
    owed = handled.village_duties(hand, whole.sums, villages)
    return (*owed, handled.summary_duty(hand), handled.meeting_duty(hand))


def _charts(period: Period) -> tuple[Chart, ...]:
    """三治, 五乐 and the year behind: all from one query."""
    spans = [period.shift(back) for back in range(-11, 1)]
    *months, last_year = compositions(villages_of(DISTRICT), [*spans, period.same_last_year()])
    now, before = months[-1], months[-2]
    return (
        dimension_chart(period, now, before, last_year),
        joy_radar(period, now, before),
        trend_chart(list(zip(spans, months, strict=True))),
    )


def dimension_chart(period: Period, now: Composition, before: Composition, last_year: Composition) -> Chart:
    spans = (period, period.previous(), period.same_last_year())
    names = [parts.month_name(span, beside=period) for span in spans]
    rows = parts.shares_by_dimension(names, (now, before, last_year))
    note = f"占{period.index}月加分 {now.total:,} 分的比重" if now.total else "占加分的比重"
    return Chart("dims", "stack", "stack", "三治构成", note, ("月份", *parts.DIMENSION_HEADS), rows)


def joy_radar(period: Period, now: Composition, before: Composition) -> Chart:
    shown = [(span, part) for span, part in ((period, now), (period.previous(), before)) if part.total]
    names = tuple(parts.month_name(span, beside=period) for span, _ in shown)
    rows = parts.shares_by_joy([part for _, part in shown]) if shown else ()
    keys = tuple(zip(names, ("", "before"), strict=False))
    return Chart("joys", "radar", "radar", "五乐", "占加分的比重", ("五乐", *names), rows, keys=keys)


def trend_chart(months: list[tuple[Period, Composition]]) -> Chart:
    rows = parts.points_by_dimension(months) if any(part.total for _, part in months) else ()
    return Chart("trend", "line", "line", "近 12 个月加分", "分，按三治", ("月份", *parts.DIMENSION_HEADS), rows)
