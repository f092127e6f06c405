from django.conf import settings
from django.db import models


class Change(models.Model):
    """One row of master data that was changed: which fields, from what to what. Written by triggers alone.

    `old` and `new` hold the columns that differ, as the database has them; a new row has no `old`, a removed one no
    `new`. `actor` is empty where a job or a command did it. `row` is the id in `table`.
    """

    class Kind(models.TextChoices):
        INSERT = "insert", "新建"
        UPDATE = "update", "修改"
        DELETE = "delete", "删除"

    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", verbose_name="人", db_constraint=False
    )
    request = models.CharField("请求编号", max_length=36)
    table = models.CharField("资料", max_length=63)
    row = models.BigIntegerField("编号")
    kind = models.CharField("怎么改的", max_length=6, choices=Kind)
    old = models.JSONField("原来")
    new = models.JSONField("现在")

    class Meta:
        verbose_name = verbose_name_plural = "资料变更"
        indexes = [
            models.Index(fields=["-at", "-id"], name="foundation_change_at_idx"),
            models.Index(fields=["table", "row"], name="foundation_change_row_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.table} {self.row} {self.kind}"
