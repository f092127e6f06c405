"""Addresses of the lists behind the numbers."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from points.permissions import NOTICE_READERS
from qianjiang_portal.foundation.periods import Period
from villages import scope
from villages.models import Township, Village


def link(name: str, *args: object) -> str:
    """The address of a page, or nothing where this portal does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def notice(user: Any, village: Village, code: str) -> str:
    """The address of a notice, for whoever may read it."""
    return link("points:notice", code) if scope.covers(user, NOTICE_READERS, village) else ""


def entries(user: Any, village: Village, period: Period) -> str:
    """The address of the lines of a village's month, for whoever may read them."""
    readable = scope.covers(user, scope.HOUSEHOLD_READERS - {"counter"}, village)
    return f"{link('reports:entry-list', village.code)}?period={period.slug}" if readable else ""


def batches(user: Any, village: Village, period: Period) -> str:
    """The address of the batches of a village's month that had to be reviewed, for whoever may read them."""
    readable = scope.covers(user, scope.HOUSEHOLD_READERS - {"counter"}, village)
    return f"{link('reports:village-batches', village.code)}?period={period.slug}" if readable else ""


def households(user: Any, village: Village, period: Period) -> str:
    """The address of the households on a village's register in a month, for whoever may read them."""
    readable = scope.covers(user, scope.HOUSEHOLD_READERS, village)
    return f"{link('points:passbook-list')}?village={village.code}&period={period.slug}" if readable else ""


def notices(user: Any, village: Village, period: Period) -> str:
    """The address of a village's notices of a month, for whoever may read them."""
    readable = scope.covers(user, NOTICE_READERS, village)
    return f"{link('points:notice-list')}?village={village.code}&period={period.slug}" if readable else ""


def open_notices(user: Any, place: Village | Township | None) -> str:
    """The address of a list of just the notices that are up in a place, None for the district.

    Nothing for whoever does not read the notices of all of it.
    """
    places, address = scope.places(user, NOTICE_READERS), f"{link('points:notice-list')}?state=open"
    if isinstance(place, Village):
        return f"{address}&village={place.code}" if places.covers(place) else ""
    if place is None:
        return address if places.everywhere else ""
    return f"{address}&t={place.code}" if places.covers_township(place) else ""
