"""Reported figures under the names `indicator_<code>`, for criteria, assessments and reports."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from qianjiang_portal.foundation import calendar, metrics, periods
from qianjiang_portal.foundation.periods import Period
from villages import dues
from villages.models import Appraisal, Attended, Charter, Errand, Indicator, IndicatorValue, Post, Township, Village

PREFIX = "indicator_"


@metrics.family
def indicators() -> list[metrics.Metric]:
    """One figure for each indicator in use."""
    return [_metric(indicator) for indicator in Indicator.objects.in_use().in_order()]


def _metric(indicator: Indicator) -> metrics.Metric:
    def compute(place: Any, period: Period) -> Decimal | None:
        return value_of(indicator, place, period)

    return metrics.Metric(
        f"{PREFIX}{indicator.code}",
        indicator.name,
        indicator.unit,
        compute,
        formula=indicator.meaning or indicator.get_kind_display(),
    )


def _holders(kind: str) -> metrics.Compute:
    def count(place: Any, period: Period) -> int:
        posts = Post.objects.on(period.ends_on).filter(kind=kind)
        if isinstance(place, Village):
            return posts.filter(village=place).count()
        return posts.of_township(place).count() if isinstance(place, Township) else posts.count()

    return count


for _kind in Post.Kind:
    metrics.register(f"posts_{_kind.value}", label=_kind.label, unit="人")(_holders(_kind.value))


@metrics.register("charters_filed", label="村规民约已备案", unit="个村", formula="到期末有备案村规民约的村")
def charters_filed(place: Any, period: Period) -> int:
    """Villages with a charter filed by the end of the period."""
    rows = Charter.objects.filter(filed_on__lte=period.ends_on)
    if isinstance(place, Village):
        rows = rows.filter(village=place)
    elif isinstance(place, Township):
        rows = rows.filter(village__township=place)
    return rows.values("village").distinct().count()


def _serving(place: Any, day: dt.date) -> Any:
    posts = Post.objects.on(day)
    if isinstance(place, Village):
        return posts.filter(village=place)
    return posts.of_township(place) if isinstance(place, Township) else posts


@metrics.register("cadres_trained", label="任职人员参训率", unit="%", formula="期内参加过培训的任职人员 ÷ 期末任职人员")
def cadres_trained(place: Any, period: Period) -> Decimal | None:
    """Of those in office at the end of the period, the share who attended a training in it."""
    taught = Attended.objects.filter(
        post=OuterRef("pk"),
        training__held_on__range=(period.begins_on, period.ends_on),
        training__withdrawn_at__isnull=True,
    )
    return _share(_serving(place, period.ends_on), Exists(taught))


@metrics.register("cadres_appraised", label="任职人员考核率", unit="%", formula="当年已考核的任职人员 ÷ 期末任职人员")
def cadres_appraised(place: Any, period: Period) -> Decimal | None:
    """Of those in office at the end of the period, the share whose work of its year has been judged by now."""
    judged = Appraisal.objects.standing().filter(post=OuterRef("pk"), year=period.year)
    return _share(_serving(place, period.ends_on), Exists(judged))


def _share(rows: Any, good: Exists) -> Decimal | None:
    counted = rows.aggregate(all=Count("pk"), good=Count("pk", filter=good))
    return Decimal(counted["good"]) * 100 / counted["all"] if counted["all"] else None


@metrics.register(
    "errands_in_time", label="代办按期办结率", unit="%", formula="承诺日前办结的代办 ÷ 已办结和已逾期的代办"
)
def errands_in_time(place: Any, period: Period) -> Decimal | None:
    """Of the errands received in the period that are done or overdue, the share done by the promised day."""
    rows = Errand.objects.filter(received_on__range=(period.begins_on, period.ends_on))
    if isinstance(place, Village):
        rows = rows.filter(village=place)
    elif isinstance(place, Township):
        rows = rows.filter(village__township=place)
    judged = rows.filter(Q(state=Errand.State.DONE) | Q(promised_on__lt=calendar.today()))
    counted = judged.aggregate(all=Count("pk"), good=Count("pk", filter=Q(done_on__lte=F("promised_on"))))
    return Decimal(counted["good"]) * 100 / counted["all"] if counted["all"] else None


def _villages_of(place: Any, on: dt.date) -> list[int]:
    """The villages of a place that were there on a day."""
    if isinstance(place, Village):
        return [place.pk]
    rows = Village.objects.filter(township=place) if isinstance(place, Township) else Village.objects.all()
    return list(rows.there_on(on).values_list("pk", flat=True))


def _on_time_by_village(villages: Iterable[Any], period: Period) -> dict[int, metrics.Value]:
    found = dues.tallies([village.pk for village in villages], period, calendar.today())
    return {pk: Decimal(one.on_time) * 100 / one.judged for pk, one in found.items() if one.judged}


@metrics.register(
    "disclosures_on_time",
    label="三公开按时率",
    unit="%",
    formula="截止日前公开的事项 ÷ 到期应公开的事项",
    many=_on_time_by_village,
)
def disclosures_on_time(place: Any, period: Period) -> Decimal | None:
    """Of what had to be public by now for the periods ending in it, the share that went up by its last day."""
    found = dues.tallies(_villages_of(place, period.ends_on), period, calendar.today())
    total = sum(found.values(), start=dues.Tally())
    return Decimal(total.on_time) * 100 / total.judged if total.judged else None


def value_of(indicator: Indicator, place: Any, period: Period) -> Decimal | None:
    """Flows add up over the quarters of a period, of a stock the last one counts.

    The sum over a village, a township or, where `place` is None, the district; None before anybody reported."""
    rows = IndicatorValue.objects.filter(indicator=indicator)
    if isinstance(place, Village):
        rows = rows.filter(village=place)
    elif isinstance(place, Township):
        rows = rows.filter(village__township=place)
    quarters = quarters_of(period)
    wanted = quarters[-1:] if indicator.is_stock else quarters
    total: Decimal | None = rows.filter(period__in=wanted).aggregate(sum=Sum("value"))["sum"]
    return total


def quarters_of(period: Period) -> list[str]:
    """The slugs of the quarters that a period holds or, for a month, lies in."""
    first, last = (periods.of(day, "quarter") for day in (period.begins_on, period.ends_on))
    return [first.shift(step).slug for step in range((last.year - first.year) * 4 + last.index - first.index + 1)]
