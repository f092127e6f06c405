"""Figures of pairings, meetings and funds under names that other rooms may ask for."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from demos.models import Candidate, FundBudget, FundLine, Meeting, Move, Stage, Support, Visit
from qianjiang_portal.foundation import metrics
from qianjiang_portal.foundation.periods import Period
from villages.models import Township, Unit, Village


def within(rows: QuerySet[Any], place: Any, path: str = "village") -> QuerySet[Any]:
    """Rows of a village, a township, a member unit, or the whole district where `place` is None."""
    if isinstance(place, Village):
        return rows.filter(**{path: place})
    if isinstance(place, Township):
        return rows.filter(**{f"{path}__township": place})
    return rows.filter(**{path.replace("village", "unit"): place}) if isinstance(place, Unit) else rows


def _lines(place: Any, period: Period) -> QuerySet[FundLine]:
    return within(FundLine.objects.filter(on__range=(period.begins_on, period.ends_on)), place)


def _sum(rows: QuerySet[Any]) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


@metrics.register("funds_income", label="经费收入", unit="元", formula="期内登记的各项收入")
def funds_income(place: Any, period: Period) -> Decimal:
    return _sum(_lines(place, period).filter(kind__in=FundLine.INCOME))


@metrics.register("funds_spent", label="经费支出", unit="元", formula="期内登记的各项支出")
def funds_spent(place: Any, period: Period) -> Decimal:
    return _sum(_lines(place, period).exclude(kind__in=FundLine.INCOME))


@metrics.register("funds_goods", label="兑换物品支出", unit="元")
def funds_goods(place: Any, period: Period) -> Decimal:
    return _sum(_lines(place, period).filter(kind=FundLine.Kind.GOODS))


def _balances(villages: Iterable[Village], period: Period) -> dict[int, Decimal]:
    """One query; a village without a line is not in it."""
    income = Q(kind__in=FundLine.INCOME)
    rows = FundLine.objects.filter(village__in=villages, on__lte=period.ends_on).values_list("village").order_by()
    none = Decimal(0)
    sums = rows.annotate(
        come=Sum("amount", filter=income, default=none), gone=Sum("amount", filter=~income, default=none)
    )
    return {village: come - gone for village, come, gone in sums}


@metrics.register("funds_balance", label="经费结余", unit="元", formula="到期末的收入减去支出", many=_balances)
def funds_balance(place: Any, period: Period) -> Decimal:
    """Everything that came in less everything that went out, up to the end of the period."""
    rows = within(FundLine.objects.filter(on__lte=period.ends_on), place)
    income = _sum(rows.filter(kind__in=FundLine.INCOME))
    return income - _sum(rows.exclude(kind__in=FundLine.INCOME))


@metrics.register("funds_budget", label="经费预算", unit="元", formula="当年登记的预算")
def funds_budget(place: Any, period: Period) -> Decimal | None:
    """The budget of the period's year; None where nobody set one."""
    total: Decimal | None = within(FundBudget.objects.filter(year=period.year), place).aggregate(sum=Sum("amount"))[
        "sum"
    ]
    return total


@metrics.register("pairing_visits", label="结对走访", unit="次", formula="期内登记的走访")
def pairing_visits(place: Any, period: Period) -> int:
    rows = Visit.objects.filter(on__range=(period.begins_on, period.ends_on))
    return within(rows, place, "pairing__village").count()


def _given(place: Any, period: Period, kind: str) -> Decimal:
    rows = Support.objects.filter(on__range=(period.begins_on, period.ends_on), kind=kind)
    return _sum(within(rows, place, "pairing__village"))


@metrics.register("pairing_people", label="结对人力", unit="人次", formula="期内登记的人力支持")
def pairing_people(place: Any, period: Period) -> Decimal:
    return _given(place, period, Support.Kind.PEOPLE)


@metrics.register("pairing_money", label="结对资金", unit="元", formula="期内登记的资金支持")
def pairing_money(place: Any, period: Period) -> Decimal:
    return _given(place, period, Support.Kind.MONEY)


@metrics.register("pairing_goods", label="结对物资", unit="元", formula="期内登记的物资支持")
def pairing_goods(place: Any, period: Period) -> Decimal:
    return _given(place, period, Support.Kind.GOODS)


@metrics.register("special_meetings", label="专题会", unit="次", formula="期内召开的专题会")
def special_meetings(place: Any, period: Period) -> int:
    """Meetings that a unit, or all lead units where `place` is None, held in the period."""
    rows = Meeting.objects.filter(kind=Meeting.Kind.SPECIAL, held_on__range=(period.begins_on, period.ends_on))
    return (rows.filter(unit=place) if isinstance(place, Unit) else rows).count()


def _candidates(place: Any, period: Period, *, recognised: bool) -> int:
    """How many places were on their way, or recognised, at the end of the period."""
    moves = Move.objects.filter(candidate=OuterRef("pk"), on__lte=period.ends_on)
    there = Q(closed_on__isnull=True) | Q(closed_on__gt=period.ends_on)
    done = Exists(moves.filter(kind=Move.Kind.ADVANCE, to_stage__key=Stage.Key.RECOGNISED))
    rows = Candidate.objects.filter(there, Exists(moves), done if recognised else ~done)
    if isinstance(place, Village):
        rows = rows.filter(village=place)
    elif isinstance(place, Township):
        rows = rows.filter(Q(township=place) | Q(village__township=place))
    return rows.count()


@metrics.register("demos_under_way", label="正在创建", unit="个", formula="期末正在创建、还没有认定的村和镇")
def demos_under_way(place: Any, period: Period) -> int:
    return _candidates(place, period, recognised=False)


@metrics.register("demos_recognised", label="已认定", unit="个", formula="期末已经认定、没有撤销的示范村和示范镇")
def demos_recognised(place: Any, period: Period) -> int:
    return _candidates(place, period, recognised=True)
