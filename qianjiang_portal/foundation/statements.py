"""Statements that are put together once and asked again and again.

The ORM takes longer to put the counts of a dashboard together than the database takes to answer. What is kept is the
statement, never its answer.
"""

import datetime as dt
from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import Model, QuerySet

KEPT = 100
# Stands in a kept statement where the moment of asking belongs; no row and no period has it.
MOMENT = dt.datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC)

Make = Callable[[dt.datetime], QuerySet[Any, Any]]
Kept = tuple[type[Model], str, tuple[Any, ...]]
_kept: dict[Hashable, Kept] = {}


def rows(made_from: Hashable, make: Make, at: dt.datetime) -> list[tuple[Any, ...]]:
    """The rows of a query of plain columns and whole numbers, which `make` makes from `made_from` alone: no setting and
    no row has a say in it.

    The query may hold the moment that `make` is handed, which may be another each time, but nothing worked out from it.
    """
    try:
        model, statement, given = _put_together(made_from, make)
    except EmptyResultSet:
        return []
    with connections[router.db_for_read(model)].cursor() as cursor:
        cursor.execute(statement, [at if one == MOMENT else one for one in given])
        return [tuple(map(_plain, row)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    """The database gives sums of whole numbers as decimals."""
    return int(value) if isinstance(value, Decimal) else value


def _put_together(made_from: Hashable, make: Make) -> Kept:
    kept = _kept.get(made_from)
    if kept is None:
        found = make(MOMENT)
        kept = found.model, *found.query.sql_with_params()
        # Another thread may do the same at this moment, so what was put together is not read from there again.
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[made_from] = kept
    return kept
