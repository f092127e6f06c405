from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import Q

from villages import scope
from villages.models.people import User
from villages.models.places import Township, Village
from villages.models.posts import READERS, Post

# What a grade says about somebody is read by those who answer for the township, not by everybody who sees the village.
GRADE_READERS = frozenset({"leader", "district", "auditor"})

# A training has taken place, in a village of its township; it is taken back once, with a reason, and else stands.
TRAINING_STANDS = """
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'villages_training_is_taken_back_not_deleted' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.held_on > (NEW.made_at AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'villages_training_has_taken_place' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.village_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM villages_village v WHERE v.id = NEW.village_id AND v.township_id = NEW.township_id) THEN
            RAISE EXCEPTION 'villages_training_lies_in_its_township' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
            OR ROW(NEW.township_id, NEW.village_id, NEW.topic, NEW.held_on, NEW.hours, NEW.organiser, NEW.made_by_id,
                NEW.made_at) IS DISTINCT FROM ROW(OLD.township_id, OLD.village_id, OLD.topic, OLD.held_on, OLD.hours,
                OLD.organiser, OLD.made_by_id, OLD.made_at)) THEN
            RAISE EXCEPTION 'villages_training_stands' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""

# Whoever attended served that day in the place the training was for.
ATTENDED_IN_TERM = """
    IF NOT EXISTS (
        SELECT 1 FROM villages_training t
        JOIN villages_post p ON p.id = NEW.post_id
        LEFT JOIN villages_village v ON v.id = p.village_id
        WHERE t.id = NEW.training_id AND t.withdrawn_at IS NULL
          AND coalesce(p.township_id, v.township_id) = t.township_id
          AND (t.village_id IS NULL OR t.village_id = p.village_id)
          AND p.begins_on <= t.held_on AND (p.ends_on IS NULL OR p.ends_on >= t.held_on)
    ) THEN
        RAISE EXCEPTION 'villages_attended_while_in_office' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# A grade is for a year somebody served in, given by whom the duty answers to, not before the year and not after today.
APPRAISAL_STANDS = """
    DECLARE post villages_post%ROWTYPE;
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'villages_appraisal_is_taken_back_not_deleted' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
            OR ROW(NEW.post_id, NEW.year, NEW.grade, NEW.given_by, NEW."on", NEW.note, NEW.made_by_id, NEW.made_at)
            IS DISTINCT FROM ROW(OLD.post_id, OLD.year, OLD.grade, OLD.given_by, OLD."on", OLD.note, OLD.made_by_id,
                OLD.made_at)) THEN
            RAISE EXCEPTION 'villages_appraisal_stands' USING ERRCODE = 'check_violation';
        END IF;
        SELECT * INTO post FROM villages_post WHERE id = NEW.post_id;
        IF post.begins_on > make_date(NEW.year, 12, 31)
            OR post.ends_on IS NOT NULL AND post.ends_on < make_date(NEW.year, 1, 1) THEN
            RAISE EXCEPTION 'villages_appraised_for_a_year_of_the_term' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW."on" < make_date(NEW.year, 1, 1) OR NEW."on" > (NEW.made_at AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'villages_appraised_by_now' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.given_by <> (CASE
            WHEN post.kind IN ('first', 'direct', 'team', 'staff') THEN 'district'
            WHEN post.kind IN ('council', 'board', 'supervisors', 'oversight') THEN 'villagers'
            ELSE 'township' END) THEN
            RAISE EXCEPTION 'villages_appraised_by_whom_it_answers_to' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""


class TrainingQuerySet(models.QuerySet["Training"]):
    def visible_to(self, user: Any) -> Self:
        """A township's own for whoever holds the whole township, a village's for whoever sees the village."""
        places = scope.places(user, READERS)
        if places.everywhere:
            return self
        whole = Q(township__in=places.townships)
        return self.filter(whole | Q(village__isnull=False) & places.as_q("village"))

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class Training(models.Model):
    """干部培训: what was taught when, for how long and by whom, to the people of a township or of one village."""

    township = models.ForeignKey(Township, models.PROTECT, verbose_name="乡镇街道", related_name="+")
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", null=True, blank=True, related_name="+")
    topic = models.CharField("主题", max_length=60)
    held_on = models.DateField("日期")
    hours = models.DecimalField("学时", max_digits=4, decimal_places=1)
    organiser = models.CharField("主办", max_length=40)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_why = models.CharField("撤下原因", max_length=60, blank=True)
    people = models.ManyToManyField(Post, through="Attended", related_name="trainings")

    objects = TrainingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "干部培训"
        constraints = [
            models.CheckConstraint(condition=~Q(topic="") & ~Q(organiser=""), name="villages_training_is_told"),
            models.CheckConstraint(condition=Q(hours__gt=0, hours__lte=200), name="villages_training_took_hours"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_why="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
                name="villages_training_is_taken_back_with_a_reason",
            ),
            models.UniqueConstraint(
                fields=["township", "village", "topic", "held_on"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="villages_training_is_entered_once",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="training_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=TRAINING_STANDS,
            ),
        ]
        indexes = [models.Index(fields=["township", "-held_on"], name="villages_training_day_idx")]

    def __str__(self) -> str:
        return f"{self.held_on} {self.topic}"

    @property
    def place_name(self) -> str:
        return self.village.full_name if self.village else self.township.name


class Attended(models.Model):
    """Somebody with a post was there."""

    training = models.ForeignKey(Training, models.PROTECT, related_name="attended")
    post = models.ForeignKey(Post, models.PROTECT, related_name="attended")

    class Meta:
        verbose_name = verbose_name_plural = "参加培训"
        constraints = [models.UniqueConstraint(fields=["training", "post"], name="villages_attended_once")]
        triggers = [
            pgtrigger.Trigger(name="in_term", when=pgtrigger.Before, operation=pgtrigger.Insert, func=ATTENDED_IN_TERM),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.training_id}: {self.post_id}"


class AppraisalQuerySet(models.QuerySet["Appraisal"]):
    def visible_to(self, user: Any) -> Self:
        places = scope.places(user, GRADE_READERS)
        if places.everywhere:
            return self
        return self.filter(places.as_q("post__village") | Q(post__township__in=places.townships))

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class Appraisal(models.Model):
    """年度考核: how somebody with a post did in a year, by whom the duty answers to."""

    class Grade(models.TextChoices):
        EXCELLENT = "excellent", "优秀"
        GOOD = "good", "称职"
        FAIR = "fair", "基本称职"
        POOR = "poor", "不称职"

    class By(models.TextChoices):
        DISTRICT = "district", "区级"
        TOWNSHIP = "township", "乡镇街道党（工）委"
        VILLAGERS = "villagers", "村民代表会议"

    post = models.ForeignKey(Post, models.PROTECT, related_name="appraisals")
    year = models.PositiveSmallIntegerField("年度")
    grade = models.CharField("等次", max_length=10, choices=Grade)
    given_by = models.CharField("由谁考核", max_length=10, choices=By)
    on = models.DateField("考核日期")
    note = models.CharField("说明", max_length=120, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_why = models.CharField("撤下原因", max_length=60, blank=True)

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度考核"
        constraints = [
            models.CheckConstraint(
                condition=Q(grade__in=("excellent", "good", "fair")) | Q(grade="poor") & ~Q(note=""),
                name="villages_poor_grade_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_why="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
                name="villages_appraisal_is_taken_back_with_a_reason",
            ),
            models.UniqueConstraint(
                fields=["post", "year"],
                condition=Q(withdrawn_at__isnull=True),
                name="villages_one_appraisal_a_year",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="appraisal_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=APPRAISAL_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post}{self.year}年{self.get_grade_display()}"

    @staticmethod
    def by_whom(post: Post) -> "Appraisal.By":
        """Whom a post answers to: the township's own to the district, seats in bodies to the villagers."""
        if post.kind in Post.OF_TOWNSHIP:
            return Appraisal.By.DISTRICT
        return Appraisal.By.VILLAGERS if post.kind in Post.OF_BODIES else Appraisal.By.TOWNSHIP
