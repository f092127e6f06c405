"""What an assessment shows: a row a place with points by item, additions, the total, and ranks within groups."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation import periods
from reports import permissions
from reports.models import Assessed, Assessment, AssessmentItem, AssessmentScore

Scores = dict[int, list[AssessmentScore]]


@dataclass(frozen=True, slots=True)
class Line:
    place: Assessed
    points: tuple[Decimal | None, ...]  # in the order of the items, None where not yet scored
    adjusted: Decimal
    total: Decimal
    rank: int | None  # within the group; only for who may see it


@dataclass(frozen=True, slots=True)
class Page:
    assessment: Assessment
    title: str
    items: list[AssessmentItem]
    lines: list[Line]
    is_district: bool
    shows_ranks: bool


def title(assessment: Assessment) -> str:
    period = periods.parse(assessment.period)
    word = "半年" if period.kind == "half-year" else "年终"
    return f"{period.year}年{word}{assessment.get_kind_display()}考核"


def page(user: Any, assessment: Assessment) -> Page:
    """The rows the person may see, in groups and code order, never in the order of their ranks. Four queries."""
    items = list(assessment.items.order_by("position"))
    places = list(assessment.places.select_related("township", "unit"))
    places.sort(key=lambda one: (one.township.code if one.township else "", one.unit.position if one.unit else 0))
    scores = _scores(assessment)
    ranks = _ranks(places, scores, len(items))
    is_district = permissions.can_assess(user)
    shows_ranks = permissions.can_read_assessments(user) or assessment.order_published_at is not None
    seen = set(Assessed.objects.visible_to(user).filter(assessment=assessment).values_list("pk", flat=True))
    lines = [
        _line(place, items, scores[place.pk], ranks.get(place.pk) if shows_ranks else None)
        for place in places
        if place.pk in seen
    ]
    return Page(assessment, title(assessment), items, lines, is_district, shows_ranks)


def _scores(assessment: Assessment) -> Scores:
    found: Scores = defaultdict(list)
    for one in AssessmentScore.objects.filter(place__assessment=assessment).order_by("pk"):
        found[one.place_id].append(one)
    return found


def _line(place: Assessed, items: list[AssessmentItem], scores: list[AssessmentScore], rank: int | None) -> Line:
    by_item = {one.item_id: one.points for one in scores if one.item_id}
    adjusted = sum((one.points for one in scores if not one.item_id), Decimal(0))
    return Line(place, tuple(by_item.get(item.pk) for item in items), adjusted, total(scores), rank)


def total(scores: list[AssessmentScore]) -> Decimal:
    return sum((one.points for one in scores), Decimal(0))


def _ranks(places: list[Assessed], scores: Scores, items: int) -> dict[int, int]:
    """Equal totals share a rank; a group has none before all of it is scored."""
    totals: dict[str, list[Decimal]] = defaultdict(list)
    open_groups = set()
    for place in places:
        totals[place.group].append(total(scores[place.pk]))
        if sum(one.item_id is not None for one in scores[place.pk]) < items:
            open_groups.add(place.group)
    return {
        place.pk: 1 + sum(other > total(scores[place.pk]) for other in totals[place.group])
        for place in places
        if place.group not in open_groups
    }
