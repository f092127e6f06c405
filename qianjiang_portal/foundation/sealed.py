"""A column whose texts are sealed in the database and plain in Python, and how its rows come under the present key."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg2 import sql

from qianjiang_portal.foundation import ciphers, personal

UNREADABLE = "读不出来，密钥不对"
BATCH = 500
LOOK = "SELECT id, {column} FROM {table} WHERE id > %s AND {column} <> '' ORDER BY id LIMIT %s"
HOLD = f"{LOOK} FOR UPDATE"
WRITE = "UPDATE {table} SET {column} = %s WHERE id = %s"
WRITE_MARKED = "UPDATE {table} SET {column} = %s, {marked} = %s WHERE id = %s"


class Unreadable(str):
    """Stands for a text that cannot be opened; saved again, the sealed text stays as it was."""

    sealed: str

    def __new__(cls, sealed: str) -> "Unreadable":
        made = super().__new__(cls, UNREADABLE)
        made.sealed = sealed
        return made


class SealedField(models.TextField):  # type: ignore[type-arg]
    """Text sealed by `ciphers`; a form gives it at most `longest` characters. It cannot be searched.

    `marked` names the column that holds the number's mark; whoever writes the number writes its mark.
    """

    description = "Sealed text"

    def __init__(self, *args: Any, longest: int = 30, marked: str = "", **options: Any) -> None:
        self.longest, self.marked = longest, marked
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options | {"longest": self.longest, "marked": self.marked}

    @property
    def seal_label(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        if not value or not ciphers.is_sealed(value):
            return value
        try:
            return ciphers.unseal(value, self.seal_label)
        except ciphers.CannotOpen:
            return Unreadable(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value.sealed
        text = super().get_prep_value(value)
        return ciphers.seal(text, self.seal_label) if isinstance(text, str) else text

    def get_lookup(self, lookup_name: str) -> Any:
        """Each sealing differs, so that comparing would find nothing, and say nothing about it."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def formfield(self, **options: Any) -> Any:
        return models.CharField(max_length=self.longest, blank=self.blank, verbose_name=self.verbose_name).formfield(
            **options
        )


def fields() -> Iterator[SealedField]:
    """Every sealed column there is."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SealedField):
                yield field


def reseal(table: str, column: str, marked: str = "") -> int:
    """Bring every row of a column under the present key, clear texts included; answers how many rows were written.

    A mark beside it is made anew. What a key that is gone has sealed stays as it is. Run again, it writes what is left.
    """
    return _rewrite(table, column, _again, marked)


def unreadable() -> int:
    """How many texts of all sealed columns no key of the settings opens."""
    with connection.cursor() as cursor:
        return sum(_closed(cursor, field) for field in fields())


def _closed(cursor: Any, field: SealedField) -> int:
    table, last, closed = field.model._meta.db_table, 0, 0
    while rows := _rows(cursor, table, str(field.column), last, LOOK):
        closed += sum(not ciphers.opens(text, field.seal_label) for _, text in rows)
        last = rows[-1][0]
    return closed


def lay_open(table: str, column: str) -> int:
    """The way back of a migration: every sealed text in clear again. Raises CannotOpen."""
    return _rewrite(table, column, lambda text, label: ciphers.unseal(text, label) if ciphers.is_sealed(text) else text)


def _rewrite(table: str, column: str, change: Callable[[str, str], str], marked: str = "") -> int:
    """Row by row in batches, each a transaction of its own: rows are held only while written, others go on working."""
    label, last, written = f"{table}.{column}", 0, 0
    statement = _named(WRITE_MARKED if marked else WRITE, table, column, marked)
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            rows = _rows(cursor, table, column, last)
            changed = [(new, pk) for pk, text in rows if (new := change(text, label)) != text]
            for new, pk in changed:
                marks = [personal.phone_mark(ciphers.unseal(new, label))] if marked else []
                cursor.execute(statement, [new, *marks, pk])
        written += len(changed)
        if len(rows) < BATCH:
            return written
        last = rows[-1][0]


def _rows(cursor: Any, table: str, column: str, last: int, statement: str = HOLD) -> list[tuple[int, str]]:
    cursor.execute(_named(statement, table, column), [last, BATCH])
    found: list[tuple[int, str]] = cursor.fetchall()
    return found


def _named(statement: str, table: str, column: str, marked: str = "") -> sql.Composed:
    names = {"table": table, "column": column, "marked": marked or column}
    return sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()})


def _again(text: str, label: str) -> str:
    if not ciphers.is_sealed(text):
        return ciphers.seal(text, label)
    try:
        return text if ciphers.is_present(text) else ciphers.seal(ciphers.unseal(text, label), label)
    except ciphers.CannotOpen:
        return text
