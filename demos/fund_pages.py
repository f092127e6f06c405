"""经费 to read: what came in, went out and is left, by village and in one village."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from demos.models import FundBudget, FundLine
from qianjiang_portal.foundation.periods import Period
from villages.models import Village

NONE = Decimal(0)
IN = Q(kind__in=FundLine.INCOME)


@dataclass(frozen=True)
class Account:
    """A year of a village's money; `carried` is what was left of the years before."""

    village: Village
    budget: Decimal | None
    carried: Decimal
    income: Decimal
    spent: Decimal

    @property
    def balance(self) -> Decimal:
        return self.carried + self.income - self.spent

    @property
    def is_overspent(self) -> bool:
        return self.balance < 0

    @property
    def is_over_budget(self) -> bool:
        return self.budget is not None and self.spent > self.budget


def accounts(villages: Iterable[Village], year: Period) -> list[Account]:
    """Two queries, whatever the number of villages."""
    found = list(villages)
    past, now = Q(on__lt=year.begins_on), Q(on__range=(year.begins_on, year.ends_on))
    sums = FundLine.objects.filter(village__in=found).values("village").order_by()
    rows = sums.annotate(
        before_in=Sum("amount", filter=past & IN, default=NONE),
        before_out=Sum("amount", filter=past & ~IN, default=NONE),
        income=Sum("amount", filter=now & IN, default=NONE),
        spent=Sum("amount", filter=now & ~IN, default=NONE),
    )
    known = {row["village"]: row for row in rows}
    budgets = dict(FundBudget.objects.filter(village__in=found, year=year.year).values_list("village", "amount"))
    return [_account(village, known.get(village.pk), budgets.get(village.pk)) for village in found]


def _account(village: Village, row: Mapping[str, Any] | None, budget: Decimal | None) -> Account:
    if row is None:
        return Account(village, budget, NONE, NONE, NONE)
    return Account(village, budget, row["before_in"] - row["before_out"], row["income"], row["spent"])


@dataclass(frozen=True)
class Booked:
    """A line with what was left after it."""

    line: FundLine
    balance: Decimal
    is_taken_back: bool


def book(account: Account, year: Period) -> list[Booked]:
    """A village's lines of a year, newest first, each with the balance after it. One query."""
    rows = FundLine.objects.filter(village=account.village, on__range=(year.begins_on, year.ends_on))
    taken = {row.reverses_id for row in rows}
    left, booked = account.carried, []
    for line in rows.select_related("made_by").order_by("on", "pk"):
        left += line.amount if line.is_income else -line.amount
        booked.append(Booked(line, left, line.pk in taken))
    return booked[::-1]
