from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from villages import scope
from villages.models.people import User
from villages.models.places import Village

# So many times the figure before it: then a slip of the keyboard is likelier than the change, and a note must say why.
JUMP = 10
READERS = frozenset({"clerk", "leader", "reviewer", "liaison", "district", "auditor"})


# Once a village reported it, an indicator goes on meaning the same; finer figures than it shows are not hidden.
MEANS_THE_SAME = """
    IF ROW(NEW.code, NEW.unit, NEW.kind) IS DISTINCT FROM ROW(OLD.code, OLD.unit, OLD.kind)
        AND EXISTS (SELECT 1 FROM villages_indicatorvalue v WHERE v.indicator_id = NEW.id)
    THEN
        RAISE EXCEPTION 'villages_indicator_means_what_was_reported' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decimals < OLD.decimals AND EXISTS (
        SELECT 1 FROM villages_indicatorvalue v
        WHERE v.indicator_id = NEW.id AND v.value <> round(v.value, NEW.decimals))
    THEN
        RAISE EXCEPTION 'villages_indicator_keeps_reported_decimals' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def visible_to(self, user: Any) -> Self:
        """What is counted is no secret among those who count or read it."""
        return self if scope.holds(user, *READERS, "admin") else self.none()

    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def in_order(self) -> Self:
        return self.order_by("position", "code")


class Indicator(models.Model):
    """A figure that every village reports once a quarter: what it counts, in which unit, and where it comes from."""

    class Kind(models.TextChoices):
        FLOW = "flow", "本季发生数"
        STOCK = "stock", "季末数"

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=30)
    unit = models.CharField("单位", max_length=8)
    decimals = models.PositiveSmallIntegerField("小数位", default=0)
    kind = models.CharField("类别", max_length=5, choices=Kind, default=Kind.FLOW)
    meaning = models.CharField("口径", max_length=120, blank=True)
    source = models.CharField("数据来源", max_length=60)
    position = models.PositiveSmallIntegerField("排序", default=0)
    is_active = models.BooleanField("在用", default=True)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指标"
        constraints = [
            models.CheckConstraint(
                condition=Q(decimals__lte=2),
                name="villages_indicator_has_at_most_two_decimals",
                violation_error_message="小数位最多两位",
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name="") & ~Q(unit="") & ~Q(source=""),
                name="villages_indicator_is_told",
                violation_error_message="代码、名称、单位和数据来源都要填",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(is_active=True),
                name="villages_indicator_in_use_has_its_own_name",
                violation_error_message="在用的指标里已有这个名称",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="means_the_same", when=pgtrigger.Before, operation=pgtrigger.Update, func=MEANS_THE_SAME
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_stock(self) -> bool:
        return self.kind == self.Kind.STOCK


class IndicatorValueQuerySet(models.QuerySet["IndicatorValue"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, READERS))


class IndicatorValue(models.Model):
    """What a village reported for a quarter, beside the figure it was compared with when it was entered."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="indicator_values")
    indicator = models.ForeignKey(Indicator, models.PROTECT, verbose_name="指标", related_name="values")
    period = models.CharField("季度", max_length=6)
    value = models.DecimalField("数值", max_digits=14, decimal_places=2)
    compared_with = models.DecimalField("录入时的上季数", max_digits=14, decimal_places=2, null=True, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, verbose_name="填报", related_name="+")
    entered_at = models.DateTimeField("填报时间")

    objects = IndicatorValueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指标数值"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "indicator", "period"], name="villages_indicator_has_one_value_a_quarter"
            ),
            models.CheckConstraint(
                condition=Q(period__regex=r"^\d{4}Q[1-4]$"), name="villages_indicator_is_reported_by_quarter"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="villages_indicator_value_is_not_negative"),
            models.CheckConstraint(
                condition=Q(compared_with__isnull=True)
                | Q(compared_with=0)
                | Q(value__lt=F("compared_with") * JUMP)
                | ~Q(note=""),
                name="villages_indicator_jump_has_a_note",
            ),
        ]
        indexes = [models.Index(fields=["indicator", "period"], name="villages_indicator_period_idx")]

    def __str__(self) -> str:
        return f"{self.village} {self.period} {self.indicator}"


def is_jump(value: Decimal, before: Decimal | None) -> bool:
    """Whether a figure is so much more than the one before that somebody has to say why."""
    return bool(before) and value >= before * JUMP if before is not None else False
