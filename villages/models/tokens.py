import datetime as dt
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from villages.models.people import User

LONGEST = dt.timedelta(days=366)


class TokenQuerySet(models.QuerySet["Token"]):
    def visible_to(self, user: Any) -> Self:
        """A token is seen by the person who made it, and by nobody else."""
        return self.filter(user=user.pk)

    def live(self, now: dt.datetime) -> Self:
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)

    def newest_first(self) -> Self:
        return self.order_by("-made_at", "-pk")


class Token(models.Model):
    """What a program shows instead of a password: it acts for `user`, within `scopes`, until `expires_at`.

    The token itself is shown once and kept nowhere: `digest` is its SHA-256, hex, `prefix` what people know it by.
    """

    class Scope(models.TextChoices):
        READ = "read", "读地方、细则、公示和汇总数字"
        PEOPLE = "people", "读农户、批次、流水和余额"
        ENTER = "enter", "录入和提交"
        REVIEW = "review", "审核"
        REDEEM = "redeem", "兑换"

    user = models.ForeignKey(User, models.PROTECT, verbose_name="所有人", related_name="tokens")
    name = models.CharField("用途", max_length=40)
    prefix = models.CharField("开头", max_length=11)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name="可以做的事")
    made_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    last_used_at = models.DateTimeField("上次使用", null=True, blank=True)
    last_address = models.GenericIPAddressField("上次使用的地址", null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"), expires_at__lte=F("made_at") + LONGEST),
                name="villages_token_expires_within_a_year",
            ),
            models.CheckConstraint(
                condition=Q(scopes__len__gt=0, scopes__contained_by=["read", "people", "enter", "review", "redeem"]),
                name="villages_token_may_do_something_known",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="villages_token_says_what_it_is_for"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    @property
    def scope_labels(self) -> list[str]:
        return [scope.label for scope in self.Scope if scope in self.scopes]

    def state(self, now: dt.datetime) -> str:
        if self.revoked_at:
            return "revoked"
        return "over" if self.expires_at <= now else "live"
