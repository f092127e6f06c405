"""典型案例 to read: the library with what waits, and one case with what the reader may do."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from reports import permissions
from reports.models import CaseStudy, Sender
from reports.models.circulars import RECEIVERS
from villages import scope
from villages.models import Township, Unit, Village

State = CaseStudy.State


@dataclass(frozen=True, slots=True)
class Page:
    case: CaseStudy
    lacking: list[str]
    can_edit: bool
    can_decide: bool

    @property
    def can_submit(self) -> bool:
        return self.can_edit and not self.lacking


def rows(user: Any, state: str, theme: str) -> QuerySet[CaseStudy]:
    """The library by state and theme, newest first; what waits for somebody on top."""
    found = CaseStudy.objects.visible_to(user).select_related("township", "village__township", "unit")
    if state:
        found = found.filter(state=state)
    if theme:
        found = found.filter(theme=theme)
    return found.order_by("-decided_at", "-submitted_at", "-pk")


def page(user: Any, case: CaseStudy) -> Page:
    own = permissions.can_receive_circular(user, case.sender)
    waits = case.state == State.SUBMITTED and permissions.can_circulate(user)
    return Page(
        case=case,
        lacking=[label for label, text in case.parts if not text],
        can_edit=own and case.is_open,
        can_decide=waits and case.submitted_by_id != user.pk,
    )


def own_senders(user: Any) -> list[Sender]:
    """The townships and units that a person writes for."""
    places = scope.places(user, RECEIVERS)
    townships = Township.objects.in_code_order().filter(pk__in=places.townships) if places.townships else []
    units = Unit.objects.filter(pk__in=places.units).order_by("position", "code") if places.units else []
    return [Sender(township=one) for one in townships] + [Sender(unit=one) for one in units]


def villages_of(senders: list[Sender]) -> list[tuple[str, str]]:
    """Villages of these townships to choose from, code and name."""
    towns = [one.township.pk for one in senders if one.township]
    found = Village.objects.in_code_order().filter(township__in=towns).select_related("township") if towns else []
    return [(one.code, one.full_name if len(towns) > 1 else one.short_name) for one in found]
