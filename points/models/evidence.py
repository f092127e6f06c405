"""What proves a claim: photographs and papers, of one row or of a whole batch."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from points.models import evidence_triggers
from points.models.batches import Batch, Claim, State
from qianjiang_portal.foundation.models import File
from villages import scope


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: Any) -> Self:
        """Whoever may see a batch may see what proves it."""
        drafts = ~Q(batch__state=State.DRAFT) | Q(batch__maker=user.pk)
        return self.filter(scope.within(user, scope.HOUSEHOLD_READERS - {"counter"}, path="batch__village"), drafts)

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def of(self, claim: Claim) -> Self:
        """What speaks for one row: its own, and that of the whole batch."""
        return self.filter(Q(claim=claim) | Q(claim__isnull=True), batch=claim.batch_id)


class Evidence(models.Model):
    """A photograph or PDF behind a row, or behind all rows of a batch. Taken back it stays known."""

    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次", related_name="evidence")
    claim = models.ForeignKey(
        Claim, models.PROTECT, verbose_name="行", null=True, blank=True, related_name="evidence", db_index=False
    )
    file = models.OneToOneField(File, models.PROTECT, verbose_name="文件", related_name="+")
    caption = models.CharField("说明", max_length=40, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传", related_name="+")
    made_at = models.DateTimeField("上传时间")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="撤下", null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证明"
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="points_withdrawn_evidence_says_who",
            ),
        ]
        triggers = [*evidence_triggers.on_evidence]

    def __str__(self) -> str:
        return self.caption or self.file.name

    @property
    def is_photo(self) -> bool:
        return self.file.content_type.startswith("image/")
