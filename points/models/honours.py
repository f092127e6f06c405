"""荣誉: kinds the district keeps, nominations on their way through panel and notice, and what was awarded."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models.batches import Batch
from points.models.reviews import PanelMember
from villages import scope
from villages.models import Household, Resident, Village

HONOUR_READERS = scope.HOUSEHOLD_READERS - {"counter"}


class HonourKind(models.Model):
    """What can be awarded, to whom, and the rule that gives points for it, if one does (its code in the rule sets)."""

    class Holder(models.TextChoices):
        HOUSEHOLD = "household", "农户"
        RESIDENT = "resident", "家庭成员"
        PERSON = "person", "其他人员"
        VILLAGE = "village", "村"

    name = models.CharField("荣誉", max_length=30, unique=True)
    holder = models.CharField("授予", max_length=10, choices=Holder)
    rule_code = models.CharField("加分事项的编码", max_length=8, blank=True)
    position = models.PositiveSmallIntegerField("排序", default=0)
    is_open = models.BooleanField("可以提名", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "荣誉种类"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="points_honour_kind_has_a_name"),
            models.CheckConstraint(
                condition=Q(rule_code="") | Q(holder__in=["household", "resident"]),
                name="points_only_households_get_points_for_an_honour",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HonourSitting(models.Model):
    """One sitting of a village's panel over nominations."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记", related_name="+")
    decided_at = models.DateTimeField("登记时间")
    held_at = models.DateTimeField("会议时间")
    opinion = models.CharField("意见", max_length=200, blank=True)
    present = models.ManyToManyField(PanelMember, verbose_name="参评人", related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "荣誉评议"
        constraints = [
            models.CheckConstraint(
                condition=Q(held_at__lte=F("decided_at")), name="points_honour_sitting_was_held_before_its_decision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.village} {self.decided_at:%Y-%m-%d}"


class HonourNoticeQuerySet(models.QuerySet["HonourNotice"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, HONOUR_READERS))

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class HonourNotice(models.Model):
    """Nominations the panel passed, put up with masked names; what stands when its time is over is awarded."""

    code = models.CharField("公示编号", max_length=30, unique=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="honour_notices")
    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveSmallIntegerField("期数")
    starts_on = models.DateField("开始")
    ends_on = models.DateField("结束")
    due_at = models.DateTimeField("授予时间")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发布", related_name="+")
    published_at = models.DateTimeField("发布时间")
    closed_at = models.DateTimeField("结束公示", null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = HonourNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉公示"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "year", "number"], name="points_honour_notice_number_is_unique_in_year"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="points_honour_notice_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("due_at")),
                name="points_honour_notice_stays_up_for_its_days",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class HonourQuerySet(models.QuerySet["Honour"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, HONOUR_READERS))

    def awarded(self) -> Self:
        return self.filter(state=Honour.State.AWARDED)

    def newest_first(self) -> Self:
        return self.order_by("-year", "-awarded_on", "-pk")


class Honour(models.Model):
    """One nomination and what became of it. Who is honoured, for what and why never changes once it is written.

    `name` is whose honour it is (empty where the village itself holds it), `shown` the same as the public reads it.
    """

    class State(models.TextChoices):
        NOMINATED = "nominated", "待评议"
        PASSED = "passed", "待公示"
        PUBLISHED = "published", "公示中"
        AWARDED = "awarded", "已授予"
        DECLINED = "declined", "未通过"
        WITHDRAWN = "withdrawn", "已撤回"
        REVOKED = "revoked", "已取消"

    LIVE = ("nominated", "passed", "published", "awarded")

    kind = models.ForeignKey(HonourKind, models.PROTECT, verbose_name="荣誉", related_name="honours")
    holder = models.CharField("授予", max_length=10, choices=HonourKind.Holder)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="honours")
    year = models.PositiveSmallIntegerField("年度")
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="农户", null=True, blank=True, related_name="honours"
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="成员", null=True, blank=True, related_name="honours"
    )
    name = models.CharField("姓名", max_length=40, blank=True)
    deed = models.CharField("事迹", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State, default=State.NOMINATED)
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="提名", related_name="+")
    nominated_on = models.DateField("提名日期")
    sitting = models.ForeignKey(
        HonourSitting, models.PROTECT, verbose_name="评议", null=True, blank=True, related_name="honours"
    )
    notice = models.ForeignKey(
        HonourNotice, models.PROTECT, verbose_name="公示", null=True, blank=True, related_name="honours"
    )
    shown = models.CharField("公示的姓名", max_length=40, blank=True)
    awarded_on = models.DateField("授予日期", null=True, blank=True)
    ended_reason = models.CharField("未通过或取消的原因", max_length=120, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    batch = models.ForeignKey(
        Batch, models.PROTECT, verbose_name="加分批次", null=True, blank=True, related_name="honours"
    )

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "village", "year", "household", "resident", "name"],
                condition=Q(state__in=["nominated", "passed", "published", "awarded"]),
                nulls_distinct=False,
                name="points_honour_is_held_once_a_year",
            ),
            models.CheckConstraint(
                condition=Q(holder="household", household__isnull=False, resident__isnull=True) & ~Q(name="")
                | Q(holder="resident", household__isnull=False) & ~Q(name="")
                | Q(holder="person", household__isnull=True, resident__isnull=True) & ~Q(name="")
                | Q(holder="village", household__isnull=True, resident__isnull=True, name=""),
                name="points_honour_names_its_holder",
            ),
            models.CheckConstraint(condition=~Q(deed=""), name="points_honour_says_what_for"),
            models.CheckConstraint(
                condition=~Q(state__in=["passed", "published", "awarded", "revoked"]) | Q(sitting__isnull=False),
                name="points_honour_passed_the_panel",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "awarded", "revoked"])
                | Q(notice__isnull=False) & ~Q(shown="") & (~Q(shown=F("name")) | Q(holder="village")),
                name="points_honour_was_on_notice_masked",
            ),
            models.CheckConstraint(
                condition=Q(awarded_on__isnull=False, state__in=["awarded", "revoked"])
                | Q(awarded_on__isnull=True) & ~Q(state__in=["awarded", "revoked"]),
                name="points_honour_awarded_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["declined", "revoked"]) | ~Q(ended_reason=""),
                name="points_honour_ended_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["village", "state"], name="points_honour_village_idx"),
            models.Index(fields=["household"], condition=Q(household__isnull=False), name="points_honour_passbook_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.kind}"

    @property
    def whose(self) -> str:
        return self.name or self.village.short_name
