from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from points.models.batches import Batch
from points.models.rules import Rule, RuleSet
from qianjiang_portal.foundation.models import File, Job
from villages import scope
from villages.models import Household, Resident, Village

# The rows are thrown away within days, and 100,000 of them are checked at once: no constraint, no index.
PLAIN: dict[str, Any] = {"db_index": False, "db_constraint": False}

# Given up is only what is at rest with nothing of it written, and it stays so.
GIVEN_UP = """
    IF OLD.state = 'dropped' THEN
        RAISE EXCEPTION 'points_given_up_workbook_stays' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state NOT IN ('checked', 'failed') AND NOT (OLD.state IN ('checking', 'confirming') AND EXISTS (
        SELECT 1 FROM foundation_job j WHERE j.id = OLD.job_id AND j.state = 'failed'))
    THEN
        RAISE EXCEPTION 'points_workbook_is_not_given_up' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: Any) -> Self:
        """An import is its maker's own, while they enter for the village."""
        return self.filter(scope.within(user, {"clerk"}), maker=user.pk)


class Import(models.Model):
    """A workbook on its way to a batch. Nothing of it is in any batch before it is confirmed."""

    class State(models.TextChoices):
        CHECKING = "checking", "正在校验"
        CHECKED = "checked", "待确认"
        CONFIRMING = "confirming", "正在导入"
        DONE = "done", "已导入"
        FAILED = "failed", "没有读出来"
        UNDONE = "undone", "已撤销"
        DROPPED = "dropped", "不再导入"

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="imports")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传", related_name="+")
    file = models.ForeignKey(File, models.PROTECT, verbose_name="文件", related_name="+")
    name = models.CharField("文件名", max_length=160)
    sha256 = models.CharField(max_length=64)
    default_day = models.DateField("表里没有日期时")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CHECKING)
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, verbose_name="细则", null=True, blank=True, related_name="+")
    batch = models.OneToOneField(Batch, models.PROTECT, null=True, blank=True, related_name="made_from")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    tries = models.PositiveIntegerField(default=0)
    titles = models.JSONField("表头", default=list)
    fields = models.JSONField("各列", default=dict)
    wide = models.BooleanField(default=False)
    remarks = models.JSONField("提示", default=list)
    counts = models.JSONField("行数", default=dict)
    # Words that are no item's and what each is taken for here: {word: {code, item, last}}, `last` if as last time.
    words = models.JSONField("叫法", default=dict, db_default={})
    message = models.CharField("原因", max_length=200, blank=True)
    made_at = models.DateTimeField("上传时间")
    updated_at = models.DateTimeField("更新时间")

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "sha256"],
                condition=Q(state__in=["checking", "checked", "confirming", "done"]),
                name="points_file_is_imported_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(batch__isnull=False), name="points_finished_import_has_a_batch"
            ),
        ]
        indexes = [models.Index(fields=["maker", "-made_at"], name="points_import_maker_idx")]
        triggers = [
            pgtrigger.Trigger(
                name="given_up",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Condition("OLD.state <> NEW.state AND 'dropped' IN (OLD.state, NEW.state)"),
                func=GIVEN_UP,
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.CONFIRMING)

    @property
    def can_be_dropped(self) -> bool:
        """Nothing of it was written, and nothing is at work on it."""
        stuck = self.is_busy and self.job is not None and self.job.state == Job.State.FAILED
        return stuck or self.state in (self.State.CHECKED, self.State.FAILED)

    @property
    def can_be_undone(self) -> bool:
        return self.state == self.State.DONE and self.batch is not None and self.batch.state == "draft"


class ImportRow(models.Model):
    """A line of a workbook between reading and confirming: as typed, as understood, and what is wrong with it.

    The table is unlogged: it is filled by COPY, and what a crash empties is read from the file again.
    `problems` holds objects with `field`, `code` and what the message needs; the words are found when it is shown.
    """

    class Standing(models.TextChoices):
        NEW = "new", "可导入"
        PROBLEM = "problem", "要改"
        DUPLICATE = "duplicate", "重复"

    source = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_constraint=False)
    line = models.PositiveIntegerField("行号")
    part = models.PositiveSmallIntegerField(default=0)
    raw_name = models.TextField("户主", default="")
    raw_number = models.TextField("户号", default="")
    raw_member = models.TextField("成员", default="", db_default="")
    raw_rule = models.TextField("事项", default="")
    raw_day = models.TextField("日期", default="")
    raw_points = models.TextField("分值", default="")
    raw_note = models.TextField("备注", default="")
    cells = models.TextField(default="")
    name = models.TextField(default="")
    number = models.TextField(default="")
    member = models.TextField(default="", db_default="")
    rule_key = models.TextField(default="")
    day = models.DateField(null=True)
    typed_points = models.IntegerField(null=True)
    ticked = models.BooleanField(default=False)
    household = models.ForeignKey(Household, models.DO_NOTHING, null=True, related_name="+", **PLAIN)
    resident = models.ForeignKey(Resident, models.DO_NOTHING, null=True, related_name="+", **PLAIN)
    rule = models.ForeignKey(Rule, models.DO_NOTHING, null=True, related_name="+", **PLAIN)
    points = models.IntegerField(null=True)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.NEW, db_default=Standing.NEW)
    problems = models.JSONField(default=list, db_default=[])
    warnings = models.JSONField(default=list, db_default=[])

    class Meta:
        verbose_name = verbose_name_plural = "待导入行"
        indexes = [models.Index(fields=["source", "standing", "line", "part"], name="points_import_row_idx")]

    def __str__(self) -> str:
        return f"{self.source} 第{self.line}行"
