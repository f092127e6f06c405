from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from points.models import evidence_triggers, member_trigger
from points.models.rules import Rule, RuleSet
from villages import scope
from villages.models import Household, Resident, Village


class State(models.TextChoices):
    """The one life cycle of a claim; a batch carries the state of the work that is left to do on it."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "待公示"
    PUBLISHED = "published", "公示中"
    CONTESTED = "contested", "核实中"
    EFFECTIVE = "effective", "已生效"
    WITHDRAWN = "withdrawn", "已撤销"


# Claims that count against a cap: everything somebody has vouched for and nobody has taken back.
RESERVING = (
    State.SUBMITTED,
    State.APPROVED,
    State.PUBLISHED,
    State.CONTESTED,
    State.EFFECTIVE,
)
# Claims whose maker may still change them.
OPEN = (State.DRAFT, State.RETURNED)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: Any) -> Self:
        """Whoever may see a village's households may see its batches; a draft is its maker's own."""
        drafts = ~Q(state=State.DRAFT) | Q(maker=user.pk)
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS - {"counter"}), drafts)

    def made_by(self, user: Any) -> Self:
        return self.filter(maker=user.pk)

    def to_review_by(self, user: Any) -> Self:
        """Batches waiting for a decision that this person may take: in their village and never touched by them."""
        mine = scope.within(user, {"reviewer"})
        return self.filter(mine, state=State.SUBMITTED).exclude(editors__user=user.pk)

    def unfinished(self) -> Self:
        return self.filter(state__in=[State.DRAFT, State.SUBMITTED, State.RETURNED])


class Batch(models.Model):
    """Claims entered together for one village under one rule set."""

    class Source(models.TextChoices):
        ENTRY = "entry", "快速录入"
        PASTE = "paste", "粘贴"
        IMPORT = "import", "Excel导入"
        ACTIVITY = "activity", "活动"
        API = "api", "接口"
        CORRECTION = "correction", "冲正"
        HONOUR = "honour", "荣誉"

    number = models.CharField("批次号", max_length=12, unique=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="batches")
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, verbose_name="细则", related_name="batches")
    rule = models.ForeignKey(
        Rule,
        models.PROTECT,
        verbose_name="事项",
        null=True,
        blank=True,
        related_name="+",
    )
    occurred_on = models.DateField("日期")
    source = models.CharField("来源", max_length=10, choices=Source, default=Source.ENTRY)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="录入", related_name="+")
    version = models.PositiveIntegerField(default=1)
    idempotency_key = models.CharField(max_length=64)
    made_at = models.DateTimeField("建立时间")
    updated_at = models.DateTimeField("更新时间")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    opened_at = models.DateTimeField("开始审核", null=True, blank=True)
    reason = models.CharField("说明", max_length=120, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批次"
        constraints = [
            models.UniqueConstraint(
                fields=["maker", "idempotency_key"],
                name="points_batch_is_made_once_per_key",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
                name="points_submitted_batch_has_a_time",
            ),
        ]
        indexes = [models.Index(fields=["village", "state"], name="points_batch_queue_idx")]

    def __str__(self) -> str:
        return self.number

    @property
    def is_quick(self) -> bool:
        """Whether its rows are typed row by row, so that the grid can go on with it."""
        return self.source in QUICK

    @property
    def title(self) -> str:
        if self.rule is None:
            return f"{self.village.short_name} {self.get_source_display()}"
        taken_back = f"{self.get_source_display()} " if self.source == self.Source.CORRECTION else ""
        return f"{self.village.short_name} {taken_back}{self.rule.item}"


# Drafts that the grid of quick entry goes on with.
QUICK = (Batch.Source.ENTRY, Batch.Source.PASTE, Batch.Source.ACTIVITY)


class BatchEditor(models.Model):
    """Somebody who made or changed rows of a batch, and so can never check it."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="editors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "user"], name="points_batch_names_an_editor_once")]

    def __str__(self) -> str:
        return f"{self.batch} {self.user}"


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: Any) -> Self:
        drafts = ~Q(batch__state=State.DRAFT) | Q(batch__maker=user.pk)
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS, path="batch__village"), drafts)

    def live(self) -> Self:
        return self.filter(is_withdrawn=False)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def in_line_order(self) -> Self:
        return self.order_by("line")


class Claim(models.Model):
    """One line: these points for this household (or member) under this rule on that day. `points` carry their sign.

    Every claim changes its state five times. No index holds the state or asks for it, and pages are left half empty, so
    that such a change stays on its page and writes no index. Keys that a composite index begins with, or that nobody
    looks claims up by, have no index of their own.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次", related_name="claims", db_index=False)
    line = models.PositiveIntegerField("行")
    client_key = models.UUIDField()
    household = models.ForeignKey(Household, models.PROTECT, verbose_name="农户", related_name="claims", db_index=False)
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="成员", null=True, blank=True, db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT, verbose_name="事项", related_name="claims", db_index=False)
    quantity = models.PositiveIntegerField("数量", default=1)
    points = models.IntegerField("分值")
    announced_points = models.IntegerField("公示时分值", null=True, blank=True)
    occurred_on = models.DateField("日期")
    note = models.CharField("备注", max_length=60, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    # what the indexes ask for instead of the state
    is_withdrawn = models.GeneratedField(
        expression=Q(state="withdrawn"), output_field=models.BooleanField(), db_persist=True
    )
    version = models.PositiveIntegerField(default=1)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="录入", related_name="+", db_index=False
    )
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="审核",
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    return_reasons = ArrayField(
        models.CharField(max_length=20),
        verbose_name="退回原因",
        default=list,
        blank=True,
    )
    return_note = models.CharField("退回说明", max_length=120, blank=True)
    contest_reason = models.CharField("核实原因", max_length=120, blank=True)
    reverses = models.ForeignKey(
        "points.Entry",
        models.PROTECT,
        verbose_name="冲正的流水",
        null=True,
        blank=True,
        related_name="reversing_claims",
    )
    notice = models.ForeignKey(
        "points.Notice",
        models.PROTECT,
        verbose_name="公示",
        null=True,
        blank=True,
        related_name="claims",
        db_index=False,
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报行"
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="points_claim_line_is_unique_in_batch"),
            models.UniqueConstraint(
                fields=["batch", "client_key"],
                name="points_claim_is_saved_once_per_key",
            ),
            models.UniqueConstraint(
                fields=["batch", "household", "resident", "rule", "occurred_on"],
                condition=Q(is_withdrawn=False),
                nulls_distinct=False,
                name="points_claim_is_not_repeated_in_batch",
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(is_withdrawn=False),
                name="points_entry_is_claimed_back_once",
            ),
            models.CheckConstraint(condition=~Q(points=0), name="points_claim_is_not_zero"),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="points_claim_checker_is_not_maker",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "published", "contested", "effective"])
                | Q(checker__isnull=False, decided_at__isnull=False),
                name="points_approved_claim_has_a_checker",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "effective"]) | Q(notice__isnull=False),
                name="points_effective_claim_was_on_notice",
            ),
        ]
        indexes = [
            models.Index(fields=["household", "rule", "occurred_on"], name="points_claim_cap_idx"),
            models.Index(fields=["notice"], name="points_claim_notice_idx"),
        ]
        triggers = [*evidence_triggers.on_claims, *member_trigger.on_claims]

    def __str__(self) -> str:
        return f"{self.batch} 第{self.line}行"
