"""Rows of several tables from one plain statement, for what every page reads.

The ORM takes longer to put five tables together than the database takes to answer; written out, only the
answer is left.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def columns(**tables: type[Model]) -> str:
    """All columns of tables by their alias in the statement, in the order in which `read` takes them."""
    return ", ".join(
        f'{alias}."{field.column}"' for alias, table in tables.items() for field in table._meta.concrete_fields
    )


def read(statement: str, given: Sequence[Any], *tables: type[Model]) -> Iterator[tuple[Any, ...]]:
    """A row's instances, one of each table, None where an outer join found nothing."""
    names = [[field.attname for field in table._meta.concrete_fields] for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    for row in rows:
        rest, found = list(row), []
        for table, fields in zip(tables, names, strict=True):
            values, rest = rest[: len(fields)], rest[len(fields) :]
            found.append(_instance(table, fields, values))
        yield tuple(found)


def _instance(table: type[Model], names: list[str], values: list[Any]) -> Model | None:
    return None if values[0] is None else table.from_db(connection.alias, names, values)
