from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from villages import scope
from villages.models import User, Village

READERS = frozenset({"clerk", "leader", "liaison", "district", "auditor"})


# A purchase is paid once: again only after the line that paid it was taken back.
PAID_ONCE = """
    IF NEW.purchase IS NOT NULL AND EXISTS (
        SELECT 1 FROM demos_fundline l WHERE l.purchase = NEW.purchase
        AND NOT EXISTS (SELECT 1 FROM demos_fundline b WHERE b.reverses_id = l.id)
    ) THEN
        RAISE EXCEPTION 'demos_purchase_is_paid_once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class FundLineQuerySet(models.QuerySet["FundLine"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, READERS))


class FundLine(models.Model):
    """Money of a village's governance work that came in or went out. A mistake is taken back by another line."""

    class Kind(models.TextChoices):
        DISTRICT = "district", "区级补助"
        COLLECTIVE = "collective", "集体收益"
        DONATION = "donation", "捐赠"
        OTHER_IN = "other_in", "其他收入"
        GOODS = "goods", "兑换物品"
        ACTIVITY = "activity", "活动开支"
        OTHER_OUT = "other_out", "其他支出"

    INCOME = (Kind.DISTRICT, Kind.COLLECTIVE, Kind.DONATION, Kind.OTHER_IN)

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="fund_lines")
    kind = models.CharField("来源或用途", max_length=10, choices=Kind)
    on = models.DateField("日期")
    what = models.CharField("摘要", max_length=80)
    amount = models.DecimalField("金额(元)", max_digits=12, decimal_places=2)
    receipt = models.CharField("凭证号", max_length=40)
    # The sheet of receipts of a store that the money was spent on (`foundation.purchases`).
    purchase = models.UUIDField("进货单", null=True, blank=True, editable=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = FundLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "经费流水"
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="demos_fund_line_has_an_amount",
            ),
            models.CheckConstraint(condition=~Q(receipt=""), name="demos_fund_line_has_a_receipt"),
            models.CheckConstraint(
                condition=Q(purchase__isnull=True) | Q(kind="goods", reverses__isnull=True),
                name="demos_purchase_is_of_goods",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) | ~Q(reverses=F("pk")), name="demos_fund_line_reverses_another"
            ),
        ]
        indexes = [models.Index(fields=["village", "on"], name="demos_fund_village_idx")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(name="paid_once", when=pgtrigger.Before, operation=pgtrigger.Insert, func=PAID_ONCE),
        ]

    def __str__(self) -> str:
        return f"{self.village} {self.what}"

    @property
    def is_income(self) -> bool:
        return self.kind in self.INCOME


class FundBudget(models.Model):
    """What a village plans to spend in a year."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="fund_budgets")
    year = models.PositiveSmallIntegerField("年度")
    amount = models.DecimalField("预算(元)", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "经费预算"
        constraints = [
            models.UniqueConstraint(fields=["village", "year"], name="demos_village_has_one_budget_a_year"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="demos_budget_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.village} {self.year}"
