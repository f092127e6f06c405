"""A row at the end of a book that only grows, by a statement put together once for its table.

Saving puts the same statement together each time, which takes as long as the database takes to write it.
"""

from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

Row = TypeVar("Row", bound=Model)


def append(row: Row) -> Row:
    """Write a new row, none of whose values is left to the database but its number."""
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection=connection) for field in _fields(type(row))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(row)), values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias
    return row


@cache
def _fields(table: type[Model]) -> list["Field[Any, Any]"]:
    return [field for field in table._meta.concrete_fields if not field.primary_key]


@cache
def _statement(table: type[Model]) -> str:
    quote, fields = connection.ops.quote_name, _fields(table)
    columns, places = ", ".join(quote(str(field.column)) for field in fields), ", ".join("%s" for _ in fields)
    number = quote(str(table._meta.pk.column))
    return f"INSERT INTO {quote(table._meta.db_table)} ({columns}) VALUES ({places}) RETURNING {number}"  # noqa: S608
