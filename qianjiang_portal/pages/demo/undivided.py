"""One transaction without points to go back to: where a part fails, all of it is undone, so no part needs its own.

Every write function is a transaction, and inside another one a savepoint: two statements, and a subtransaction that
PostgreSQL remembers to the end. A district is made of ten thousand of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def undivided() -> Iterator[None]:
    """Write functions called here set no savepoint. What refuses here undoes everything, even where it is caught."""
    with _savepoints(used=False):
        yield


@contextmanager
def divided() -> Iterator[None]:
    """Inside `undivided`: a write function called here may refuse, and only what it did is undone."""
    with _savepoints(used=True):
        yield


@contextmanager
def _savepoints(*, used: bool) -> Iterator[None]:
    before = connection.features.uses_savepoints
    connection.features.uses_savepoints = used
    try:
        yield
    finally:
        connection.features.uses_savepoints = before
