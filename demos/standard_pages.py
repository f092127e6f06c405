"""A programme's criteria to read, version by version."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from demos import permissions
from demos.criteria import Item
from demos.models import Criterion, Programme, Standard
from qianjiang_portal.foundation import metrics


@dataclass(frozen=True)
class Line:
    criterion: Criterion
    figure: str


@dataclass(frozen=True)
class Version:
    """A version with how many open candidates are judged by it."""

    standard: Standard
    items: int
    candidates: int


@dataclass(frozen=True)
class Page:
    programme: Programme
    shown: Standard | None
    lines: tuple[Line, ...]
    vetoes: tuple[Criterion, ...]
    versions: tuple[Version, ...]
    can_edit: bool

    @property
    def is_current(self) -> bool:
        return bool(self.shown and self.versions and self.shown == self.versions[0].standard)


def page(user: Any, programme: Programme, asked: str = "") -> Page:
    """The version asked for by its number, else the current one."""
    versions = versions_of(programme)
    shown = next((one.standard for one in versions if str(one.standard.version) == asked), None)
    shown = shown or (versions[0].standard if versions else None)
    known = {metric.name: metric.label for metric in metrics.known()}
    rows = list(shown.criteria.order_by("position")) if shown else []
    return Page(
        programme=programme,
        shown=shown,
        lines=tuple(Line(one, known.get(one.metric, "")) for one in rows if not one.is_veto),
        vetoes=tuple(one for one in rows if one.is_veto),
        versions=tuple(versions),
        can_edit=permissions.can_set_targets(user),
    )


def versions_of(programme: Programme) -> list[Version]:
    """The newest first."""
    rows = programme.standards.select_related("made_by").order_by("-version")
    counted = rows.annotate(
        n=Count("criteria", distinct=True),
        used=Count("candidates", filter=Q(candidates__closed_on=None), distinct=True),
    )
    return [Version(one, one.n, one.used) for one in counted]


def items_of(standard: Standard | None) -> list[Item]:
    rows = standard.criteria.order_by("position") if standard else []
    return [Item(one.aspect, one.text, one.weight, one.needs_evidence, one.metric) for one in rows]
