from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from villages import scope

READERS = frozenset({"clerk", "leader", "liaison", "district", "auditor"})


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: Any) -> Self:
        """Targets are for whoever works with them, wherever that is."""
        return self if scope.holds(user, *READERS) else self.none()

    def in_order(self) -> Self:
        return self.order_by("-year", "position", "pk")


class Programme(models.Model):
    """A year's target: so many demonstration villages or towns of a level, and the stages they go through."""

    class Level(models.TextChoices):
        DISTRICT = "district", "区级"
        CITY = "city", "市级"
        NATIONAL = "national", "国家级"

    class Kind(models.TextChoices):
        VILLAGE = "village", "村"
        TOWN = "town", "镇"

    year = models.PositiveSmallIntegerField("年度")
    level = models.CharField("级别", max_length=8, choices=Level)
    kind = models.CharField("对象", max_length=7, choices=Kind)
    minimum = models.PositiveSmallIntegerField("至少")
    hoped = models.PositiveSmallIntegerField("力争")
    position = models.PositiveSmallIntegerField("排序", default=0)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "创建计划"
        constraints = [
            models.UniqueConstraint(fields=["year", "level", "kind"], name="demos_year_has_one_programme_of_a_kind"),
            models.CheckConstraint(
                condition=Q(hoped__gte=F("minimum"), hoped__gt=0), name="demos_programme_hopes_for_no_less"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.title}"

    @property
    def title(self) -> str:
        """区级示范村."""
        return f"{self.get_level_display()}示范{self.get_kind_display()}"

    @property
    def target_words(self) -> str:
        """30, 1–2, or 力争 1 where nothing is due."""
        if not self.minimum:
            return f"力争 {self.hoped}"
        return str(self.hoped) if self.minimum == self.hoped else f"{self.minimum}–{self.hoped}"


class Stage(models.Model):
    """A step of a programme, by a name the district chooses; `days` is how long it is meant to take."""

    class Key(models.TextChoices):
        NURTURE = "nurture", "培育"
        APPLY = "apply", "申报"
        TOWN = "town", "镇审"
        DISTRICT = "district", "区审"
        CITY = "city", "市审"
        NOTICE = "notice", "公示"
        RECOGNISED = "recognised", "认定"
        CARE = "care", "动态管理"

    # What a programme cannot do without.
    FIXED = (Key.NURTURE, Key.APPLY, Key.TOWN, Key.DISTRICT, Key.NOTICE, Key.RECOGNISED, Key.CARE)
    DONE = (Key.RECOGNISED, Key.CARE)

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="stages")
    key = models.CharField("环节", max_length=10, choices=Key)
    position = models.PositiveSmallIntegerField("排序")
    name = models.CharField("名称", max_length=10)
    days = models.PositiveSmallIntegerField("天数")

    class Meta:
        verbose_name = verbose_name_plural = "阶段"
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="demos_programme_has_a_stage_once"),
            models.UniqueConstraint(fields=["programme", "position"], name="demos_stages_stand_in_order"),
            models.CheckConstraint(condition=Q(days__range=(1, 999)), name="demos_stage_takes_days"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_done(self) -> bool:
        return self.key in self.DONE
