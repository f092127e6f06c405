"""Taking back an opening that was wrong: asked for by one person, passed by another."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models.ledger import Entry
from points.models.registers import CHECKERS
from points.models.reviews import recused_homes
from villages import scope
from villages.models import Village

# Only one that waits is decided, once; and it says for ever what it said.
DECIDED_ONCE = """
    IF OLD.state <> 'waiting' OR ROW(NEW.entry_id, NEW.village_id, NEW.reason, NEW.maker_id, NEW.made_at)
        IS DISTINCT FROM ROW(OLD.entry_id, OLD.village_id, OLD.reason, OLD.maker_id, OLD.made_at)
    THEN
        RAISE EXCEPTION 'points_opening_reversal_stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
OF_AN_OPENING = """
    IF NOT EXISTS (SELECT 1 FROM points_entry e WHERE e.id = NEW.entry_id AND e.kind = 'opening'
        AND e.village_id = NEW.village_id) THEN
        RAISE EXCEPTION 'points_opening_reversal_is_of_an_opening' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class OpeningReversalQuerySet(models.QuerySet["OpeningReversal"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, CHECKERS | {"clerk", "district", "auditor"}))

    def waiting(self) -> Self:
        return self.filter(state=OpeningReversal.State.WAITING)

    def to_check_by(self, user: Any) -> Self:
        """What waits for this person: never what they asked for themselves, nor of their own household or kin."""
        mine = self.waiting().filter(scope.within(user, CHECKERS)).exclude(maker=user.pk)
        return mine.exclude(entry__household__in=recused_homes(user))


class OpeningReversal(models.Model):
    """A clerk asks to take an opening back; a reviewer or the leader passes it, and only then it is posted."""

    class State(models.TextChoices):
        WAITING = "waiting", "待复核"
        DONE = "done", "已入账"
        RETURNED = "returned", "已退回"
        DROPPED = "dropped", "已撤回"

    entry = models.ForeignKey(Entry, models.PROTECT, verbose_name="期初", related_name="opening_reversals")
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="+")
    reason = models.CharField("原因", max_length=60)
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="经办", related_name="+")
    made_at = models.DateTimeField("提交时间")
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="复核", null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)
    answer = models.CharField("退回原因", max_length=60, blank=True)

    objects = OpeningReversalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "期初冲正"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="points_opening_reversal_says_why"),
            models.CheckConstraint(
                condition=Q(state="waiting", checker=None, decided_at=None)
                | Q(state="dropped", checker=None, decided_at__isnull=False)
                | Q(state__in=["done", "returned"], checker__isnull=False, decided_at__isnull=False),
                name="points_opening_reversal_was_checked",
            ),
            models.CheckConstraint(
                condition=Q(checker=None) | ~Q(checker=F("maker")),
                name="points_opening_reversal_is_checked_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(answer=""), name="points_opening_reversal_is_returned_with_a_reason"
            ),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state__in=["waiting", "done"]),
                name="points_opening_is_taken_back_once",
            ),
        ]
        indexes = [
            models.Index(F("village"), condition=Q(state="waiting"), name="points_opening_reversal_idx"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="decided_once", when=pgtrigger.Before, operation=pgtrigger.Update, func=DECIDED_ONCE
            ),
            pgtrigger.Trigger(
                name="of_an_opening", when=pgtrigger.Before, operation=pgtrigger.Insert, func=OF_AN_OPENING
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.get_state_display()}"
