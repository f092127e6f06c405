from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from reports.models.cases import CaseStudy
from reports.models.circulars import RECEIVERS, of_one
from reports.models.summaries import Sender
from villages import scope
from villages.models import Township, Unit, Village

# What is printed tomorrow is no publicity yet; a record is taken back once and else never changes.
PUBLICITY_STANDS = """
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'reports_publicity_is_taken_back_not_deleted' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW."on" > (NEW.made_at AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'reports_publicity_has_appeared' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL OR ROW(NEW.title, NEW.media, NEW.kind, NEW.level,
            NEW.link, NEW."on", NEW.township_id, NEW.unit_id, NEW.village_id) IS DISTINCT FROM ROW(OLD.title, OLD.media,
            OLD.kind, OLD.level, OLD.link, OLD."on", OLD.township_id, OLD.unit_id, OLD.village_id)) THEN
            RAISE EXCEPTION 'reports_publicity_stands' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""


class PublicityQuerySet(models.QuerySet["Publicity"]):
    def visible_to(self, user: Any) -> Self:
        """The district all of it, others their own township's or unit's."""
        if scope.places(user, scope.EVERYWHERE).everywhere:
            return self
        return self.filter(of_one(scope.places(user, RECEIVERS)))

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class Publicity(models.Model):
    """宣传报道: what a medium printed, sent or posted about the work of a place. Without one it is the district's."""

    class Kind(models.TextChoices):
        PRINT = "print", "报刊"
        AIR = "air", "广播电视"
        NEW = "new", "新媒体"

    class Level(models.TextChoices):
        NATION = "nation", "国家级"
        CITY = "city", "市级"
        DISTRICT = "district", "区级"
        TOWN = "town", "镇村"

    township = models.ForeignKey(Township, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    village = models.ForeignKey(Village, models.PROTECT, null=True, blank=True, related_name="+")
    case = models.ForeignKey(CaseStudy, models.PROTECT, null=True, blank=True, related_name="publicity")
    title = models.CharField("标题", max_length=100)
    media = models.CharField("媒体", max_length=60)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    level = models.CharField("级别", max_length=10, choices=Level)
    link = models.CharField("链接或版面", max_length=300)
    on = models.DateField("日期")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记", related_name="+")
    made_at = models.DateTimeField("登记时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)

    objects = PublicityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "宣传报道"
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(township__isnull=True, village__isnull=True),
                name="reports_publicity_is_of_one_place",
            ),
            models.CheckConstraint(
                condition=Q(village__isnull=True) | Q(township__isnull=False), name="reports_publicity_has_the_township"
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(link=""), name="reports_publicity_can_be_found_again"),
            models.CheckConstraint(
                condition=~Q(kind="new") | Q(link__regex=r"^https?://[^[:space:]]+$"),
                name="reports_publicity_online_has_its_address",
            ),
            models.UniqueConstraint(
                fields=["media", "link", "on", "township", "unit"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="reports_publicity_is_noted_once",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="publicity_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=PUBLICITY_STANDS,
            ),
        ]
        indexes = [models.Index(fields=["-on"], name="reports_publicity_on_idx")]

    def __str__(self) -> str:
        return self.title

    @property
    def sender(self) -> Sender:
        return Sender(self.township, self.unit)

    @property
    def place_name(self) -> str:
        return self.village.full_name if self.village else self.sender.name

    @property
    def is_online(self) -> bool:
        return self.link.startswith(("http://", "https://"))
