"""What waits at this moment, whatever period is looked at: batches past their time, points not yet on notice."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, F, Min, QuerySet, Sum, Value

from points.models import Batch, Notice
from points.models.batches import State
from qianjiang_portal.foundation import calendar, statements
from reports.figures.definitions import Figure, figure
from reports.figures.sums import Limits
from villages.models import Village


@dataclass(frozen=True, slots=True)
class Standing:
    """Batches and notices of a place as they stand. Days count from the oldest of them, and are whole days."""

    pending: int = 0
    late: int = 0
    late_days: int = 0
    waiting: int = 0
    waiting_days: int = 0
    open_notices: int = 0
    on_notice: int = 0

    def __add__(self, other: "Standing") -> "Standing":
        return Standing(
            self.pending + other.pending,
            self.late + other.late,
            max(self.late_days, other.late_days),
            self.waiting + other.waiting,
            max(self.waiting_days, other.waiting_days),
            self.open_notices + other.open_notices,
            self.on_notice + other.on_notice,
        )

    @property
    def on_notice_figure(self) -> Figure:
        return figure("on_notice", self.on_notice)


def standings(villages: Iterable[Village], limits: Limits) -> dict[int, Standing]:
    """How things stand in each village, by its id. One query."""
    ids, late = sorted(village.pk for village in villages), limits.now - limits.review
    found: dict[int, dict[str, int]] = defaultdict(dict)
    made_from = "standings", tuple(ids)
    for village, measure, amount, oldest in statements.rows(made_from, lambda overdue: _facts(ids, overdue), late):
        cell = found[village]
        cell[measure] = amount or 0
        if measure in ("late", "waiting"):
            cell[f"{measure}_days"] = (calendar.local_date(limits.now) - calendar.local_date(oldest)).days
    return {pk: Standing(**found[pk]) for pk in ids}


def combined(standings: Iterable[Standing]) -> Standing:
    return sum(standings, Standing())


def _facts(ids: list[int], overdue: dt.datetime) -> QuerySet[Any]:
    """Kept as it is: nothing but what is handed in here may decide what it asks."""
    batches = Batch.objects.filter(village__in=ids)
    submitted = batches.filter(state=State.SUBMITTED)
    late = submitted.filter(submitted_at__lt=overdue)
    waiting = batches.filter(state=State.APPROVED)
    notices = Notice.objects.filter(village__in=ids).open()
    return _rows(submitted, "pending", Count("pk"), Min("submitted_at")).union(
        _rows(late, "late", Count("pk"), Min("submitted_at")),
        _rows(waiting, "waiting", Count("pk"), Min("decided_at")),
        _rows(notices, "open_notices", Count("pk"), Min("published_at")),
        _rows(notices, "on_notice", Sum(F("awards") - F("deductions")), Min("published_at")),
        all=True,
    )


def _rows(found: Any, name: str, amount: object, oldest: object) -> QuerySet[Any]:
    named = found.order_by().annotate(measure=Value(name, output_field=CharField())).values("village", "measure")
    summed: QuerySet[Any] = named.annotate(amount=amount, oldest=oldest)
    return summed.values_list("village", "measure", "amount", "oldest")
