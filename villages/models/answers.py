import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from villages.models.tokens import Token


class Answer(models.Model):
    """What a program was told when it changed something, under the key it sent: told again, never done again.

    `asked` is the SHA-256, hex, of method, address and content; `posts` are the appointments it was done by.
    """

    token = models.ForeignKey(Token, models.PROTECT, related_name="answers", db_index=False)
    key = models.CharField("请求的键", max_length=64)
    asked = models.CharField(max_length=64)
    posts = ArrayField(models.BigIntegerField())
    status = models.PositiveSmallIntegerField("状态码")
    body = models.JSONField("回答")
    made_at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口回答"
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="villages_answer_is_given_once_per_key"),
            models.CheckConstraint(
                condition=Q(status__gte=200, status__lt=300), name="villages_answer_is_of_something_done"
            ),
            models.CheckConstraint(condition=Q(key__regex=r"^[!-~]{8,64}$"), name="villages_answer_has_a_plain_key"),
        ]
        triggers = [pgtrigger.Protect(name="answer_stands", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.token} {self.key}"
