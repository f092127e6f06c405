import datetime as dt
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from villages import scope
from villages.models.places import Grid, Village

# A number is for ever; whoever has been handed over stays where they were and does not come back.
HANDED_OVER = """
    IF NEW.number <> OLD.number OR OLD.successor_id IS NOT NULL AND (
        (OLD.successor_id, OLD.state, OLD.left_on, OLD.village_id, OLD.grid_id)
        IS DISTINCT FROM (NEW.successor_id, NEW.state, NEW.left_on, NEW.village_id, NEW.grid_id))
    THEN
        RAISE EXCEPTION 'villages_household_stays_handed_over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


# Nobody is put on the register of a village that became part of another one.
IN_AN_OPEN_VILLAGE = """
    IF NEW.state = 'active' AND EXISTS (
        SELECT 1 FROM villages_village v WHERE v.id = NEW.village_id AND v.closed_on IS NOT NULL)
    THEN
        RAISE EXCEPTION 'villages_household_is_in_an_open_village' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class HouseholdQuerySet(models.QuerySet["Household"]):
    def visible_to(self, user: Any) -> Self:
        """A liaison sees a village's figures, never its households; an administrator has no business with them."""
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS))

    def active(self) -> Self:
        return self.filter(state=Household.State.ACTIVE)

    def there_on(self, day: dt.date) -> Self:
        """Those on the register that day, whatever became of them since."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gt=day), joined_on__lte=day)

    def in_number_order(self) -> Self:
        return self.order_by("number")


class Household(models.Model):
    """A registered household. Its number, `500114106200-03-0017`, never changes, whoever heads it."""

    class State(models.TextChoices):
        ACTIVE = "active", "在册"
        MOVED = "moved", "已迁出"
        MERGED = "merged", "已合并"

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="households")
    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="组", related_name="households")
    serial = models.PositiveSmallIntegerField("户序")
    number = models.CharField("户号", max_length=20, unique=True)
    head_name = models.CharField("户主", max_length=40)
    initials = models.CharField("拼音首字母", max_length=200, blank=True)
    pinyin = models.CharField("拼音排序", max_length=120, blank=True, db_index=True)
    aliases = models.CharField("别名", max_length=120, blank=True)
    members = models.PositiveSmallIntegerField("人口", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACTIVE)
    joined_on = models.DateField("入册日期")
    left_on = models.DateField("离册日期", null=True, blank=True)
    # Where a household goes on that went to another village or became part of another one.
    successor = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入或迁为", null=True, blank=True, related_name="predecessors"
    )
    version = models.PositiveIntegerField(default=1)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "农户"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "serial"],
                name="villages_household_serial_is_unique_in_village",
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^\d{12}-\d{2}-\d{4}$"),
                name="villages_household_number_is_well_formed",
            ),
            models.CheckConstraint(
                condition=Q(state="active", left_on__isnull=True) | ~Q(state="active") & Q(left_on__isnull=False),
                name="villages_household_that_left_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(successor=None) & ~Q(state="merged")
                | Q(successor__isnull=False, state__in=("moved", "merged")) & ~Q(successor=F("pk")),
                name="villages_household_goes_on_as_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["village", "state", "number"],
                name="villages_household_roster_idx",
            ),
            GinIndex(
                fields=["head_name"],
                opclasses=["gin_trgm_ops"],
                name="villages_household_name_trgm",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="handed_over", when=pgtrigger.Before, operation=pgtrigger.Update, func=HANDED_OVER),
            pgtrigger.Trigger(
                name="in_an_open_village",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("village_id", "state"),
                func=IN_AN_OPEN_VILLAGE,
            ),
        ]

    def __str__(self) -> str:
        return self.head_name

    @property
    def short_number(self) -> str:
        """The four digits people use in the village, such as `0211`: the 11th household of group 2."""
        return self.number[-4:]

    @property
    def tail(self) -> str:
        """The last two digits of the serial, which tell namesakes of a group apart in public."""
        return self.number[-2:]


class ResidentQuerySet(models.QuerySet["Resident"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS, path="household__village"))


class Resident(models.Model):
    """A member of a household, for rules that reward a person. No identity number, no address."""

    household = models.ForeignKey(Household, models.PROTECT, verbose_name="农户", related_name="residents")
    name = models.CharField("姓名", max_length=40)
    relation = models.CharField("与户主关系", max_length=20, blank=True)
    is_head = models.BooleanField("户主", default=False)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭成员"
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(is_head=True),
                name="villages_household_has_one_head",
            )
        ]

    def __str__(self) -> str:
        return self.name
