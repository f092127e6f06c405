"""村规民约 to read: where each village stands, and one village's versions."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from villages import permissions
from villages.models import Charter, Township, Village

# A charter that has been passed is expected to be filed within this many days; after three years it is looked at again.
FILING_DAYS = 30
REVISED_WITHIN = dt.timedelta(days=3 * 365)


@dataclass(frozen=True)
class Line:
    """A village with the newest version of its charter: none, waiting, late, old or filed."""

    village: Village
    charter: Charter | None
    state: str
    days: int

    @property
    def words(self) -> str:
        return {
            "none": "还没有",
            "waiting": "待备案",
            "late": f"通过 {self.days} 天没有备案",
            "old": "满三年没有修订",
            "filed": "已备案",
        }[self.state]


@dataclass(frozen=True)
class Page:
    """`in_force` is the number of the version that holds today, 0 where none does."""

    village: Village
    versions: tuple[Charter, ...]
    in_force: int
    can_adopt: bool
    can_file: bool


def lines(user: Any, township: Township, today: dt.date) -> list[Line]:
    """The villages of a township that a person may see. Two queries."""
    villages = list(Village.objects.visible_to(user).open().filter(township=township).in_code_order())
    newest: dict[int, Charter] = {}
    for charter in Charter.objects.visible_to(user).filter(village__township=township).newest_first():
        newest.setdefault(charter.village_id, charter)
    return [_line(village, newest.get(village.pk), today) for village in villages]


def page(user: Any, village: Village, today: dt.date) -> Page:
    found = Charter.objects.visible_to(user).filter(village=village).select_related("made_by", "filed_by")
    versions = tuple(found.order_by("-version"))
    return Page(
        village=village,
        versions=versions,
        in_force=next((one.version for one in versions if one.effective_on <= today), 0),
        can_adopt=permissions.can_name(user, village),
        can_file=permissions.can_file(user, village),
    )


def _line(village: Village, charter: Charter | None, today: dt.date) -> Line:
    if charter is None:
        return Line(village, None, "none", 0)
    days = (today - charter.adopted_on).days
    if charter.filed_on is None:
        return Line(village, charter, "late" if days > FILING_DAYS else "waiting", days)
    return Line(village, charter, "old" if today - charter.adopted_on > REVISED_WITHIN else "filed", days)
