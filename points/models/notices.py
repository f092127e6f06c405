from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from villages import scope
from villages.models import Household, Village


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS))

    def open(self) -> Self:
        return self.filter(state=Notice.State.OPEN)


class Notice(models.Model):
    """A frozen, masked list of a village's points for a month, put up for everyone to check before they count."""

    class State(models.TextChoices):
        OPEN = "open", "公示中"
        POSTED = "posted", "公示已结束"

    code = models.CharField("公示编号", max_length=30, unique=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="notices")
    period = models.CharField("月份", max_length=7)
    number = models.PositiveSmallIntegerField("期数")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    starts_on = models.DateField("开始")
    ends_on = models.DateField("结束")
    due_at = models.DateTimeField("入账时间")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发布", related_name="+")
    published_at = models.DateTimeField("发布时间")
    posted_at = models.DateTimeField("入账", null=True, blank=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    rules_title = models.CharField("细则", max_length=80)
    reviewed_on = models.DateField("评议日期")
    households = models.PositiveIntegerField("户数")
    awards = models.IntegerField("加分")
    deductions = models.IntegerField("减分")
    previous_seal = models.CharField("上一封签", max_length=64, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "period", "number"],
                name="points_notice_number_is_unique_in_month",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="points_notice_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(state="open", posted_at__isnull=True) | Q(state="posted", posted_at__isnull=False),
                name="points_posted_notice_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state="open"),
                name="points_notice_due_idx",
            )
        ]

    def __str__(self) -> str:
        return self.code


class NoticeLine(models.Model):
    """What neighbours see of one household. Nothing here can name it: the name is masked before it is stored."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField("序号")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    masked_name = models.CharField("户主", max_length=40)
    grid_number = models.PositiveSmallIntegerField()
    grid_name = models.CharField("组", max_length=30)
    tail = models.CharField("户号尾号", max_length=4)
    points_self = models.IntegerField("自治", default=0)
    points_law = models.IntegerField("法治", default=0)
    points_virtue = models.IntegerField("德治", default=0)
    total = models.IntegerField("本期合计")
    cumulative = models.IntegerField("累计")

    class Meta:
        verbose_name = verbose_name_plural = "公示行"
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "position"],
                name="points_notice_line_position_is_unique",
            ),
            models.UniqueConstraint(
                fields=["notice", "household"],
                name="points_notice_names_a_household_once",
            ),
            models.CheckConstraint(
                condition=Q(total=F("points_self") + F("points_law") + F("points_virtue")),
                name="points_notice_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.position}"
