"""What waits around the demonstration programmes: decisions of meetings, measures, and the figures of a quarter."""

import datetime as dt
from typing import Any

from django.db.models import F
from django.urls import reverse

from demos.models import Decision, Measure, Meeting
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages import words
from qianjiang_portal.pages.duties import Row, Rows, Task
from reports.figures import Limits
from villages import scope

SOON = 30


def decisions(user: Any, _limits: Limits) -> Rows:
    """Decisions that the person's units have to carry out."""
    own = Decision.objects.open().filter(unit__in=scope.places(user, {"liaison"}).units)
    return own.values(*DECISION).order_by("due_on", "pk")


def late_decisions(user: Any, limits: Limits) -> Rows:
    """For the district: what other units have let pass."""
    late = Decision.objects.visible_to(user).open().filter(due_on__lt=calendar.local_date(limits.now))
    return late.values(*DECISION).order_by("due_on", "pk")


def decision_task(row: Row, limits: Limits) -> Task:
    today = calendar.local_date(limits.now)
    kind = Meeting.Kind(row["meeting__kind"]).label
    return Task(
        title=row["text"],
        detail=f"{row['unit__name']}，{words.day(row['meeting__held_on'])}{kind}的决定",
        when=words.deadline(row["due_on"], today, "办结"),
        url=f"{reverse('demos:meeting', args=[row['meeting']])}#decision-{row['pk']}",
        action="去办结",
        word="在办",
        is_late=row["due_on"] < today,
    )


def measures(user: Any, limits: Limits) -> Rows:
    """Measures the person's units lead and that are due soon or late."""
    last = calendar.local_date(limits.now) + dt.timedelta(days=SOON)
    own = Measure.objects.filter(lead__in=scope.places(user, {"liaison"}).units, done_on__isnull=True, due_on__lte=last)
    return own.values("pk", "text", "due_on", unit=F("lead__name")).order_by("due_on", "pk")


def measure_task(row: Row, limits: Limits) -> Task:
    today = calendar.local_date(limits.now)
    return Task(
        title=row["text"],
        detail=f"{row['unit']}牵头的重点举措",
        when=words.deadline(row["due_on"], today, "完成"),
        url=reverse("demos:measure-list"),
        action="去填报",
        word="在办",
        is_late=row["due_on"] < today,
    )


DECISION = ("pk", "text", "due_on", "meeting", "meeting__kind", "meeting__held_on", "unit__name")
