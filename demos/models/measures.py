from typing import Any, Self

from django.db import models
from django.db.models import Q

from qianjiang_portal.foundation import periods
from villages import scope
from villages.models import Unit, User

READERS = frozenset({"leader", "clerk", "liaison", "district", "auditor"})


class MeasureQuerySet(models.QuerySet["Measure"]):
    def visible_to(self, user: Any) -> Self:
        """The table of measures is the district's own division of work: whoever works with it reads all of it."""
        return self if scope.holds(user, *READERS) else self.none()

    def in_order(self) -> Self:
        return self.order_by("year", "number")


class Measure(models.Model):
    """A key measure: who leads it, who helps, and by when."""

    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveSmallIntegerField("序号")
    text = models.CharField("重点举措", max_length=200)
    lead = models.ForeignKey(Unit, models.PROTECT, verbose_name="牵头单位", related_name="measures")
    helpers = models.ManyToManyField(Unit, verbose_name="配合单位", blank=True, related_name="+")
    due_on = models.DateField("时限")
    added_on = models.DateField("列入日期", null=True, blank=True)
    done_on = models.DateField("完成日期", null=True, blank=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "重点举措"
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="demos_measure_number_is_unique_in_year"),
            models.UniqueConstraint(fields=["year", "text"], name="demos_measure_is_listed_once_a_year"),
        ]

    def __str__(self) -> str:
        return self.text


class Progress(models.Model):
    """How far a measure was in a quarter, in the words of the unit that leads it."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="progress")
    period = models.CharField("季度", max_length=6)
    text = models.CharField("进展", max_length=300)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("填报时间")

    class Meta:
        verbose_name = verbose_name_plural = "举措进展"
        constraints = [
            models.UniqueConstraint(fields=["measure", "period"], name="demos_measure_has_one_note_a_quarter"),
            models.CheckConstraint(
                condition=Q(period__regex=r"^\d{4}Q[1-4]$"), name="demos_measure_is_reported_by_quarter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.period}"

    @property
    def quarter(self) -> str:
        """一季度, as the table of its year calls it."""
        return f"{periods.QUARTERS[periods.parse(self.period).index - 1]}季度"


class Dispatch(models.Model):
    """调度: what a measure's lead unit says of a month — what moved, what is stuck, what comes next."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="dispatches")
    month = models.CharField("月份", max_length=7)
    moved = models.CharField("本月进展", max_length=300)
    stuck = models.CharField("堵点", max_length=200, blank=True)
    following = models.CharField("下一步", max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("填报时间")

    class Meta:
        verbose_name = verbose_name_plural = "调度"
        constraints = [
            models.UniqueConstraint(fields=["measure", "month"], name="demos_measure_has_one_dispatch_a_month"),
            models.CheckConstraint(
                condition=Q(month__regex=r"^\d{4}-(0[1-9]|1[0-2])$") & ~Q(moved=""),
                name="demos_dispatch_says_what_moved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.month}"
