import datetime as dt
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, Self

import pgtrigger
from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from qianjiang_portal.foundation import calendar, joined
from qianjiang_portal.foundation.personal import PhoneField, phone_check
from villages import scope
from villages.models.places import TO_AN_OPEN_VILLAGE, Township, Village
from villages.models.posts import Term
from villages.models.units import Unit


class UserManager(BaseUserManager["User"]):
    def get(self, *conditions: Any, **values: Any) -> "User":
        """By the number alone, as every page asks for whoever opens it, by a statement that is written out."""
        number = values.get("pk")
        if conditions or len(values) != 1 or not isinstance(number, int):
            return super().get(*conditions, **values)
        for (found,) in joined.read(_somebody(), [number], User):
            return found
        raise User.DoesNotExist

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def visible_to(self, user: Any) -> models.QuerySet["User"]:
        """Accounts are an administrator's business; everybody else sees their own."""
        return self.all() if user.is_active and user.is_staff else self.filter(pk=user.pk)

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """The first account of a portal, made on its own machine; all others get an appointment."""
        return self.create_user(username, password, is_superuser=True, must_change_password=False, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account. What they may do, and where, is said by their appointments alone."""

    username = models.CharField("账号", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    phone = PhoneField("办公电话", max_length=30, blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("下次登录先改密码", default=True)
    previous_sign_in = models.DateTimeField("上次登录", null=True, blank=True)
    date_joined = models.DateTimeField("建立时间", default=calendar.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [phone_check("villages_user")]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def appointments_now(self) -> "list[Appointment]":
        """The appointments in force today, read once for the life of this object."""
        return list(_in_force(self, calendar.today()))

    def get_short_name(self) -> str:
        """What the administration greets somebody with."""
        return self.name

    @property
    def is_staff(self) -> bool:
        """Whether the administration opens: to whoever is an administrator today, and to the first account."""
        return self.is_superuser or scope.holds(self, "admin")

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Only the administration asks for these; what may be done elsewhere is said by `permissions`."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    @property
    def is_at_district(self) -> bool:
        """Whether somebody sees or keeps the whole district, so that a stolen password would open all of it."""
        return self.is_superuser or scope.holds(self, "district", "auditor", "admin")

    @property
    def roles(self) -> set[str]:
        return {post.role for post in self.appointments_now}


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def current(self, on: dt.date | None = None) -> Self:
        day = on or calendar.today()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), begins_on__lte=day)

    def overlapping(self, begins_on: dt.date, ends_on: dt.date | None) -> Self:
        """Appointments with at least one day in a term."""
        later = self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=begins_on))
        return later.filter(begins_on__lte=ends_on) if ends_on else later

    def over(self, village: Village) -> Self:
        """Appointments whose place holds this village."""
        return self.filter(
            Q(village=village) | Q(township=village.township_id) | Q(villages=village) | Q(role__in=scope.EVERYWHERE)
        ).distinct()

    def tied_to(self, villages: models.QuerySet[Village]) -> Self:
        """Those of one village alone, and of the units paired with it; nobody but a person moves them to another one.

        A counter's go with the outlet.
        """
        return self.filter(Q(village__in=villages) | Q(role="liaison", villages__in=villages)).distinct()

    def in_words(self) -> Self:
        """With what it takes to say their place, asked for once."""
        return self.select_related("township", "village__township", "unit").prefetch_related("villages__township")


def _or_none(place: str) -> Coalesce:
    """A place to compare: for the database no place would never be the same as no place."""
    return Coalesce(place, Value(0), output_field=models.BigIntegerField())


class Appointment(models.Model):
    """A person's role at a place for a time. Role and place always count together.

    A clerk, reviewer or leader holds one township or one village; a counter or liaison covers the villages listed in
    `villages`, which the outlet and pairing writers keep up to date.
    """

    class Role(models.TextChoices):
        CLERK = "clerk", "乡镇经办"
        REVIEWER = "reviewer", "评议审核"
        LEADER = "leader", "分管领导"
        COUNTER = "counter", "兑换经办"
        LIAISON = "liaison", "成员单位联络员"
        DISTRICT = "district", "区级"
        AUDITOR = "auditor", "审计员"
        ADMIN = "admin", "系统管理员"

    user = models.ForeignKey(User, models.PROTECT, verbose_name="用户", related_name="appointments")
    role = models.CharField("角色", max_length=10, choices=Role)
    township = models.ForeignKey(Township, models.PROTECT, verbose_name="乡镇街道", null=True, blank=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="成员单位", null=True, blank=True)
    villages = models.ManyToManyField(Village, verbose_name="服务或结对的村", blank=True, related_name="+")
    begins_on = models.DateField("开始")
    ends_on = models.DateField("结束", null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("begins_on")),
                name="villages_appointment_ends_after_it_begins",
                violation_error_message="任职结束日期早于开始日期",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["clerk", "reviewer"], unit__isnull=True)
                & (Q(township__isnull=True, village__isnull=False) | Q(township__isnull=False, village__isnull=True))
                | Q(
                    role="leader",
                    township__isnull=False,
                    village__isnull=True,
                    unit__isnull=True,
                )
                | Q(
                    role="liaison",
                    township__isnull=True,
                    village__isnull=True,
                    unit__isnull=False,
                )
                | Q(
                    role__in=["counter", "district", "auditor", "admin"],
                    township__isnull=True,
                    village__isnull=True,
                    unit__isnull=True,
                ),
                name="villages_appointment_place_suits_its_role",
                violation_error_message="任职的地方要和角色对上：经办、审核填一个乡镇街道或一个村，"
                "分管领导填乡镇街道，联络员填成员单位和结对的村，兑换经办填服务的村，其他角色不填地方",
            ),
            ExclusionConstraint(
                name="villages_appointment_is_held_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    *((_or_none(place), RangeOperators.EQUAL) for place in ("township", "village", "unit")),
                    (
                        Term("begins_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="已有同样的任职",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="to_an_open_village",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("village_id"),
                func=TO_AN_OPEN_VILLAGE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.label}"

    def is_twice(self, other: "Appointment") -> bool:
        """Whether another one of the same person, written down or not, is the same with at least one day in common."""
        first, second = ((one.role, one.township_id, one.village_id, one.unit_id) for one in (self, other))
        begins_on, ends_on = max(self.begins_on, other.begins_on), (self.ends_on, other.ends_on)
        return first == second and all(last is None or begins_on <= last for last in ends_on)

    @property
    def is_district_wide(self) -> bool:
        return self.role in scope.EVERYWHERE

    @cached_property
    def covered_villages(self) -> list[Village]:
        """The villages of an outlet or of pairings; other roles have their place in the row itself."""
        if self.role not in scope.COVERING:
            return []
        if "villages" in getattr(self, "_prefetched_objects_cache", {}):
            return sorted(self.villages.all(), key=lambda village: village.code)
        return list(_covered(self))

    @property
    def covered_village_ids(self) -> frozenset[int]:
        return frozenset(village.pk for village in self.covered_villages)

    @property
    def place_name(self) -> str:
        if self.township:
            return self.township.name
        if self.village:
            return self.village.full_name
        if self.unit:
            return self.unit.name
        return "、".join(village.full_name for village in self.covered_villages) or "黔江区"

    @property
    def label(self) -> str:
        return f"{self.place_name}{self.get_role_display()}"


@cache
def _somebody() -> str:
    return f"SELECT {joined.columns(somebody=User)} FROM villages_user somebody WHERE somebody.id = %s"  # noqa: S608


@cache
def _posts_with_their_places() -> str:
    """What `current` says, with the places it lies in: asked by every page, so written out."""
    found = joined.columns(post=Appointment, township=Township, village=Village, above=Township, unit=Unit)
    return f"""
        SELECT {found} FROM villages_appointment post
          LEFT JOIN villages_township township ON township.id = post.township_id
          LEFT JOIN villages_village village ON village.id = post.village_id
          LEFT JOIN villages_township above ON above.id = village.township_id
          LEFT JOIN villages_unit unit ON unit.id = post.unit_id
         WHERE post.user_id = %s AND post.begins_on <= %s AND (post.ends_on IS NULL OR post.ends_on >= %s)
         ORDER BY post.id
    """  # noqa: S608 - names of columns


@cache
def _villages_of_a_post() -> str:
    return f"""
        SELECT {joined.columns(village=Village, township=Township)} FROM villages_appointment_villages covered
          JOIN villages_village village ON village.id = covered.village_id
          JOIN villages_township township ON township.id = village.township_id
         WHERE covered.appointment_id = %s ORDER BY village.code
    """  # noqa: S608 - names of columns


def _in_force(user: User, day: dt.date) -> Iterator[Appointment]:
    places = Appointment, Township, Village, Township, Unit
    for post, township, village, above, unit in joined.read(_posts_with_their_places(), [user.pk, day, day], *places):
        if village:
            village.township = above
        post.user, post.township, post.village, post.unit = user, township, village, unit
        yield post


def _covered(post: Appointment) -> Iterator[Village]:
    for village, township in joined.read(_villages_of_a_post(), [post.pk], Village, Township):
        village.township = township
        yield village
