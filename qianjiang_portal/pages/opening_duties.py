"""What waits around points brought over from another book: sheets and reversals a second person has to look at."""

from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from points.models import OpeningReversal, RegisterFile
from points.models.registers import CHECKERS
from qianjiang_portal.pages import words
from qianjiang_portal.pages.duties import Row, Rows, Task
from reports.figures import Limits
from villages import scope

State = RegisterFile.State


def sheets(user: Any, _limits: Limits) -> Rows:
    """Openings of this person's villages that somebody else handed in."""
    waiting = RegisterFile.objects.visible_to(user).filter(scope.within(user, CHECKERS))
    waiting = waiting.filter(kind=RegisterFile.Kind.OPENING, state=State.WAITING).exclude(maker=user.pk)
    return waiting.values("pk", "village__short_name", "counts", "maker__name", "updated_at").order_by(
        "updated_at", "pk"
    )


def sheets_task(row: Row, limits: Limits) -> Task:
    return Task(
        title=f"{row['village__short_name']} 期初积分",
        detail=f"{row['counts'].get('writes', 0)} 户，{row['maker__name']}经办，等着复核",
        when=f"{words.moment(row['updated_at'], limits.now)} 报来",
        url=reverse("points:register", args=[row["pk"]]),
        action="去复核",
        word="待复核",
    )


def reversals(user: Any, _limits: Limits) -> Rows:
    """By village: openings somebody else asks to take back."""
    waiting = OpeningReversal.objects.to_check_by(user).values("village__short_name")
    return waiting.annotate(count=Count("pk"), first=Min("made_at")).order_by("first", "village__short_name")


def reversals_task(row: Row, limits: Limits) -> Task:
    return Task(
        title=f"{row['village__short_name']} 期初冲正",
        detail=f"{row['count']} 户等着复核",
        when=f"{words.moment(row['first'], limits.now)} 提交",
        url=f"{reverse('points:opening-new')}#reversals",
        action="去复核",
        word="待复核",
    )
