from django.db import models


class Upkeep(models.Model):
    """When a recurring duty of the portal itself was last done, and how it ended: beat, backup, reconciliation."""

    name = models.CharField("事项", max_length=40, primary_key=True)
    at = models.DateTimeField("时间")
    ok = models.BooleanField("是否通过")
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "例行维护"

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"
