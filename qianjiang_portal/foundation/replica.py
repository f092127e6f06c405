"""Named read-only pages may be read from a streaming replica, and say of which moment they are.

Only what is passed to `read` goes there, by the router below; everything else asks the primary. A replica that is away,
behind or refuses never shows: the same is read from the primary, and the replica is left alone for a while.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError, connections

NAME = "replica"
LEFT_ALONE_SECONDS = 30
# While it receives, and has replayed all it has, it is of now; else of the last change that it replayed.
SHOWN = """
    CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver)
         THEN clock_timestamp() ELSE pg_last_xact_replay_timestamp() END
"""
# Where that is over a minute ago, the page is rather read from the primary.
MOMENT = f"""
    SELECT shown.moment FROM (SELECT {SHOWN} AS moment) AS shown
     WHERE shown.moment > clock_timestamp() - interval '60 seconds'
"""  # noqa: S608 - a constant
BEHIND = f"SELECT extract(epoch FROM clock_timestamp() - ({SHOWN}))"  # noqa: S608 - a constant
T = TypeVar("T")
_there: ContextVar[bool] = ContextVar("reading_from_the_replica", default=False)
_again_at = 0.0
_asked_again_at = 0.0
logger = logging.getLogger("portal.replica")


@dataclass(frozen=True)
class Read(Generic[T]):
    """What was read, and of which moment where a replica answered."""

    found: T
    as_of: dt.datetime | None = None


class Router:
    """Sends reads to the replica inside `read`, and nothing else ever."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return NAME if _there.get() else None

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != NAME


def read(work: Callable[[], T]) -> Read[T]:
    """Do work that only reads, on the replica where there is one that keeps up."""
    global _again_at
    if not is_named() or time.monotonic() < _again_at:
        return Read(work())
    try:
        moment = _moment()
        if moment is not None:
            with _reading():
                return Read(work(), moment)
    except DatabaseError as error:
        logger.warning("the replica does not answer: %s", error)
        connections[NAME].close()
    _again_at = time.monotonic() + LEFT_ALONE_SECONDS
    return Read(work())


def _moment() -> dt.datetime | None:
    """The moment the replica shows; None where it lags too far behind."""
    with connections[NAME].cursor() as cursor:
        cursor.execute(MOMENT)
        found = cursor.fetchone()
    return found[0] if found else None


def is_named() -> bool:
    return NAME in settings.DATABASES


def behind() -> float | None:
    """How many seconds the replica is behind by its own account; None where it does not say.

    One that did not answer is left alone for a while here as well, so that a probe waits for it once and not each time.
    """
    global _asked_again_at
    if time.monotonic() < _asked_again_at:
        return None
    try:
        with connections[NAME].cursor() as cursor:
            cursor.execute(BEHIND)
            (seconds,) = cursor.fetchone()
    except DatabaseError as error:
        logger.warning("the replica does not tell how far behind it is: %s", error)
        connections[NAME].close()
        _asked_again_at = time.monotonic() + LEFT_ALONE_SECONDS
        return None
    return None if seconds is None else float(seconds)


@contextmanager
def _reading() -> Iterator[None]:
    token = _there.set(True)
    try:
        yield
    finally:
        _there.reset(token)
