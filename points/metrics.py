"""The points room's figures, under names that other rooms may ask for."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from points.models import Activity, Batch, Honour, Notice, Objection, Participation, Redemption, Rollup, VillageMonth
from points.models.rules import Dimension
from qianjiang_portal.foundation import calendar, metrics, options
from qianjiang_portal.foundation.periods import Period, parse
from villages.models import Township, Village


def within(rows: QuerySet[Any], place: Any, path: str = "village") -> QuerySet[Any]:
    """Rows of a village, of a township's villages, or of the whole district where `place` is None.

    `path` leads from a row to its village; it is empty for villages themselves.
    """
    if isinstance(place, Village):
        return rows.filter(**{path or "pk": place.pk})
    return rows.filter(**{f"{path}__township".lstrip("_"): place}) if isinstance(place, Township) else rows


def _participants(place: Any, period: Period) -> int:
    if period.kind == "month":
        months = within(VillageMonth.objects.filter(period=period.slug), place)
        return months.aggregate(sum=Sum("participants"))["sum"] or 0
    rows = within(Participation.objects.filter(period__in=period.months), place)
    return rows.values("household").distinct().count()


@metrics.register("participants", label="参与户", unit="户")
def participants(place: Any, period: Period) -> int:
    """Distinct households with at least one award posted in the period."""
    return _participants(place, period)


@metrics.register("participation_rate", label="参与户率", unit="%")
def participation_rate(place: Any, period: Period) -> Decimal | None:
    """Participants by the households registered at the end of the period's last month; None before it is over."""
    rows = within(VillageMonth.objects.filter(period=period.months[-1]), place)
    registered = rows.aggregate(sum=Sum("households"))["sum"]
    return Decimal(_participants(place, period)) * 100 / registered if registered else None


@metrics.register("net_points", label="净积分", unit="分")
def net_points(place: Any, period: Period) -> int:
    """Awards and deductions less their reversals, posted in the period; redemptions do not count."""
    rows = within(Rollup.objects.in_months(period.months).exclude(dimension=""), place)
    return int(rows.aggregate(sum=Sum("points"))["sum"] or 0)


def _by_dimension(dimension: str) -> metrics.Compute:
    def points(place: Any, period: Period) -> int:
        rows = within(Rollup.objects.in_months(period.months).filter(dimension=dimension), place)
        return int(rows.aggregate(sum=Sum("points"))["sum"] or 0)

    return points


for _dimension in Dimension:
    metrics.register(f"points_{_dimension.value}", label=f"{_dimension.label}积分", unit="分")(
        _by_dimension(_dimension.value)
    )


def _held(kind: str) -> metrics.Compute:
    def count(place: Any, period: Period) -> int:
        rows = Activity.objects.filter(kind=kind, held_on__range=(period.begins_on, period.ends_on))
        return within(rows, place).count()

    return count


for _kind in Activity.Kind:
    metrics.register(f"activities_{_kind.value}", label=f"{_kind.label}活动", unit="场", formula="期内举办的活动")(
        _held(_kind.value)
    )


@metrics.register("honours", label="授予荣誉", unit="个", formula="期内授予、没有取消的荣誉")
def honours(place: Any, period: Period) -> int:
    """Honours awarded in the period that still stand."""
    rows = Honour.objects.awarded().filter(awarded_on__range=(period.begins_on, period.ends_on))
    return within(rows, place).count()


@metrics.register("notices", label="积分公示", unit="期", formula="期内各月已经入账的公示")
def notices(place: Any, period: Period) -> int:
    """Notices of the period's months that have been posted."""
    rows = Notice.objects.filter(period__in=period.months, state=Notice.State.POSTED)
    return within(rows, place).count()


@metrics.register(
    "entered_on_time", label="按月录入率", unit="%",
    formula="当月有积分入账的村 ÷ 实行积分制的村，每月一次，到已经过完的月份",
)  # fmt: skip
def entered_on_time(place: Any, period: Period) -> Decimal | None:
    """Of the months that are over, the share in which a village had points posted; None before the first is."""
    today = calendar.today()
    months = [month for month in period.months if parse(month).ends_on < today]
    villages = within(Village.objects.with_points().order_by(), place, path="")
    due = villages.count() * len(months)
    if not due:
        return None
    posted = Rollup.objects.in_months(months).exclude(dimension="").filter(village__in=villages)
    return Decimal(posted.values("village", "period").distinct().count()) * 100 / due


@metrics.register(
    "entered_promptly", label="及时录入率", unit="%",
    formula="事情发生后没有到补录天数就提交的批次 ÷ 提交的批次，按提交日期",
)  # fmt: skip
def entered_promptly(place: Any, period: Period) -> Decimal | None:
    """Of the batches submitted in the period, the share that was no late entry; None where there are none."""
    days = dt.timedelta(days=options.get("late_entry_days"))
    begins, ends = calendar.moment(period.begins_on), calendar.moment(period.ends_on + dt.timedelta(days=1))
    rows = within(Batch.objects.filter(submitted_at__gte=begins, submitted_at__lt=ends), place)
    prompt = Q(occurred_on__gte=TruncDate("submitted_at") - days)
    found = rows.aggregate(all=Count("pk"), prompt=Count("pk", filter=prompt))
    return Decimal(found["prompt"]) * 100 / found["all"] if found["all"] else None


def _handed_out(place: Any, period: Period) -> QuerySet[Redemption]:
    """Slips of the period that stand, by the village of the household."""
    slips = Redemption.objects.filter(on__range=(period.begins_on, period.ends_on), undone_at__isnull=True)
    return within(slips, place, path="household__village")


@metrics.register("points_redeemed", label="兑换积分", unit="分", formula="期内兑换用掉的积分，撤销的不算")
def points_redeemed(place: Any, period: Period) -> int:
    """Points of the slips of the period that were not taken back."""
    return _handed_out(place, period).aggregate(sum=Sum("points"))["sum"] or 0


@metrics.register("redeeming_households", label="兑换户", unit="户", formula="期内兑换过的农户，一户只算一次")
def redeeming_households(place: Any, period: Period) -> int:
    return _handed_out(place, period).values("household").distinct().count()


def _outstanding(place: Any, period: Period) -> int:
    rows = within(Rollup.objects.filter(period__lte=period.months[-1]), place)
    return int(rows.aggregate(sum=Sum("points"))["sum"] or 0)


@metrics.register("points_outstanding", label="未兑换积分", unit="分", formula="到期末入账的全部积分，减去兑换和冲正")
def points_outstanding(place: Any, period: Period) -> int:
    """All that was posted up to the end of the period, debts taken off."""
    return _outstanding(place, period)


@metrics.register("store_liability", label="未兑换积分折合", unit="元", formula="未兑换积分 ÷ 每元折合积分")
def store_liability(place: Any, period: Period) -> Decimal:
    """What the points outstanding would cost at the district's rate."""
    return Decimal(_outstanding(place, period)) / int(options.get("points_per_yuan"))


def _raised(place: Any, period: Period) -> QuerySet[Objection]:
    return within(Objection.objects.filter(raised_on__range=(period.begins_on, period.ends_on)), place)


@metrics.register("objections", label="公示异议", unit="条", formula="期内收到的异议，网页、电话、当面都算")
def objections(place: Any, period: Period) -> int:
    """Objections made in the period, by page, telephone or in person."""
    return _raised(place, period).count()


@metrics.register(
    "objections_in_time", label="异议按期答复率", unit="%", formula="期限前答复的异议 ÷ 已答复和已逾期的异议"
)
def objections_in_time(place: Any, period: Period) -> Decimal | None:
    """Of the objections made in the period that are answered or overdue, the share answered by their day."""
    judged = _raised(place, period).filter(Q(state="settled") | Q(due_on__lt=calendar.today()))
    counted = judged.aggregate(all=Count("pk"), good=Count("pk", filter=Q(decided_at__date__lte=F("due_on"))))
    return Decimal(counted["good"]) * 100 / counted["all"] if counted["all"] else None
