from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from points.models.batches import Batch
from points.models.rules import Joy
from villages import scope
from villages.models import Household, Resident, Village

# Whoever was there has come from the village's own register.
OF_THE_VILLAGE = """
    IF NOT EXISTS (
        SELECT 1 FROM points_activity a JOIN villages_household h ON h.village_id = a.village_id
        WHERE a.id = NEW.activity_id AND h.id = NEW.household_id
    ) THEN
        RAISE EXCEPTION 'points_attendance_is_of_its_village' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
# A list that has become points is the paper behind them.
LIST_STANDS = """
    IF EXISTS (
        SELECT 1 FROM points_activity a JOIN points_claim c ON c.batch_id = a.batch_id
        WHERE a.id = COALESCE(NEW.activity_id, OLD.activity_id) AND c.state <> 'withdrawn'
    ) THEN
        RAISE EXCEPTION 'points_attendance_stands_once_it_has_points' USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""
# Another batch only where nothing of the first is left; what the points say about the activity stays as it was.
POINTS_ONCE = """
    IF OLD.batch_id IS NOT NULL
        AND EXISTS (SELECT 1 FROM points_claim c WHERE c.batch_id = OLD.batch_id AND c.state <> 'withdrawn')
        AND (NEW.batch_id, NEW.village_id, NEW.held_on) IS DISTINCT FROM (OLD.batch_id, OLD.village_id, OLD.held_on)
    THEN
        RAISE EXCEPTION 'points_activity_has_points_once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user: Any) -> Self:
        """Whoever may see a village's batches may see what they come from."""
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS - {"counter"}))

    def newest_first(self) -> Self:
        return self.order_by("-held_on", "-pk")


class Activity(models.Model):
    """Something a village did on a day, with who was there; its list becomes a batch of points once."""

    class Kind(models.TextChoices):
        PARTY = "party", "党建"
        SELF = "self", "自治"
        LAW = "law", "法治"
        VIRTUE = "virtue", "德治"
        ECONOMY = "economy", "集体经济"
        PUBLICITY = "publicity", "宣传"

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="activities")
    kind = models.CharField("类型", max_length=10, choices=Kind)
    joy = models.CharField("五乐", max_length=10, choices=Joy)
    title = models.CharField("活动", max_length=40)
    held_on = models.DateField("日期")
    place = models.CharField("地点", max_length=60)
    batch = models.OneToOneField(
        Batch, models.PROTECT, verbose_name="批次", null=True, blank=True, related_name="activity"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记", related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "活动"
        constraints = [
            models.UniqueConstraint(fields=["village", "held_on", "title"], name="points_activity_is_registered_once"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(place=""), name="points_activity_says_what_and_where"),
        ]
        indexes = [models.Index(fields=["village", "-held_on"], name="points_activity_village_idx")]
        triggers = [
            pgtrigger.Trigger(name="points_once", when=pgtrigger.Before, operation=pgtrigger.Update, func=POINTS_ONCE)
        ]

    def __str__(self) -> str:
        return f"{self.village.short_name} {self.title}"


class Attendance(models.Model):
    """A household at an activity, by its head or by the member named."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="attendances", db_index=False)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name="农户", related_name="+")
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="成员", null=True, blank=True, related_name="+", db_index=False
    )
    note = models.CharField("备注", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "到场"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "household", "resident"],
                nulls_distinct=False,
                name="points_attendance_is_noted_once",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_the_village",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=OF_THE_VILLAGE,
            ),
            pgtrigger.Trigger(
                name="list_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=LIST_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return self.resident.name if self.resident else self.household.head_name
