"""A township's dashboard: its villages in code order, held against the district by the same steps."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from qianjiang_portal.foundation import options
from qianjiang_portal.foundation.periods import Period
from reports.dashboards import handled, heat, links, parts, tiles
from reports.dashboards.handled import Duty, Hand
from reports.dashboards.parts import Cell, Chart, HeatRow, Link, Tile, Todo
from reports.dashboards.todo import todos
from reports.figures import (
    DISTRICT,
    Composition,
    Limits,
    Row,
    Standing,
    Sums,
    combined,
    compositions,
    handling,
    participation_by_month,
    rows_by_village,
    show,
    standings,
    total,
    village_compositions,
    village_sums,
    villages_of,
)
from reports.figures.definitions import ratio
from villages.models import Township, Village


@dataclass(frozen=True, slots=True)
class TownshipPage:
    township: Township
    period: Period
    cutoff: dt.datetime
    tiles: tuple[Tile, ...]
    todos: tuple[Todo, ...]
    heads: tuple[heat.Head, ...]
    whole: HeatRow
    rows: list[HeatRow]
    shares: Chart
    charts: tuple[Chart, ...]
    duties: tuple[Duty, ...]
    left_out: tuple[Link, ...]
    is_empty: bool
    on_notice: int


@dataclass(frozen=True, slots=True)
class _Behind:
    """What the numbers of a village's row lead to, as far as `user` may read it."""

    user: Any
    period: Period
    hand: Hand
    villages: dict[str, Village]

    def lists(self, row: Row) -> heat.Lists:
        village = self.villages[row.place.code]
        found = (links.entries, links.households, links.batches, links.notices)
        lines, *others = (find(self.user, village, self.period) for find in found)
        return heat.Lists(lines, lines and f"{lines}&only=awards", *others)

    def notices(self, row: Row) -> str:
        return links.open_notices(self.user, self.villages[row.place.code])

    def objections(self, row: Row) -> Cell:
        code, of_town = row.place.code, self.hand.to.objections
        return handled.objections_cell(self.hand.of(code), of_town and f"{of_town}&village={code}")


@options.held(*handled.SETTINGS)
def township_page(township: Township, period: Period, sort: str, user: Any) -> TownshipPage:
    limits = Limits.current()
    everywhere = list(villages_of(DISTRICT).order_by("code"))
    own = [one for one in everywhere if one.township_id == township.pk and _is_told(one, period)]
    now, before = village_sums(everywhere, [period, period.previous()], limits)
    found = rows_by_village(own, now, before)
    by_id = standings(own, limits)
    standing = {village.code: by_id[village.pk] for village in own}
    whole = Row(township, total(row.sums for row in found), total(row.before for row in found))
    district = total(now.values())
    together = combined(standing.values())
    there = list(Village.objects.filter(township=township).order_by("code"))
    hand, up = _hand(township, there, period, limits, user), links.open_notices(user, township)

    behind = _Behind(user, period, hand, {village.code: village for village in there})

    def standing_of(row: Row) -> Standing:
        return standing[row.place.code]

    def more(row: Row) -> tuple[Cell, ...]:
        points = heat.points(row.sums, standing_of(row), behind.lists(row).net, behind.notices(row))
        return (*points, behind.objections(row))

    def href_in(row: Row, span: Period) -> str:
        return village_address(row.place.code, span)

    def href(row: Row) -> str:
        return href_in(row, period)

    return TownshipPage(
        township=township,
        period=period,
        cutoff=limits.now,
        tiles=(
            *_tiles(whole.sums, district, period, limits, hand.to.villages),
            tiles.on_notice(together, up),
            *hand.tiles,
        ),
        todos=todos(found, standing_of, href_in, period, limits, hand),
        heads=heat.heads("村（社区）", sort, heat.OWN),
        whole=heat.whole_row(
            whole,
            f"{whole_of(township)} {len(found)}",
            (
                *heat.points(whole.sums, together, hand.to.villages, up),
                Cell(f"{hand.whole['objections']} 件", href=hand.to.objections),
            ),
            heat.villages(hand.to.villages),
        ),
        rows=heat.sort_rows(
            heat.rows(found, standing_of, href, more, hand.objections_of, behind.lists, counts=True), sort
        ),
        shares=_shares(township, own, period),
        charts=(_participation(township, period, whole.sums, district), _joys(township, period)),
        duties=(*handled.village_duties(hand, whole.sums, _of_today(there)), handled.summary_duty(hand)),
        left_out=_left_out(there, period),
        is_empty=not whole.sums.entries,
        on_notice=together.on_notice,
    )


def _hand(township: Township, villages: list[Village], period: Period, limits: Limits, user: Any) -> Hand:
    span = handled.span_of(period, limits)
    found = handling(villages, span, limits)
    below = {village.code: found.of(village) for village in villages}
    whole = sum(below.values(), Counter(found.of_township(township.pk)))
    return Hand(span, limits, handled.ways(user, span, township), whole, below, senders=1)


def _tiles(own: Sums, district: Sums, period: Period, limits: Limits, href: str) -> tuple[Tile, ...]:
    compare = tiles.against_place("全区", district)
    return (
        tiles.participation(own, compare, href),
        tiles.net_points(own, lambda _: f"全区户均 {show(district.net_per_household, '分/户')}", period, href),
        tiles.reviewed(own, compare, href),
        tiles.notices(own, compare, period, limits, href),
    )


def whole_of(township: Township) -> str:
    """`全镇`, `全乡`, `全街道`."""
    return f"全{township.get_kind_display()}"


def village_address(code: str, period: Period) -> str:
    return f"{reverse('reports:village', args=[code])}?period={period.slug}"


def _is_told(village: Village, period: Period) -> bool:
    """A village has a row as long as it was there when the period began."""
    return village.is_there(period.previous().ends_on)


def _of_today(villages: list[Village]) -> int:
    return sum(village.closed_on is None for village in villages)


def _left_out(villages: list[Village], period: Period) -> tuple[Link, ...]:
    unused = (village for village in villages if not village.uses_points and not village.closed_on)
    return tuple(Link(village.short_name, village_address(village.code, period)) for village in unused)


def _shares(township: Township, villages: list[Village], period: Period) -> Chart:
    found = village_compositions(villages_of(township), period)
    whole = Composition(tuple(cell for part in found.values() for cell in part.cells))
    names = [whole_of(township), *(village.short_name for village in villages)]
    each = [whole, *(found.get(village.pk, Composition()) for village in villages)]
    rows = parts.shares_by_dimension(names, each)
    heads = ("村（社区）", *parts.DIMENSION_HEADS)
    return Chart("shares", "stack", "shares", "各村三治构成", f"占{period.index}月加分的比重", heads, rows)


def _participation(township: Township, period: Period, own: Sums, district: Sums) -> Chart:
    """The newest point is the tile's own figure; earlier ones come from month-end snapshots."""
    spans = [period.shift(back) for back in range(-11, 1)]
    lines = []
    for place, sums in ((township, own), (DISTRICT, district)):
        known = {slug: ratio(*pair) for slug, pair in participation_by_month(place, spans).items()}
        known[period.slug] = sums.participation
        lines.append([show(known.get(span.slug), "%") for span in spans])
    rows = tuple((f"{span.index}月", *points) for span, *points in zip(spans, *lines, strict=True))
    drawn = rows if any(point != "—" for point in lines[0]) else ()
    heads = ("月份", township.name, "全区")
    return Chart("rate", "line", "line", "参与户率", "近 12 个月", heads, drawn, zoom=True, compared="全区")


def _joys(township: Township, period: Period) -> Chart:
    own, district = (compositions(villages_of(place), [period])[0] for place in (township, DISTRICT))
    return joy_bars(period, township.name, own, "全区", district)


def joy_bars(period: Period, name: str, own: Composition, above: str, whole: Composition) -> Chart:
    """五乐 as bars with a tick for the place above: easier to compare than two webs."""
    rows = parts.shares_by_joy([own, whole]) if own.total else ()
    note = f"占{period.index}月加分的比重"
    keys = ((above, "tick"),) if rows else ()
    return Chart("joys", "bar", "bar", "五乐", note, ("五乐", name, above), rows, keys=keys)
