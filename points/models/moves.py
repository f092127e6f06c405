from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from points.models.ledger import Seal
from villages import scope
from villages.models import Grid, Household, User, Village


class HouseholdMoveQuerySet(models.QuerySet["HouseholdMove"]):
    def visible_to(self, user: Any) -> Self:
        """Whoever reads the households on either side."""
        here = scope.within(user, scope.HOUSEHOLD_READERS, "from_village")
        return self.filter(here | scope.within(user, scope.HOUSEHOLD_READERS, "to_village"))

    def of(self, household: Household) -> Self:
        return self.filter(Q(household=household) | Q(target=household)).order_by("pk")


class HouseholdMove(models.Model):
    """A household that changed its group, went to another village or became part of another household.

    A number never changes: in another village the household goes on as `target`, under a number of its own there, and
    `points`, all that it held, go over by a pair of entries `move:<id>:out` and `move:<id>:in`.
    """

    class Kind(models.TextChoices):
        GRID = "grid", "换组"
        VILLAGE = "village", "迁到别的村"
        MERGE = "merge", "并户"

    kind = models.CharField("类别", max_length=7, choices=Kind)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name="农户", related_name="departures")
    target = models.ForeignKey(Household, models.PROTECT, verbose_name="到哪一户", related_name="arrivals")
    from_village = models.ForeignKey(Village, models.PROTECT, verbose_name="原村", related_name="+")
    from_grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="原组", related_name="+")
    to_village = models.ForeignKey(Village, models.PROTECT, verbose_name="到村", related_name="+")
    to_grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="到组", related_name="+")
    points = models.IntegerField("转移的分", default=0)
    on = models.DateField("日期")
    reason = models.CharField("原因", max_length=60)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("时间")

    objects = HouseholdMoveQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "迁户并户"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="grid", household=F("target"), from_village=F("to_village"), points=0)
                & ~Q(from_grid=F("to_grid"))
                | Q(kind="village") & ~Q(household=F("target")) & ~Q(from_village=F("to_village"))
                | Q(kind="merge", from_village=F("to_village")) & ~Q(household=F("target")),
                name="points_household_goes_where_its_kind_says",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="points_household_move_says_why"),
            models.UniqueConstraint(
                fields=["household"], condition=~Q(kind="grid"), name="points_household_is_handed_over_once"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.household.number} {self.get_kind_display()}"

    @property
    def out_source(self) -> str:
        return f"move:{self.pk}:out"

    @property
    def in_source(self) -> str:
        return f"move:{self.pk}:in"


class VillageMergerQuerySet(models.QuerySet["VillageMerger"]):
    def visible_to(self, user: Any) -> Self:
        here = scope.within(user, scope.PLACE_READERS, "source")
        return self.filter(here | scope.within(user, scope.PLACE_READERS, "into"))


class VillageMerger(models.Model):
    """A village that became part of another one: every household moved, points and all, and its chain came to an end.

    `last_seal` closes the chain of `source`, `first_seal` is the one under which the points arrived; neither is there
    where nobody held any.
    """

    source = models.OneToOneField(Village, models.PROTECT, verbose_name="撤并的村", related_name="merger")
    into = models.ForeignKey(Village, models.PROTECT, verbose_name="并入的村", related_name="mergers")
    paper = models.CharField("批复文号", max_length=60)
    households = models.PositiveIntegerField("户数")
    points = models.IntegerField("转移的分")
    last_seal = models.ForeignKey(Seal, models.PROTECT, verbose_name="末封签", null=True, related_name="+")
    first_seal = models.ForeignKey(Seal, models.PROTECT, verbose_name="转入封签", null=True, related_name="+")
    on = models.DateField("日期")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("时间")

    objects = VillageMergerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "村的撤并"
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("into")), name="points_village_becomes_part_of_another"),
            models.CheckConstraint(condition=~Q(paper=""), name="points_merger_of_villages_names_its_paper"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.source} 并入 {self.into}"
