from django.db import models

from qianjiang_portal.foundation.models import File, Job


class ReportPackage(models.Model):
    """All papers of a period in one file, as they were when the district asked for it."""

    period = models.CharField("时期", max_length=10, db_index=True)
    job = models.OneToOneField(Job, models.PROTECT, verbose_name="任务")
    file = models.OneToOneField(File, models.PROTECT, verbose_name="文件")
    papers = models.PositiveIntegerField("份数")
    made_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = verbose_name_plural = "打包的报告"

    def __str__(self) -> str:
        return self.file.name
