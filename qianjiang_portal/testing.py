"""The part of the tests that prepares the ground: services, broker, database flush, browser. Loaded by pytest.ini.

Tests get PostgreSQL and Valkey of their own below <data folder>/test, never the portal's.
"""

import os
import shutil
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Runs before pytest-django reads the settings, which decide by the environment."""
    os.environ["PORTAL_TEST_SERVICES"] = "1"
    # Playwright's loop runs in the thread that also asks the database; Django would refuse that.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    take_own_broker()
    flush_past_triggers()
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    from qianjiang_portal import testing_kept

    testing_kept.begin()


def use_template() -> None:
    """Let each run and each process copy a migrated database instead of migrating one of its own."""
    from django.db import connection

    from qianjiang_portal import embedded, testing_database

    url = os.environ.get("DATABASE_URL") or embedded.database_url()
    connection.settings_dict["TEST"]["TEMPLATE"] = testing_database.template(url)


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
    """Empty the tables between tests although triggers refuse TRUNCATE: for that one transaction they sleep."""
    import django.db.models  # noqa: F401 - the operations cannot be imported before it
    from django.db.backends.postgresql.operations import DatabaseOperations

    plain_flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, *args: Any, **options: Any) -> list[str]:
        statements = plain_flush(self, *args, **options)
        return ["SET LOCAL session_replication_role = replica", *statements] if statements else []

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign,assignment]


def browser_options() -> dict[str, Any]:
    """The machine's own Chromium where there is one; `make test` names the one it found or installed."""
    own = os.environ.get("PORTAL_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return ({"executable_path": own} if own else {}) | {"args": [*BROWSER_OPTIONS]}
