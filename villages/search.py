"""Households and villages by whatever a clerk types: a name, first letters, full pinyin, a number or a part of one."""

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product

from django.db.models import Q

from villages import pinyin
from villages.models import Village

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
    """Villages whose name or code holds `text`, or whose township is called so; letters are read as pinyin."""
    wanted = clean(text)
    if NUMBER.match(wanted):
        return Q(code__startswith=wanted)
    if LETTERS.match(wanted):
        names = Village.objects.values_list("code", "short_name", "township__name")
        return Q(code__in=[code for code, *own in names if any(_answers(name, wanted) for name in own)])
    return Q(name__contains=wanted) | Q(township__name__contains=wanted)


def _answers(name: str, letters: str) -> bool:
    return any(reading.startswith(letters) for reading in _readings(name))


@lru_cache(maxsize=1024)
def _readings(name: str) -> tuple[str, ...]:
    """A place's first letters and its whole pinyin, in every reading: 桐木村 → tmc, tongmucun."""
    whole = ("".join(parts) for parts in islice(product(*pinyin.syllables(name)), pinyin.MOST_VARIANTS))
    return (*pinyin.initials(name), *whole)


def spelled(letters: str) -> str:
    """A pattern for full pinyin typed without spaces: `rangu` finds `ran guang ming`."""
    return "^" + " ?".join(letters)
