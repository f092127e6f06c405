"""工作台: what stands on the home page beside the list of what waits."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from points.models import Batch, Claim, Notice, Rollup, Rule, Seal
from points.models.batches import State
from points.models.ledger import Kind
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.pages import words
from villages import scope
from villages.models import Appointment, User, Village

DESK = frozenset({"clerk", "reviewer", "leader", "district"})
FAVOURITES, FAVOURITE_DAYS = 4, 60
SEALS = 8


@dataclass(frozen=True)
class Draft:
    """The batch a clerk was last at."""

    title: str
    note: str
    url: str


@dataclass(frozen=True)
class Favourite:
    """A rule the clerk uses most; choosing it opens quick entry with the rule in place."""

    name: str
    points: str
    url: str


@dataclass(frozen=True)
class Month:
    """This month in the person's places: rows entered, batches waiting, villages on notice, points that took effect."""

    title: str
    entered: int
    waiting: int
    on_notice: int
    effective: int
    waiting_url: str
    on_notice_url: str


@dataclass(frozen=True)
class Ledger:
    """What an auditor sees first: how many chains and seals there are, and the last of them."""

    villages: int
    seals: int
    entries: int
    latest: list[Seal]


@dataclass(frozen=True)
class Accounts:
    """What an administrator sees first."""

    active: int
    first_password: int
    appointments: int
    ending: int


def headline(user: Any, waiting: int | None, now: dt.datetime) -> str:
    """`waiting` is None for those who have no list."""
    if waiting is None:
        return f"{words.greeting(now)}，{user.name}"
    return f"{words.greeting(now)}，" + (f"今天有 {waiting} 件事要处理" if waiting else "没有要处理的事")


def draft(user: Any, now: dt.datetime) -> Draft | None:
    if not scope.holds(user, "clerk"):
        return None
    drafts = Batch.objects.visible_to(user).made_by(user).filter(state=State.DRAFT)
    homes = Count("claims__household", filter=~Q(claims__state=State.WITHDRAWN), distinct=True)
    last = drafts.select_related("village", "rule").annotate(households=homes).order_by("-updated_at").first()
    if last is None:
        return None
    saved = words.moment(last.updated_at, now)
    return Draft(
        last.title, f"草稿 {last.households} 户，{saved} 保存", f"{reverse('points:entry')}?batch={last.number}"
    )


def favourites(user: Any, now: dt.datetime) -> list[Favourite]:
    """The rules this person entered most in the last weeks and that are still in force, by code."""
    if not scope.holds(user, "clerk"):
        return []
    own = Claim.objects.visible_to(user).filter(
        batch__maker=user.pk,
        batch__made_at__gte=now - dt.timedelta(days=FAVOURITE_DAYS),
        reverses__isnull=True,
        rule__rule_set__effective_to__isnull=True,
    )
    used = own.values("rule").annotate(times=Count("pk")).order_by("-times", "rule")[:FAVOURITES]
    ids = [row["rule"] for row in used]
    found = {rule.pk: rule for rule in Rule.objects.filter(pk__in=ids)}
    return [_favourite(found[pk]) for pk in ids]


def month(user: Any, today: dt.date) -> Month | None:
    """Figures of the person's places in the present month."""
    if not scope.holds(user, *DESK):
        return None
    here = scope.within(user, DESK)
    current = periods.of(today)
    claims = Claim.objects.visible_to(user).filter(scope.within(user, DESK, "batch__village"))
    entered = claims.live().filter(batch__made_at__gte=calendar.moment(current.begins_on))
    posted = Rollup.objects.filter(here, period=current.slug, kind__in=(Kind.AWARD, Kind.DEDUCTION, Kind.REVERSAL))
    return Month(
        title=f"{_place(user)}{current.index}月",
        entered=entered.count(),
        waiting=Batch.objects.visible_to(user).filter(here, state=State.SUBMITTED).count(),
        on_notice=Notice.objects.visible_to(user).filter(here).open().values("village").distinct().count(),
        effective=posted.aggregate(sum=Coalesce(Sum("points"), 0))["sum"],
        waiting_url=_review_queue(user),
        on_notice_url=f"{reverse('points:notice-list')}?state=open",
    )


def finished(user: Any, today: dt.date) -> tuple[periods.Period, list[str]]:
    """Villages of a clerk in which everything of last month has taken effect, by name."""
    last = periods.of(today).previous()
    if not scope.holds(user, "clerk"):
        return last, []
    over = (State.EFFECTIVE, State.WITHDRAWN)
    own = Claim.objects.visible_to(user).filter(scope.within(user, {"clerk"}, "batch__village"))
    unfinished = own.exclude(batch__state__in=over).filter(occurred_on__range=(last.begins_on, last.ends_on))
    done = Village.objects.for_role(user, "clerk").filter(
        pk__in=Notice.objects.filter(period=last.slug, state=Notice.State.POSTED).values("village")
    )
    names = done.exclude(pk__in=unfinished.exclude(state__in=over).values("batch__village")).in_code_order()
    return last, list(names.values_list("short_name", flat=True))


def ledger(user: Any) -> Ledger | None:
    if not scope.holds(user, "auditor"):
        return None
    seals = Seal.objects.visible_to(user)
    sums = seals.aggregate(villages=Count("village", distinct=True), seals=Count("pk"), entries=Sum("entry_count"))
    latest = list(seals.select_related("village__township").order_by("-sealed_at", "-pk")[:SEALS])
    return Ledger(sums["villages"], sums["seals"], sums["entries"] or 0, latest)


def accounts(user: Any, today: dt.date) -> Accounts | None:
    if not scope.holds(user, "admin"):
        return None
    active = User.objects.filter(is_active=True)
    numbers = active.aggregate(all=Count("pk"), first=Count("pk", filter=Q(must_change_password=True)))
    soon = Q(ends_on__range=(today, today + dt.timedelta(days=30)))
    posts = Appointment.objects.current(today).aggregate(all=Count("pk"), ending=Count("pk", filter=soon))
    return Accounts(numbers["all"], numbers["first"], posts["all"], posts["ending"])


def paired(user: Any) -> list[Village]:
    """The villages a liaison's unit is paired with."""
    if not scope.holds(user, "liaison"):
        return []
    return list(Village.objects.for_role(user, "liaison").select_related("township").in_code_order())


def _favourite(rule: Rule) -> Favourite:
    return Favourite(rule.item.split("/")[0], f"{rule.range_text} 分", f"{reverse('points:entry')}?rule={rule.code}")


def _review_queue(user: Any) -> str:
    """The queue, where it holds all the batches that are counted: not for a clerk, who only waits for them."""
    return "" if scope.holds(user, "clerk") else reverse("points:review-queue")


def _place(user: Any) -> str:
    names = {post.place_name for post in user.appointments_now if post.role in DESK}
    return names.pop() if len(names) == 1 else "本人任职的地方"
