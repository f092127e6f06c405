from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from reports.models.summaries import Sender
from villages import scope
from villages.models import Township, Unit, Village

# A circular goes to whole townships and to units: whoever enters or leads there, and a unit's liaison.
RECEIVERS = frozenset({"leader", "clerk", "liaison"})

# What was issued stands. It names something to mend, no earlier than it was issued, by somebody who receives it.
ISSUED_STANDS = """
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state = 'issued' THEN
                RAISE EXCEPTION 'reports_circular_begins_as_a_draft' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF OLD.state = 'issued' THEN
            RAISE EXCEPTION 'reports_issued_circular_never_changes' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF NEW.state = 'issued' AND NOT EXISTS (SELECT 1 FROM reports_finding f WHERE f.circular_id = NEW.id) THEN
            RAISE EXCEPTION 'reports_circular_names_something' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.state = 'issued' AND EXISTS (
            SELECT 1 FROM reports_finding f WHERE f.circular_id = NEW.id
            AND f.due_on < (NEW.issued_at AT TIME ZONE 'Asia/Shanghai')::date
        ) THEN
            RAISE EXCEPTION 'reports_finding_is_not_due_before_it_is_told' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.state = 'issued' AND EXISTS (
            SELECT 1 FROM reports_finding f WHERE f.circular_id = NEW.id AND NOT EXISTS (
                SELECT 1 FROM reports_circularreceiver r WHERE r.circular_id = NEW.id
                AND r.township_id IS NOT DISTINCT FROM f.township_id AND r.unit_id IS NOT DISTINCT FROM f.unit_id)
        ) THEN
            RAISE EXCEPTION 'reports_named_place_receives_the_circular' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""

FINDING_STANDS = """
    DECLARE
        state text;
    BEGIN
        SELECT c.state INTO state FROM reports_circular c
            WHERE c.id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.circular_id ELSE NEW.circular_id END);
        IF state = 'issued' AND (TG_OP <> 'UPDATE' OR ROW(NEW.circular_id, NEW.position, NEW.township_id,
            NEW.village_id, NEW.unit_id, NEW.text, NEW.due_on) IS DISTINCT FROM ROW(OLD.circular_id, OLD.position,
            OLD.township_id, OLD.village_id, OLD.unit_id, OLD.text, OLD.due_on)) THEN
            RAISE EXCEPTION 'reports_issued_finding_never_changes' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF NEW.village_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM villages_village v WHERE v.id = NEW.village_id AND v.township_id = NEW.township_id
        ) THEN
            RAISE EXCEPTION 'reports_finding_goes_to_the_villages_township' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""

RECEIPT_STANDS = """
    DECLARE
        state text;
    BEGIN
        SELECT c.state INTO state FROM reports_circular c
            WHERE c.id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.circular_id ELSE NEW.circular_id END);
        IF state = 'issued' AND (TG_OP <> 'UPDATE' OR OLD.read_at IS NOT NULL OR
            ROW(NEW.circular_id, NEW.township_id, NEW.unit_id)
            IS DISTINCT FROM ROW(OLD.circular_id, OLD.township_id, OLD.unit_id)) THEN
            RAISE EXCEPTION 'reports_receipt_stands' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF NEW.read_at IS NOT NULL AND state <> 'issued' THEN
            RAISE EXCEPTION 'reports_nobody_reads_a_draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""
EVERY_CHANGE = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete


def counted(*columns: str) -> pgtrigger.Trigger:
    """What a draft says in these columns makes another version when it changes, whoever writes it."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    return pgtrigger.Trigger(
        name="text_is_counted",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"NEW.version := OLD.version + (ROW({new}) IS DISTINCT FROM ROW({old}))::int; RETURN NEW;",
    )


def of_one(places: scope.Places, lead: str = "") -> Q:
    return Q(**{f"{lead}township__in": places.townships}) | Q(**{f"{lead}unit__in": places.units})


class CircularQuerySet(models.QuerySet["Circular"]):
    def visible_to(self, user: Any) -> Self:
        """The district reads all; a township or unit what was sent to it."""
        if scope.places(user, scope.EVERYWHERE).everywhere:
            return self
        return self.filter(state="issued", pk__in=CircularReceiver.objects.visible_to(user).values("circular"))


class Circular(models.Model):
    """督查通报: what an inspection found, place by place, told to those it is sent to. What is issued never changes."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        ISSUED = "issued", "已印发"

    class Audience(models.TextChoices):
        NAMED = "named", "通报里的单位"
        ALL = "all", "全部乡镇街道和成员单位"

    subject = models.CharField("事由", max_length=60)
    inspected_from = models.DateField("督查开始日期")
    inspected_to = models.DateField("督查结束日期")
    inspectors = models.CharField("督查人员", max_length=60)
    text = models.TextField("总体情况", max_length=4000)
    audience = models.CharField("发送范围", max_length=5, choices=Audience, default=Audience.NAMED)
    state = models.CharField("状态", max_length=6, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField("稿次", default=1, db_default=1, editable=False)
    number = models.CharField("发文字号", max_length=30, null=True, blank=True, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="起草", related_name="+")
    made_at = models.DateTimeField("起草时间")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="印发", related_name="+"
    )
    issued_at = models.DateTimeField("印发时间", null=True, blank=True)

    objects = CircularQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督查通报"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True, issued_at__isnull=True, issued_by__isnull=True)
                | Q(state="issued", number__isnull=False, issued_at__isnull=False, issued_by__isnull=False),
                name="reports_issued_circular_has_its_number",
            ),
            models.CheckConstraint(
                condition=Q(inspected_to__gte=models.F("inspected_from")), name="reports_inspection_ends_after_it_began"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="issued_stands", when=pgtrigger.Before, operation=EVERY_CHANGE, func=ISSUED_STANDS),
            counted("subject", "inspected_from", "inspected_to", "inspectors", "text", "audience"),
        ]

    def __str__(self) -> str:
        return self.number or self.subject

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def title(self) -> str:
        return f"关于{self.subject}的通报"


class Named(models.Model):
    """A township or a unit, exactly one of the two."""

    township = models.ForeignKey(Township, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def sender(self) -> Sender:
        return Sender(self.township, self.unit)


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: Any) -> Self:
        """The district all of them; a township or unit what was found with itself, once it is told."""
        if scope.places(user, scope.EVERYWHERE).everywhere:
            return self
        return self.filter(of_one(scope.places(user, RECEIVERS)), circular__state="issued")


class Finding(Named):
    """One problem that an inspection found: where, what, and until when it is to be mended."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="findings")
    position = models.PositiveSmallIntegerField("序号")
    village = models.ForeignKey(Village, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField("问题", max_length=300)
    due_on = models.DateField("整改期限")

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督查发现的问题"
        constraints = [
            models.UniqueConstraint(fields=["circular", "position"], name="reports_finding_has_its_place"),
            models.CheckConstraint(
                condition=Q(township__isnull=True, village__isnull=True, unit__isnull=False)
                | Q(township__isnull=False, unit__isnull=True),
                name="reports_finding_is_with_a_township_or_a_unit",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="reports_finding_says_what"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="finding_stands", when=pgtrigger.Before, operation=EVERY_CHANGE, func=FINDING_STANDS
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_name}：{self.text}"

    @property
    def place_name(self) -> str:
        return self.village.full_name if self.village else self.sender.name


class CircularReceiverQuerySet(models.QuerySet["CircularReceiver"]):
    def visible_to(self, user: Any) -> Self:
        if scope.places(user, scope.EVERYWHERE).everywhere:
            return self
        return self.filter(of_one(scope.places(user, RECEIVERS)))


class CircularReceiver(Named):
    """A township or unit that a circular is sent to, and who signed for it."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="receivers")
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="签收", related_name="+"
    )
    read_at = models.DateTimeField("签收时间", null=True, blank=True)

    objects = CircularReceiverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报的接收单位"
        constraints = [
            models.UniqueConstraint(
                fields=["circular", "township", "unit"], nulls_distinct=False, name="reports_circular_is_sent_once"
            ),
            models.CheckConstraint(
                condition=Q(township__isnull=True, unit__isnull=False) | Q(township__isnull=False, unit__isnull=True),
                name="reports_receiver_is_a_township_or_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(read_by__isnull=True, read_at__isnull=True)
                | Q(read_by__isnull=False, read_at__isnull=False),
                name="reports_receipt_says_who_and_when",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="receipt_stands", when=pgtrigger.Before, operation=EVERY_CHANGE, func=RECEIPT_STANDS
            ),
        ]

    def __str__(self) -> str:
        return f"{self.circular} {self.sender.name}"
