"""Who may read a report, and who may have one written."""

from typing import Any

from reports.models.reports import READERS
from villages import scope
from villages.models import Township


def can_see(user: Any, township: Township | None) -> bool:
    """The district's report for the district, a township's for whoever holds the whole township."""
    places = scope.places(user, READERS)
    return places.everywhere or (township is not None and places.covers_township(township))


def can_make(user: Any, township: Township | None) -> bool:
    """The district may have every report written, a leader their own township's."""
    if scope.places(user, {"district"}).everywhere:
        return True
    return township is not None and township.pk in scope.places(user, {"leader"}).townships


def can_make_all(user: Any) -> bool:
    return can_make(user, None)


def can_see_code(user: Any, code: str) -> bool:
    """`can_see` for a place known by its code alone, as in a job's row."""
    return can_see(user, Township.objects.filter(code=code).first())
