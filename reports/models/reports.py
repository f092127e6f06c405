from typing import Any, Self

from django.db import models
from django.db.models import Q

from qianjiang_portal.foundation.models import File, Job
from villages import scope
from villages.models import Township

# A report counts a whole township, so whoever holds only some of its villages does not read it.
READERS = frozenset({"district", "auditor", "leader", "clerk", "reviewer"})


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: Any) -> Self:
        """The district's own reports are for the district; a township's for whoever holds the whole township."""
        places = scope.places(user, READERS)
        if places.everywhere:
            return self
        return self.filter(township__in=places.townships)


class Report(models.Model):
    """What the portal writes of a place and a period. The figures live in its versions, which never change."""

    class Kind(models.TextChoices):
        """What a report spans, named as `Period.kind` names it."""

        QUARTER = "quarter", "季度积分运行情况"
        HALF_YEAR = "half-year", "半年积分运行情况"
        YEAR = "year", "年度积分运行情况"

    kind = models.CharField("种类", max_length=20, choices=Kind)
    township = models.ForeignKey(Township, models.PROTECT, verbose_name="乡镇街道", null=True, blank=True)
    period = models.CharField("时期", max_length=10)
    current = models.ForeignKey(
        "ReportVersion",
        models.PROTECT,
        verbose_name="现行版本",
        null=True,
        blank=True,
        related_name="+",
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报告"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "township", "period"],
                nulls_distinct=False,
                name="reports_report_is_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.place_name} {self.period}"

    @property
    def place_name(self) -> str:
        return self.township.name if self.township else "黔江区"

    @property
    def scope_slug(self) -> str:
        """The place in URLs and job rows: a township's code, or the district's."""
        return self.township.code if self.township else "500114"


class ReportVersion(models.Model):
    """One state of a report: its figures and texts as they were at `cutoff`, and the documents made from them alone."""

    report = models.ForeignKey(Report, models.PROTECT, verbose_name="报告", related_name="versions")
    number = models.PositiveIntegerField("版本")
    figures = models.JSONField("数字")
    texts = models.JSONField("文字")
    cutoff = models.DateTimeField("数据截至")
    made_at = models.DateTimeField("生成时间")
    job = models.OneToOneField(Job, models.PROTECT, verbose_name="任务", null=True, blank=True)
    docx = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")
    xlsx = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")
    pdf = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "报告版本"
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="reports_version_number_is_unique"),
            models.CheckConstraint(condition=Q(number__gt=0), name="reports_version_number_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.report} 第{self.number}版"
