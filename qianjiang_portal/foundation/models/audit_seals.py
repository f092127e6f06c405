from django.db import models
from django.db.models import F, Q


class AuditSeal(models.Model):
    """One link of the chain over the audit log: all events from one running number to another, made each night.

    Rows are never changed or removed; `digest` is hex, 64 digits.
    """

    number = models.PositiveIntegerField("封签号", unique=True)
    day = models.DateField("到哪天止")
    first = models.BigIntegerField("首条编号")
    last = models.BigIntegerField("末条编号")
    count = models.PositiveIntegerField("条数")
    algorithm = models.CharField("算法", max_length=10)
    previous = models.CharField("上一枚", max_length=64, blank=True)
    digest = models.CharField("封签", max_length=64)
    sealed_at = models.DateTimeField("封签时间")

    class Meta:
        verbose_name = verbose_name_plural = "操作记录封签"
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="foundation_audit_seal_covers_something"),
            models.CheckConstraint(
                condition=Q(number=1, previous="") | Q(number__gt=1, previous__regex="^[0-9a-f]{64}$"),
                name="foundation_audit_seal_follows_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.short}"

    @property
    def short(self) -> str:
        """The digest as it is copied by hand: twenty digits in fours."""
        return "-".join(self.digest[at : at + 4] for at in range(0, 20, 4))
