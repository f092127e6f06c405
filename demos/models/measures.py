from typing import Any, Self

from django.db import models
from django.db.models import Q

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
