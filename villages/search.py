"""Households and villages by whatever a clerk types: a name, first letters, full pinyin, a number or a part of one."""

import re
import unicodedata

from django.db.models import Q

LETTERS = re.compile(r"^[a-z]+$")
NUMBER = re.compile(r"^[\d-]+$")


def clean(text: str) -> str:
    """Full-width forms become plain ones; letters lose their case, and everything its spaces."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def households(text: str, path: str = "") -> Q:
    """Households that answer to `text`; an empty text is every household. `path` leads to them, such as `household`."""
    wanted = clean(text)
    lead = f"{path}__" if path else ""
    if not wanted:
        return Q()
    if NUMBER.match(wanted):
        return Q(**{f"{lead}number__startswith": wanted}) | Q(**{f"{lead}number__endswith": wanted})
    if LETTERS.match(wanted):
        return Q(**{f"{lead}initials__iregex": rf"(^| ){wanted}"}) | Q(**{f"{lead}pinyin__iregex": spelled(wanted)})
    return Q(**{f"{lead}head_name__contains": wanted}) | Q(**{f"{lead}aliases__contains": wanted})


def villages(text: str) -> Q:
    """Villages whose name or code holds `text`, or whose township is called so."""
    wanted = clean(text)
    if NUMBER.match(wanted):
        return Q(code__startswith=wanted)
    return Q(name__contains=wanted) | Q(township__name__contains=wanted)


def spelled(letters: str) -> str:
    """A pattern for full pinyin typed without spaces: `rangu` finds `ran guang ming`."""
    return "^" + " ?".join(letters)
