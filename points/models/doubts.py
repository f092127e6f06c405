"""Objections to what is put up beside points: an honour on notice, or a line of a year's end."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models.honours import Honour
from points.models.objections import READERS
from points.models.year_ends import YearEndLine
from qianjiang_portal.foundation.sealed import SealedField
from villages import scope
from villages.models import Village


class DoubtQuerySet(models.QuerySet["Doubt"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, READERS))

    def open(self) -> Self:
        return self.filter(state=Doubt.State.RECEIVED)


class Doubt(models.Model):
    """Somebody doubts an honour or what a household loses. Until it is answered, neither is awarded nor taken.

    The answer is public, the text is not; name and phone are what the objector chose to leave.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "待核实"
        SETTLED = "settled", "已答复"

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "维持"
        WITHDRAWN = "withdrawn", "撤下"

    number = models.CharField("编号", max_length=14, unique=True)
    key = models.UUIDField(unique=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="doubts")
    honour = models.ForeignKey(Honour, models.PROTECT, verbose_name="荣誉", null=True, related_name="doubts")
    line = models.ForeignKey(YearEndLine, models.PROTECT, verbose_name="清零的一户", null=True, related_name="doubts")
    text = models.CharField("说明", max_length=300)
    name = models.CharField("称呼", max_length=30, blank=True)
    phone = SealedField("联系电话", longest=30, marked="phone_mark", blank=True)
    phone_mark = models.CharField(max_length=32, blank=True, db_default="", default="")
    raised_on = models.DateField("提出日期")
    received_at = models.DateTimeField("收到时间")
    # A keyed digest of where it came from; it counts, and names nobody.
    origin = models.CharField(max_length=64, blank=True)
    due_on = models.DateField("答复期限")
    state = models.CharField("状态", max_length=10, choices=State, default=State.RECEIVED)
    outcome = models.CharField("处理", max_length=10, choices=Outcome, blank=True)
    answer = models.CharField("答复", max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="答复人", null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField("答复时间", null=True, blank=True)

    objects = DoubtQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉和清零的异议"
        constraints = [
            models.CheckConstraint(
                condition=Q(honour__isnull=False, line__isnull=True) | Q(honour__isnull=True, line__isnull=False),
                name="points_doubt_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled")
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer="") & ~Q(outcome=""),
                name="points_settled_doubt_has_a_name",
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("raised_on")), name="points_doubt_is_due_after_it_came"),
        ]
        indexes = [
            models.Index(fields=["village"], condition=Q(state="received"), name="points_doubt_open_idx"),
            models.Index(fields=["origin", "received_at"], name="points_doubt_origin_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def about(self) -> str:
        """What it is about, as the public reads it."""
        if self.honour:
            return f"{self.honour.year}年{self.honour.kind.name}，{self.honour.shown}"
        assert self.line is not None
        return f"{self.line.year_end.year}年末清零，序号 {self.line.position}，{self.line.masked_name}"
