from dataclasses import dataclass
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from qianjiang_portal.foundation.models import File
from villages import scope
from villages.models import Township, Unit

LONGEST = 30_000
# A summary is written where the whole township, or the unit, is held.
READERS = frozenset({"district", "auditor", "leader", "clerk", "liaison"})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands a summary in: a township, a member unit, or the district itself where both are None."""

    township: Township | None = None
    unit: Unit | None = None

    @property
    def name(self) -> str:
        return self.township.name if self.township else self.unit.name if self.unit else "黔江区"

    @property
    def slug(self) -> str:
        """The sender in addresses and audit events."""
        return self.township.code if self.township else self.unit.code if self.unit else "500114"

    @property
    def is_district(self) -> bool:
        return self.township is None and self.unit is None


class Sent(models.Model):
    """Whose paper it is and of which period: a township's, a unit's, or the district's where both are empty."""

    township = models.ForeignKey(Township, models.PROTECT, verbose_name="乡镇街道", null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="成员单位", null=True, blank=True)
    period = models.CharField("时期", max_length=10)

    class Meta:
        abstract = True

    @property
    def sender(self) -> Sender:
        return Sender(self.township, self.unit)


class SummaryQuerySet(models.QuerySet["Summary"]):
    def visible_to(self, user: Any) -> Self:
        """The district reads all; others what their own township or unit hands in."""
        places = scope.places(user, READERS)
        if places.everywhere:
            return self
        return self.filter(Q(township__in=places.townships) | Q(unit__in=places.units))

    def of(self, sender: Sender, period: str) -> Self:
        return self.filter(township=sender.township, unit=sender.unit, period=period)

    def handed_in(self) -> Self:
        return self.filter(state__in=HANDED_IN)


class Summary(Sent):
    """半年总结, 年终总结: what a township or a unit hands in. Its numbers freeze when it is submitted."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待签发"
        RETURNED = "returned", "已退回"
        SIGNED = "signed", "已报"
        ACCEPTED = "accepted", "已收件"

    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    note = models.CharField("与统计口径不同的说明", max_length=300, blank=True)
    figures = models.JSONField("锁定的数字", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="提交", null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="签发", null=True, blank=True, related_name="+"
    )
    signed_on_paper = models.CharField("纸质签发人", max_length=40, blank=True)
    signed_at = models.DateTimeField("报送时间", null=True, blank=True)
    receipt = models.CharField("回执号", max_length=20, null=True, blank=True, unique=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="区级经办", null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField("退回或收件时间", null=True, blank=True)
    return_reason = models.CharField("退回原因", max_length=200, blank=True)
    is_paper = models.BooleanField("代收纸质", default=False)
    scan = models.ForeignKey(File, models.PROTECT, verbose_name="纸质件的扫描", null=True, blank=True, related_name="+")
    # The district's own: whose paper went in, by its address, with the hour it had been handed in.
    collected = models.JSONField("已汇总", default=dict, blank=True)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工作总结"
        constraints = [
            models.UniqueConstraint(
                fields=["township", "unit", "period"], nulls_distinct=False, name="reports_summary_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(township__isnull=True) | Q(unit__isnull=True), name="reports_summary_has_one_sender"
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("submitted_by")),
                name="reports_summary_is_not_signed_by_its_maker",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signed", "accepted"])
                | Q(receipt__isnull=False, signed_at__isnull=False)
                & (Q(signed_by__isnull=False) | ~Q(signed_on_paper="") | Q(is_paper=True)),
                name="reports_summary_handed_in_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "returned"]) | Q(figures__isnull=False) | Q(is_paper=True),
                name="reports_summary_submitted_has_its_numbers",
            ),
            models.CheckConstraint(
                condition=Q(scan__isnull=True) | Q(is_paper=True), name="reports_summary_scan_is_of_paper"
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(return_reason=""), name="reports_summary_return_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender.name} {self.period}"

    @property
    def is_open(self) -> bool:
        """Whether its text may be changed."""
        return self.state in (self.State.DRAFT, self.State.RETURNED)


HANDED_IN = (Summary.State.SIGNED, Summary.State.ACCEPTED)


class SummarySection(models.Model):
    """One of the four sections. Whoever saved it last holds it for a while, so that nobody writes over another."""

    class Key(models.TextChoices):
        WORK = "work", "工作开展"
        RESULTS = "results", "主要成效"
        PROBLEMS = "problems", "存在问题"
        PLANS = "plans", "下一步打算"

    summary = models.ForeignKey(Summary, models.PROTECT, related_name="sections")
    key = models.CharField("节", max_length=10, choices=Key)
    text = models.TextField("正文", blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="保存", related_name="+")
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = verbose_name_plural = "总结的节"
        constraints = [
            models.UniqueConstraint(fields=["summary", "key"], name="reports_summary_has_each_section_once"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), LONGEST), name="reports_summary_section_has_a_limit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.summary} {self.get_key_display()}"


class SummaryVersion(models.Model):
    """A summary as it was handed in: its texts and numbers for good, whatever became of it afterwards."""

    summary = models.ForeignKey(Summary, models.PROTECT, related_name="versions", verbose_name="总结")
    number = models.PositiveIntegerField("版本")
    texts = models.JSONField("各节")  # of each its heading, the sentence with the numbers, and what was written
    figures = models.JSONField("数字")
    note = models.CharField("与统计口径不同的说明", max_length=300, blank=True)
    handed_in_at = models.DateTimeField("报送时间")

    class Meta:
        verbose_name = verbose_name_plural = "报送的总结"
        constraints = [
            models.UniqueConstraint(fields=["summary", "number"], name="reports_summary_version_is_unique"),
            models.CheckConstraint(condition=Q(number__gt=0), name="reports_summary_version_is_positive"),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.summary} 第{self.number}版"


class SummaryReminder(Sent):
    """催报: at most one a day to each owner, whoever in the district presses."""

    on = models.DateField("日期")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="催报", related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "催报"
        constraints = [
            models.UniqueConstraint(
                fields=["township", "unit", "period", "on"],
                nulls_distinct=False,
                name="reports_sender_is_reminded_once_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sender.name} {self.period} {self.on}"
