from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from qianjiang_portal.foundation.models import File
from villages import scope
from villages.models import Unit, User

READERS = frozenset({"clerk", "leader", "liaison", "district", "auditor"})

# The rule reaches over two tables: a decision is due on the day of its meeting or later.
NOT_BEFORE_MEETING = """
    IF EXISTS (SELECT 1 FROM demos_meeting m WHERE m.id = NEW.meeting_id AND NEW.due_on < m.held_on) THEN
        RAISE EXCEPTION 'demos_decision_is_due_after_its_meeting' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
NOT_AFTER_DECISIONS = """
    IF EXISTS (SELECT 1 FROM demos_decision d WHERE d.meeting_id = NEW.id AND d.due_on < NEW.held_on) THEN
        RAISE EXCEPTION 'demos_decision_is_due_after_its_meeting' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: Any) -> Self:
        """Joint meetings are for whoever works with them; a unit's own meeting for its liaison and the district."""
        if scope.places(user, {"district", "auditor"}).everywhere:
            return self
        if not scope.holds(user, *READERS):
            return self.none()
        return self.filter(Q(unit__isnull=True) | Q(unit__in=scope.places(user, {"liaison"}).units))

    def of_year(self, year: int) -> Self:
        return self.annotate(day=Coalesce("held_on", "planned_on")).filter(day__year=year)


class Meeting(models.Model):
    """A joint meeting of the district, or a special one that a lead unit calls: planned for a day, then held."""

    class Kind(models.TextChoices):
        JOINT = "joint", "联席会议"
        SPECIAL = "special", "专题会"

    kind = models.CharField("类型", max_length=7, choices=Kind)
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name="牵头单位", null=True, blank=True, related_name="meetings"
    )
    planned_on = models.DateField("计划日期", null=True, blank=True)
    held_on = models.DateField("召开日期", null=True, blank=True)
    place = models.CharField("地点", max_length=60, blank=True)
    host = models.CharField("主持", max_length=30, blank=True)
    topic = models.CharField("议题", max_length=200, blank=True)
    attendees = models.ManyToManyField(Unit, verbose_name="参会单位", blank=True, related_name="+")
    minutes = models.TextField("纪要", max_length=4000, blank=True)
    # What the page it was entered on is called by; meetings from before pages had a name have none.
    key = models.UUIDField(null=True, unique=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="joint", unit__isnull=True) | Q(kind="special", unit__isnull=False),
                name="demos_special_meeting_has_its_unit",
            ),
            models.CheckConstraint(
                condition=Q(planned_on__isnull=False) | Q(held_on__isnull=False), name="demos_meeting_has_a_day"
            ),
        ]
        indexes = [models.Index(fields=["unit", "held_on"], name="demos_meeting_unit_idx")]
        triggers = [
            pgtrigger.Trigger(
                name="not_after_decisions", when=pgtrigger.Before, operation=pgtrigger.Update, func=NOT_AFTER_DECISIONS
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit or '全区'}{self.get_kind_display()}"

    @property
    def title(self) -> str:
        return f"{self.unit.name} {self.get_kind_display()}" if self.unit else self.get_kind_display()


# Minutes are of a meeting that was held. A wrong paper is withdrawn once, and nothing else about it changes.
PAPER_STANDS = """
    BEGIN
        IF TG_OP = 'INSERT' AND NOT EXISTS (
            SELECT 1 FROM demos_meeting m WHERE m.id = NEW.meeting_id AND m.held_on IS NOT NULL) THEN
            RAISE EXCEPTION 'demos_minutes_are_of_a_meeting_that_was_held' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
            OR ROW(NEW.meeting_id, NEW.file_id, NEW.caption, NEW.made_by_id, NEW.made_at)
            IS DISTINCT FROM ROW(OLD.meeting_id, OLD.file_id, OLD.caption, OLD.made_by_id, OLD.made_at)) THEN
            RAISE EXCEPTION 'demos_meeting_paper_stands' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""


class MeetingPaperQuerySet(models.QuerySet["MeetingPaper"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(meeting__in=Meeting.objects.visible_to(user).values("pk"))

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class MeetingPaper(models.Model):
    """The signed minutes, the list of who was there, or another paper of a meeting, as a file."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="papers")
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    caption = models.CharField("名称", max_length=40)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("上传时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)

    objects = MeetingPaperQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议文件"
        constraints = [models.CheckConstraint(condition=~Q(caption=""), name="demos_meeting_paper_has_a_name")]
        triggers = [
            pgtrigger.Trigger(
                name="paper_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=PAPER_STANDS,
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.caption


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: Any) -> Self:
        """What a meeting decided is for whoever sees the meeting, and for the unit that has to do it."""
        meetings = Meeting.objects.visible_to(user).values("pk")
        return self.filter(Q(meeting__in=meetings) | Q(unit__in=scope.places(user, {"liaison"}).units))

    def open(self) -> Self:
        return self.filter(done_on__isnull=True)


class Decision(models.Model):
    """What a meeting decided: who does it, by when, and what came of it."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="decisions")
    text = models.CharField("决定事项", max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="责任单位", related_name="decisions")
    due_on = models.DateField("期限")
    done_on = models.DateField("办结日期", null=True, blank=True)
    result = models.CharField("办理结果", max_length=200, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "决定事项"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on__isnull=True) | ~Q(result=""), name="demos_done_decision_has_a_result"
            )
        ]
        indexes = [models.Index(F("unit"), F("due_on"), condition=Q(done_on=None), name="demos_decision_open_idx")]
        triggers = [
            pgtrigger.Trigger(
                name="not_before_meeting",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=NOT_BEFORE_MEETING,
            )
        ]

    def __str__(self) -> str:
        return self.text
