"""需要处理: what is late first, then what only waits; one sentence a line, with the places to look at."""

from collections.abc import Callable, Sequence

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from reports import summary_numbers
from reports.dashboards.handled import Hand
from reports.dashboards.parts import Link, Todo
from reports.figures import Limits, Row, Standing, combined

NAMED = 5
# A summary that never came is said for so long; after that the list of summaries tells.
SAID_DAYS = 60
StandingOf = Callable[[Row], Standing]
PlaceOf = Callable[[Row], str]
HrefOf = Callable[[Row, Period], str]


def todos(
    rows: Sequence[Row], standing: StandingOf, href: HrefOf, period: Period, limits: Limits, hand: Hand
) -> tuple[Todo, ...]:
    """What waits in these places. Notices are missed in the newest month whose time is over."""
    whole = combined(standing(row) for row in rows)

    def there(row: Row) -> str:
        return href(row, period)

    def listed(show: str, month: Period = period) -> str:
        return hand.to.villages_in(month, show)

    found = [_late(rows, standing, there, whole, limits, listed("unreviewed")), _doubted(hand), _unsent(hand)]
    found.append(_missed(rows, href, period, limits, listed))
    found.append(_waiting(rows, standing, there, whole, listed("waiting")))
    return tuple(todo for todo in found if todo)


def _late(
    rows: Sequence[Row], standing: StandingOf, href: PlaceOf, whole: Standing, limits: Limits, listed: str
) -> Todo | None:
    if not whole.late:
        return None
    days = limits.review.days
    where, rest = _places(rows, lambda row: standing(row).late, href, "批", listed)
    word = f"超 {whole.late_days - days} 天" if whole.late_days > days else f"满 {days} 天"
    return Todo("err", "clock", word, f"{whole.late} 批积分超过 {days} 天没审核", where, rest)


def _doubted(hand: Hand) -> Todo | None:
    late = hand.whole["objections_late"]
    where = (Link("看异议", f"{hand.to.late_objections}"),) if hand.to.late_objections else ()
    return Todo("err", "clock", "逾期", f"{late} 件异议过了答复期限", where) if late else None


def _unsent(hand: Hand) -> Todo | None:
    """Summaries that did not come by their day."""
    days = (calendar.local_date(hand.limits.now) - hand.span.summary_due).days
    missing = hand.senders - hand.whole["summaries"]
    if not 0 < days <= SAID_DAYS or not missing:
        return None
    title = f"{summary_numbers.title(hand.span.summary)}总结"
    who = f"{missing} 个单位没有报{title}" if hand.senders > 1 else f"没有报{title}"
    return Todo(
        "err",
        "clock",
        f"逾期 {days} 天",
        who,
        (Link("看材料报送" if hand.senders > 1 else "看总结", hand.to.summaries),),
    )


def _missed(
    rows: Sequence[Row], href: HrefOf, period: Period, limits: Limits, listed: Callable[[str, Period], str]
) -> Todo | None:
    over = [span for span in (period, period.previous()) if limits.now >= limits.notice_deadline(span.months[-1])]
    if not over:
        return None
    gap = _gap_now if over[0] == period else _gap_before
    missing = sum(gap(row) for row in rows)
    if not missing:
        return None
    where, rest = _places(rows, gap, lambda row: href(row, over[0]), "村", listed("untimely", over[0]))
    days = (limits.now - limits.notice_deadline(over[0].months[-1])).days + 1
    return Todo("warn", "warn", f"晚 {days} 天", f"{missing} 个村{over[0].index}月没有按期公示", where, rest)


def _waiting(rows: Sequence[Row], standing: StandingOf, href: PlaceOf, whole: Standing, listed: str) -> Todo | None:
    if not whole.waiting:
        return None
    where, rest = _places(rows, lambda row: standing(row).waiting, href, "批", listed)
    word = f"等了 {whole.waiting_days} 天" if whole.waiting_days else "今天审完"
    return Todo("info", "approved", word, f"{whole.waiting} 批已经通过，等待公示", where, rest)


def _places(
    rows: Sequence[Row], count: Callable[[Row], int], href: PlaceOf, unit: str, listed: str
) -> tuple[tuple[Link, ...], Link | None]:
    """The first places in code order with their counts, and the list of all where there are more."""
    found = [row for row in rows if count(row)]
    shown = tuple(Link(f"{row.name} {count(row)} {unit}", href(row)) for row in found[:NAMED])
    return shown, Link(f"等 {len(found)} 处", listed) if len(found) > NAMED else None


def _gap_now(row: Row) -> int:
    return row.sums.notices_due - row.sums.notices_in_time


def _gap_before(row: Row) -> int:
    return row.before.notices_due - row.before.notices_in_time
