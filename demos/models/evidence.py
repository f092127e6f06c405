import pgtrigger
from django.db import models
from django.db.models import F, Q

from demos.models.candidates import Candidate, OfCandidateQuerySet
from demos.models.programmes import Programme
from qianjiang_portal.foundation.models import File
from villages.models import User

# A score belongs to an item of the candidate's own standard, never passes its weight, and the township's is given by
# somebody else than the place's own.
SCORE_STANDS = """
    DECLARE
        most integer;
    BEGIN
        SELECT r.weight INTO most FROM demos_criterion r JOIN demos_candidate c ON c.standard_id = r.standard_id
            WHERE r.id = NEW.criterion_id AND c.id = NEW.candidate_id;
        IF most IS NULL OR NEW.points > most THEN
            RAISE EXCEPTION 'demos_score_is_within_the_weight' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM demos_score s WHERE s.candidate_id = NEW.candidate_id AND s.criterion_id = NEW.criterion_id
            AND s.made_by_id = NEW.made_by_id
            AND ((s."column" = 'self' AND NEW."column" = 'town') OR (s."column" = 'town' AND NEW."column" = 'self'))
        ) THEN
            RAISE EXCEPTION 'demos_township_scores_what_another_scored' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""


class Standard(models.Model):
    """The criteria of a programme, one version of them. Changing them makes the next version."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="standards")
    version = models.PositiveSmallIntegerField("版本")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = verbose_name_plural = "创建标准"
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="demos_standard_version_is_unique"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.programme.title}标准第 {self.version} 版"


class Criterion(models.Model):
    """One item: what is asked, how much it weighs, what proves it. A veto weighs nothing and stops everything."""

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="criteria")
    position = models.PositiveSmallIntegerField("序号")
    aspect = models.CharField("方面", max_length=20)
    text = models.CharField("要求", max_length=120)
    weight = models.PositiveSmallIntegerField("分值")
    needs_evidence = models.BooleanField("要材料", default=False)
    metric = models.CharField("系统数", max_length=60, blank=True)
    is_veto = models.BooleanField("一票否决", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "标准条目"
        constraints = [
            models.UniqueConstraint(fields=["standard", "position"], name="demos_criteria_stand_in_order"),
            models.UniqueConstraint(fields=["standard", "text"], name="demos_criterion_is_listed_once"),
            models.CheckConstraint(
                condition=Q(is_veto=True, weight=0) | Q(is_veto=False, weight__range=(1, 100)),
                name="demos_criterion_weighs_or_vetoes",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.position} {self.text}"


class Score(models.Model):
    """What an item was given, in one of three columns."""

    class Column(models.TextChoices):
        SELF = "self", "自评"
        TOWN = "town", "镇评"
        DISTRICT = "district", "区评"

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores")
    column = models.CharField("栏", max_length=8, choices=Column)
    points = models.PositiveSmallIntegerField("得分")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("评分时间")

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评分"
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "criterion", "column"], name="demos_item_is_scored_once_a_column"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="score_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=SCORE_STANDS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_column_display()} {self.points}"


class Evidence(models.Model):
    """What proves an item: which record it is, of which day, and where it is kept or the file itself."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="evidence")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="evidence")
    caption = models.CharField("材料", max_length=120)
    of = models.DateField("材料日期")
    kept_at = models.CharField("文号或存放处", max_length=60, blank=True)
    file = models.ForeignKey(File, models.PROTECT, verbose_name="文件", null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "材料"
        constraints = [
            models.CheckConstraint(
                condition=~Q(kept_at="") | Q(file__isnull=False), name="demos_evidence_is_somewhere"
            ),
        ]
        indexes = [models.Index(fields=["candidate", "criterion"], name="demos_evidence_item_idx")]

    def __str__(self) -> str:
        return self.caption


class Finding(models.Model):
    """Something on the negative list was found; while it is open the candidate goes nowhere."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="findings")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="findings")
    found_on = models.DateField("发现日期")
    text = models.CharField("情况", max_length=200)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    cleared_on = models.DateField("销号日期", null=True, blank=True)
    cleared = models.CharField("整改情况", max_length=200, blank=True)

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "负面清单"
        constraints = [
            models.CheckConstraint(
                condition=Q(cleared_on__isnull=True, cleared="") | Q(cleared_on__gte=F("found_on")) & ~Q(cleared=""),
                name="demos_cleared_finding_says_how",
            ),
            models.UniqueConstraint(
                fields=["candidate", "criterion"],
                condition=Q(cleared_on__isnull=True),
                name="demos_finding_is_open_once",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Inspection(models.Model):
    """What somebody saw on the spot. Never changed."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="inspections")
    on = models.DateField("日期")
    inspectors = models.CharField("检查人", max_length=60)
    text = models.CharField("情况", max_length=400)
    photo = models.ForeignKey(File, models.PROTECT, verbose_name="照片", null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "现场检查"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.on} {self.inspectors}"
