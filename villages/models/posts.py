import datetime as dt
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from qianjiang_portal.foundation.personal import PhoneField, phone_check
from villages import scope
from villages.models.places import TO_AN_OPEN_VILLAGE, Township, Village

READERS = frozenset({"clerk", "leader", "reviewer", "liaison", "district", "auditor"})


class Term(Func):
    """The days of a term, first and last counted; open where there is no end."""

    function = "DATERANGE"
    output_field = DateRangeField()


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: Any) -> Self:
        """A township's own people for whoever holds the whole township, a village's for whoever sees the village."""
        places = scope.places(user, READERS)
        if places.everywhere:
            return self
        return self.filter(places.as_q("village") | Q(township__in=places.townships))

    def on(self, day: dt.date) -> Self:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), begins_on__lte=day)

    def of_township(self, township: Township) -> Self:
        return self.filter(Q(township=township) | Q(village__township=township))


class Post(models.Model):
    """Somebody with a duty in a township or a village, or a seat in one of its bodies, for a term.

    It opens nothing: what an account may do is said by appointments.
    """

    class Kind(models.TextChoices):
        FIRST = "first", "第一责任人"
        DIRECT = "direct", "直接责任人"
        TEAM = "team", "专班成员"
        STAFF = "staff", "专人"
        SECRETARY = "secretary", "驻村第一书记"
        LAW = "law", "法治带头人"
        MEDIATOR = "mediator", "人民调解员"
        KEEPER = "keeper", "网格员"
        COUNCIL = "council", "村民议事会"
        BOARD = "board", "村民理事会"
        SUPERVISORS = "supervisors", "村民监事会"
        OVERSIGHT = "oversight", "村务监督委员会"

    OF_TOWNSHIP = (Kind.FIRST, Kind.DIRECT, Kind.TEAM, Kind.STAFF)
    OF_BODIES = (Kind.COUNCIL, Kind.BOARD, Kind.SUPERVISORS, Kind.OVERSIGHT)
    # Held by one person at a time.
    SINGLE = (Kind.FIRST, Kind.DIRECT, Kind.SECRETARY)

    kind = models.CharField("职务", max_length=11, choices=Kind)
    township = models.ForeignKey(Township, models.PROTECT, verbose_name="乡镇街道", null=True, blank=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", null=True, blank=True, related_name="posts")
    name = models.CharField("姓名", max_length=30)
    title = models.CharField("分工", max_length=30, blank=True)
    phone = PhoneField("办公电话", max_length=30, blank=True)
    begins_on = models.DateField("开始")
    ends_on = models.DateField("任期到", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "职务"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("first", "direct", "team", "staff"), township__isnull=False, village__isnull=True)
                | ~Q(kind__in=("first", "direct", "team", "staff")) & Q(township__isnull=True, village__isnull=False),
                name="villages_post_place_suits_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("begins_on")),
                name="villages_post_ends_after_it_begins",
            ),
            phone_check("villages_post"),
            *(
                ExclusionConstraint(
                    name=f"villages_{place}_has_one_holder_of_a_post",
                    expressions=[
                        (place, RangeOperators.EQUAL),
                        ("kind", RangeOperators.EQUAL),
                        (
                            Term("begins_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                            RangeOperators.OVERLAPS,
                        ),
                    ],
                    condition=Q(kind__in=("first", "direct", "secretary")),
                )
                for place in ("township", "village")
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
        return f"{self.name} {self.place_name}{self.get_kind_display()}"

    @property
    def place_name(self) -> str:
        return self.township.name if self.township else self.village.full_name if self.village else ""
