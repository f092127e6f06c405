from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from qianjiang_portal.foundation.models import File
from villages import scope
from villages.models.people import User
from villages.models.places import Village

READERS = frozenset({"clerk", "leader", "reviewer", "liaison", "district", "auditor"})

# Text and adoption stand as the meeting passed them; only the filing is written later, once.
STANDS = """
    IF (OLD.village_id, OLD.version, OLD.text, OLD.file_id, OLD.meeting, OLD.adopted_on, OLD.expected, OLD.attended,
        OLD.agreed, OLD.record, OLD.effective_on, OLD.made_by_id, OLD.made_at)
        IS DISTINCT FROM (NEW.village_id, NEW.version, NEW.text, NEW.file_id, NEW.meeting, NEW.adopted_on, NEW.expected,
        NEW.attended, NEW.agreed, NEW.record, NEW.effective_on, NEW.made_by_id, NEW.made_at)
        OR OLD.filed_on IS NOT NULL
    THEN
        RAISE EXCEPTION 'villages_adopted_charter_stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class CharterQuerySet(models.QuerySet["Charter"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, READERS))

    def newest_first(self) -> Self:
        return self.order_by("village__code", "-version")


class Charter(models.Model):
    """村规民约, one version: what the villagers' meeting passed, from when it holds, and when the township filed it."""

    class Meeting(models.TextChoices):
        ALL = "all", "村民会议"
        DELEGATES = "delegates", "村民代表会议"

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="charters")
    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField("条文", blank=True, max_length=20000)
    file = models.ForeignKey(File, models.PROTECT, verbose_name="文件", null=True, blank=True, related_name="+")
    meeting = models.CharField("会议", max_length=10, choices=Meeting)
    adopted_on = models.DateField("通过日期")
    expected = models.PositiveIntegerField("应到")
    attended = models.PositiveIntegerField("到会")
    agreed = models.PositiveIntegerField("同意")
    record = models.CharField("会议记录编号", max_length=40, blank=True)
    effective_on = models.DateField("施行日期")
    filed_on = models.DateField("备案日期", null=True, blank=True)
    filed_number = models.CharField("备案编号", max_length=40, blank=True)
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = CharterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "村规民约"
        constraints = [
            models.UniqueConstraint(fields=["village", "version"], name="villages_charter_version_is_unique"),
            models.CheckConstraint(condition=~Q(text="") | Q(file__isnull=False), name="villages_charter_has_its_text"),
            models.CheckConstraint(
                condition=Q(agreed__lte=F("attended"), attended__lte=F("expected"), attended__lt=F("agreed") * 2)
                & (
                    Q(meeting="all", expected__lt=F("attended") * 2)
                    | Q(meeting="delegates", expected__lte=F("attended") * 3 / 2)
                ),
                name="villages_charter_was_carried_by_its_meeting",
            ),
            models.CheckConstraint(
                condition=Q(effective_on__gte=F("adopted_on")), name="villages_charter_holds_after_it_was_passed"
            ),
            models.CheckConstraint(
                condition=Q(filed_on__isnull=True, filed_number="", filed_by__isnull=True)
                | Q(filed_on__gte=F("adopted_on"), filed_by__isnull=False) & ~Q(filed_number=""),
                name="villages_filed_charter_has_day_and_number",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="stands", when=pgtrigger.Before, operation=pgtrigger.Update, func=STANDS),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.village.full_name}村规民约第 {self.version} 版"
