"""The period a page is asked for, and the months it offers."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest

from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period


@dataclass(frozen=True, slots=True)
class MonthChoice:
    period: Period
    label: str
    is_current: bool


def period_of(request: HttpRequest, fits: Callable[[Period], bool]) -> Period | None:
    """The period in the address, None without one. Raises Http404 where it does not fit or has not begun."""
    slug = request.GET.get("period")
    if not slug:
        return None
    try:
        period = periods.parse(slug)
    except ValueError:
        raise Http404 from None
    if not fits(period) or period.begins_on > calendar.today():
        raise Http404
    return period


def month_of(request: HttpRequest) -> Period:
    """The month in the address, this month without one. Raises Http404 for anything but a month up to now."""
    return period_of(request, lambda period: period.kind == "month") or periods.of(calendar.today())


def months_to_choose(period: Period) -> list[MonthChoice]:
    """The last twelve months, the newest first, and the month shown where that is older."""
    newest = periods.of(calendar.today())
    months = [newest.shift(-back) for back in range(12)]
    months += [period] if period not in months else []
    return [MonthChoice(month, month.title, month == period) for month in months]
