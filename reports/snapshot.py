"""One frozen view of the database for everything a report counts."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

FREEZE = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@contextmanager
def snapshot() -> Iterator[None]:
    """All queries inside see one moment and may not write. Must not be called within a transaction."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(FREEZE)
        yield
