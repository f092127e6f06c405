from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from reports.models.summaries import Sender
from villages import scope
from villages.models import Township, Unit

# A township is assessed before its clerk and leader, a unit before its liaison.
OWN_READERS = frozenset({"leader", "clerk", "liaison"})


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: Any) -> Self:
        """The district reads all; those assessed what concerns them, once it is shown to them."""
        places = scope.places(user, {"district", "auditor"})
        if places.everywhere:
            return self
        return self.filter(pk__in=Assessed.objects.visible_to(user).values("assessment"))


class Assessment(models.Model):
    """考核 of all townships, or all member units, for a half-year or a year. What is final never changes."""

    class Kind(models.TextChoices):
        TOWNSHIP = "township", "乡镇街道"
        UNIT = "unit", "成员单位"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SHOWN = "shown", "征求意见"
        FINAL = "final", "已定稿"

    period = models.CharField("时期", max_length=10)
    kind = models.CharField("对象", max_length=8, choices=Kind)
    state = models.CharField("状态", max_length=5, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="制定", related_name="+")
    made_at = models.DateTimeField("制定时间")
    shown_at = models.DateTimeField("征求意见时间", null=True, blank=True)
    final_at = models.DateTimeField("定稿时间", null=True, blank=True)
    order_published_at = models.DateTimeField("名次公布时间", null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核"
        constraints = [
            models.UniqueConstraint(fields=["period", "kind"], name="reports_assessment_is_held_once_a_period"),
            models.CheckConstraint(
                condition=Q(period__regex=r"^\d{4}(H1|Y)$"), name="reports_assessment_is_of_a_half_year_or_year"
            ),
            models.CheckConstraint(
                condition=~Q(state="final") | Q(final_at__isnull=False, shown_at__isnull=False),
                name="reports_assessment_final_was_shown_before",
            ),
            models.CheckConstraint(
                condition=Q(order_published_at__isnull=True) | Q(state="final"),
                name="reports_assessment_ranks_are_published_when_final",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.get_kind_display()}考核"


class AssessmentItem(models.Model):
    """One measure with its weight: worked out from a figure by name, or scored by hand where it has none."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField("序号")
    name = models.CharField("考核内容", max_length=60)
    weight = models.DecimalField("分值", max_digits=5, decimal_places=2)
    metric = models.CharField("系统指标", max_length=60, blank=True)
    target = models.DecimalField("得满分的数", max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "考核内容"
        constraints = [
            models.UniqueConstraint(fields=["assessment", "position"], name="reports_assessment_item_has_its_place"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="reports_assessment_item_weighs_something"),
            models.CheckConstraint(
                condition=Q(metric="", target__isnull=True) | ~Q(metric="") & Q(target__gt=0),
                name="reports_assessment_figure_has_a_target",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AssessedQuerySet(models.QuerySet["Assessed"]):
    def visible_to(self, user: Any) -> Self:
        places = scope.places(user, {"district", "auditor"})
        if places.everywhere:
            return self
        own = scope.places(user, OWN_READERS)
        mine = Q(township__in=own.townships) | Q(unit__in=own.units)
        return self.filter(mine).exclude(assessment__state=Assessment.State.DRAFT)


class Assessed(models.Model):
    """A township or unit in an assessment, with its group and its answer."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="places")
    township = models.ForeignKey(Township, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    group = models.CharField("组别", max_length=20)
    answer = models.CharField("反馈意见", max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="反馈", related_name="+"
    )
    answered_at = models.DateTimeField("反馈时间", null=True, blank=True)

    objects = AssessedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核对象"
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "township", "unit"], nulls_distinct=False, name="reports_place_is_assessed_once"
            ),
            models.CheckConstraint(
                condition=Q(township__isnull=True, unit__isnull=False) | Q(township__isnull=False, unit__isnull=True),
                name="reports_assessed_is_a_township_or_a_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.sender.name

    @property
    def sender(self) -> Sender:
        return Sender(self.township, self.unit)


class AssessmentScore(models.Model):
    """Points of a place: for an item, or without one an addition or deduction with its reason."""

    place = models.ForeignKey(Assessed, models.PROTECT, related_name="scores")
    item = models.ForeignKey(AssessmentItem, models.PROTECT, null=True, blank=True, related_name="scores")
    points = models.DecimalField("得分", max_digits=6, decimal_places=2)
    value = models.DecimalField("系统数字", max_digits=16, decimal_places=4, null=True, blank=True)
    note = models.CharField("依据", max_length=200, blank=True)
    scored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="评分", related_name="+")
    scored_at = models.DateTimeField("评分时间")

    class Meta:
        verbose_name = verbose_name_plural = "考核得分"
        constraints = [
            models.UniqueConstraint(fields=["place", "item"], name="reports_item_is_scored_once_a_place"),
            models.CheckConstraint(
                condition=Q(item__isnull=True) | Q(points__gte=0), name="reports_item_score_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | ~Q(note=""), name="reports_score_by_hand_has_its_evidence"
            ),
            models.CheckConstraint(
                condition=Q(item__isnull=False) | ~Q(points=0), name="reports_adjustment_changes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.item or '加减分'} {self.points}"
