from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models.imports import PLAIN
from qianjiang_portal.foundation.models import File, Job
from villages import scope
from villages.models import Grid, Household, Village

# Who looks at brought-over points a second time, before they are posted.
CHECKERS = frozenset({"reviewer", "leader"})

# What was written is told as it was written, and what was given up stays so.
DONE_STAYS = """
    RAISE EXCEPTION 'points_written_register_file_stays' USING ERRCODE = 'check_violation';
"""
# Given up is only what lies with its maker: never what waits for somebody else, is written, or is being written.
GIVEN_UP = """
    IF OLD.state NOT IN ('checked', 'failed') AND NOT (OLD.state IN ('checking', 'writing') AND EXISTS (
        SELECT 1 FROM foundation_job j WHERE j.id = OLD.job_id AND j.state = 'failed'))
    THEN
        RAISE EXCEPTION 'points_register_file_is_not_given_up' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class RegisterFileQuerySet(models.QuerySet["RegisterFile"]):
    def visible_to(self, user: Any) -> Self:
        """A file is its maker's own while they enter for the village; an opening is its checkers' too once it waits."""
        mine = scope.within(user, {"clerk"}) & Q(maker=user.pk)
        handed_in = Q(kind="opening", state__in=("waiting", "writing", "done"))
        return self.filter(mine | scope.within(user, CHECKERS) & handed_in)


class RegisterFile(models.Model):
    """A workbook with a line for each household, on its way into the register. Only confirming it writes.

    `stamp` is what was compared: the same lines beside the same register have the same one.
    """

    class Kind(models.TextChoices):
        ROSTER = "roster", "农户名册"
        OPENING = "opening", "期初积分"

    class State(models.TextChoices):
        CHECKING = "checking", "正在比对"
        CHECKED = "checked", "待确认"
        WAITING = "waiting", "待复核"
        WRITING = "writing", "正在写入"
        DONE = "done", "已写入"
        FAILED = "failed", "没有读出来"
        DROPPED = "dropped", "不再导入"

    kind = models.CharField("种类", max_length=8, choices=Kind)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="register_files")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传", related_name="+")
    file = models.ForeignKey(File, models.PROTECT, verbose_name="文件", related_name="+")
    name = models.CharField("文件名", max_length=160)
    state = models.CharField("状态", max_length=8, choices=State, default=State.CHECKING)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    tries = models.PositiveIntegerField(default=0)
    titles = models.JSONField("表头", default=list)
    fields = models.JSONField("各列", default=dict)
    remarks = models.JSONField("提示", default=list)
    counts = models.JSONField("行数", default=dict)
    stamp = models.CharField("比对", max_length=20, blank=True)
    reason = models.CharField("原因", max_length=60, blank=True)
    message = models.CharField("说明", max_length=200, blank=True)
    day = models.DateField("积分截至", null=True, blank=True)
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="复核", null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField("上传时间")
    updated_at = models.DateTimeField("更新时间")

    objects = RegisterFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册导入"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["checked", "waiting", "writing", "done"]) | ~Q(stamp=""),
                name="points_register_file_was_compared",
            ),
            models.CheckConstraint(
                condition=Q(kind="opening", day__isnull=False) | Q(kind="roster", day=None, checker=None),
                name="points_opening_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(kind="opening", state__in=["writing", "done"]) | Q(checker__isnull=False),
                name="points_opening_was_checked",
            ),
            models.CheckConstraint(
                condition=Q(checker=None) | ~Q(checker=F("maker")), name="points_opening_is_checked_by_somebody_else"
            ),
        ]
        indexes = [models.Index(fields=["maker", "kind", "-made_at"], name="points_register_maker_idx")]
        triggers = [
            pgtrigger.Trigger(
                name="done_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state IN ('done', 'dropped')"),
                func=DONE_STAYS,
            ),
            pgtrigger.Trigger(
                name="given_up",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Condition("NEW.state = 'dropped'"),
                func=GIVEN_UP,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.WRITING)

    @property
    def is_stuck(self) -> bool:
        """Its job came to no end."""
        return self.is_busy and self.job is not None and self.job.state == Job.State.FAILED

    @property
    def can_be_dropped(self) -> bool:
        """Nothing of it was written, it waits for nobody else, and nothing is at work on it."""
        return self.is_stuck or self.state in (self.State.CHECKED, self.State.FAILED)


class RegisterLine(models.Model):
    """A line of such a workbook beside the register: as typed, as understood, and what it would do.

    The table is unlogged, as that of `ImportRow` is. `changes` holds [label, before, after].
    """

    class Does(models.TextChoices):
        NEW = "new", "新增"
        CHANGE = "change", "修改"
        REGROUP = "regroup", "换组"
        MERGE = "merge", "并户"
        SAME = "same", "不变"
        PROBLEM = "problem", "要改"

    source = models.ForeignKey(RegisterFile, models.CASCADE, related_name="lines", db_constraint=False)
    line = models.PositiveIntegerField("行号")
    raw_name = models.TextField("户主", default="")
    raw_number = models.TextField("户号", default="")
    raw_grid = models.TextField("组", default="")
    raw_members = models.TextField("人口", default="")
    raw_aliases = models.TextField("别名", default="")
    raw_people = models.TextField("家庭成员", default="")
    raw_into = models.TextField("并入户号", default="")
    raw_points = models.TextField("积分", default="")
    cells = models.TextField(default="")
    name = models.TextField(default="")
    number = models.TextField(default="")
    grid_number = models.IntegerField(null=True)
    size = models.IntegerField(null=True)
    into_number = models.TextField(default="")
    points = models.IntegerField(null=True)
    household = models.ForeignKey(Household, models.DO_NOTHING, null=True, related_name="+", **PLAIN)
    into = models.ForeignKey(Household, models.DO_NOTHING, null=True, related_name="+", **PLAIN)
    grid = models.ForeignKey(Grid, models.DO_NOTHING, null=True, related_name="+", **PLAIN)
    does = models.CharField(max_length=8, choices=Does, default=Does.SAME, db_default=Does.SAME)
    problems = models.JSONField(default=list, db_default=[])
    changes = models.JSONField(default=list, db_default=[])
    warnings = models.JSONField(default=list, db_default=[])

    class Meta:
        verbose_name = verbose_name_plural = "名册行"
        indexes = [models.Index(fields=["source", "does", "line"], name="points_register_line_idx")]

    def __str__(self) -> str:
        return f"{self.source} 第{self.line}行"
