"""按时审核: the batches behind a village's share of reviews in time."""

import datetime as dt
from dataclasses import dataclass

from points.models import Batch
from points.models.batches import State
from qianjiang_portal.foundation.periods import Period
from reports.figures import Limits
from reports.figures.sums import batches_in
from villages.models import Village


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch that had to be decided, and how many whole days it took longer than it may."""

    batch: Batch
    decided_at: dt.datetime | None
    late_days: int
    is_on_time: bool

    @property
    def item(self) -> str:
        return self.batch.rule.item if self.batch.rule else self.batch.get_source_display()

    @property
    def word(self) -> str:
        if self.is_on_time:
            return "按时"
        late = f"晚 {self.late_days} 天" if self.late_days else "晚不到 1 天"
        return late if self.decided_at else f"还没有审，{late}"


@dataclass(frozen=True, slots=True)
class BatchList:
    village: Village
    period: Period
    days: int
    lines: tuple[BatchLine, ...]

    @property
    def on_time(self) -> int:
        return sum(line.is_on_time for line in self.lines)


def batch_list(village: Village, month: Period, limits: Limits) -> BatchList:
    """The batches last submitted in the month that are decided or past their time, the newest first."""
    found = batches_in(month, limits.now - limits.review).filter(village=village)
    batches = found.select_related("rule", "maker").order_by("-submitted_at", "-pk")
    return BatchList(village, month, limits.review.days, tuple(_line(batch, limits) for batch in batches))


def _line(batch: Batch, limits: Limits) -> BatchLine:
    """A batch that was sent in again carries the hour of the decision before: it counts from the newest submission."""
    waits = batch.state == State.SUBMITTED
    decided = None if waits else batch.decided_at
    over = (decided or limits.now) - (batch.submitted_at or limits.now) - limits.review
    return BatchLine(batch, decided, max(over.days, 0), not waits and over <= dt.timedelta())
