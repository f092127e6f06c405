"""The part of the tests that prepares the ground: services, broker, database flush, browser. Loaded by pytest.ini.

Tests get PostgreSQL and Valkey of their own below <data folder>/test, never the portal's.
"""

import gc
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from _pytest import runner
from xdist import is_xdist_controller  # type: ignore[import-untyped]

PATIENCE = 20_000  # milliseconds
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Each page is new: making its scripts fast cost more than running them slowly, a third of the time of axe.
SCRIPTS_AS_THEY_ARE = "--js-flags=--no-maglev,--no-opt"
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    SCRIPTS_AS_THEY_ARE,
)
MADE_BY_MIGRATING = {"django_content_type", "auth_permission"}
ASLEEP = "SET LOCAL session_replication_role = replica"
EMPTY = """DO $$ DECLARE name text; BEGIN
    FOREACH name IN ARRAY string_to_array('%s', ', ') LOOP
        IF pg_relation_size(name) > 0 THEN EXECUTE 'DELETE FROM ' || name; END IF;
    END LOOP;
END $$"""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Runs before pytest-django reads the settings, which decide by the environment."""
    os.environ["PORTAL_TEST_SERVICES"] = "1"
    # Playwright's loop runs in the thread that also asks the database; Django would refuse that.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    take_own_broker()
    flush_past_triggers()
    list_static_files_once()
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Where several processes run tests, the one before them begins with the database while they read the tests."""
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # each client would warn that it is not there
    if is_xdist_controller(session):
        threading.Thread(target=clear_and_prepare).start()


def with_room(call: Callable[..., Any], *given: Any) -> Any:
    """Make the call where it and all that it calls have room on the stack.

    Python 3.11 lays frames into pieces of 16 KB and gives a piece back as soon as it is empty. What calls in a loop at
    the edge of one asks the system for memory at each call: some hundred times a test, a twelfth of all its time. The
    frame of this function is so large that it needs a piece of half a megabyte, and those above it lie in the rest.
    """
    return call(*given)


with_room.__code__ = with_room.__code__.replace(co_stacksize=40_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    return with_room(runner.pytest_runtest_protocol, item, nextitem)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Chaos alone is in a few files: reading the hundreds of others would take its processes a dozen seconds each."""
    if config.option.markexpr == "chaos" and collection_path.suffix == ".py" and not names_chaos(collection_path):
        return True
    return None


@cache
def names_chaos(file: Path) -> bool:
    return b"pytest.mark.chaos" in file.read_bytes()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests stand behind all whose rows are rolled back: they empty what migrations filled. One that has a
    browser unknowingly, by an argument called `page`, would pull all others to where it stands.
    """
    unknowing = [
        item.nodeid
        for item in items
        if "browser_name" in getattr(getattr(item, "callspec", None), "params", ())
        and not (item.get_closest_marker("browser") or item.get_closest_marker("chaos"))
    ]
    if unknowing:
        raise pytest.UsageError("A browser without its mark: " + ", ".join(unknowing))
    unread = [item.nodeid for item in items if item.get_closest_marker("chaos") and not names_chaos(item.path)]
    if unread:
        raise pytest.UsageError("Chaos in a file that does not say pytest.mark.chaos: " + ", ".join(unread))


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it for garbage again and again took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    keep_first_context()


def keep_first_context() -> None:
    """Let Django's client keep what the page was given, and no copy of it for each of its parts: a tenth of the time of
    tests that ask for pages.
    """
    from django.test import client

    keep = client.store_rendered_templates  # type: ignore[attr-defined]

    def keep_first(store: dict[str, Any], *told: Any, **more: Any) -> None:
        if not store:
            keep(store, *told, **more)

    client.store_rendered_templates = keep_first  # type: ignore[attr-defined]


def use_template() -> None:
    """Let each run and each process copy a migrated database instead of migrating one of its own."""
    from django.db import connection

    connection.settings_dict["TEST"]["TEMPLATE"] = template()


def clear_and_prepare() -> None:
    """Processes of the run before ended without waiting until their databases were dropped."""
    from qianjiang_portal import testing_database

    url = testing_database.own_url()
    testing_database.clear(url, testing_database.of_processes(url))
    template()


def template() -> str:
    from qianjiang_portal import testing_database

    return testing_database.template(testing_database.own_url())


def take_own_broker() -> None:
    """One broker database per test process: emptying it must not empty the neighbour's."""
    from qianjiang_portal import embedded

    given = os.environ.get("REDIS_URL")
    parts = urlsplit(given or embedded.redis_url())
    os.environ["REDIS_URL"] = parts._replace(path=f"/{broker_number()}").geturl()
    if not given:
        forget_messages(os.environ["REDIS_URL"])


def broker_number() -> int:
    """1 for a run without workers, then one for each worker of pytest-xdist."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) + 2 if worker else 1


def forget_messages(url: str) -> None:
    import redis

    with redis.Redis.from_url(url) as broker:
        broker.flushdb()


def flush_past_triggers() -> None:
    """Empty the tables between tests although triggers refuse it: for that one transaction they sleep.

    Only tables that were ever written are emptied, and row by row: TRUNCATE makes new files for all tables and indexes,
    which takes seconds. The lock waits for whoever still writes, as TRUNCATE would. What the migrations themselves
    note about models and rights is left, so that it need not be made anew.
    """
    import django.db.models  # noqa: F401 - the operations cannot be imported before it
    from django.core.management.commands import flush
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(self: DatabaseOperations, _style: Any, tables: Iterable[str], **_options: Any) -> list[str]:
        emptied = sorted(set(tables) - MADE_BY_MIGRATING)
        named = ", ".join(map(self.quote_name, emptied))
        return [ASLEEP, f"LOCK TABLE {named} IN SHARE ROW EXCLUSIVE MODE", EMPTY % named] if emptied else []

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign,assignment]
    flush.emit_post_migrate_signal = lambda *_, **__: None  # type: ignore[attr-defined]


def list_static_files_once() -> None:
    """Each test's client loads the middleware anew, but the files it would find are those the first one found."""
    from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

    search = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
        if not found:
            search(self)
            found.update(self.files)
        self.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders


def browser_options() -> dict[str, Any]:
    """The machine's own Chromium where there is one; `make test` names the one it found or installed."""
    own = os.environ.get("PORTAL_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return ({"executable_path": own} if own else {}) | {"args": [*BROWSER_OPTIONS]}
