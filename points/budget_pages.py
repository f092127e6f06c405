"""What the store will cost: points outstanding at the district's rate, beside the money of the village and its pace."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from points.models import Balance, Redemption
from qianjiang_portal.foundation import metrics, options, periods
from qianjiang_portal.foundation.periods import Period
from villages.models import Village

# Full months whose pace is carried on to the end of the year.
PACE_MONTHS = 3
DAYS_A_MONTH = Decimal(365) / 12


@dataclass(frozen=True)
class Outlook:
    """Points are whole, money is 元; `funds` is None where no money was ever entered. `pace` is points a month."""

    village: Village
    outstanding: int
    debt: int
    pace: Decimal
    months_left: Decimal
    funds: Decimal | None
    rate: int

    @property
    def liability(self) -> Decimal:
        """What it would cost if everybody came today."""
        return Decimal(self.outstanding) / self.rate

    @property
    def expected(self) -> Decimal:
        """What will be handed out until the end of the year if it goes on like that."""
        return self.pace * self.months_left / self.rate

    @property
    def short(self) -> Decimal:
        """How much the expected redemptions lack; 0 where the money reaches."""
        return max(Decimal(0), self.expected - (self.funds or 0))

    @property
    def short_if_all_came(self) -> Decimal:
        return max(Decimal(0), self.liability - (self.funds or 0))

    @property
    def lasts(self) -> Decimal | None:
        """Months the money lasts at this pace; None where nothing is handed out or no money was entered."""
        return max(Decimal(0), self.funds) * self.rate / self.pace if self.pace and self.funds is not None else None


@dataclass(frozen=True)
class Forecast:
    """The villages with points to spend or slips, and what one yuan is worth."""

    rows: list[Outlook]
    rate: int
    since: Period
    until: Period

    @property
    def outstanding(self) -> int:
        return sum(row.outstanding for row in self.rows)

    @property
    def liability(self) -> Decimal:
        return sum((row.liability for row in self.rows), Decimal(0))

    @property
    def expected(self) -> Decimal:
        return sum((row.expected for row in self.rows), Decimal(0))

    @property
    def short(self) -> int:
        return sum(row.short > 0 for row in self.rows)


def forecast(villages: Iterable[Village], today: dt.date) -> Forecast:
    """Three sums, whatever the number of villages."""
    found, month = list(villages), periods.of(today)
    rate, since, until = options.get("points_per_yuan"), month.shift(-PACE_MONTHS), month.shift(-1)
    held, pace = _held(found), _paces(found, since, until)
    funds = metrics.of_villages("funds_balance", found, month)
    left = Decimal((dt.date(today.year, 12, 31) - today).days) / DAYS_A_MONTH
    rows = []
    for village in found:
        outstanding, debt = held.get(village.pk, (0, 0))
        if outstanding or debt or village.pk in pace:
            money = funds.get(village.pk)
            rows.append(
                Outlook(
                    village,
                    outstanding,
                    debt,
                    pace=Decimal(pace.get(village.pk, 0)) / PACE_MONTHS,
                    months_left=left,
                    funds=None if money is None else Decimal(money),
                    rate=rate,
                )
            )
    return Forecast(rows, rate, since, until)


def _held(villages: list[Village]) -> dict[int, tuple[int, int]]:
    """Village → points its households may spend, and what they owe, as sizes."""
    rows = Balance.objects.filter(household__village__in=villages).values_list("household__village").order_by()
    sums = rows.annotate(
        plus=Sum("posted", filter=Q(posted__gt=0), default=0), minus=Sum("posted", filter=Q(posted__lt=0), default=0)
    )
    return {village: (plus, -minus) for village, plus, minus in sums}


def _paces(villages: list[Village], since: Period, until: Period) -> dict[int, int]:
    """Village → points handed out in full months and not taken back."""
    slips = Redemption.objects.filter(
        household__village__in=villages, on__range=(since.begins_on, until.ends_on), undone_at__isnull=True
    )
    return dict(slips.values_list("household__village").order_by().annotate(sum=Sum("points")))
