"""The strip of figures at the top of a dashboard, each with what it is made of and what it is compared with."""

import datetime as dt
from collections.abc import Callable

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from reports.dashboards.parts import Line, Tile
from reports.figures import Limits, Standing, Sums, show

Compare = Callable[[str], str]


def against_last_month(before: Sums) -> Compare:
    """`上月 51.7%`."""
    return lambda name: f"上月 {before.figure(name).shown}"


def against_place(label: str, place: Sums) -> Compare:
    """`全区 52.9%`, the place above at the same time."""
    return lambda name: f"{label} {place.figure(name).shown}"


def place_tiles(
    sums: Sums, standing: Standing, compare: Compare, period: Period, limits: Limits, open_notices: str, villages: str
) -> tuple[Tile, ...]:
    """Participation, net points, reviews, notices and points on notice; `villages` is the list behind four."""
    return (
        participation(sums, compare, villages),
        net_points(sums, compare, period, villages),
        reviewed(sums, compare, villages),
        notices(sums, compare, period, limits, villages),
        on_notice(standing, open_notices),
    )


def participation(sums: Sums, compare: Compare, href: str = "") -> Tile:
    lines = (Line(f"{sums.participants:,} / {sums.households:,} 户"), Line(compare("participation")))
    return _tile(sums, "participation", "参与户率", lines=lines, href=href)


def net_points(sums: Sums, compare: Compare, period: Period, href: str = "") -> Tile:
    each = Line(f"户均 {show(sums.net_per_household, '分/户')} 分")
    return _tile(sums, "net_points", f"{period.index}月净积分", lines=(each, Line(compare("net_points"))), href=href)


def reviewed(sums: Sums, compare: Compare, href: str = "") -> Tile:
    lines = (Line(f"{sums.batches_on_time:,} / {sums.batches_due:,} 批"), Line(compare("reviewed_on_time")))
    return _tile(sums, "reviewed_on_time", "按时审核率", lines=lines, href=href)


def notices(sums: Sums, compare: Compare, period: Period, limits: Limits, href: str = "") -> Tile:
    lines = (notice_gap(sums, period, limits), Line(f"{compare('notices_in_time')} 村"))
    return _tile(sums, "notices_in_time", "按期公示", f"/ {sums.notices_due:,} 村", lines, href)


def notice_gap(sums: Sums, period: Period, limits: Limits) -> Line:
    """How many villages are missing, and until when there is still time."""
    gap = sums.notices_due - sums.notices_in_time
    deadline = limits.notice_deadline(period.months[-1])
    last_day = calendar.local_date(deadline - dt.timedelta(seconds=1))
    if not gap:
        return Line("全部按期")
    if limits.now >= deadline:
        return Line(f"{gap} 村没有按期", "warn")
    return Line(f"还差 {gap}，{last_day.month}月{last_day.day}日止")


def on_notice(standing: Standing, href: str) -> Tile:
    found = standing.on_notice_figure
    lines = (Line(f"{standing.open_notices} 份公示"), Line("期满才计入"))
    return Tile("公示中", found.shown, found, "分", lines, href)


def _tile(sums: Sums, name: str, label: str, of: str = "", lines: tuple[Line, ...] = (), href: str = "") -> Tile:
    found = sums.figure(name)
    return Tile(label, found.shown, found, of, lines, href)
