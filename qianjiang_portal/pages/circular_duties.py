"""What waits around circulars: to be signed for and mended where they arrive, to be looked at by the district."""

from typing import Any

from django.db.models import Count, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages import words
from qianjiang_portal.pages.duties import Row, Rows, Task
from reports.figures import Limits
from reports.models import CircularReceiver, Finding, Rectification
from villages import scope

RECEIVERS = ("clerk", "leader", "liaison")


def to_answer(user: Any, _limits: Limits) -> Rows:
    """Circulars that are not signed for, or name something that the person's place has not mended."""
    places = scope.places(user, RECEIVERS)
    own = CircularReceiver.objects.filter(Q(township__in=places.townships) | Q(unit__in=places.units))
    same_place = Q(township=OuterRef("township")) | Q(unit=OuterRef("unit"))
    mine = _open().filter(same_place, circular=OuterRef("circular")).order_by().values("circular")
    number = Subquery(mine.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    marked = own.annotate(left=Coalesce(number, 0), due_on=Subquery(mine.annotate(due=Min("due_on")).values("due")))
    waiting = marked.filter(Q(read_at__isnull=True) | Q(left__gt=0))
    return waiting.values(
        "circular", "circular__number", "circular__subject", "read_at", "left", "due_on", "township__name", "unit__name"
    ).order_by("due_on", "circular")


def to_answer_task(row: Row, limits: Limits) -> Task:
    today, due = calendar.local_date(limits.now), row["due_on"]
    unread = "" if row["read_at"] else "还没有签收"
    left = f"{row['left']} 个问题等整改" if row["left"] else ""
    return Task(
        title=f"{row['township__name'] or row['unit__name']} {row['circular__subject']}通报",
        detail="，".join(filter(None, [row["circular__number"], unread, left])),
        when=words.deadline(due, today, "整改") if due else "",
        url=reverse("reports:circular", args=[row["circular"]]),
        action="去整改" if left else "去签收",
        word="待整改" if left else "待签收",
        is_late=bool(due and due < today),
    )


def to_check(_user: Any, limits: Limits) -> Rows:
    """For the district, by circular: what was reported and waits, and what is overdue."""
    today = calendar.local_date(limits.now)
    issued = Finding.objects.filter(circular__state="issued").annotate(waits=_waits(), is_left=~_taken())
    wanted = issued.filter(Q(waits=True) | Q(is_left=True, due_on__lt=today))
    by_circular = wanted.values("circular", "circular__number", "circular__subject")
    counted = by_circular.annotate(
        reported=Count("pk", filter=Q(waits=True)), late=Count("pk", filter=Q(waits=False)), oldest=Min("due_on")
    )
    return counted.order_by("circular")


def to_check_task(row: Row, limits: Limits) -> Task:
    reported = f"{row['reported']} 条整改等核对" if row["reported"] else ""
    late = f"{row['late']} 条逾期没有报送" if row["late"] else ""
    return Task(
        title=f"{row['circular__subject']}通报",
        detail="，".join(filter(None, [row["circular__number"], reported, late])),
        when=words.deadline(row["oldest"], calendar.local_date(limits.now), "整改") if late else "",
        url=reverse("reports:circular", args=[row["circular"]]),
        action="去核对" if reported else "去看看",
        word="等核对" if reported else "逾期",
        is_late=bool(late),
    )


def _open() -> QuerySet[Finding]:
    """Problems that their place has still to report on: never reported, or sent back."""
    return Finding.objects.filter(~_taken())


def _taken() -> Exists:
    """Reported and not sent back."""
    made = Rectification.objects.filter(finding=OuterRef("pk"))
    return Exists(made.filter(Q(is_accepted__isnull=True) | Q(is_accepted=True)))


def _waits() -> Exists:
    return Exists(Rectification.objects.filter(finding=OuterRef("pk"), decided_at__isnull=True))
