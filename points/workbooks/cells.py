"""One cell at a time: what a person typed, cleaned of what they could not see, and what it means."""

import datetime as dt
import re
import unicodedata
from functools import lru_cache

INVISIBLE = re.compile(r"[\s\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u3000\ufeff]+")
HIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
MINUS = str.maketrans("−—–﹣", "----")
TICKS = frozenset("√✓✔☑是有")
FULL_NUMBER = re.compile(r"^\d{12}-\d{2}-\d{4}$")
POINTS = re.compile(r"^[+-]?\d{1,5}(\.0+)?分?$")
DAY = re.compile(r"^(\d{4})\D(\d{1,2})\D(\d{1,2})日?(\s.*|T.*)?$")
NUMERALS = {word: at for at, word in enumerate("零一二三四五六七八九十")} | {"两": 2}
# Serial numbers of 1980 and 2079: what lies between is a day that lost its format.
FIRST_SERIAL, LAST_SERIAL = 29_221, 65_745

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None


def text(value: Value) -> str:
    """A cell as a line of text: 5.0 is 5, a moment at midnight is a day."""
    if isinstance(value, str):
        return HIDDEN.sub("", value).replace("\xa0", " ").replace("\u3000", " ").strip() if value else ""
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, bool):
        return "是" if value else ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def _number_text(value: float) -> str:
    if abs(value) >= 1e15:
        return f"{value:.5E}"
    return str(int(value)) if value.is_integer() else repr(value)


@lru_cache(maxsize=65536)
def plain(typed: str) -> str:
    """Without full-width forms, blanks and invisible characters."""
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", typed)).translate(MINUS)


@lru_cache(maxsize=65536)
def name(typed: str) -> str:
    """A person's name as the register would write it: no blanks inside, no punctuation at the ends."""
    return INVISIBLE.sub("", typed).strip("、，,。.;；:：*'\"“”")


@lru_cache(maxsize=65536)
def household_number(typed: str) -> str:
    """The full number, or its last four digits; what cannot be one is left as it is."""
    number = plain(typed)
    if FULL_NUMBER.match(number) or not number:
        return number
    if number.isdigit() and len(number) == 18:
        return f"{number[:12]}-{number[12:14]}-{number[14:]}"
    return number.zfill(4) if number.isdigit() and len(number) < 4 else number


def is_scientific(number: str) -> bool:
    """A long number that a spreadsheet has rounded: its last digits are lost."""
    return bool(re.match(r"^\d(\.\d+)?E\+?\d+$", number, re.IGNORECASE))


@lru_cache(maxsize=65536)
def rule_key(typed: str) -> str:
    return plain(typed).upper()


def is_tick(typed: str) -> bool:
    return plain(typed) in TICKS


@lru_cache(maxsize=65536)
def points(typed: str) -> int | None:
    """5, +5, －２, 5.0, 5分; None where it is no whole number."""
    number = plain(typed)
    return int(float(number.removesuffix("分"))) if POINTS.match(number) else None


def spelled_points(typed: str) -> int | None:
    """五 or 十: offered as a correction, never taken for granted."""
    return NUMERALS.get(plain(typed).removesuffix("分"))


@lru_cache(maxsize=65536)
def day(typed: str) -> dt.date | None:
    """2026-11-30, 2026/11/30, 2026.11.3, 2026年11月3日, 20261130 or a serial number; None for anything else."""
    given = unicodedata.normalize("NFKC", typed).strip().translate(MINUS)
    if match := DAY.match(given):
        return _date(*match.group(1, 2, 3))
    number = given.removesuffix(".0")
    if number.isdigit() and len(number) == 8:
        return _date(number[:4], number[4:6], number[6:])
    if number.isdigit() and len(number) == len(str(LAST_SERIAL)) and FIRST_SERIAL <= int(number) <= LAST_SERIAL:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(number))
    return None


def day_without_year(typed: str, today: dt.date) -> dt.date | None:
    """11月3日 or 11.3 as the last such day: offered as a correction."""
    match = re.match(r"^(\d{1,2})[月./-](\d{1,2})日?$", plain(typed))
    if not match:
        return None
    found = _date(str(today.year), *match.group(1, 2))
    return _date(str(today.year - 1), *match.group(1, 2)) if found and found > today else found


def _date(year: str, month: str, day_of_month: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None
