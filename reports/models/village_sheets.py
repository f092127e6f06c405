from typing import Any, Self

from django.db import models
from django.db.models import Q

from qianjiang_portal.foundation.models import File, Job
from villages.models import Village


class VillageSheetQuerySet(models.QuerySet["VillageSheet"]):
    def visible_to(self, user: Any) -> Self:
        """A sheet says what the village's page says, so whoever may open that may take it away."""
        return self.filter(village__in=Village.objects.visible_to(user))

    def newest(self) -> Self:
        """The last version of each village and period."""
        return self.order_by("village__code", "period", "-number").distinct("village__code", "period")


class VillageSheet(models.Model):
    """村情一张表: what one village came to in a period, on one page. A version that was kept never changes."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="sheets")
    period = models.CharField("时期", max_length=10)
    number = models.PositiveIntegerField("版本")
    figures = models.JSONField("数字")
    cutoff = models.DateTimeField("数据截至")
    job = models.ForeignKey(Job, models.PROTECT, verbose_name="任务", related_name="+")
    docx = models.ForeignKey(File, models.PROTECT, related_name="+")
    xlsx = models.ForeignKey(File, models.PROTECT, related_name="+")
    pdf = models.ForeignKey(File, models.PROTECT, related_name="+")

    objects = VillageSheetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "村情一张表"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "period", "number"], name="reports_village_sheet_number_is_unique"
            ),
            models.UniqueConstraint(fields=["village", "job"], name="reports_village_sheet_is_made_once_by_a_job"),
            models.CheckConstraint(condition=Q(number__gt=0), name="reports_village_sheet_number_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.village} {self.period} 第{self.number}版"
