"""Fixtures whose rows are built once in each test process and put back as they were for every later test.

The cast costs two hundred statements, most tests want it, and each undoes it. The first test that asks for a `@kept`
fixture builds it with the portal's own functions, all triggers and constraints awake; what that wrote is then kept as
one text of INSERTs, and what it answered as a pickle. Later tests get the same rows with the same keys from one
message, and fresh copies of the same objects, which share what they shared.

Nothing is put back where it could differ from what would be built: a test whose rows came into the database otherwise
builds anew, and so does one in which somebody else wrote one of the rows that a kept fixture changes.
"""

import functools
import inspect
import io
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2.errors
from django.db import connection, models, transaction

READS = re.compile(r"\s*(?:SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|SHOW|BEGIN|COMMIT|DECLARE|FETCH)\b", re.IGNORECASE)
ASLEEP = """SAVEPOINT kept; SET LOCAL session_replication_role = replica; {}
    SET LOCAL session_replication_role = origin; RELEASE SAVEPOINT kept"""
# How many rows this transaction put into, changed in and took out of each of the portal's tables.
WRITTEN = """SELECT relid::regclass::text, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
    WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY relid"""
COLUMNS = """SELECT attname, attnum = ANY (coalesce(indkey::int2[], '{}')) FROM pg_attribute
    LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
# A table of this moment: what this transaction writes from now on has this number or a higher one.
MARK = "CREATE TEMP TABLE kept_mark AS SELECT 1; SELECT xmin::text::bigint FROM kept_mark"

Row = tuple[str, str]  # table and key


@dataclass
class Layer:
    """What one fixture wrote and answered, built on certain layers of others."""

    sql: str = ""
    rows: list[Row] = field(default_factory=list)
    changed: dict[Row, "Layer | None"] = field(default_factory=dict)  # its rows, and who had written them before
    rings: bool = False  # asks for something to be done when the transaction is over
    answer: bytes = b""


@dataclass
class Ground:
    """What stands in the database of the running test."""

    ours: bool = True  # nobody else has written yet
    standing: dict[str, tuple[Layer, Any]] = field(default_factory=dict)
    writers: dict[Row, Layer] = field(default_factory=dict)
    objects: dict[tuple[int, int], models.Model] = field(default_factory=dict)
    names: dict[int, tuple[int, int]] = field(default_factory=dict)
    beneath: dict[Callable[..., Any], Layer] = field(default_factory=dict)  # what stood before the test began

    def learn(self, layer: Layer, found: list[models.Model]) -> None:
        for at, model in enumerate(found):
            self.objects[id(layer), at] = model
            self.names[id(model)] = (id(layer), at)

    def stand(self, name: str, layer: Layer, answer: Any) -> Any:
        self.writers |= dict.fromkeys(layer.rows, layer)
        self.standing[name] = (layer, answer)
        return answer


ground = Ground()
layers: dict[tuple[Any, ...], list[Layer]] = {}


def begin() -> None:
    """Another test: the ground is bare again."""
    global ground
    ground = Ground()
    # Before all others: one of them puts a SELECT in front of what writes to a register.
    connection.execute_wrappers[:] = [_watch, *(other for other in connection.execute_wrappers if other is not _watch)]


def _watch(execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: Any) -> Any:
    if ground.ours and not READS.match(str(statement)):
        ground.ours = False
    return execute(statement, params, many, context)


def kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """For a fixture that reads and writes the database alone and asks for kept fixtures alone."""
    names = _asked_for(function)

    @functools.wraps(function)
    def fixture(**given: Any) -> Any:
        if function in ground.beneath:
            stands_already = ground.beneath[function]
            return ground.stand(function.__name__, stands_already, _answer(stands_already))
        stands = [ground.standing.get(name, (None, None)) for name in names]
        if not ground.ours or any(
            not layer or answer is not given[name] for name, (layer, answer) in zip(names, stands, strict=True)
        ):
            return function(**given)
        known = layers.setdefault((function, *(id(layer) for layer, _ in stands)), [])
        layer = next(filter(_fits, known), None)
        if layer and _stands_again(layer):
            return ground.stand(function.__name__, layer, _answer(layer))
        layer, answer = _build(function, given)
        if layer:
            known.append(layer)
            ground.stand(function.__name__, layer, answer)
        return answer

    fixture.kept = function  # type: ignore[attr-defined]
    return fixture


@functools.cache
def _asked_for(function: Callable[..., Any]) -> list[str]:
    """The kept fixtures that one asks for."""
    return [name for name in inspect.signature(function).parameters if name != "db"]


def known(function: Callable[..., Any], found: dict[str, Layer], writers: dict[Row, Layer]) -> Layer | None:
    """What a kept fixture wrote upon the layers found, all written by `writers`, in a test that is undone."""
    names = _asked_for(function)
    if not found.keys() >= set(names):
        return None
    built = layers.get((function, *(id(found[name]) for name in names)), [])
    return next((layer for layer in built if _suits(layer, writers)), None)


def _fits(layer: Layer) -> bool:
    """Nothing that it changes is otherwise than it was, and nothing that it rings for would go unheard."""
    return (not layer.rings or connection.in_atomic_block) and _suits(layer, ground.writers)


def _suits(layer: Layer, writers: dict[Row, Layer]) -> bool:
    return all(writers.get(row) is writer for row, writer in layer.changed.items())


# Putting back


def _stands_again(layer: Layer) -> bool:
    """Puts the rows of a layer back; no where rows of the same name are there already, by whichever key."""
    if not layer.sql:
        return True
    with transaction.atomic() if not connection.in_atomic_block else _as_it_is(), connection.cursor() as cursor:
        try:
            cursor.cursor.execute(ASLEEP.format(layer.sql))
        except psycopg2.errors.UniqueViolation:
            cursor.cursor.execute("ROLLBACK TO SAVEPOINT kept")
            return False
    return True


def _answer(layer: Layer) -> Any:
    unpickler = Unpickler(layer.answer)
    answer, changed = unpickler.load()
    ground.learn(layer, unpickler.found)
    for model in unpickler.found:
        model.__dict__.pop("_django_version")
    for model, state in changed:
        model.__dict__.clear()
        model.__dict__.update(state)
    return answer


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


class Unpickler(pickle.Unpickler):
    def __init__(self, text: bytes) -> None:
        super().__init__(io.BytesIO(text))
        self.found: list[models.Model] = []

    def persistent_load(self, name: Any) -> models.Model:
        return ground.objects[name]

    def find_class(self, module: str, name: str) -> Any:
        made = super().find_class(module, name)
        return self._remember(made) if name == "model_unpickle" else made

    def _remember(self, make: Callable[..., models.Model]) -> Callable[..., models.Model]:
        def made(*given: Any) -> models.Model:
            self.found.append(make(*given))
            return self.found[-1]

        return made


# Building and keeping


def _build(function: Callable[..., Any], given: dict[str, Any]) -> tuple[Layer | None, Any]:
    before, layer = _states(), Layer()
    with transaction.atomic(), connection.cursor() as wrapped:
        cursor = wrapped.cursor  # past the wrappers, which watch what others write
        cursor.execute(MARK)
        mark = cursor.fetchone()[0]
        cursor.execute("DROP TABLE kept_mark")
        counted, waiting = _counts(cursor), len(connection.run_on_commit)
        answer = function(**given)
        layer.rings = len(connection.run_on_commit) > waiting
        whole = all(_keep_table(cursor, layer, mark, *grown) for grown in _grown(counted, _counts(cursor)))
    ground.ours = whole
    if not whole:
        return None, answer
    changed = [(model, model.__dict__) for name, model in ground.objects.items() if _state(model) != before[name]]
    layer.answer, found = _pickled((answer, changed))
    ground.learn(layer, found)
    return layer, answer


def _counts(cursor: Any) -> dict[str, tuple[int, int, int]]:
    cursor.execute(WRITTEN)
    return {table: tuple(counts) for table, *counts in cursor.fetchall()}


def _grown(before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]]) -> Iterator[Any]:
    for table, counts in after.items():
        grown = [new - old for new, old in zip(counts, before.get(table, (0, 0, 0)), strict=True)]
        if any(grown):
            yield table, *grown


def _keep_table(cursor: Any, layer: Layer, mark: int, table: str, put: int, changed: int, taken: int) -> bool:
    """Add what stands in a table since the mark; no where it also lost rows of others, which nobody keeps."""
    cursor.execute(COLUMNS, [table])
    columns = [(f'"{name}"', is_key) for name, is_key in cursor.fetchall()]
    key = next(name for name, is_key in columns if is_key)
    values = " || ', ' || ".join(f"quote_nullable({name}::text)" for name, _ in columns)
    where = f"FROM {table} WHERE xmin::text::bigint >= %s ORDER BY {table}.{key}"
    cursor.execute(f"SELECT {key}::text, {values} {where}", [mark])
    rows = cursor.fetchall()
    if taken and _others_lost(cursor, table, key, put - taken, {row for row, _ in rows}):
        return False
    # A row that is new must not be there already where it is put back: somebody else may have written it first.
    layer.changed |= {(table, row): ground.writers.get((table, row)) for row, _ in rows}
    if changed and rows:
        layer.sql += f"DELETE FROM {table} WHERE {key} IN ({', '.join(_quoted(row) for row, _ in rows)});\n"  # noqa: S608
    if rows:
        names = ", ".join(name for name, _ in columns)
        lines = ",\n".join(f"({line})" for _, line in rows)
        layer.sql += f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES {lines};\n"  # noqa: S608
    layer.rows += [(table, row) for row, _ in rows]
    return True


def _others_lost(cursor: Any, table: str, key: str, left: int, written: set[str]) -> bool:
    """Whether rows are gone that other layers or the migrations had put in, and not only rows of this layer."""
    cursor.execute(f"SELECT {key}::text FROM {table}")  # noqa: S608
    others = {row for name, row in ground.writers if name == table}
    return not others <= {row for (row,) in cursor.fetchall()} or len(written - others) > left


def _quoted(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"


class Pickler(pickle.Pickler):
    """Names the objects of other layers instead of copying them, and lists the others."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.found: dict[int, models.Model] = {}

    def persistent_id(self, thing: Any) -> Any:
        if not isinstance(thing, models.Model):
            return None
        if id(thing) not in ground.names:
            self.found.setdefault(id(thing), thing)
        return ground.names.get(id(thing))

    def reducer_override(self, thing: Any) -> Any:
        """Bytes as the database gives them."""
        return (bytes, (thing.tobytes(),)) if isinstance(thing, memoryview) else NotImplemented


def _pickled(thing: Any) -> tuple[bytes, list[models.Model]]:
    pickler = Pickler(file := io.BytesIO())
    pickler.dump(thing)
    return file.getvalue(), list(pickler.found.values())


def _state(model: models.Model) -> bytes:
    return _pickled(model.__dict__)[0]


def _states() -> dict[tuple[int, int], bytes]:
    return {name: _state(model) for name, model in ground.objects.items()}
