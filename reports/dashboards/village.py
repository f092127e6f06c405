"""村情: one village on one page."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q, Sum

from points import rules
from points.models import Batch, Notice, PanelMember, RuleSet
from points.models.batches import State
from points.models.rules import Joy
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from reports.dashboards import links, parts, tiles
from reports.dashboards.indicators import IndicatorBlock, indicator_block
from reports.dashboards.links import link
from reports.dashboards.parts import Chart, Fact, Line, Tile
from reports.dashboards.township import joy_bars, whole_of
from reports.dashboards.village_around import Around, around, objections_tile
from reports.dashboards.village_grids import GridRow, grid_rows, whole_row
from reports.figures import (
    Limits,
    Standing,
    Sums,
    UsedRule,
    compositions,
    most_used_rules,
    show,
    standings,
    total,
    village_sums,
    villages_of,
)
from villages.models import Village


@dataclass(frozen=True, slots=True)
class PendingBatch:
    title: str
    rows: int
    points: int
    submitted_at: dt.datetime
    is_late: bool
    href: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that was used; `href` leads to its lines, but not to a list of those who were taken off points."""

    used: UsedRule
    href: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something a village needs before it can give points."""

    text: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class VillagePage:
    village: Village
    period: Period
    cutoff: dt.datetime
    facts: tuple[Fact, ...]
    around: Around
    tiles: tuple[Tile, ...]
    setup: tuple[Step, ...]
    charts: tuple[Chart, ...]
    grids: tuple[GridRow, ...]
    whole: GridRow
    pending: tuple[PendingBatch, ...]
    notices: tuple[Notice, ...]
    rules: tuple[RuleLine, ...]
    is_empty: bool
    on_notice: int
    indicators: IndicatorBlock | None

    @property
    def is_ready(self) -> bool:
        return all(step.is_done for step in self.setup)


def village_page(village: Village, period: Period, user: Any, drawn: str = "") -> VillagePage:
    """村情 as this person may see it: households and batches are only for those who may read them.

    `drawn` is the code of the indicator to draw.
    """
    books, lines = links.households(user, village, period), links.entries(user, village, period)
    limits = Limits.current()
    today = calendar.local_date(limits.now)
    neighbours = list(villages_of(village.township))
    own = [village] if village.uses_points else []
    [sums] = village_sums({*neighbours, village}, [period], limits)
    standing = standings([village], limits)[village.pk]
    township = total(sums[one.pk] for one in neighbours)
    grids = grid_rows(village, period, books, lines)
    pending = _pending(village, user, limits)
    notices = tuple(village.notices.order_by("-published_at")[:6])
    panel = list(PanelMember.objects.filter(village=village).current(today))
    rule_set = rules.in_force(village, today)
    besides = around(village, today, user)
    return VillagePage(
        village=village,
        period=period,
        cutoff=limits.now,
        facts=(*_facts(village, grids, panel, rule_set, books), *besides.facts),
        around=besides,
        tiles=_tiles(
            sums[village.pk],
            standing,
            tiles.against_place(whole_of(village.township), township),
            (
                _notice_tile(_notice_of(notices, period), sums[village.pk], period, limits, user),
                tiles.on_notice(standing, links.open_notices(user, village)),
                *objections_tile(village, today, user),
            ),
            period,
            limits,
            lines,
            pending,
        ),
        setup=_setup(village, grids, panel, rule_set),
        charts=_charts(village, period, lines) if own else (),
        grids=tuple(grids),
        whole=whole_row(grids, sums[village.pk], books, lines),
        pending=pending,
        notices=notices,
        rules=tuple(_rule_line(one, lines) for one in most_used_rules(villages_of(village), period)),
        is_empty=not sums[village.pk].entries,
        on_notice=standing.on_notice,
        indicators=indicator_block(village, period, drawn),
    )


def _rule_line(used: UsedRule, lines: str) -> RuleLine:
    return RuleLine(used, f"{lines}&rule={used.code}" if lines and used.is_award else "")


def _facts(
    village: Village, grids: list[GridRow], panel: list[PanelMember], adopted: RuleSet | None, books: str
) -> tuple[Fact, ...]:
    households, people = sum(grid.households for grid in grids), sum(grid.people for grid in grids)
    return (
        Fact("农户", f"{households:,} 户 {people:,} 人，{len(grids)} 组", books),
        Fact("评议小组", _panel(panel)),
        Fact("监督电话", village.phone or village.township.phone or "还没有登记"),
        Fact("积分细则", *_rules(adopted)),
    )


def _panel(panel: list[PanelMember]) -> str:
    if not panel:
        return "还没有设立"
    heads = "、".join(member.name for member in panel if member.is_head)
    return f"{len(panel)} 人，组长 {heads}" if heads else f"{len(panel)} 人"


def _rules(version: RuleSet | None) -> tuple[str, str]:
    if not version:
        return "还没有发布", ""
    adopted = f"，{version.held_on} {version.get_meeting_display()}" if version.held_on else ""
    votes = f" {version.agreed}/{version.attended} 通过" if version.agreed else ""
    return f"{version.year}版{adopted}{votes}", link("points:rule-set", version.pk)


def _setup(
    village: Village, grids: list[GridRow], panel: list[PanelMember], adopted: RuleSet | None
) -> tuple[Step, ...]:
    return (
        Step("导入农户名册", any(grid.households for grid in grids)),
        Step("设立评议小组", bool(panel)),
        Step("发布积分细则", adopted is not None),
        Step("登记监督电话", bool(village.phone or village.township.phone)),
    )


def _tiles(
    sums: Sums,
    standing: Standing,
    compare: tiles.Compare,
    notices: tuple[Tile, ...],
    period: Period,
    limits: Limits,
    lines: str,
    pending: tuple[PendingBatch, ...],
) -> tuple[Tile, ...]:
    return (
        tiles.participation(sums, compare, f"{lines}&only=awards" if lines else ""),
        _net(sums, period, lines),
        _pending_tile(standing, limits, is_listed=bool(pending)),
        *notices,
    )


def _net(sums: Sums, period: Period, lines: str) -> Tile:
    reversed_ = f"，冲正 {show(sums.reversals)}" if sums.reversals else ""
    made_of = Line(f"加 {sums.awards:,}，减 {abs(sums.deductions):,}{reversed_}")
    each = Line(f"户均 {show(sums.net_per_household, '分/户')} 分")
    return Tile(
        f"{period.index}月净积分", show(sums.net_points), sums.figure("net_points"), lines=(made_of, each), href=lines
    )


def _pending_tile(standing: Standing, limits: Limits, *, is_listed: bool) -> Tile:
    days = limits.review.days
    line = Line(f"{standing.late} 批超过 {days} 天", "warn") if standing.late else Line(f"没有超过 {days} 天的")
    waiting = (Line(f"另有 {standing.waiting} 批等待公示"),) if standing.waiting else ()
    href = "#pending-title" if is_listed else ""
    return Tile("待审核", f"{standing.pending:,}", of="批", lines=(line, *waiting), href=href)


def _notice_tile(notice: Notice | None, sums: Sums, period: Period, limits: Limits, user: Any) -> Tile:
    label = f"{period.index}月公示"
    figure = sums.figure("notices_in_time")
    if not notice and not sums.notices_due:
        return Tile(label, "不用公示", figure, lines=(Line("已经并入别的村"),), is_word=True)
    if not notice:
        return Tile(label, "还没有", figure, lines=(tiles.notice_gap(sums, period, limits),), is_word=True)
    word = "公示中" if notice.state == Notice.State.OPEN else "已结束"
    timely = "按期" if sums.notices_in_time or not sums.notices_due else "没有按期"
    dates = f"{_day(notice.starts_on)}—{_day(notice.ends_on)}"
    lines = (Line(dates), Line(f"{timely}，{notice.households:,} 户"))
    href = links.notice(user, notice.village, notice.code)
    return Tile(label, word, figure, lines=lines, href=href, is_word=True)


def _notice_of(notices: tuple[Notice, ...], period: Period) -> Notice | None:
    return next((notice for notice in notices if notice.period == period.slug), None)


def _charts(village: Village, period: Period, lines: str) -> tuple[Chart, ...]:
    spans = [period.shift(back) for back in range(-11, 1)]
    months = compositions(villages_of(village), spans)
    [township] = compositions(villages_of(village.township), [period])
    rows = parts.points_by_dimension(list(zip(spans, months, strict=True))) if any(m.total for m in months) else ()
    heads = ("月份", *parts.DIMENSION_HEADS)
    monthly = Chart("months", "stack", "columns", "每月加分", "近 12 个月，分，按三治", heads, rows, up=True)
    joys = joy_bars(period, village.short_name, months[-1], whole_of(village.township), township)
    if not lines:
        return monthly, joys
    base = lines.partition("?")[0]
    by_month = tuple(f"{base}?period={span.slug}&only=awards" for span in spans)
    return replace(monthly, links=by_month), replace(joys, links=tuple(f"{lines}&joy={code}" for code in Joy.values))


def _pending(village: Village, user: Any, limits: Limits) -> tuple[PendingBatch, ...]:
    """Batches waiting for a decision, for those who may see them: the oldest first."""
    waiting = Q(claims__state=State.SUBMITTED)
    rows = (
        Batch.objects.visible_to(user)
        .filter(village=village, state=State.SUBMITTED)
        .annotate(rows=Count("claims", filter=waiting), sum=Sum("claims__points", filter=waiting))
        .order_by("submitted_at")
        .values_list("number", "rule__item", "source", "rows", "sum", "submitted_at")
    )
    deadline = limits.now - limits.review
    return tuple(
        PendingBatch(
            item or Batch.Source(source).label, rows, points or 0, at, at < deadline, link("points:batch", number)
        )
        for number, item, source, rows, points, at in rows
        if at
    )


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"
