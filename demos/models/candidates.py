from functools import cache
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from demos.models.programmes import READERS, Programme, Stage
from qianjiang_portal.foundation import joined
from villages import scope
from villages.models import Township, User, Village

# What a candidate must keep to reaches over its programme: kind, stage and target.
FITS_ITS_PROGRAMME = """
    DECLARE
        wanted_kind text;
        wanted integer;
        stage_key text;
        others integer;
    BEGIN
        SELECT kind, hoped INTO wanted_kind, wanted FROM demos_programme WHERE id = NEW.programme_id;
        SELECT key INTO stage_key FROM demos_stage WHERE id = NEW.stage_id AND programme_id = NEW.programme_id;
        IF stage_key IS NULL THEN
            RAISE EXCEPTION 'demos_stage_is_of_the_programme' USING ERRCODE = 'check_violation';
        END IF;
        IF (wanted_kind = 'village') <> (NEW.village_id IS NOT NULL) THEN
            RAISE EXCEPTION 'demos_candidate_is_of_the_programmes_kind' USING ERRCODE = 'check_violation';
        END IF;
        SELECT count(*) INTO others FROM demos_candidate c JOIN demos_stage s ON s.id = c.stage_id
            WHERE c.programme_id = NEW.programme_id AND c.closed_on IS NULL AND c.id IS DISTINCT FROM NEW.id
            AND (TG_OP = 'INSERT' OR s.key IN ('recognised', 'care'));
        IF TG_OP = 'INSERT' AND others >= wanted AND NEW.beyond = '' THEN
            RAISE EXCEPTION 'demos_candidate_beyond_the_target_has_a_reason' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'UPDATE' AND NEW.closed_on IS NULL AND stage_key IN ('recognised', 'care') AND others >= wanted
        THEN
            RAISE EXCEPTION 'demos_no_more_are_recognised_than_hoped_for' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""
IN_ORDER = """
    IF EXISTS (SELECT 1 FROM demos_move m WHERE m.candidate_id = NEW.candidate_id AND m."on" > NEW."on") THEN
        RAISE EXCEPTION 'demos_move_is_not_before_the_last' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'advance' AND EXISTS (
        SELECT 1 FROM demos_stage s WHERE s.id = NEW.from_stage_id AND s.key = 'town'
    ) AND NEW.made_by_id = (
        SELECT m.made_by_id FROM demos_move m
        WHERE m.candidate_id = NEW.candidate_id AND m.to_stage_id = NEW.from_stage_id ORDER BY m.id DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'demos_township_review_is_passed_by_another' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def seen_by(user: Any, lead: str = "") -> Q:
    """A township's own, the villages a person covers, everything for the district; `lead` is the way to a candidate."""
    places = scope.places(user, READERS)
    if places.everywhere:
        return Q()
    return places.as_q(f"{lead}village") | Q(**{f"{lead}township__in": places.townships})


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(seen_by(user))

    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)

    def in_order(self) -> Self:
        return self.order_by("programme__position", F("township__code").asc(nulls_first=True), "village__code", "pk")

    def with_places(self) -> Self:
        return self.select_related("programme", "stage", "village__township", "township")

    def held(self, pk: int) -> "Candidate":
        """The candidate with its places, its row held until the transaction ends: where every step of it begins."""
        tables = Candidate, Programme, Stage, Village, Township, Township
        for found, programme, stage, village, above, township in joined.read(_held(), [pk], *tables):
            if village:
                village.township = above
            found.programme, found.stage, found.village, found.township = programme, stage, village, township
            return found  # type: ignore[no-any-return]
        raise Candidate.DoesNotExist


class Candidate(models.Model):
    """A village or town on its way to a recognition, and kept in view after it."""

    class Standing(models.TextChoices):
        NONE = "", "—"
        GOOD = "good", "合格"
        MEND = "mend", "整改"
        REVOKED = "revoked", "撤销"

    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name="创建计划", related_name="candidates")
    village = models.ForeignKey(Village, models.PROTECT, null=True, blank=True, related_name="candidates")
    township = models.ForeignKey(Township, models.PROTECT, null=True, blank=True, related_name="candidates")
    stage = models.ForeignKey(Stage, models.PROTECT, verbose_name="阶段", related_name="candidates")
    standard = models.ForeignKey(
        "demos.Standard", models.PROTECT, verbose_name="标准", null=True, blank=True, related_name="candidates"
    )
    since = models.DateField("进入阶段")
    owner = models.CharField("责任人", max_length=30, blank=True)
    standing = models.CharField("复核", max_length=7, choices=Standing, blank=True, default="")
    mend_by = models.DateField("整改期限", null=True, blank=True)
    beyond = models.CharField("超过目标的理由", max_length=100, blank=True)
    closed_on = models.DateField("退出日期", null=True, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "创建对象"
        constraints = [
            models.CheckConstraint(
                condition=Q(village__isnull=True, township__isnull=False)
                | Q(village__isnull=False, township__isnull=True),
                name="demos_candidate_is_one_place",
            ),
            models.UniqueConstraint(
                fields=["programme", "village"],
                condition=Q(closed_on__isnull=True, village__isnull=False),
                name="demos_village_is_open_once_in_a_programme",
            ),
            models.UniqueConstraint(
                fields=["programme", "township"],
                condition=Q(closed_on__isnull=True, township__isnull=False),
                name="demos_town_is_open_once_in_a_programme",
            ),
            models.CheckConstraint(
                condition=Q(standing="mend", mend_by__isnull=False) | ~Q(standing="mend") & Q(mend_by__isnull=True),
                name="demos_mending_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(standing="revoked") | Q(closed_on__isnull=False), name="demos_revoked_candidate_is_closed"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="fits_its_programme",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=FITS_ITS_PROGRAMME,
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.programme.title}"

    @property
    def place(self) -> Village | Township:
        found = self.village or self.township
        assert found
        return found

    @property
    def name(self) -> str:
        """濯水镇桐木村, or 濯水镇."""
        return self.village.full_name if self.village else self.place.name

    @property
    def short_name(self) -> str:
        """桐木村, where the township stands beside it."""
        return self.village.short_name if self.village else self.place.name

    @property
    def town(self) -> Township:
        return self.village.township if self.village else self.place  # type: ignore[return-value]


@cache
def _held() -> str:
    found = joined.columns(
        candidate=Candidate, programme=Programme, stage=Stage, village=Village, above=Township, township=Township
    )
    return f"""
        SELECT {found} FROM demos_candidate candidate
          JOIN demos_programme programme ON programme.id = candidate.programme_id
          JOIN demos_stage stage ON stage.id = candidate.stage_id
          LEFT JOIN villages_village village ON village.id = candidate.village_id
          LEFT JOIN villages_township above ON above.id = village.township_id
          LEFT JOIN villages_township township ON township.id = candidate.township_id
         WHERE candidate.id = %s FOR UPDATE OF candidate
    """  # noqa: S608 - names of columns


class OfCandidateQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(seen_by(user, "candidate__"))


class Move(models.Model):
    """What happened to a candidate on a day. Never changed: a wrong step is sent back by another one."""

    class Kind(models.TextChoices):
        NOMINATE = "nominate", "选点"
        ADVANCE = "advance", "进入"
        BACK = "back", "退回"
        RECHECK = "recheck", "复核"
        CLOSE = "close", "退出"

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="moves")
    kind = models.CharField("动作", max_length=8, choices=Kind)
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+")
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+")
    on = models.DateField("日期")
    standing = models.CharField("复核", max_length=7, choices=Candidate.Standing, blank=True, default="")
    note = models.CharField("说明", max_length=300, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "创建历程"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["nominate", "advance", "recheck"]) | ~Q(note=""),
                name="demos_sent_back_candidate_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(kind="recheck") & ~Q(standing="") | ~Q(kind="recheck") & Q(standing=""),
                name="demos_recheck_has_an_outcome",
            ),
        ]
        indexes = [models.Index(fields=["candidate", "id"], name="demos_move_candidate_idx")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(name="in_order", when=pgtrigger.Before, operation=pgtrigger.Insert, func=IN_ORDER),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_kind_display()} {self.to_stage}"


class Milestone(models.Model):
    """Something a candidate has to reach by a day: a stage of its programme, or a step of its own plan."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="milestones")
    stage = models.ForeignKey(Stage, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField("节点", max_length=40)
    owner = models.CharField("责任人", max_length=30, blank=True)
    planned_on = models.DateField("计划日期")
    done_on = models.DateField("完成日期", null=True, blank=True)

    objects = OfCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "节点"
        constraints = [
            models.UniqueConstraint(fields=["candidate", "name"], name="demos_candidate_has_a_milestone_once"),
            models.UniqueConstraint(
                fields=["candidate", "stage"],
                condition=Q(stage__isnull=False),
                name="demos_candidate_has_a_stage_milestone_once",
            ),
        ]
        indexes = [models.Index(fields=["candidate", "planned_on"], name="demos_milestone_candidate_idx")]

    def __str__(self) -> str:
        return self.name
