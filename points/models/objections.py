from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models.batches import Claim
from points.models.notices import Notice, NoticeLine
from qianjiang_portal.foundation.sealed import SealedField
from villages import scope
from villages.models import Village

READERS = frozenset({"clerk", "reviewer", "leader", "district"})


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, READERS))

    def open(self) -> Self:
        return self.exclude(state=Objection.State.SETTLED)


class Objection(models.Model):
    """Somebody doubts a household's line on a notice. What it names waits until two people have looked into it.

    Name and phone are what the objector chose to leave; the answer is public, the text and the findings are not.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "待核实"
        PROPOSED = "proposed", "待办结"
        SETTLED = "settled", "已答复"

    class Channel(models.TextChoices):
        WEB = "web", "网上"
        PHONE = "phone", "电话"
        VISIT = "visit", "当面"

    class About(models.TextChoices):
        ALL = "", "整行"
        SELF = "self", "自治"
        LAW = "law", "法治"
        VIRTUE = "virtue", "德治"

    number = models.CharField("编号", max_length=14, unique=True)
    key = models.UUIDField(unique=True)
    notice = models.ForeignKey(Notice, models.PROTECT, verbose_name="公示", related_name="objections")
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="objections")
    line = models.ForeignKey(NoticeLine, models.PROTECT, verbose_name="公示行", related_name="objections")
    about = models.CharField("哪一项", max_length=10, choices=About, blank=True)
    text = models.CharField("说明", max_length=300)
    name = models.CharField("称呼", max_length=30, blank=True)
    phone = SealedField("联系电话", longest=30, marked="phone_mark", blank=True)
    # A keyed digest of the number's digits: it tells that two objections came from one telephone, and names nobody.
    phone_mark = models.CharField(max_length=32, blank=True, db_default="", default="")
    channel = models.CharField("怎么提的", max_length=10, choices=Channel)
    raised_on = models.DateField("提出日期")
    received_at = models.DateTimeField("登记时间")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记", null=True, blank=True, related_name="+"
    )
    # A keyed digest of where a page's objection came from; it counts, and names nobody.
    origin = models.CharField(max_length=64, blank=True)
    due_on = models.DateField("答复期限")
    state = models.CharField("状态", max_length=10, choices=State, default=State.RECEIVED)
    version = models.PositiveIntegerField(default=1)
    evidence = models.CharField("核实情况", max_length=300, blank=True)
    answer = models.CharField("答复", max_length=300, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="核实人", null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField("核实时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="办结人", null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="points_objection_decider_is_not_proposer",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled")
                | Q(
                    proposed_by__isnull=False,
                    proposed_at__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~Q(answer="")
                & ~Q(evidence=""),
                name="points_settled_objection_has_two_names",
            ),
            models.CheckConstraint(
                condition=Q(channel="web", received_by__isnull=True) | ~Q(channel="web") & Q(received_by__isnull=False),
                name="points_told_objection_has_a_listener",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("raised_on")), name="points_objection_is_due_after_it_came"
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=~Q(state="settled"), name="points_objection_due_idx"),
            models.Index(fields=["notice", "received_at"], name="points_objection_rate_idx"),
            models.Index(fields=["origin", "received_at"], name="points_objection_origin_idx"),
            models.Index(fields=["phone_mark"], condition=~Q(phone_mark=""), name="points_objection_phone_idx"),
        ]

    def __str__(self) -> str:
        return self.number


class ObjectionRow(models.Model):
    """One claim an objection names: what it said when it was doubted, and what became of it."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "维持"
        REVISED = "revised", "更正"
        WITHDRAWN = "withdrawn", "撤销"

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="rows")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="doubts")
    points = models.IntegerField("原分值")
    outcome = models.CharField("处理", max_length=10, choices=Outcome, blank=True)
    revised_points = models.IntegerField("更正为", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "异议所指的行"
        constraints = [
            models.UniqueConstraint(fields=["objection", "claim"], name="points_objection_names_a_claim_once"),
            models.CheckConstraint(
                condition=Q(outcome="revised", revised_points__isnull=False)
                & ~Q(revised_points=0)
                & ~Q(revised_points=F("points"))
                | ~Q(outcome="revised") & Q(revised_points__isnull=True),
                name="points_revised_row_has_other_points",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.objection} {self.claim}"
