from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reports.models.circulars import RECEIVERS, Named, counted, of_one
from villages import scope
from villages.models import Village

# What was handed in waits unchanged; what was adopted never changes, and a case begins as a draft.
CASE_STANDS = """
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'draft' THEN
                RAISE EXCEPTION 'reports_case_begins_as_a_draft' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF OLD.state = 'adopted' OR (TG_OP = 'DELETE' AND OLD.state <> 'draft') THEN
            RAISE EXCEPTION 'reports_handed_in_case_stays' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF NEW.state = 'adopted' AND OLD.state <> 'submitted' THEN
            RAISE EXCEPTION 'reports_case_is_adopted_as_handed_in' USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state = 'submitted' AND ROW(NEW.title, NEW.theme, NEW.situation, NEW.practice, NEW.effect, NEW.lesson,
            NEW.township_id, NEW.unit_id, NEW.village_id) IS DISTINCT FROM ROW(OLD.title, OLD.theme, OLD.situation,
            OLD.practice, OLD.effect, OLD.lesson, OLD.township_id, OLD.unit_id, OLD.village_id) THEN
            RAISE EXCEPTION 'reports_handed_in_case_does_not_change' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""
# The sections of a case, in the order of its paper.
SECTIONS = {"situation": "基本情况", "practice": "主要做法", "effect": "取得成效", "lesson": "经验启示"}
LONGEST = 4000


class CaseStudyQuerySet(models.QuerySet["CaseStudy"]):
    def visible_to(self, user: Any) -> Self:
        """What was adopted is for all who hand in; one's own in every state; the district reads what was handed in."""
        if scope.places(user, scope.EVERYWHERE).everywhere:
            return self.exclude(state="draft")
        places = scope.places(user, RECEIVERS)
        if not (places.townships or places.units):
            return self.none()
        return self.filter(of_one(places) | Q(state="adopted"))


class CaseStudy(Named):
    """典型案例: what a township or unit has done well, written for others; the district adopts it or sends it back."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已报送"
        RETURNED = "returned", "已退回"
        ADOPTED = "adopted", "已采用"

    class Theme(models.TextChoices):
        POINTS = "points", "积分制"
        LIST = "list", "清单制"
        GRID = "grid", "网格治理"
        YARD = "yard", "院坝议事"
        CUSTOM = "custom", "移风易俗"
        ECONOMY = "economy", "集体经济"
        OTHER = "other", "别的"

    village = models.ForeignKey(Village, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField("标题", max_length=60)
    theme = models.CharField("主题", max_length=10, choices=Theme)
    situation = models.TextField("基本情况", max_length=LONGEST, blank=True)
    practice = models.TextField("主要做法", max_length=LONGEST, blank=True)
    effect = models.TextField("取得成效", max_length=LONGEST, blank=True)
    lesson = models.TextField("经验启示", max_length=LONGEST, blank=True)
    version = models.PositiveIntegerField("稿次", default=1, db_default=1, editable=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="起草", related_name="+")
    made_at = models.DateTimeField("起草时间")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="报送", related_name="+"
    )
    submitted_at = models.DateTimeField("报送时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="区级经办", related_name="+"
    )
    decided_at = models.DateTimeField("退回或采用时间", null=True, blank=True)
    reason = models.CharField("退回原因", max_length=200, blank=True)
    number = models.CharField("案例编号", max_length=20, null=True, blank=True, unique=True)

    objects = CaseStudyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "典型案例"
        constraints = [
            models.CheckConstraint(
                condition=Q(township__isnull=True, village__isnull=True, unit__isnull=False)
                | Q(township__isnull=False, unit__isnull=True),
                name="reports_case_comes_from_a_township_or_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(submitted_by__isnull=False, submitted_at__isnull=False)
                & ~Q(situation="")
                & ~Q(practice="")
                & ~Q(effect="")
                & ~Q(lesson=""),
                name="reports_case_handed_in_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(reason=""), name="reports_case_sent_back_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state="adopted", number__isnull=False, decided_at__isnull=False)
                | ~Q(state="adopted") & Q(number__isnull=True),
                name="reports_adopted_case_has_its_number",
            ),
            models.CheckConstraint(
                condition=~Q(state="adopted") | ~Q(decided_by=F("submitted_by")),
                name="reports_nobody_adopts_what_they_handed_in",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="case_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=CASE_STANDS,
            ),
            counted("title", "theme", "village_id", *SECTIONS),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether its text may be changed."""
        return self.state in (self.State.DRAFT, self.State.RETURNED)

    @property
    def place_name(self) -> str:
        return self.village.full_name if self.village else self.sender.name

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Heading and text of each section."""
        return [(label, getattr(self, name)) for name, label in SECTIONS.items()]
