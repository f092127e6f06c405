"""Households that are for a time without honours and redemption, after an item of the 一票否决 list."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear
from django.db.models.lookups import LessThanOrEqual

from villages import scope
from villages.models import Household
from villages.models.posts import Term

# Who may know that a household is suspended: neither the counter nor anybody outside.
SUSPENSION_READERS = frozenset({"reviewer", "leader", "district", "auditor"})


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, SUSPENSION_READERS, path="household__village"))

    def in_force(self, on: dt.date) -> Self:
        return self.filter(lifted_at__isnull=True, begins_on__lte=on, ends_on__gte=on)

    def standing(self, on: dt.date) -> Self:
        """In force on a day or to come after it."""
        return self.filter(lifted_at__isnull=True, ends_on__gte=on)


class Suspension(models.Model):
    """No honours and no redemption from `begins_on` to `ends_on`, both counted. It is no entry and never public.

    `item` and `words` are the veto's code and text as they were. Nothing changes later but that it is lifted.
    """

    household = models.ForeignKey(Household, models.PROTECT, verbose_name="农户", related_name="suspensions")
    item = models.CharField("否决事项", max_length=8)
    words = models.CharField("事项内容", max_length=80)
    reason = models.CharField("情况", max_length=120)
    basis = models.CharField("依据", max_length=80)
    claim = models.ForeignKey(
        "points.Claim", models.PROTECT, verbose_name="对应的扣分", null=True, blank=True, related_name="suspensions"
    )
    begins_on = models.DateField("开始")
    ends_on = models.DateField("结束")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记", related_name="+")
    made_at = models.DateTimeField("登记时间")
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="解除", null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)
    lift_reason = models.CharField("解除原因", max_length=120, blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资格暂停"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")), name="points_suspension_ends_after_it_begins"
            ),
            # 当年及次年: nothing hangs over a household longer.
            models.CheckConstraint(
                condition=LessThanOrEqual(ExtractYear("ends_on"), ExtractYear("begins_on") + 1),
                name="points_suspension_ends_by_the_next_year",
            ),
            models.CheckConstraint(
                condition=~Q(item="") & ~Q(words="") & ~Q(reason="") & ~Q(basis=""),
                name="points_suspension_says_why",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="points_suspension_lifted_says_by_whom_and_why",
            ),
            ExclusionConstraint(
                name="points_household_has_one_suspension_at_a_time",
                condition=Q(lifted_at__isnull=True),
                expressions=[
                    ("household", RangeOperators.EQUAL),
                    (
                        Term("begins_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.words}"

    def state_on(self, day: dt.date) -> str:
        """lifted, over, later (to come) or now."""
        if self.lifted_at:
            return "lifted"
        return "over" if self.ends_on < day else "later" if self.begins_on > day else "now"
