from typing import Any, Self

from django.db import models
from django.db.models import Q

from points.models import cells
from points.models.rollup_trigger import roll_up
from points.models.rules import Dimension, Joy, Rule
from villages import scope
from villages.models import Grid, Household, Village


class Kind(models.TextChoices):
    AWARD = "award", "加分"
    DEDUCTION = "deduction", "扣分"
    REDEMPTION = "redemption", "兑换"
    REVERSAL = "reversal", "冲正"
    OPENING = "opening", "期初"
    EXPIRY = "expiry", "清零"
    TRANSFER = "transfer", "转移"


class SealQuerySet(models.QuerySet["Seal"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS))

    def in_chain_order(self) -> Self:
        return self.order_by("village_id", "number")


class Seal(models.Model):
    """The digest that closes one posting and carries the digest before it: one chain for each village.

    `digest` is H(previous digest, village code, number, leaves in order), hex; append-only.
    """

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="seals")
    number = models.PositiveIntegerField("序号")
    previous = models.CharField("上一封签", max_length=64, blank=True)
    digest = models.CharField("封签", max_length=64, unique=True)
    algorithm = models.CharField("算法", max_length=10)
    entry_count = models.PositiveIntegerField("笔数")
    points_sum = models.IntegerField("分值合计")
    sealed_at = models.DateTimeField("时间")
    # The database's own transaction number: entries may join a seal only in the transaction that made it.
    transaction = models.BigIntegerField(
        editable=False,
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField()),
    )

    objects = SealQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封签"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "number"],
                name="points_seal_number_is_unique_in_chain",
            ),
            models.UniqueConstraint(fields=["village", "previous"], name="points_seal_follows_another_once"),
        ]

    def __str__(self) -> str:
        return self.short

    @property
    def short(self) -> str:
        """The printed form: twenty hex digits in groups of four."""
        return shorten(self.digest)


def shorten(digest: str) -> str:
    return "-".join(digest[at : at + 4] for at in range(0, 20, 4)) if digest else ""


class ChainHead(models.Model):
    """The last seal of a village. Locked first by everything that posts."""

    village = models.OneToOneField(Village, models.PROTECT, related_name="chain_head")
    number = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "封签链首"

    def __str__(self) -> str:
        return f"{self.village} {self.number}"


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS))

    def newest_first(self) -> Self:
        return self.order_by("-posted_at", "-pk")


class Entry(models.Model):
    """One line of the ledger, written once. `village` and `grid` are where the household was at the time.

    What it names is there and stays: triggers see to it for a whole posting at once instead of keys for each row.
    """

    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="农户", related_name="entries", db_index=False, db_constraint=False
    )
    village = models.ForeignKey(
        Village, models.PROTECT, verbose_name="村", related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, verbose_name="组", related_name="+", db_index=False, db_constraint=False
    )
    rule = models.ForeignKey(
        Rule,
        models.PROTECT,
        verbose_name="事项",
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    dimension = models.CharField("三治", max_length=10, choices=Dimension, blank=True)
    joy = models.CharField("五乐", max_length=10, choices=Joy, blank=True)
    points = models.IntegerField("分值")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    occurred_on = models.DateField("发生日期")
    posted_at = models.DateTimeField("入账时间")
    period = models.CharField("入账月份", max_length=7)
    source = models.CharField("来源", max_length=30, unique=True)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        verbose_name="冲正",
        null=True,
        blank=True,
        related_name="reversed_by",
    )
    salt = models.BinaryField(max_length=16)
    leaf = models.CharField("叶值", max_length=64)
    seal = models.ForeignKey(Seal, models.PROTECT, verbose_name="封签", related_name="entries", db_constraint=False)
    position = models.PositiveIntegerField("封签内次序")
    # For the check of the books alone.
    rollup_cell = cells.column("rollup_cell")
    rule_cell = cells.column("rule_cell")
    grid_cell = cells.column("grid_cell")
    balance_cell = cells.column("balance_cell")
    claim_number = cells.column("claim_number")
    award_month = cells.column("award_month", models.IntegerField)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "流水"
        triggers = (roll_up,)
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="points_entry_is_not_zero"),
            models.CheckConstraint(
                condition=(Q(kind="reversal") & Q(reverses__isnull=False))
                | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="points_reversal_names_what_it_reverses",
            ),
            models.CheckConstraint(
                condition=Q(kind="award", points__gt=0)
                | Q(kind__in=["deduction", "redemption", "expiry"], points__lt=0)
                | Q(kind__in=["reversal", "opening", "transfer"]),
                name="points_entry_sign_suits_its_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["award", "deduction"]) | (Q(rule__isnull=False) & ~Q(dimension="") & ~Q(joy="")),
                name="points_award_and_deduction_name_a_rule",
            ),
            # A trigger holds besides that an opening is its household's first entry, or the one before was taken back.
        ]
        indexes = [
            models.Index(fields=["household", "posted_at"], name="points_entry_passbook_idx"),
            models.Index(fields=["village", "period"], name="points_entry_village_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.points:+}"


class Balance(models.Model):
    """What a household holds. Kept by the database itself when entries are inserted.

    `posted` is the sum of all entries and may be negative (a debt); `earned` is awards less their reversals and is
    never touched by redeeming; `redeemed` is a size, ≥ 0.
    """

    household = models.OneToOneField(Household, models.PROTECT, primary_key=True, related_name="balance")
    posted = models.IntegerField("已入账", default=0)
    earned = models.IntegerField("累计", default=0)
    redeemed = models.IntegerField("已兑换", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "余额"

    def __str__(self) -> str:
        return f"{self.household} {self.posted}"

    @property
    def debt(self) -> int:
        return max(0, -self.posted)


class RollupQuerySet(models.QuerySet["Rollup"]):
    def in_months(self, months: list[str]) -> Self:
        return self.filter(period__in=months)


class Rollup(models.Model):
    """Entries of a village and month added up by dimension, joy and kind. Dashboards and reports read nothing else."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    dimension = models.CharField(max_length=10, blank=True)
    joy = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=10)
    count = models.IntegerField()
    points = models.BigIntegerField()

    objects = RollupQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月度汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "period", "dimension", "joy", "kind"],
                name="points_rollup_cell_is_unique",
            )
        ]
        indexes = [models.Index(fields=["period"], name="points_rollup_period_idx")]

    def __str__(self) -> str:
        return f"{self.village} {self.period} {self.points}"


class GridRollup(models.Model):
    """Awards, deductions and their reversals of a grid and month; `participants` are households with an award."""

    grid = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    count = models.IntegerField()
    points = models.BigIntegerField()
    participants = models.IntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "组月度汇总"
        constraints = [models.UniqueConstraint(fields=["grid", "period"], name="points_grid_rollup_cell_is_unique")]

    def __str__(self) -> str:
        return f"{self.grid} {self.period} {self.points}"


class RuleUsage(models.Model):
    """How often a rule was used in a village and month, and for how many points."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="+")
    count = models.IntegerField()
    points = models.BigIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "事项使用"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "period", "rule"],
                name="points_rule_usage_cell_is_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.period} {self.count}"


class Participation(models.Model):
    """A household that had an award posted in a month. Distinct households do not add up, so each is written down."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="+", db_index=False)
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="+", db_index=False)
    period = models.CharField(max_length=7)
    household = models.ForeignKey(Household, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = verbose_name_plural = "参与"
        constraints = [
            models.UniqueConstraint(
                fields=["household", "period"],
                name="points_participation_is_noted_once",
            )
        ]
        indexes = [models.Index(fields=["village", "period"], name="points_participation_place_idx")]

    def __str__(self) -> str:
        return f"{self.household} {self.period}"


class VillageMonth(models.Model):
    """How many households took part in a month, and how many were registered at its end (null until it is over)."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="months")
    period = models.CharField(max_length=7)
    participants = models.IntegerField(default=0)
    households = models.IntegerField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "村月度"
        constraints = [
            models.UniqueConstraint(fields=["village", "period"], name="points_village_month_is_unique"),
            models.CheckConstraint(
                condition=Q(participants__gte=0),
                name="points_village_month_is_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["period"], name="points_village_month_idx")]

    def __str__(self) -> str:
        return f"{self.village} {self.period} {self.participants}"
