"""Addresses of the lists behind the numbers."""

from django.urls import NoReverseMatch, reverse


def link(name: str, *args: object) -> str:
    """The address of a page, or nothing where this portal does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
