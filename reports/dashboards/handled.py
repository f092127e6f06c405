"""What a place has in hand besides points, in words: its tiles, its cells beside the heat, what came in and in time."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from demos.models import Stage
from points.models.objections import READERS as OBJECTION_READERS
from points.permissions import BUDGET_READERS
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.foundation.periods import Period
from reports import summary_numbers
from reports.dashboards.links import link
from reports.dashboards.parts import Cell, Chart, Line, Tile
from reports.figures import STAGE, Limits, Span, Sums, figure, ratio, show
from reports.models.summaries import READERS as SUMMARY_READERS
from villages import indicators, scope
from villages.models import Township

# What is read at once for a dashboard.
SETTINGS = ("review_days", "summary_due_day", "summary_opens_days", "points_per_yuan")
# Days before the last one from which a summary is said to be near.
NEAR = 3


def span_of(month: Period, limits: Limits) -> Span:
    """The newest quarter over by the end of the month, and the summary that is asked for now."""
    quarter = periods.of(month.begins_on, "quarter")
    quarter = quarter if quarter.ends_on == month.ends_on else quarter.previous()
    summary = summary_numbers.usual_period(calendar.local_date(limits.now))
    return Span(month, quarter, summary, summary_numbers.due_on(summary))


@dataclass(frozen=True, slots=True)
class Ways:
    """The lists behind the numbers, for this person and place: nothing where they may not read one.

    `within` narrows an address to the township; `reads_all` tells whether they read what every township hands in.
    """

    within: str
    villages: str
    objections: str
    late_objections: str
    summaries: str
    summary: Period
    reads_all: bool
    store: str
    indicators: str
    meetings: str
    demos: str

    def villages_in(self, month: Period, show: str = "", township: str = "") -> str:
        """The list of villages with a month's figures; `show` is one of `village_list.SHOWN`."""
        within = f"&t={township}" if township else self.within
        return f"{link('reports:village-list')}?period={month.slug}{within}" + (f"&show={show}" if show else "")

    def summary_of(self, township: str) -> str:
        return link("reports:summary", self.summary, township) if self.reads_all else ""


def ways(user: Any, span: Span, place: Township | None = None) -> Ways:
    """Those of a township, of the district for None."""
    township = place.code if place else ""
    month = span.month.slug
    within = f"&t={township}" if township else ""
    places = scope.places(user, SUMMARY_READERS)
    objections = link("points:objection-list") if scope.holds(user, *OBJECTION_READERS) else ""
    store = link("points:store-budget") if scope.holds(user, *BUDGET_READERS) else ""
    there = f"?{within[1:]}" if within else ""
    return Ways(
        within=within,
        villages=f"{link('reports:village-list')}?period={month}{within}",
        objections=objections and objections + there,
        late_objections=objections and f"{objections}?show=late{within}",
        summaries=_summaries(places, span, place),
        summary=span.summary,
        reads_all=places.everywhere,
        store=store and store + there,
        indicators=link("villages:indicator-grid", span.quarter.slug, township)
        if township
        else f"{link('villages:indicator-list')}?period={span.quarter.slug}",
        meetings=f"{link('demos:meeting-list')}?year={span.quarter.year}",
        demos=f"{link('demos:board')}?level=district&kind=village&year={span.month.year}"
        + (f"&township={township}" if township else ""),
    )


def _summaries(places: scope.Places, span: Span, place: Township | None) -> str:
    """A township's own summary, the district's list of all senders."""
    if place is None:
        return f"{link('reports:summary-list')}?period={span.summary.slug}"
    return link("reports:summary", span.summary, place.code) if places.covers_township(place) else ""


@dataclass(frozen=True)
class Hand:
    """What a district or a township has in hand: its counts as a whole and by the code of each place below it."""

    span: Span
    limits: Limits
    to: Ways
    whole: Counter[str]
    below: dict[str, Counter[str]]
    senders: int

    def of(self, code: str) -> Counter[str]:
        return self.below.get(code, Counter())

    def objections_of(self, code: str) -> int:
        return self.of(code)["objections"]

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return (
            objections_tile(self.whole, self.span, self.to.objections),
            summaries_tile(self.whole, self.senders, self.span, self.limits, self.to.summaries),
            store_tile(self.whole, self.span, self.to.store),
        )


def objections_tile(counts: Counter[str], span: Span, href: str) -> Tile:
    late = counts["objections_late"]
    first = Line(f"逾期 {late} 件", "err") if late else Line("没有逾期")
    found = figure("objections", counts["objections"])
    raised = Line(f"{span.month.index}月受理 {counts['objections_raised']} 件")
    return Tile("异议在办", found.shown, found, "件", (first, raised), href)


def summaries_tile(counts: Counter[str], expected: int, span: Span, limits: Limits, href: str) -> Tile:
    # The day below says of which year: with the year in front, the name would not fit beside its 口径.
    title = f"{summary_numbers.title(span.summary)}总结".partition("年")[2]
    found = figure("summaries", counts["summaries"])
    day = Line(f"{span.summary_due.month}月{span.summary_due.day}日截止")
    gap = expected - counts["summaries"]
    if expected == 1:
        word = "还没有报" if gap else "已报"
        return Tile(title, word, found, lines=(_time_left(gap, span, limits), day), href=href, is_word=True)
    return Tile(title, found.shown, found, f"/ {expected} 单位", (_time_left(gap, span, limits), day), href)


def _time_left(gap: int, span: Span, limits: Limits) -> Line:
    days = (span.summary_due - calendar.local_date(limits.now)).days
    if not gap:
        return Line("全部报齐")
    if days < 0:
        return Line(f"逾期 {-days} 天", "err")
    return Line("今天截止" if not days else f"还有 {days} 天", "warn" if days <= NEAR else "")


def store_tile(counts: Counter[str], span: Span, href: str) -> Tile:
    found = figure("spendable", counts["spendable"])
    worth = Decimal(counts["spendable"]) / int(options.get("points_per_yuan"))
    lines = (Line(f"折合 {worth:,.0f} 元"), Line(f"{span.month.index}月兑换 {counts['redeemed']:,} 分"))
    return Tile("可兑换积分", found.shown, found, "分", lines, href)


def objections_cell(counts: Counter[str], href: str) -> Cell:
    """`href` leads to the open ones of the place; the late ones among them are shown where there are some."""
    if counts["objections_late"]:
        late = f"{href}&show=late" if href else ""
        return Cell(f"逾期 {counts['objections_late']}", tone="err", icon="clock", href=late)
    return Cell(f"在办 {counts['objections']}", href=href) if counts["objections"] else Cell("—")


def summary_cell(counts: Counter[str], span: Span, limits: Limits, href: str) -> Cell:
    if counts["summaries"]:
        return Cell("已报", css="", tone="ok", href=href)
    late = calendar.local_date(limits.now) > span.summary_due
    return Cell("逾期", css="", tone="err", icon="clock", href=href) if late else Cell("没有报", css="", href=href)


def stage_cell(counts: Counter[str], href: str) -> Cell:
    """The furthest stage of the place's demonstration villages."""
    reached = [key for key in Stage.Key.values if counts[STAGE + key]]
    return Cell(Stage.Key(reached[-1]).label, css="", href=href) if reached else Cell("—", css="")


def recognised(counts: Counter[str]) -> int:
    return sum(counts[STAGE + key] for key in Stage.DONE)


def stages_chart(counts: Counter[str], year: int, href: str) -> Chart:
    """How many demonstration villages stand on each stage."""
    total = sum(counts[STAGE + key] for key in Stage.Key.values)
    rows = tuple((key.label, f"{counts[STAGE + key]:,}") for key in Stage.Key) if total else ()
    note = f"{year}年 {total} 个区级示范村所在阶段，{recognised(counts)} 个已认定"
    return Chart("demos", "bar", "bar", "示范创建", note, ("阶段", "村"), rows, href=href, nothing="今年还没有选点")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something places have to hand in by a day: how many should, did, and did in time."""

    name: str
    due: str
    expected: int
    done: int
    in_time: int | None
    unit: str
    href: str

    @property
    def missing(self) -> int:
        return self.expected - self.done

    @property
    def complete(self) -> str:
        return show(ratio(self.done, self.expected), "%")

    @property
    def timely(self) -> str:
        return "—" if self.in_time is None else show(ratio(self.in_time, self.expected), "%")


def village_duties(hand: Hand, sums: Sums, villages: int) -> tuple[Duty, ...]:
    """What villages owe: the month's notice, the quarter's figures."""
    counts, span, limits, to = hand.whole, hand.span, hand.limits, hand.to
    notice_day = calendar.local_date(limits.notice_deadline(span.month.slug) - dt.timedelta(seconds=1))
    return (
        Duty(
            f"{span.month.index}月积分公示",
            _day(notice_day),
            sums.notices_due,
            counts["noticed"],
            sums.notices_in_time,
            "村",
            f"{to.villages}&show=unpublished",
        ),
        Duty(
            f"{span.quarter.title}指标",
            _day(indicators.reporting_due(span.quarter)),
            villages,
            counts["indicators"],
            counts["indicators_in_time"],
            "村",
            to.indicators,
        ),
    )


def summary_duty(hand: Hand) -> Duty:
    counts, expected, span, to = hand.whole, hand.senders, hand.span, hand.to
    return Duty(
        f"{summary_numbers.title(span.summary)}总结",
        _day(span.summary_due),
        expected,
        counts["summaries"],
        counts["summaries_in_time"],
        "单位",
        to.summaries,
    )


def meeting_duty(hand: Hand) -> Duty:
    """A meeting of a quarter can only be held in it, so there is no share in time beside the one held."""
    counts, span, to = hand.whole, hand.span, hand.to
    title = f"{span.quarter.title}专题会"
    return Duty(title, _day(span.quarter.ends_on), counts["leads"], counts["meetings"], None, "单位", to.meetings)


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"
