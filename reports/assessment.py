"""考核: open a scheme, score by figures and by hand, show it, take answers, make it final, publish ranks."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction

from qianjiang_portal.foundation import audit, metrics, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused, unless_taken
from reports import permissions
from reports.models import Assessed, Assessment, AssessmentItem, AssessmentScore
from villages.models import Township, Unit

# Figures that know a unit; those of places would answer the whole district's number for one.
OF_UNITS = frozenset({"special_meetings"})
CENT = Decimal("0.01")
State = Assessment.State


class CannotAssess(Refused):
    """The assessment may not be changed like this, or not by this person."""


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    weight: Decimal
    metric: str = ""
    target: Decimal | None = None


def known_metrics(kind: str) -> list[metrics.Metric]:
    """The figures that a scheme of this kind may name."""
    return [one for one in metrics.known() if (one.name in OF_UNITS) == (kind == Assessment.Kind.UNIT)]


@transaction.atomic
def open_scheme(*, period: Period, kind: str, items: list[Item], by: Any, now: dt.datetime) -> Assessment:
    """Draft an assessment of all townships, grouped by kind, or all units. Raises CannotAssess."""
    _refuse_unless_district(by)
    if not items or sum(item.weight for item in items) != 100:
        raise CannotAssess(f"各项分值合计要等于 100，现在是 {sum(item.weight for item in items)}")
    there = CannotAssess(f"{period.title}的{Assessment.Kind(kind).label}考核已经有了")
    if Assessment.objects.filter(period=period.slug, kind=kind).exists():
        raise there
    with unless_taken(there):
        made = Assessment.objects.create(period=period.slug, kind=kind, made_by=by, made_at=now)
    for at, one in enumerate(items, start=1):
        AssessmentItem.objects.create(
            assessment=made, position=at, name=one.name, weight=one.weight, metric=one.metric, target=one.target
        )
    Assessed.objects.bulk_create(_places(made))
    audit.record(actor=by, action="assessment.open", target=str(made), at=now)
    return made


@transaction.atomic
def count(*, assessment: Assessment, by: Any, now: dt.datetime) -> int:
    """Score items that name a figure; a place without the figure keeps none. Answers how many. Raises CannotAssess."""
    assessment = _changeable(assessment, by)
    period, counted = periods.parse(assessment.period), 0
    items = [item for item in assessment.items.all() if item.metric]
    for place in assessment.places.select_related("township", "unit"):
        for item in items:
            value = _value(item.metric, place, period)
            AssessmentScore.objects.filter(place=place, item=item, value__isnull=False).delete()
            if value is not None and not place.scores.filter(item=item).exists():
                _keep(place, item, by, now, points=earned(item, value), value=value)
                counted += 1
    audit.record(actor=by, action="assessment.count", target=str(assessment), at=now)
    return counted


@transaction.atomic
def score(*, place: Assessed, item: AssessmentItem, points: Decimal, note: str, by: Any, now: dt.datetime) -> None:
    """Score an item by hand, with its evidence. Raises CannotAssess."""
    _changeable(place.assessment, by)
    if not note.strip():
        raise CannotAssess("手工评分要写明依据")
    if not 0 <= points <= item.weight:
        raise CannotAssess(f"“{item.name}”得分在 0 到 {item.weight} 之间")
    AssessmentScore.objects.filter(place=place, item=item).delete()
    _keep(place, item, by, now, points=points, note=note.strip())
    audit.record(actor=by, action="assessment.score", target=f"{place} {item} {points}", at=now)


@transaction.atomic
def adjust(*, place: Assessed, points: Decimal, note: str, by: Any, now: dt.datetime) -> None:
    """Add points or take them off outside the items, with the reason. Raises CannotAssess."""
    _changeable(place.assessment, by)
    if not points:
        raise CannotAssess("加减分不能是 0")
    if not note.strip():
        raise CannotAssess("加减分要写明依据")
    _keep(place, None, by, now, points=points, note=note.strip())
    audit.record(actor=by, action="assessment.adjust", target=f"{place} {points}", at=now)


@transaction.atomic
def show(*, assessment: Assessment, by: Any, now: dt.datetime) -> Assessment:
    """Let those assessed see their own scores and answer. Raises CannotAssess."""
    assessment = _changeable(assessment, by)
    if assessment.state != State.DRAFT:
        raise CannotAssess("已经在征求意见")
    _refuse_gaps(assessment)
    assessment.state, assessment.shown_at = State.SHOWN, now
    assessment.save(update_fields=["state", "shown_at"])
    audit.record(actor=by, action="assessment.show", target=str(assessment), at=now)
    return assessment


@transaction.atomic
def answer(*, place: Assessed, text: str, by: Any, now: dt.datetime) -> Assessed:
    """What a township or unit says to its scores while they are shown. Raises CannotAssess."""
    assessment = Assessment.objects.select_for_update().get(pk=place.assessment_id)
    if not permissions.can_answer_assessment(by, place.sender):
        raise CannotAssess("只能反馈本单位的考核")
    if assessment.state != State.SHOWN:
        raise CannotAssess("现在不在征求意见")
    if not text.strip():
        raise CannotAssess("写明意见；没有意见写“无意见”")
    place.answer, place.answered_by, place.answered_at = text.strip(), by, now
    place.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(actor=by, action="assessment.answer", target=str(place), at=now)
    return place


@transaction.atomic
def finish(*, assessment: Assessment, by: Any, now: dt.datetime) -> Assessment:
    """Make what was shown final; nothing of it changes any more. Raises CannotAssess."""
    assessment = _changeable(assessment, by)
    if assessment.state != State.SHOWN:
        raise CannotAssess("先征求意见，再定稿")
    _refuse_gaps(assessment)
    assessment.state, assessment.final_at = State.FINAL, now
    assessment.save(update_fields=["state", "final_at"])
    audit.record(actor=by, action="assessment.finish", target=str(assessment), at=now)
    return assessment


@transaction.atomic
def publish_ranks(*, assessment: Assessment, by: Any, now: dt.datetime) -> Assessment:
    """Let each see its rank within its group, once the assessment is final. Raises CannotAssess."""
    assessment = Assessment.objects.select_for_update().get(pk=assessment.pk)
    _refuse_unless_district(by)
    if assessment.state != State.FINAL:
        raise CannotAssess("定稿以后才能公布名次")
    assessment.order_published_at = assessment.order_published_at or now
    assessment.save(update_fields=["order_published_at"])
    audit.record(actor=by, action="assessment.publish", target=str(assessment), at=now)
    return assessment


def earned(item: AssessmentItem, value: Decimal) -> Decimal:
    """Full weight at the target, in proportion below it, nothing below zero."""
    assert item.target  # the database asks for it beside a figure
    share = min(max(value / item.target, Decimal(0)), Decimal(1))
    return (item.weight * share).quantize(CENT, ROUND_HALF_UP)


def _places(assessment: Assessment) -> list[Assessed]:
    if assessment.kind == Assessment.Kind.UNIT:
        units = Unit.objects.order_by("position", "code")
        return [Assessed(assessment=assessment, unit=unit, group="成员单位") for unit in units]
    townships = Township.objects.in_code_order()
    return [Assessed(assessment=assessment, township=one, group=one.get_kind_display()) for one in townships]


def _value(name: str, place: Assessed, period: Period) -> Decimal | None:
    """The figure, None where no room has it any more or there is nothing to count."""
    try:
        found = metrics.value(name, place.township or place.unit, period)
    except metrics.UnknownMetric:
        return None
    return None if found is None else Decimal(found).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _keep(place: Assessed, item: AssessmentItem | None, by: Any, now: dt.datetime, **fields: Any) -> None:
    AssessmentScore.objects.create(place=place, item=item, scored_by=by, scored_at=now, **fields)


def _refuse_gaps(assessment: Assessment) -> None:
    wanted = assessment.items.count() * assessment.places.count()
    scored = AssessmentScore.objects.filter(place__assessment=assessment, item__isnull=False).count()
    if scored < wanted:
        raise CannotAssess(f"还有 {wanted - scored} 处没有评分")


def _changeable(assessment: Assessment, by: Any) -> Assessment:
    _refuse_unless_district(by)
    locked = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if locked.state == State.FINAL:
        raise CannotAssess("已定稿，不能再改")
    return locked


def _refuse_unless_district(by: Any) -> None:
    if not permissions.can_assess(by):
        raise CannotAssess("考核由区级组织")
