"""年末清零: what a village's households lose of old points at the end of a year, announced before it is posted."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models.honours import HONOUR_READERS
from villages import scope
from villages.models import Household, Village


class YearEndQuerySet(models.QuerySet["YearEnd"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, HONOUR_READERS))

    def open(self) -> Self:
        return self.filter(state=YearEnd.State.OPEN)


class YearEnd(models.Model):
    """One village's end of one year: prepared by a job, put up by the leader, posted when its days are over.

    Points posted in `last_year` or before can be lost. `points` is what was announced, `posted_points` what was taken.
    """

    class Mode(models.TextChoices):
        EXPIRE = "expire", "过期的清零"
        RESET = "reset", "全部清零"

    class State(models.TextChoices):
        PREPARED = "prepared", "待确认"
        OPEN = "open", "公示中"
        POSTED = "posted", "已清零"
        WAIVED = "waived", "不清零，结转"

    code = models.CharField("公示编号", max_length=30, unique=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="year_ends")
    year = models.PositiveSmallIntegerField("年度")
    mode = models.CharField("办法", max_length=10, choices=Mode)
    last_year = models.PositiveSmallIntegerField("清到哪一年入账的积分")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PREPARED)
    prepared_at = models.DateTimeField("算出时间")
    households = models.PositiveIntegerField("户数")
    points = models.PositiveIntegerField("公示的分值")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="确认", null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    starts_on = models.DateField("开始", null=True, blank=True)
    ends_on = models.DateField("结束", null=True, blank=True)
    due_at = models.DateTimeField("清零时间", null=True, blank=True)
    posted_at = models.DateTimeField("入账", null=True, blank=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    posted_points = models.PositiveIntegerField("清零的分值", null=True, blank=True)
    waived_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    waive_reason = models.CharField("不清零的原因", max_length=120, blank=True)

    objects = YearEndQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年末清零"
        constraints = [
            models.UniqueConstraint(fields=["village", "year"], name="points_year_ends_once_in_a_village"),
            models.UniqueConstraint(
                fields=["village"], condition=Q(state="open"), name="points_year_ends_are_on_notice_one_by_one"
            ),
            models.CheckConstraint(condition=Q(last_year__lte=F("year")), name="points_year_end_takes_no_later_points"),
            models.CheckConstraint(
                condition=~Q(state__in=["open", "posted"])
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, starts_on__isnull=False)
                & Q(ends_on__gte=F("starts_on"), due_at__gt=F("confirmed_at")),
                name="points_year_end_is_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="posted", posted_at__gte=F("due_at"), posted_points__lte=F("points"))
                | ~Q(state="posted") & Q(posted_at__isnull=True, posted_points__isnull=True),
                name="points_year_end_is_posted_after_its_notice",
            ),
            models.CheckConstraint(
                condition=~Q(state="waived") | Q(waived_by__isnull=False) & ~Q(waive_reason=""),
                name="points_year_end_waived_says_why",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="open"), name="points_year_end_due_idx")]

    def __str__(self) -> str:
        return self.code


class YearEndLine(models.Model):
    """What one household was told it loses, and what was taken: never more, and less where it was spent meanwhile."""

    year_end = models.ForeignKey(YearEnd, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField("序号")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    masked_name = models.CharField("户主", max_length=40)
    grid_name = models.CharField("组", max_length=30)
    tail = models.CharField("户号尾号", max_length=4)
    announced = models.PositiveIntegerField("公示的分值")
    kept = models.PositiveIntegerField("保留的分值")
    posted = models.PositiveIntegerField("清零的分值", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年末清零行"
        constraints = [
            models.UniqueConstraint(fields=["year_end", "position"], name="points_year_end_position_is_unique"),
            models.UniqueConstraint(fields=["year_end", "household"], name="points_year_end_names_a_household_once"),
            models.CheckConstraint(condition=Q(announced__gte=1), name="points_year_end_line_announces_something"),
            models.CheckConstraint(
                condition=Q(posted__isnull=True) | Q(posted__lte=F("announced")),
                name="points_year_end_takes_no_more_than_announced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year_end} {self.position}"
