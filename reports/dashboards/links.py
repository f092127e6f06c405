"""Addresses of the lists behind the numbers."""

from django.urls import NoReverseMatch, reverse

from qianjiang_portal.foundation.periods import Period


def link(name: str, *args: object) -> str:
    """The address of a page, or nothing where this portal does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def in_month(address: str, period: Period, shown_first: Period) -> str:
    """The same month on the next page, unless it is the one that page opens with."""
    return address if period == shown_first else f"{address}?period={period.slug}"
