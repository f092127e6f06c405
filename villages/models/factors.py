import datetime as dt

from django.db import models

from qianjiang_portal.foundation.sealed import SealedField
from villages.models.people import User


class SecondFactor(models.Model):
    """What somebody's telephone shows codes from. Without `confirmed_at` nobody is asked for one yet.

    `last_step` is the thirty seconds whose code was used last: the same code opens once.
    """

    user = models.OneToOneField(User, models.PROTECT, verbose_name="用户", related_name="second_factor")
    secret = SealedField(longest=64, editable=False)
    made_at = models.DateTimeField("开始时间")
    confirmed_at = models.DateTimeField("启用时间", null=True, blank=True)
    last_step = models.BigIntegerField(null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField("连续没对上", default=0)
    locked_until = models.DateTimeField("等到", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "两步验证"

    def __str__(self) -> str:
        return str(self.user)

    def is_locked(self, now: dt.datetime) -> bool:
        return self.locked_until is not None and self.locked_until > now


class RecoveryCode(models.Model):
    """What opens once when the telephone is not at hand; only its hash is kept."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="codes")
    hash = models.CharField(max_length=128, editable=False)
    used_at = models.DateTimeField("用过", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "备用码"

    def __str__(self) -> str:
        return f"{self.factor} {self.pk}"
