"""Who may have a report written: the district every one, a leader their own township's."""

from typing import Any

from reports.models import Report
from villages import scope
from villages.models import Township


def can_make(user: Any, township: Township | None) -> bool:
    if scope.places(user, {"district"}).everywhere:
        return True
    return township is not None and township.pk in scope.places(user, {"leader"}).townships


def can_make_all(user: Any) -> bool:
    return can_make(user, None)


def can_make_report(user: Any, report: Report) -> bool:
    return can_make(user, report.township)
