"""What waits around a summary: to be written from a week before it is due, sent back or asked for again; to be signed
and to be taken in for as long as it lies there."""

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period, parse
from qianjiang_portal.pages import words
from qianjiang_portal.pages.duties import Row, Rows, Task
from reports import summary_numbers
from reports.figures import Limits
from reports.models import Sender, Summary, SummaryReminder
from villages import dues, scope
from villages.models import Township, Unit, Village

State = Summary.State
REMIND_DAYS, FORGET_DAYS = 7, 60
SEASON = (1, 2, 3, 6, 7, 8, 9, 12)  # no setting can move a due day out of these months
NEVER = ""  # a period no summary has


def townships_to_write(user: Any, limits: Limits) -> Rows:
    own = Township.objects.filter(pk__in=scope.places(user, {"clerk"}).townships)
    return _unwritten(own, "township", limits)


def units_to_write(user: Any, limits: Limits) -> Rows:
    own = Unit.objects.filter(pk__in=scope.places(user, {"liaison"}).units)
    return _unwritten(own, "unit", limits)


def to_write_task(row: Row, limits: Limits) -> Task:
    period = parse(row["period"])
    due = summary_numbers.due_on(period)
    details = ["已退回，改好再报" if row["is_returned"] else "", "区里今天催报" if row["is_reminded"] else ""]
    return Task(
        title=f"{row['name']} {summary_numbers.title(period)}总结",
        detail="；".join(filter(None, details)) or "还没有报送",
        when=when(due, _today(limits)),
        url=reverse("reports:summary", args=[period, row["code"]]),
        action="去填写",
        state="returned" if row["is_returned"] else "draft",
        is_late=due < _today(limits),
    )


def to_disclose(user: Any, limits: Limits) -> Rows:
    """Villages with something of the last quarters still to be made public."""
    own = Village.objects.for_role(user, "clerk").open()
    return dues.with_waiting(own, _today(limits)).values("short_name", "code", "waiting", "late")


def to_disclose_task(row: Row, _limits: Limits) -> Task:
    return Task(
        title=f"{row['short_name']} 三公开",
        detail=f"{row['waiting']} 项还没有公开",
        when=f"其中逾期 {row['late']} 项" if row["late"] else "",
        url=reverse("villages:disclosure-village", args=[row["code"]]),
        action="去公开",
        word="未公开",
        is_late=row["late"] > 0,
    )


def to_sign(user: Any, limits: Limits) -> Rows:
    waiting = Summary.objects.filter(state=State.SUBMITTED).exclude(submitted_by=user.pk)
    mine = Q(township__in=scope.places(user, {"leader"}).townships)
    if scope.holds(user, "district"):
        mine |= Q(township=None, unit=None)
    own = waiting.filter(mine)
    asked = SummaryReminder.objects.filter(period=OuterRef("period"), township=OuterRef("township"), on=_today(limits))
    shown = ("period", "township__name", "township__code", "submitted_by__name", "is_reminded")
    return own.annotate(is_reminded=Exists(asked)).values(*shown).order_by("period", "township__code")


def to_sign_task(row: Row, limits: Limits) -> Task:
    period = parse(row["period"])
    due = summary_numbers.due_on(period)
    return Task(
        title=f"{row['township__name'] or Sender().name} {summary_numbers.title(period)}总结",
        detail=f"{row['submitted_by__name']}已提交{'；区里今天催报' if row['is_reminded'] else ''}",
        when=when(due, _today(limits)),
        url=reverse("reports:summary", args=[period, row["township__code"] or Sender().slug]),
        action="去签发",
        state="submitted",
        is_late=due < _today(limits),
    )


def to_accept(user: Any, _limits: Limits) -> Rows:
    signed = Summary.objects.visible_to(user).filter(state=State.SIGNED)
    return signed.values("period").annotate(papers=Count("pk")).order_by("period")


def to_accept_task(row: Row, _limits: Limits) -> Task:
    return Task(
        title=f"{summary_numbers.title(parse(row['period']))}总结",
        detail=f"{row['papers']} 份已报送",
        when="等收件",
        url=f"{reverse('reports:summary-list')}?period={row['period']}",
        action="去收件",
        state="submitted",
    )


def when(due: dt.date, today: dt.date) -> str:
    """7月5日（周日）前报送，还有 3 天; 今天 24 点前报送; 已逾期 2 天，仍可提交."""
    left = (due - today).days
    if left > 0:
        return f"{words.day_and_week(due)}前报送，还有 {left} 天"
    return words.deadline(due, today, "报送") + ("，仍可提交" if left < 0 else "")


def _unwritten(own: QuerySet[Any], owner: str, limits: Limits) -> Rows:
    """Those without a summary that is at least submitted."""
    shown, today = slug(limits), _today(limits)
    kept = Summary.objects.filter(**{owner: OuterRef("pk")})
    asked = SummaryReminder.objects.filter(on=today, **{owner: OuterRef("pk")})
    found = own.annotate(period=Value(shown) if shown else _asked_again(kept, asked)).filter(period__isnull=False)
    of_it = kept.filter(period=OuterRef("period"))
    lacking = found.exclude(Exists(of_it.filter(state__in=(State.SUBMITTED, State.SIGNED, State.ACCEPTED))))
    marked = lacking.annotate(
        is_returned=Exists(of_it.filter(state=State.RETURNED)),
        is_reminded=Exists(asked.filter(period=OuterRef("period"))),
    )
    return marked.values("name", "code", "period", "is_returned", "is_reminded").order_by("code")


def _asked_again(kept: QuerySet[Summary], asked: QuerySet[SummaryReminder]) -> Coalesce:
    """Outside a summary's weeks: the period of what was sent back, else of what the district asks for today."""
    returned = kept.filter(state=State.RETURNED).order_by("-handled_at")
    return Coalesce(Subquery(returned.values("period")[:1]), Subquery(asked.order_by("period").values("period")[:1]))


def slug(limits: Limits) -> str:
    """The period whose summary is on people's desks today, or none."""
    today = _today(limits)
    if today.month not in SEASON:
        return NEVER
    period = _period(limits)
    due = summary_numbers.due_on(period)
    shown = due - dt.timedelta(days=REMIND_DAYS) <= today <= due + dt.timedelta(days=FORGET_DAYS)
    return period.slug if shown else NEVER


def _period(limits: Limits) -> Period:
    return summary_numbers.usual_period(_today(limits))


def _today(limits: Limits) -> dt.date:
    return calendar.local_date(limits.now)
