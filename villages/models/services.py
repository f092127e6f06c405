from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from qianjiang_portal.foundation.personal import PUBLIC_PHONE, phone_check
from villages import scope
from villages.models.people import User
from villages.models.places import Village

READERS = frozenset({"clerk", "leader", "district", "auditor"})


class GuideQuerySet(models.QuerySet["Guide"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, READERS))

    def shown(self) -> Self:
        """Those the public page tells."""
        return self.filter(withdrawn_on=None)

    def in_order(self) -> Self:
        return self.order_by("village__code", "name")


class Guide(models.Model):
    """A matter people come to the village for: what to bring, where to go, whom to call. Everybody may read it."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="guides")
    name = models.CharField("事项", max_length=40)
    papers = models.CharField("材料", max_length=200)
    place = models.CharField("地点", max_length=60)
    phone = models.CharField("办公电话", max_length=30)
    days = models.PositiveSmallIntegerField("几个工作日办好", default=3)
    withdrawn_on = models.DateField("撤下日期", null=True, blank=True)

    objects = GuideQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "便民事项"
        constraints = [
            models.UniqueConstraint(fields=["village", "name"], name="villages_guide_is_listed_once"),
            models.CheckConstraint(condition=Q(days__range=(1, 60)), name="villages_guide_promises_some_days"),
            # Nothing stands there only where an upgrade found no number.
            phone_check("villages_guide", PUBLIC_PHONE),
        ]

    def __str__(self) -> str:
        return self.name


class ErrandQuerySet(models.QuerySet["Errand"]):
    def visible_to(self, user: Any) -> Self:
        """Names of people who asked are for those who do the work; a liaison has no business with them."""
        return self.filter(scope.within(user, READERS))


class Errand(models.Model):
    """Something done on behalf of a villager: received, in hand, done, by the promised day."""

    class State(models.TextChoices):
        RECEIVED = "received", "受理"
        DOING = "doing", "办理"
        DONE = "done", "办结"

    guide = models.ForeignKey(Guide, models.PROTECT, verbose_name="事项", related_name="errands")
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="errands")
    asked_by = models.CharField("替谁办", max_length=30)
    received_on = models.DateField("受理日期")
    promised_on = models.DateField("承诺办结")
    state = models.CharField("状态", max_length=8, choices=State, default=State.RECEIVED)
    done_on = models.DateField("办结日期", null=True, blank=True)
    result = models.CharField("办理结果", max_length=120, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = ErrandQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代办"
        constraints = [
            models.CheckConstraint(
                condition=Q(promised_on__gte=F("received_on")), name="villages_errand_is_promised_after_it_came"
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_on__isnull=False, done_on__gte=F("received_on"))
                | ~Q(state="done") & Q(done_on__isnull=True),
                name="villages_done_errand_has_its_day",
            ),
        ]
        indexes = [models.Index(fields=["village", "state", "promised_on"], name="villages_errand_open_idx")]

    def __str__(self) -> str:
        return f"{self.guide} {self.received_on}"
