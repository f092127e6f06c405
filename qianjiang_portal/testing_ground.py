"""What stays standing between tests: rows of kept fixtures that the next test asks for too.

Each test is a savepoint of a transaction that goes on from test to test. Beneath it stand the rows of the kept fixtures
that the test asks for before anything else writes, as far as they were built before. What the next test does not ask
for is taken down first; before a test that is no savepoint, everything is.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction
from pytest_django.plugin import blocking_manager_key

from qianjiang_portal import testing_kept
from qianjiang_portal.testing_kept import Layer

# How all that can wait is made (a test says so). A rollback does not bring back what was said within a savepoint.
AS_THEY_WERE = "SET CONSTRAINTS ALL DEFERRED"
HELPER = "_django_db_helper"  # of pytest-django: begins and ends the test's transaction
COMMITTING = {"transactional_db", "live_server", "django_db_reset_sequences"}


@dataclass
class Standing:
    """The transaction around the tests, what stands in it, lowest first, and which fixtures were seen not to write."""

    around: transaction.Atomic | None = None
    layers: list[Layer] = field(default_factory=list)
    quiet: dict[Callable[..., Any], bool] = field(default_factory=dict)


here = Standing()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Function) -> None:
    testing_kept.begin()
    if not _is_savepoint(item):
        with item.config.stash[blocking_manager_key].unblock():
            _take_all_down()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    if fixturedef.argname == HELPER and _is_savepoint(request.node):
        with request.config.stash[blocking_manager_key].unblock():
            _prepare(list(_wanted(request.node)))
    ours = testing_kept.ground.ours
    made = yield
    if fixturedef.scope != "function":
        # It wrote before the test began, as the one that makes the database does within the first that asks for it.
        testing_kept.ground.ours = ours
    elif ours:
        here.quiet[fixturedef.func] = here.quiet.get(fixturedef.func, True) and testing_kept.ground.ours
    return made


def _is_savepoint(item: pytest.Function) -> bool:
    """Whether a test has the database and is undone by a rollback."""
    marker = item.get_closest_marker("django_db")
    commits = COMMITTING & set(item.fixturenames) or (marker and marker.kwargs.get("transaction"))
    return bool(marker or HELPER in item.fixturenames) and not commits


def _wanted(item: pytest.Function) -> Iterator[tuple[Callable[..., Any], Layer]]:
    """The kept fixtures that a test asks for and that are known already, up to the first fixture that may write."""
    found: dict[str, Layer] = {}
    writers: dict[testing_kept.Row, Layer] = {}
    for name, function in _in_order(item):
        kept: Callable[..., Any] | None = getattr(function, "kept", None)
        if kept is None and here.quiet.get(function):
            continue
        layer = kept and testing_kept.known(kept, found, writers)
        if not kept or not layer:
            return
        found[name] = layer
        writers |= dict.fromkeys(layer.rows, layer)
        yield kept, layer


def _in_order(item: pytest.Function) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The fixtures of a test alone as pytest will set them up, each after those that it asks for itself."""
    known = item._fixtureinfo.name2fixturedefs
    seen: set[str] = set()

    def visit(name: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        if name in seen or name not in known:
            return
        seen.add(name)
        for other in known[name][-1].argnames:
            yield from visit(other)
        if known[name][-1].scope == "function":
            yield name, known[name][-1].func

    for name in item.fixturenames:
        yield from visit(name)


def _prepare(wanted: list[tuple[Callable[..., Any], Layer]]) -> None:
    if _is_broken():
        _take_all_down()
    names = {id(layer) for _, layer in wanted}
    stays = next((at for at, layer in enumerate(here.layers) if id(layer) not in names), len(here.layers))
    _take_down_to(stays)
    if here.around:
        connection.connection.cursor().execute(AS_THEY_WERE)
    standing = set(map(id, here.layers))
    for function, layer in wanted:
        if id(layer) not in standing and not _put_up(layer):
            return
        testing_kept.ground.beneath[function] = layer


def _is_broken() -> bool:
    """Whether a test lost the connection, or left what only the whole transaction can undo."""
    return connection.needs_rollback or connection.closed_in_transaction


def _put_up(layer: Layer) -> bool:
    """No where rows of the same name are there already, by whichever key."""
    if here.around is None:
        here.around = transaction.atomic()
        here.around._from_testcase = True  # type: ignore[attr-defined]  # what must be outermost may lie in it, as in a test
        here.around.__enter__()
    cursor = connection.connection.cursor()
    mark = f"beneath_{len(here.layers)}"
    try:
        cursor.execute(f"SAVEPOINT {mark};" + testing_kept.ASLEEP.format(layer.sql))
    except psycopg2.errors.UniqueViolation:
        cursor.execute(f"ROLLBACK TO SAVEPOINT {mark}")
        return False
    here.layers.append(layer)
    return True


def _take_down_to(height: int) -> None:
    if height < len(here.layers):
        connection.connection.cursor().execute(f"ROLLBACK TO SAVEPOINT beneath_{height}")
        del here.layers[height:]


def _take_all_down() -> None:
    here.layers.clear()
    if here.around is not None:
        around, here.around = here.around, None
        transaction.set_rollback(True)
        around.__exit__(None, None, None)
