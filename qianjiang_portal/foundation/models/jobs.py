import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Job(models.Model):
    """A piece of background work. The row is the truth; a Celery message only rings and may be lost or doubled."""

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        CANCELLED = "cancelled", "已取消"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("类型", max_length=40)
    scope = models.CharField("范围", max_length=40, blank=True)
    period = models.CharField("时期", max_length=10, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    params = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    queued_at = models.DateTimeField("排队时间")
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    lease_until = models.DateTimeField("租约到期", null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    progress = models.PositiveIntegerField("进度", default=0)
    progress_total = models.PositiveIntegerField("总量", default=0)
    progress_note = models.CharField("进度说明", max_length=100, blank=True)
    cutoff = models.DateTimeField("数据截至", null=True, blank=True)
    error = models.TextField("原因", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope", "period", "version"],
                name="foundation_job_is_made_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False, lease_token__isnull=False),
                name="foundation_running_job_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                condition=Q(state__in=["queued", "running"]),
                name="foundation_job_open_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope} {self.period} v{self.version}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)
