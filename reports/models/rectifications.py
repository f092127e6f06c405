from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from qianjiang_portal.foundation.models import File
from reports.models.circulars import Finding

# What was reported stands; a problem that is closed takes no more, and nobody mends what was never told.
RECTIFICATION_STANDS = """
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'reports_rectification_stays' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'UPDATE' AND (OLD.decided_at IS NOT NULL OR
            ROW(NEW.finding_id, NEW.text, NEW.made_by_id, NEW.made_at)
            IS DISTINCT FROM ROW(OLD.finding_id, OLD.text, OLD.made_by_id, OLD.made_at)) THEN
            RAISE EXCEPTION 'reports_rectification_stands' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'INSERT' AND NOT EXISTS (
            SELECT 1 FROM reports_finding f JOIN reports_circular c ON c.id = f.circular_id
            WHERE f.id = NEW.finding_id AND c.state = 'issued'
        ) THEN
            RAISE EXCEPTION 'reports_only_what_was_told_is_mended' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'INSERT' AND EXISTS (
            SELECT 1 FROM reports_rectification r WHERE r.finding_id = NEW.finding_id AND r.is_accepted
        ) THEN
            RAISE EXCEPTION 'reports_closed_finding_takes_no_more' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""


class RectificationQuerySet(models.QuerySet["Rectification"]):
    def visible_to(self, user: Any) -> Self:
        """Whoever sees the problem sees how it was mended."""
        return self.filter(finding__in=Finding.objects.visible_to(user))

    def waiting(self) -> Self:
        return self.filter(decided_at__isnull=True)


class Rectification(models.Model):
    """整改: what a township or unit did about a problem, and whether the district took it as done."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="rectifications")
    text = models.CharField("整改情况", max_length=1000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="报送", related_name="+")
    made_at = models.DateTimeField("报送时间")
    is_accepted = models.BooleanField("销号", null=True, blank=True)
    reason = models.CharField("退回原因", max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="核对", related_name="+"
    )
    decided_at = models.DateTimeField("核对时间", null=True, blank=True)

    objects = RectificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改"
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], condition=Q(decided_at__isnull=True), name="reports_one_rectification_waits"
            ),
            models.CheckConstraint(
                condition=Q(is_accepted__isnull=True, decided_by__isnull=True, decided_at__isnull=True, reason="")
                | Q(is_accepted=True, decided_by__isnull=False, decided_at__isnull=False, reason="")
                | Q(is_accepted=False, decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
                name="reports_rectification_sent_back_says_why",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("made_by")),
                name="reports_nobody_closes_what_they_mended",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="reports_rectification_says_what"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rectification_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=RECTIFICATION_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finding} {self.text}"


class RectificationFile(models.Model):
    """A photograph or PDF that shows it."""

    rectification = models.ForeignKey(Rectification, models.PROTECT, related_name="files")
    file = models.OneToOneField(File, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "整改的佐证"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.file.name
