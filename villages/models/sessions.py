from typing import Any, Self

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Now

from villages.models.people import User


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user: Any) -> Self:
        """A session is seen by the person who is signed in with it, and by nobody else."""
        return self.filter(user=user.pk)

    def live(self) -> Self:
        """Not run out: by the real clock, which browsers go by as well."""
        return self.filter(expire_date__gt=Now())

    def latest_first(self) -> Self:
        return self.order_by("-seen_at", "digest")


class Session(AbstractBaseSession):
    """A browser that somebody is signed in with, or that only looked at public pages (`user` is empty then).

    `digest` is what pages and addresses call it by: whoever has the key itself is signed in.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", verbose_name="用户")
    digest = models.CharField(max_length=32, unique=True)
    address = models.GenericIPAddressField("网络地址", null=True)
    agent = models.CharField("浏览器", max_length=200)
    began_at = models.DateTimeField("登录时间", null=True)
    seen_at = models.DateTimeField("最近使用", null=True)

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta:
        verbose_name = verbose_name_plural = "登录"

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.address or ''}".strip()
