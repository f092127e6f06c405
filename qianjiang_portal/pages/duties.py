"""The kinds of work that wait for people: for each, the rows as a query of one row a line, and how a row reads."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.urls import reverse

from points.models import Batch, Claim, Notice, Objection, Rollup
from points.models.batches import State
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.templatetags.portal import signed
from qianjiang_portal.pages import words
from reports.figures import Limits
from reports.models import Report
from villages import scope
from villages.models import Township

Row = dict[str, Any]
Rows = QuerySet[Any, Row]


@dataclass(frozen=True)
class Task:
    """One line of the list. `state` is a claim's state, or empty where `word` says it better."""

    title: str
    detail: str
    when: str
    url: str
    action: str
    state: str = ""
    word: str = ""
    is_late: bool = False


def returned(user: Any, _limits: Limits) -> Rows:
    batches = Batch.objects.visible_to(user).filter(scope.within(user, {"clerk"}), state=State.RETURNED)
    rows = Count("claims", filter=Q(claims__state=State.RETURNED))
    return batches.values(*BATCH, "decided_at").annotate(rows=rows).order_by("decided_at", "number")


def returned_task(row: Row, limits: Limits) -> Task:
    return Task(
        title=_batch_title(row),
        detail=f"批次 {row['number']}，{row['rows']} 行被退回",
        when=f"{words.moment(row['decided_at'], limits.now)} 退回" if row["decided_at"] else "",
        url=reverse("points:batch", args=[row["number"]]),
        action="去修改",
        state=State.RETURNED,
    )


def to_review(user: Any, _limits: Limits) -> Rows:
    waiting = Q(claims__state=State.SUBMITTED)
    sums = {"rows": Count("claims", filter=waiting), "points": Sum("claims__points", filter=waiting)}
    batches = Batch.objects.visible_to(user).to_review_by(user)
    return batches.values(*BATCH, "submitted_at", "maker__name").annotate(**sums).order_by("submitted_at", "number")


def to_review_task(row: Row, limits: Limits) -> Task:
    return Task(
        title=_batch_title(row),
        detail=f"{row['rows']} 行 {signed(row['points'] or 0)} 分，{row['maker__name']}录入",
        when=_review_due(row["submitted_at"], limits),
        url=reverse("points:review", args=[row["number"]]),
        action="去审核",
        state=State.SUBMITTED,
        is_late=row["submitted_at"] < limits.now - limits.review,
    )


def contested(user: Any, _limits: Limits) -> Rows:
    """Rows under check, by notice; whoever had a hand in the batch leaves them to others."""
    mine = scope.within(user, {"reviewer", "leader"}, "batch__village")
    claims = _of_open_batches(user).filter(mine, state=State.CONTESTED).exclude(batch__editors__user=user.pk)
    claims = claims.exclude(doubts__objection__in=Objection.objects.open())
    by_notice = claims.values("notice__code", "notice__period", "batch__village__short_name")
    return by_notice.annotate(rows=Count("pk")).order_by("notice__code")


def contested_task(row: Row, _limits: Limits) -> Task:
    code = row["notice__code"]
    return Task(
        title=f"{row['batch__village__short_name']} 公示核实",
        detail=f"{row['rows']} 行等着核实",
        when="",
        url=reverse("points:notice-check", args=[code]) if code else reverse("points:notice-list"),
        action="去处理",
        state=State.CONTESTED,
    )


def objections(user: Any, _limits: Limits) -> Rows:
    """Objections to be looked into, or closed by somebody other than who did; not of batches they had a hand in."""
    mine = Objection.objects.visible_to(user).filter(scope.within(user, {"reviewer", "leader"})).open()
    waiting = mine.exclude(proposed_by=user.pk).exclude(rows__claim__batch__editors__user=user.pk)
    return waiting.values("number", "village__short_name", "state", "due_on").order_by("due_on", "number")


def objections_task(row: Row, limits: Limits) -> Task:
    proposed = row["state"] == Objection.State.PROPOSED
    return Task(
        title=f"{row['village__short_name']} 异议 {row['number']}",
        detail="已有核实意见，等第二个人办结" if proposed else "等着核实",
        when=words.deadline(row["due_on"], _today(limits), "答复"),
        url=reverse("points:objection", args=[row["number"]]),
        action="去办结" if proposed else "去核实",
        word=Objection.State(row["state"]).label,
        is_late=row["due_on"] < _today(limits),
    )


def late_objections(user: Any, limits: Limits) -> Rows:
    """Overdue answers by township, for the district."""
    late = Objection.objects.visible_to(user).filter(scope.within(user, {"district"})).open()
    rows = late.filter(due_on__lt=_today(limits)).values("village__township__name")
    return rows.annotate(count=Count("pk"), oldest=Min("due_on")).order_by("oldest", "village__township__name")


def late_objections_task(row: Row, limits: Limits) -> Task:
    return Task(
        title=f"{row['village__township__name']} 异议",
        detail=f"{row['count']} 条没有按期答复",
        when=words.deadline(row["oldest"], _today(limits), "答复"),
        url=f"{reverse('points:objection-list')}?show=late",
        action="去看看",
        word="逾期",
        is_late=True,
    )


def to_publish(user: Any, _limits: Limits) -> Rows:
    claims = _unpublished(user).filter(scope.within(user, {"clerk"}, "batch__village"))
    by_month = claims.annotate(month=TruncMonth("occurred_on"))
    rows = by_month.values("batch__village__short_name", "batch__village__code", "month")
    return rows.annotate(households=Count("household", distinct=True)).order_by("month", "batch__village__code")


def to_publish_task(row: Row, limits: Limits) -> Task:
    month = periods.of(row["month"])
    return Task(
        title=f"{row['batch__village__short_name']} {month.index}月积分",
        detail=f"{row['households']} 户，评议已通过",
        when=words.deadline(month.due_on(), _today(limits), "张贴"),
        url=f"{reverse('points:notice-new')}?village={row['batch__village__code']}&period={month.slug}",
        action="制作公示",
        state=State.APPROVED,
        is_late=month.due_on() < _today(limits),
    )


def to_post(user: Any, limits: Limits) -> Rows:
    """Notices that are over; the scheduler posts them by itself, so a line here means that it has not yet."""
    notices = Notice.objects.visible_to(user).filter(scope.within(user, {"clerk", "leader"}), due_at__lte=limits.now)
    return notices.open().values("code", "period", "village__short_name", "households", "due_at").order_by("due_at")


def to_post_task(row: Row, limits: Limits) -> Task:
    return Task(
        title=f"{row['village__short_name']} {periods.parse(row['period']).index}月公示",
        detail=f"公示期满，{row['households']} 户的积分可以入账",
        when=f"{words.moment(row['due_at'], limits.now)} 期满",
        url=reverse("points:notice", args=[row["code"]]),
        action="去入账",
        state=State.PUBLISHED,
    )


def late_reviews(user: Any, limits: Limits) -> Rows:
    batches = _overdue(user, limits).filter(scope.within(user, {"leader"}))
    rows = batches.values("village__short_name", "village__code")
    return rows.annotate(batches=Count("pk"), oldest=Min("submitted_at")).order_by("oldest", "village__code")


def late_reviews_task(row: Row, limits: Limits) -> Task:
    return _late_review(row["village__short_name"], reverse("points:review-queue"), row, limits)


def late_reviews_by_township(user: Any, limits: Limits) -> Rows:
    batches = _overdue(user, limits).filter(scope.within(user, {"district"}))
    rows = batches.values("village__township__name", "village__township__code")
    return rows.annotate(batches=Count("pk"), oldest=Min("submitted_at")).order_by("village__township__code")


def late_reviews_township_task(row: Row, limits: Limits) -> Task:
    url = reverse("reports:dashboard-township", args=[row["village__township__code"]])
    return _late_review(row["village__township__name"], url, row, limits)


def late_notices(user: Any, limits: Limits) -> Rows:
    claims = _past_due(user, limits).filter(scope.within(user, {"leader"}, "batch__village"))
    rows = claims.values("batch__village__short_name", "batch__village__code")
    return rows.annotate(oldest=Min("occurred_on")).order_by("oldest", "batch__village__code")


def late_notices_task(row: Row, limits: Limits) -> Task:
    detail = f"{periods.of(row['oldest']).index}月积分评议已通过，还没张贴"
    url = f"{reverse('points:notice-list')}?village={row['batch__village__code']}"
    return _late_notice(row["batch__village__short_name"], detail, url, row, limits)


def late_notices_by_township(user: Any, limits: Limits) -> Rows:
    claims = _past_due(user, limits).filter(scope.within(user, {"district"}, "batch__village"))
    rows = claims.values("batch__village__township__name", "batch__village__township__code")
    counted = rows.annotate(oldest=Min("occurred_on"), villages=Count("batch__village", distinct=True))
    return counted.order_by("batch__village__township__code")


def late_notices_township_task(row: Row, limits: Limits) -> Task:
    url = reverse("reports:dashboard-township", args=[row["batch__village__township__code"]])
    detail = f"{row['villages']} 个村评议已通过，还没张贴"
    return _late_notice(row["batch__village__township__name"], detail, url, row, limits)


def missing_reports(user: Any, limits: Limits) -> Rows:
    """Townships where points were posted in the quarter just over, and whose summary is not there yet."""
    quarter = _last_quarter(limits)
    done = Report.objects.filter(kind=Report.Kind.QUARTER, period=quarter.slug, current__isnull=False)
    posted = Rollup.objects.in_months(quarter.months).values("village__township")
    places = scope.places(user, {"leader", "district"})
    own = Q() if places.everywhere else Q(pk__in=places.townships)
    missing = Township.objects.filter(own, pk__in=posted).exclude(pk__in=done.exclude(township=None).values("township"))
    return missing.values("name", "code").order_by("code")


def missing_reports_task(row: Row, limits: Limits) -> Task:
    quarter = _last_quarter(limits)
    return Task(
        title=f"{row['name']} {quarter.title}积分运行情况",
        detail="还没有生成",
        when=words.deadline(quarter.due_on(), _today(limits), "生成"),
        url=f"{reverse('reports:report-list')}?period={quarter.slug}",
        action="去生成",
        word="未生成",
        is_late=quarter.due_on() < _today(limits),
    )


BATCH = ("number", "source", "village__short_name", "rule__item")


def _batch_title(row: Row) -> str:
    item = (row["rule__item"] or Batch.Source(row["source"]).label).split("/")[0]
    return f"{row['village__short_name']} {'冲正 ' if row['source'] == Batch.Source.CORRECTION else ''}{item}"


def _today(limits: Limits) -> dt.date:
    return calendar.local_date(limits.now)


def _last_quarter(limits: Limits) -> periods.Period:
    return periods.of(_today(limits), "quarter").previous()


def _of_open_batches(user: Any) -> QuerySet[Claim]:
    """Claims with something left to do are found through the few batches that say so, not among all there ever were."""
    return Claim.objects.visible_to(user).exclude(batch__state__in=(State.EFFECTIVE, State.WITHDRAWN))


def _unpublished(user: Any) -> QuerySet[Claim]:
    return _of_open_batches(user).filter(state=State.APPROVED, notice__isnull=True)


def _overdue(user: Any, limits: Limits) -> QuerySet[Batch]:
    """Batches that have waited for review longer than the district allows."""
    late = limits.now - limits.review
    return Batch.objects.visible_to(user).filter(state=State.SUBMITTED, submitted_at__lt=late)


def _review_due(submitted_at: dt.datetime, limits: Limits) -> str:
    due = submitted_at + limits.review
    days = (_today(limits) - calendar.local_date(due)).days
    if due < limits.now:
        return f"已逾期 {days} 天" if days else f"今天已满 {limits.review.days} 天"
    return (
        f"今天 {due.astimezone(calendar.SHANGHAI):%H:%M} 前审核"
        if days == 0
        else f"{words.day_and_week(calendar.local_date(due))}前审核"
    )


def _past_due(user: Any, limits: Limits) -> QuerySet[Claim]:
    """Approved claims of months whose notice should be up by now."""
    month = periods.of(_today(limits)).previous()
    while month.due_on() >= _today(limits):
        month = month.previous()
    return _unpublished(user).filter(occurred_on__lte=month.ends_on)


def _late_review(place: str, url: str, row: Row, limits: Limits) -> Task:
    return Task(
        title=f"{place} 审核",
        detail=f"{row['batches']} 批过了时限还没审核，最早 {words.day(calendar.local_date(row['oldest']))}提交",
        when=_review_due(row["oldest"], limits),
        url=url,
        action="去看",
        state=State.SUBMITTED,
        is_late=True,
    )


def _late_notice(place: str, detail: str, url: str, row: Row, limits: Limits) -> Task:
    last = periods.of(row["oldest"]).due_on()
    return Task(
        title=f"{place} 公示",
        detail=detail,
        when=words.deadline(last, _today(limits), "张贴"),
        url=url,
        action="去看",
        state=State.APPROVED,
        is_late=True,
    )
