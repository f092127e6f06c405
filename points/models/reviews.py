import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from points.models.batches import Batch
from villages import scope
from villages.models import Household, Village
from villages.models.posts import Term


class PanelMemberQuerySet(models.QuerySet["PanelMember"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS))

    def current(self, on: dt.date) -> Self:
        return self.overlapping(on, on)

    def overlapping(self, begins_on: dt.date, ends_on: dt.date | None) -> Self:
        """Terms that share a day with the one given; None is a term without an end."""
        begun = self.filter(begins_on__lte=ends_on) if ends_on else self
        return begun.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=begins_on))


def recused_homes(user: Any) -> models.QuerySet[Household]:
    """The households whose rows a person leaves to others: their own and their kin's, of any term."""
    return Household.objects.filter(Q(panelmember__user=user.pk) | Q(kin_on_panel__user=user.pk))


class PanelMember(models.Model):
    """A villager on the review panel of a village for a term. Rows of their own and their kin's households are not
    theirs to decide."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="panel")
    name = models.CharField("姓名", max_length=40)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name="农户", null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="账号",
        null=True,
        blank=True,
        related_name="seats",
    )
    kin = models.ManyToManyField(Household, verbose_name="回避的亲属户", blank=True, related_name="kin_on_panel")
    is_head = models.BooleanField("组长", default=False)
    begins_on = models.DateField("任期开始")
    ends_on = models.DateField("任期结束", null=True, blank=True)

    objects = PanelMemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评议员"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("begins_on")),
                name="points_panel_term_ends_after_it_begins",
            ),
            # Nobody counts twice towards the quorum.
            *(
                ExclusionConstraint(
                    name=f"points_panel_seats_{what}_once",
                    expressions=[
                        ("village", RangeOperators.EQUAL),
                        *((name, RangeOperators.EQUAL) for name in same),
                        (
                            Term("begins_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                            RangeOperators.OVERLAPS,
                        ),
                    ],
                )
                for what, same in (("an_account", ("user",)), ("a_person", ("household", "name")))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS - {"counter"}, path="batch__village"))


class Review(models.Model):
    """One sitting of the panel over a batch: who was there, what they held, how many rows they passed and returned."""

    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次", related_name="reviews")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="审核", related_name="+")
    decided_at = models.DateTimeField("审核时间")
    held_at = models.DateTimeField("会议时间")
    opinion = models.CharField("意见", max_length=200, blank=True)
    present = models.ManyToManyField(PanelMember, verbose_name="参评人", related_name="sittings")
    approved = models.PositiveIntegerField("通过")
    returned = models.PositiveIntegerField("退回")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评议"
        constraints = [
            models.CheckConstraint(
                condition=Q(held_at__lte=F("decided_at")), name="points_sitting_was_held_before_its_decision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch} {self.decided_at:%Y-%m-%d}"
