from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One command, sign-in, export or look at personal data. Rows are never changed or removed by the portal."""

    class Outcome(models.TextChoices):
        DONE = "done", "完成"
        REFUSED = "refused", "未通过"

    at = models.DateTimeField("时间", db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    actor_name = models.CharField("人", max_length=60)
    posts = models.CharField("任职", max_length=200, blank=True)
    action = models.CharField("动作", max_length=60, db_index=True)
    target = models.CharField("对象", max_length=120, blank=True)
    place = models.CharField("地方代码", max_length=12, blank=True, db_index=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome, default=Outcome.DONE)
    address = models.GenericIPAddressField("地址", null=True, blank=True)
    request = models.CharField("请求编号", max_length=36, blank=True, default="", db_default="")
    facts = models.JSONField("数量与事实", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "操作记录"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.target}"
