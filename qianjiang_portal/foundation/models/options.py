from django.db import models


class Option(models.Model):
    """One setting the district has changed from its default; `options.SETTINGS` declares them all."""

    name = models.CharField("名称", max_length=60, unique=True)
    value = models.JSONField("值")
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "设置"

    def __str__(self) -> str:
        """What people call it; what is no longer declared has only its name."""
        from qianjiang_portal.foundation.options import SETTINGS  # reads this model

        return SETTINGS[self.name].label if self.name in SETTINGS else self.name


class Counter(models.Model):
    """The last number given out in a series."""

    series = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "编号"

    def __str__(self) -> str:
        return f"{self.series} {self.last}"
