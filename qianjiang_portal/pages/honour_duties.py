"""What waits around honours and the end of a year: nominations to weigh, honours to put up, year ends to decide."""

from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.urls import reverse

from points.models import Doubt, Honour, YearEnd
from points.models.reviews import recused_homes
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages import words
from qianjiang_portal.pages.duties import Row, Rows, Task
from reports.figures import Limits
from villages import scope

State = Honour.State


def honours(user: Any, _limits: Limits) -> Rows:
    """Villages with nominations this person may weigh, and with what the panel passed for clerks to put up."""
    apart = Q(nominated_by=user.pk) | Q(household__in=recused_homes(user))
    to_weigh = Honour.objects.filter(scope.within(user, {"reviewer"}), state=State.NOMINATED).exclude(apart)
    to_put_up = Q(scope.within(user, {"clerk"}), state=State.PASSED)
    rows = Honour.objects.filter(Q(pk__in=to_weigh.values("pk")) | to_put_up)
    by_village = rows.values("state", "village__code", "village__short_name")
    return by_village.annotate(count=Count("pk"), first=Min("nominated_on")).order_by("first", "village__code", "state")


def honours_task(row: Row, _limits: Limits) -> Task:
    nominated = row["state"] == State.NOMINATED
    return Task(
        title=f"{row['village__short_name']} 荣誉",
        detail=f"{row['count']} 个提名等着评议" if nominated else f"{row['count']} 个荣誉等着公示",
        when=f"{words.day(row['first'])} 提名",
        url=reverse("points:honour-desk", args=[row["village__code"]]),
        action="去评议" if nominated else "去公示",
        word=State(row["state"]).label,
    )


def doubts(user: Any, _limits: Limits) -> Rows:
    """Objections to honours and to year ends that this person may answer."""
    honour = Q(scope.within(user, {"reviewer", "leader"}), honour__isnull=False) & ~Q(honour__nominated_by=user.pk)
    mine = Doubt.objects.open().filter(honour | Q(scope.within(user, {"leader"}), line__isnull=False))
    return mine.values("number", "village__short_name", "honour", "due_on").order_by("due_on", "number")


def doubts_task(row: Row, limits: Limits) -> Task:
    today = calendar.local_date(limits.now)
    return Task(
        title=f"{row['village__short_name']} {'荣誉' if row['honour'] else '年末清零'}异议 {row['number']}",
        detail="等着核实，答复以前不授予" if row["honour"] else "等着核实，答复以前不清零",
        when=words.deadline(row["due_on"], today, "答复"),
        url=reverse("points:doubt", args=[row["number"]]),
        action="去答复",
        word=Doubt.State.RECEIVED.label,
        is_late=row["due_on"] < today,
    )


def year_ends(user: Any, _limits: Limits) -> Rows:
    """By township: villages whose old points would be lost, and nobody has said yet whether they shall."""
    waiting = YearEnd.objects.filter(scope.within(user, {"leader"}), state=YearEnd.State.PREPARED)
    by_town = waiting.values("year", "village__township__name")
    return by_town.annotate(count=Count("pk"), sum=Sum("points")).order_by("year", "village__township__name")


def year_ends_task(row: Row, _limits: Limits) -> Task:
    return Task(
        title=f"{row['village__township__name']} {row['year']}年末清零",
        detail=f"{row['count']} 个村、{row['sum']:,} 分等着定",
        when="",
        url=reverse("points:year-end-list"),
        action="去确认",
        word=YearEnd.State.PREPARED.label,
    )
