"""How the problems of a circular stand, in words, and one problem with all that was reported on it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from qianjiang_portal.foundation.calendar import local_date
from reports import permissions
from reports.models import Circular, Finding, Rectification


@dataclass(frozen=True, slots=True)
class Standing:
    """A problem, the kind and word of its mark, and how late it is or was in words."""

    finding: Finding
    kind: str
    word: str
    late: str
    is_open: bool
    may_see: bool


@dataclass(frozen=True, slots=True)
class Page:
    standing: Standing
    reported: list[Rectification]
    waiting: Rectification | None
    can_report: bool
    can_decide: bool


def standings(user: Any, circular: Circular, findings: list[Finding], today: dt.date) -> list[Standing]:
    """All problems of a circular; those of one's own, and for the district all, lead further. Two queries."""
    mine = set(Finding.objects.visible_to(user).filter(circular=circular).values_list("pk", flat=True))
    told: dict[int, list[Rectification]] = {one.pk: [] for one in findings}
    for made in Rectification.objects.filter(finding__circular=circular).order_by("pk"):
        told[made.finding_id].append(made)
    return [_standing(one, told[one.pk], today, one.pk in mine) for one in findings]


def page(user: Any, finding: Finding, today: dt.date) -> Page:
    """One problem and its history, oldest first. Two queries."""
    reported = list(_told(finding).prefetch_related("files__file"))
    standing = _standing(finding, reported, today, True)
    waiting = next((one for one in reported if one.decided_at is None), None)
    own = permissions.can_receive_circular(user, finding.sender)
    return Page(
        standing=standing,
        reported=reported,
        waiting=waiting,
        can_report=own and standing.is_open and not finding.circular.is_draft,
        can_decide=waiting is not None and permissions.can_circulate(user) and waiting.made_by_id != user.pk,
    )


def _told(finding: Finding) -> QuerySet[Rectification]:
    return finding.rectifications.select_related("made_by", "decided_by").order_by("pk")


def _standing(finding: Finding, told: list[Rectification], today: dt.date, may_see: bool) -> Standing:
    last = told[-1] if told else None
    if last is None or last.is_accepted is False:
        late = (today - finding.due_on).days
        word = "待整改" if last is None else "退回重改"
        kind = "err" if late > 0 else "warn" if last else "info"
        return Standing(finding, kind, word, f"逾期 {late} 天" if late > 0 else _left(-late), True, may_see)
    late = (local_date(last.made_at) - finding.due_on).days
    how = f"晚 {late} 天报送" if late > 0 else "按期报送"
    kind, word = ("ok", "已销号") if last.is_accepted else ("info", "等核对")
    return Standing(finding, kind, word, how, False, may_see)


def _left(days: int) -> str:
    return f"还有 {days} 天" if days else "今天到期"
