from typing import Any, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.sealed import SealedField
from villages import scope
from villages.models import Unit, User, Village

READERS = frozenset({"clerk", "leader", "liaison", "district", "auditor"})


def visible(user: Any, village: str, unit: str) -> Q:
    """Rows of a pairing: a liaison's own unit's, a township's own villages', everything for the district."""
    places = scope.places(user, READERS - {"liaison"})
    if places.everywhere:
        return Q()
    own = scope.places(user, {"liaison"}).units
    return places.as_q(village) | Q(**{f"{unit}__in": own})


# A photograph is taken off once and otherwise stays as it was.
PHOTO_STANDS = """
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
        OR ROW(NEW.visit_id, NEW.file_id, NEW.position) IS DISTINCT FROM ROW(OLD.visit_id, OLD.file_id, OLD.position)
    THEN
        RAISE EXCEPTION 'demos_visit_photo_stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
MOST_PHOTOS = 6


class DateRange(Func):
    """The days from one to another, both counted; open where there is no end."""

    function = "DATERANGE"
    output_field = DateRangeField()


class PairingQuerySet(models.QuerySet["Pairing"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(visible(user, "village", "unit"))

    def on(self, day: Any) -> Self:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), begins_on__lte=day)

    def in_order(self) -> Self:
        return self.order_by("unit__position", "unit__code", "village__code", "begins_on")


class Pairing(models.Model):
    """A member unit helps a village from a day on, as the one that leads the help or as one that joins in."""

    class Role(models.TextChoices):
        LEAD = "lead", "牵头"
        HELP = "help", "参与"

    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="成员单位", related_name="pairings")
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="结对村", related_name="pairings")
    role = models.CharField("分工", max_length=4, choices=Role, default=Role.LEAD)
    contact = models.CharField("单位联系人", max_length=30)
    phone = SealedField("联系电话", longest=30, blank=True)
    village_contact = models.CharField("村联系人", max_length=30, blank=True)
    begins_on = models.DateField("开始")
    ends_on = models.DateField("结束", null=True, blank=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结对"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("begins_on")),
                name="demos_pairing_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="demos_village_has_one_pairing_of_a_role",
                expressions=[
                    ("village", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (
                        DateRange("begins_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.village}"


class OfPairingQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(visible(user, "pairing__village", "pairing__unit"))


class Visit(models.Model):
    """Somebody of the unit was in the village: when, who, and what was done."""

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="visits")
    on = models.DateField("日期")
    visitors = models.CharField("走访人", max_length=80)
    people = models.PositiveSmallIntegerField("人数", default=1)
    done = models.CharField("做了什么", max_length=300)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = OfPairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访"
        constraints = [models.CheckConstraint(condition=Q(people__gt=0), name="demos_visit_has_people")]
        indexes = [models.Index(fields=["pairing", "-on"], name="demos_visit_pairing_idx")]

    def __str__(self) -> str:
        return f"{self.on} {self.visitors}"


class VisitPhotoQuerySet(models.QuerySet["VisitPhoto"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(visible(user, "visit__pairing__village", "visit__pairing__unit"))

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class VisitPhoto(models.Model):
    """A photograph of a visit; one that should not be there is taken off."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="photos")
    position = models.PositiveSmallIntegerField("序号")
    file = models.ForeignKey(File, models.PROTECT, verbose_name="照片", related_name="+")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)

    objects = VisitPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访照片"
        constraints = [
            models.UniqueConstraint(fields=["visit", "position"], name="demos_visit_photos_stand_in_order"),
            models.CheckConstraint(
                condition=Q(position__range=(1, MOST_PHOTOS)), name="demos_visit_has_no_more_photos"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="photo_stands", when=pgtrigger.Before, operation=pgtrigger.Update, func=PHOTO_STANDS
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"照片 {self.position}"


class Support(models.Model):
    """What a unit gave: the days of people it sent, money, or goods at their worth."""

    class Kind(models.TextChoices):
        PEOPLE = "people", "人力"
        MONEY = "money", "资金"
        GOODS = "goods", "物资"

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="supports")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, blank=True, related_name="supports")
    kind = models.CharField("类别", max_length=6, choices=Kind)
    on = models.DateField("日期")
    what = models.CharField("内容", max_length=60)
    amount = models.DecimalField("数额", max_digits=12, decimal_places=2)
    receipt = models.CharField("凭证", max_length=40, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = OfPairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "支持"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="demos_support_has_an_amount"),
            models.CheckConstraint(
                condition=~Q(kind="money") | ~Q(receipt=""), name="demos_money_of_a_unit_has_a_receipt"
            ),
        ]
        indexes = [models.Index(fields=["pairing", "on"], name="demos_support_pairing_idx")]

    def __str__(self) -> str:
        return self.what

    @property
    def unit(self) -> str:
        return "人次" if self.kind == self.Kind.PEOPLE else "元"


class Problem(models.Model):
    """What a village asked its unit to help with, until it is solved."""

    class State(models.TextChoices):
        OPEN = "open", "待办"
        DOING = "doing", "在办"
        SOLVED = "solved", "已解决"

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="problems")
    raised_on = models.DateField("提出日期")
    text = models.CharField("问题", max_length=200)
    state = models.CharField("状态", max_length=6, choices=State, default=State.OPEN)
    answer = models.CharField("办理情况", max_length=200, blank=True)
    solved_on = models.DateField("解决日期", null=True, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = OfPairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="solved", solved_on__isnull=False, solved_on__gte=F("raised_on")) & ~Q(answer="")
                | ~Q(state="solved") & Q(solved_on__isnull=True),
                name="demos_solved_problem_has_its_day_and_answer",
            )
        ]
        indexes = [models.Index(fields=["pairing", "state"], name="demos_problem_pairing_idx")]

    def __str__(self) -> str:
        return self.text
