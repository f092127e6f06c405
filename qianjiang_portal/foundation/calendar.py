"""The portal's only clock, and its working days.

Everything asks `now()` here instead of reading the clock itself, so that a demonstration or a test can let a notice
period pass without touching a single row. `PORTAL_CLOCK` moves web, worker and beat alike: either an offset such as
`+8d`, or `file:<path>` naming a file that holds one and may change while they run.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from qianjiang_portal.foundation import options

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFSET = re.compile(r"^\s*([+-]?\d+)\s*([dhms])\s*$")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}

_fixed: dt.datetime | None = None


def now() -> dt.datetime:
    """The present moment, in Asia/Shanghai, moved by `PORTAL_CLOCK` where that is allowed."""
    return _fixed or dt.datetime.now(SHANGHAI) + offset()


def today() -> dt.date:
    return now().date()


def local_date(moment: dt.datetime) -> dt.date:
    """The day a moment falls on in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def moment(day: dt.date, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI)


@contextmanager
def at(when: dt.datetime) -> Iterator[None]:
    """Hold the clock of this process at `when`: for demonstration history and tests, never for a request."""
    global _fixed
    before, _fixed = _fixed, when.astimezone(SHANGHAI)
    try:
        yield
    finally:
        _fixed = before


def offset() -> dt.timedelta:
    """How far the portal's clock is moved. Raises ImproperlyConfigured where a real portal tries to move it."""
    spec = settings.PORTAL_CLOCK
    if not spec:
        return dt.timedelta()
    if not (settings.DEBUG or settings.TESTING):
        raise ImproperlyConfigured("PORTAL_CLOCK may only be set with DEBUG or in tests.")
    return _file_offset(Path(spec[5:])) if spec.startswith("file:") else parse_offset(spec)


def parse_offset(text: str) -> dt.timedelta:
    """`+8d`, `-3h`, `90m`, `15s` → timedelta; the parts may be joined by spaces. Raises ValueError."""
    total = dt.timedelta()
    for part in text.split():
        if not (match := OFFSET.match(part)):
            raise ValueError(f"not a clock offset: {part!r} (write +8d, -3h, 90m)")
        total += dt.timedelta(**{UNITS[match[2]]: int(match[1])})
    return total


def move(by: dt.timedelta) -> dt.timedelta:
    """Move the clock file on by `by` and answer the new offset. Only where `PORTAL_CLOCK` is `file:<path>`."""
    spec = settings.PORTAL_CLOCK
    if not spec.startswith("file:"):
        raise ImproperlyConfigured("The clock can be moved only where PORTAL_CLOCK is file:<path>.")
    total = offset() + by
    path = Path(spec[5:])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{int(total.total_seconds())}s\n")
    return total


def _file_offset(path: Path) -> dt.timedelta:
    try:
        stamp = path.stat()
    except FileNotFoundError:
        return dt.timedelta()
    return _read_offset(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=2)
def _read_offset(path: Path, _mtime: int, _size: int) -> dt.timedelta:
    return parse_offset(path.read_text())


def is_working_day(day: dt.date) -> bool:
    """Whether offices are open: the holidays package, then the district's own overrides."""
    override = options.get("working_day_overrides").get(day.isoformat())
    return _china().is_working_day(day) if override is None else bool(override)


@options.held("working_day_overrides")
def next_working_day(day: dt.date) -> dt.date:
    """The first working day on or after `day`."""
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day


@options.held("working_day_overrides")
def add_working_days(day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after `day`."""
    for _ in range(count):
        day = next_working_day(day + dt.timedelta(days=1))
    return day


@lru_cache(maxsize=1)
def _china() -> holidays.HolidayBase:
    return holidays.country_holidays("CN")
