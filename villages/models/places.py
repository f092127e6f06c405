import datetime as dt
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from qianjiang_portal.foundation.personal import PhoneField, phone_check
from villages import scope

# GB/T 10114: the three digits after the district tell a street office, a town or a township; the last three of a
# village code tell a neighbourhood committee from a villagers' committee.
COMMUNITY_CODES = (range(1, 200), range(400, 500))


class TownshipQuerySet(models.QuerySet["Township"]):
    def visible_to(self, user: Any) -> Self:
        """Townships the person holds whole, or has a village in."""
        places = scope.places(user)
        if places.everywhere or scope.holds(user, "admin"):
            return self
        return self.filter(Q(pk__in=places.townships) | Q(villages__in=places.villages)).distinct()

    def in_code_order(self) -> Self:
        return self.order_by("code")


class Township(models.Model):
    """A street office, town or township: the level between the district and its villages."""

    class Kind(models.TextChoices):
        STREET = "street", "街道"
        TOWN = "town", "镇"
        TOWNSHIP = "township", "乡"

    code = models.CharField("统计用区划代码", max_length=9, unique=True)
    name = models.CharField("名称", max_length=30)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    phone = PhoneField("监督电话", max_length=30, blank=True)

    objects = TownshipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "乡镇街道"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^\d{9}$"),
                name="villages_township_code_has_nine_digits",
            ),
            phone_check("villages_township"),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def kind_of(code: str) -> str:
        """The kind that a code's last three digits stand for."""
        number = int(code[6:9])
        if number < 100:
            return Township.Kind.STREET
        return Township.Kind.TOWN if number < 200 else Township.Kind.TOWNSHIP


class VillageQuerySet(models.QuerySet["Village"]):
    def visible_to(self, user: Any) -> Self:
        if scope.holds(user, "admin"):
            return self
        return self.filter(scope.within(user, path=""))

    def for_role(self, user: Any, *roles: str) -> Self:
        """Villages where the person holds one of `roles`."""
        return self.filter(scope.within(user, roles, path=""))

    def with_points(self) -> Self:
        """Villages that have adopted rules, or whose township has; only they count in rates."""
        return self.filter(uses_points=True)

    def open(self) -> Self:
        """Villages that are there today; one that became part of another is only read."""
        return self.filter(closed_on=None)

    def there_on(self, day: dt.date) -> Self:
        """Villages that were not part of another one by the end of a day."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day))

    def closed(self) -> Self:
        """Villages that became part of another one."""
        return self.exclude(closed_on=None)

    def in_code_order(self) -> Self:
        return self.order_by("code")


# Whoever became part of another village does not come back, and has nobody left.
CLOSED = """
    IF OLD.closed_on IS NOT NULL
        AND (OLD.closed_on, OLD.successor_id) IS DISTINCT FROM (NEW.closed_on, NEW.successor_id)
    THEN
        RAISE EXCEPTION 'villages_village_stays_closed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.closed_on IS NOT NULL AND EXISTS (
        SELECT 1 FROM villages_household h WHERE h.village_id = NEW.id AND h.state = 'active')
    THEN
        RAISE EXCEPTION 'villages_closed_village_has_nobody_left' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# Nobody is named or appointed to a village for days after it became part of another one.
TO_AN_OPEN_VILLAGE = """
    IF (TG_OP = 'INSERT' OR NEW.village_id IS DISTINCT FROM OLD.village_id) AND EXISTS (
        SELECT 1 FROM villages_village v
        WHERE v.id = NEW.village_id AND v.closed_on < COALESCE(NEW.ends_on, 'infinity'::date))
    THEN
        RAISE EXCEPTION 'villages_term_is_in_an_open_village' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Village(models.Model):
    """An administrative village or an urban community: the unit that adopts rules and keeps one chain of seals."""

    class Kind(models.TextChoices):
        VILLAGE = "village", "村"
        COMMUNITY = "community", "社区"

    code = models.CharField("统计用区划代码", max_length=12, unique=True)
    name = models.CharField("全称", max_length=60)
    short_name = models.CharField("简称", max_length=30)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    township = models.ForeignKey(Township, models.PROTECT, verbose_name="乡镇街道", related_name="villages")
    phone = PhoneField("监督电话", max_length=30, blank=True)
    uses_points = models.BooleanField("实行积分制", default=False)
    closed_on = models.DateField("撤并日期", null=True, blank=True, editable=False)
    successor = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入", null=True, blank=True, editable=False, related_name="predecessors"
    )

    objects = VillageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "村和社区"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^\d{12}$"),
                name="villages_village_code_has_twelve_digits",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, successor=None)
                | Q(closed_on__isnull=False, successor__isnull=False) & ~Q(successor=F("pk")),
                name="villages_closed_village_is_part_of_another",
            ),
            phone_check("villages_village"),
        ]
        triggers = [pgtrigger.Trigger(name="closed", when=pgtrigger.Before, operation=pgtrigger.Update, func=CLOSED)]

    def __str__(self) -> str:
        return self.short_name

    @property
    def full_name(self) -> str:
        """Township and village, since short names repeat across townships."""
        return f"{self.township.name}{self.short_name}"

    def is_there(self, on: dt.date) -> bool:
        """Whether it was not part of another one by the end of a day."""
        return self.closed_on is None or self.closed_on > on

    def is_gone_before(self, last: dt.date | None) -> bool:
        """Whether a term until then, open without a day, would go on after it became part of another one."""
        return self.closed_on is not None and (last is None or last > self.closed_on)

    @staticmethod
    def kind_of(code: str) -> str:
        number = int(code[9:12])
        community = any(number in codes for codes in COMMUNITY_CODES)
        return Village.Kind.COMMUNITY if community else Village.Kind.VILLAGE


class GridQuerySet(models.QuerySet["Grid"]):
    def visible_to(self, user: Any) -> Self:
        if scope.holds(user, "admin"):
            return self
        return self.filter(scope.within(user))

    def in_order(self) -> Self:
        return self.order_by(F("village_id"), F("number"))


class Grid(models.Model):
    """A 网格, villagers' group or courtyard: the level between a village and its households."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="grids")
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("名称", max_length=30)
    keeper = models.CharField("网格员", max_length=30, blank=True)

    objects = GridQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网格(组)"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "number"],
                name="villages_grid_number_is_unique_in_village",
            ),
            models.CheckConstraint(
                condition=Q(number__range=(1, 99)),
                name="villages_grid_number_has_two_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.name
