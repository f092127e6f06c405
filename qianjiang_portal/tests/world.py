"""One of everything in 桐木村, for tests that walk every address of the portal."""

from dataclasses import dataclass
from typing import Any

from points.models import Batch, Entry, Import, Notice, RuleSet
from qianjiang_portal.foundation.models import Job
from reports.models import ReportVersion, Summary
from villages.models import User, Village


@dataclass(frozen=True)
class World:
    """The rows whose addresses are walked, all of them the clerk's or 桐木村's."""

    draft: Batch
    submitted: Batch
    notice: Notice
    entry: Entry
    rule_set: RuleSet
    village: Village
    version: ReportVersion
    job: Job
    summary: Summary
    imported: Import
    clerk: User

    def words(self) -> dict[str, Any]:
        """What the arguments of addresses are filled with."""
        return {
            "draft": self.draft.number,
            "submitted": self.submitted.number,
            "notice": self.notice.code,
            "household": self.entry.household_id,
            "entry": self.entry.pk,
            "rule_set": self.rule_set.pk,
            "village": self.village.code,
            "township": self.village.township.code,
            "period": self.version.report.period,
            "summed": self.summary.period,
            "version": self.version.number,
            "quarter": "2026Q4",
            "job": self.job.uuid,
            "import": self.imported.pk,
            "claim": self.submitted.claims.order_by("line").values_list("pk", flat=True)[0],
        }
