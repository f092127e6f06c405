"""积分超市: outlets, what they hold, each movement of it, and what was redeemed."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from villages import scope
from villages.models import Household, User, Village

# Who sees an outlet's stock and slips; a counter only where they serve.
STORE_READERS = frozenset({"counter", "clerk", "leader", "district", "auditor"})
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


class OutletQuerySet(models.QuerySet["Outlet"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, STORE_READERS))

    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)


class Outlet(models.Model):
    """A points store in `village`, where households of `villages` redeem on some days of the week within some hours."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="所在村", related_name="outlets")
    villages = models.ManyToManyField(Village, verbose_name="服务的村", related_name="served_by")
    keepers = models.ManyToManyField(User, verbose_name="兑换经办", related_name="outlets", blank=True)
    name = models.CharField("名称", max_length=40, unique=True)
    # Digits of the days it is open, Monday is 1.
    weekdays = models.CharField("开放的星期", max_length=7, default="1234567")
    opens_at = models.TimeField("开门", default=dt.time(8))
    closes_at = models.TimeField("关门", default=dt.time(18))
    closed_on = models.DateField("停用日期", null=True, blank=True)

    objects = OutletQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "兑换点"
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="points_outlet_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(weekdays__regex=r"^[1-7]+$"), name="points_outlet_opens_on_some_day_of_the_week"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hours(self) -> str:
        days = "每天" if len(self.weekdays) == 7 else "、".join(WEEKDAYS[int(day) - 1] for day in self.weekdays)
        return f"{days} {self.opens_at:%H:%M}—{self.closes_at:%H:%M}"

    def is_open_at(self, moment: dt.datetime) -> bool:
        """Whether goods are handed out at `moment`, given in Asia/Shanghai."""
        on_day = str(moment.isoweekday()) in self.weekdays and self.closed_on is None
        return on_day and self.opens_at <= moment.time() < self.closes_at


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, STORE_READERS, path="outlet__village"))

    def listed(self) -> Self:
        return self.filter(is_listed=True)

    def in_code_order(self) -> Self:
        return self.order_by("code")


class Item(models.Model):
    """Goods of one outlet and their price in points. `stock` is the sum of its moves, kept by the database alone."""

    outlet = models.ForeignKey(Outlet, models.PROTECT, verbose_name="兑换点", related_name="items")
    code = models.CharField("编码", max_length=12)
    name = models.CharField("物品", max_length=40)
    unit = models.CharField("单位", max_length=6, default="件")
    points = models.PositiveIntegerField("单价(分)")
    barcode = models.CharField("条码", max_length=20, blank=True)
    initials = models.CharField("拼音首字母", max_length=200, blank=True)
    stock = models.IntegerField("库存", default=0, editable=False)
    restock_on = models.DateField("预计到货", null=True, blank=True)
    is_listed = models.BooleanField("可兑换", default=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "物品"
        constraints = [
            models.UniqueConstraint(fields=["outlet", "code"], name="points_item_code_is_unique_in_outlet"),
            models.UniqueConstraint(
                fields=["outlet", "barcode"],
                condition=~Q(barcode=""),
                name="points_item_barcode_is_unique_in_outlet",
            ),
            models.CheckConstraint(condition=Q(stock__gte=0), name="points_item_stock_is_not_negative"),
            models.CheckConstraint(condition=Q(points__gte=1), name="points_item_costs_something"),
        ]

    def __str__(self) -> str:
        return self.name


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, STORE_READERS, path="outlet__village"))

    def newest_first(self) -> Self:
        return self.order_by("-made_at", "-pk")


class Redemption(models.Model):
    """Goods handed out for points, with the slip that says so. Written once; taken back at most once, the same day.

    `points` is a size; `balance` is what could still be spent after it.
    """

    outlet = models.ForeignKey(Outlet, models.PROTECT, verbose_name="兑换点", related_name="redemptions")
    household = models.ForeignKey(Household, models.PROTECT, verbose_name="农户", related_name="redemptions")
    key = models.UUIDField(unique=True, editable=False)
    on = models.DateField("日期")
    serial = models.PositiveIntegerField("当日序号")
    points = models.PositiveIntegerField("分值")
    balance = models.PositiveIntegerField("兑换后可兑换")
    collector = models.CharField("领取人", max_length=40, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="经办", related_name="+")
    made_at = models.DateTimeField("时间")
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undo_reason = models.CharField("撤销原因", max_length=60, blank=True)

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "兑换"
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "on", "serial"], name="points_redemption_number_is_unique_in_outlet_and_day"
            ),
            models.CheckConstraint(condition=Q(points__gte=1), name="points_redemption_costs_something"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_reason=""),
                name="points_redemption_undone_says_by_whom_and_why",
            ),
        ]
        indexes = [models.Index(fields=["outlet", "on"], name="points_redemption_day_idx")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"D-{self.on:%m%d}-{self.serial:02}"

    @property
    def is_undone(self) -> bool:
        return self.undone_at is not None

    @property
    def what(self) -> str:
        return "、".join(f"{line.name}×{line.quantity}" for line in self.lines.all())


class RedemptionLine(models.Model):
    """One item on a slip, with its name and price as they were."""

    redemption = models.ForeignKey(Redemption, models.PROTECT, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    unit = models.CharField(max_length=6)
    price = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "兑换明细"
        constraints = [
            models.UniqueConstraint(fields=["redemption", "item"], name="points_redemption_names_an_item_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1, price__gte=1), name="points_redemption_line_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.name}×{self.quantity}"

    @property
    def points(self) -> int:
        return self.price * self.quantity


class StockMove(models.Model):
    """One line of the stock register, written once: `quantity` is signed, in the item's unit; a count may be 0."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "进货"
        LOSS = "loss", "损耗"
        COUNT = "count", "盘点"
        REDEMPTION = "redemption", "兑换"
        UNDO = "undo", "撤销兑换"

    item = models.ForeignKey(Item, models.PROTECT, verbose_name="物品", related_name="moves")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    quantity = models.IntegerField("数量")
    redemption = models.ForeignKey(Redemption, models.PROTECT, null=True, blank=True, related_name="moves")
    note = models.CharField("说明", max_length=60, blank=True)
    # One for each sheet of receipts or counts that was typed, so that it is booked once.
    key = models.UUIDField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="经办", related_name="+")
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "库存流水"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["receipt", "undo"], quantity__gt=0)
                | Q(kind__in=["loss", "redemption"], quantity__lt=0)
                | Q(kind="count"),
                name="points_stock_move_sign_suits_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["redemption", "undo"], redemption__isnull=False)
                | Q(kind__in=["receipt", "loss", "count"], redemption__isnull=True),
                name="points_stock_move_names_its_redemption",
            ),
            models.UniqueConstraint(
                fields=["redemption", "item", "kind"],
                condition=Q(redemption__isnull=False),
                name="points_redemption_moves_an_item_once",
            ),
            models.UniqueConstraint(fields=["key", "item"], name="points_stock_sheet_moves_an_item_once"),
        ]
        indexes = [models.Index(fields=["item", "made_at"], name="points_stock_move_idx")]

    def __str__(self) -> str:
        return f"{self.item} {self.quantity:+}"
