"""History of master data: triggers note, once a statement, which rows changed from what to what.

    history.track("villages_grid")                      beside the room's other registrations
    migrations.RunSQL(*history.triggers("villages_grid"))    in its migrations

What the portal knows and the database does not, who asked and what time it is by the portal's clock, goes along with
each statement that writes a tracked table, in the same message: nothing is asked more than before. A statement past
the portal is noted as well, without a name.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django_guid import get_guid

from qianjiang_portal.foundation import calendar

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?')
TELL = (
    "SELECT set_config('portal.actor', %s, true), set_config('portal.request', %s, true), "
    "set_config('portal.now', %s, true); "
)
_tracked: set[str] = set()
_request: ContextVar[HttpRequest | None] = ContextVar("history_request", default=None)


def track(*tables: str) -> None:
    """Let statements on these tables say who asked; the triggers come with the migrations."""
    _tracked.update(tables)


def tracked() -> frozenset[str]:
    return frozenset(_tracked)


def triggers(table: str, *, skip: tuple[str, ...] = (), inserts: bool = True) -> tuple[str, str]:
    """SQL that puts the triggers on a table and takes them off.

    `skip` are columns that say nothing to a reader; without `inserts` new rows are not noted, for registers that come
    in by the thousand and tell by themselves when they came.
    """
    left_out = "{" + ",".join(("id", *skip)) + "}"
    how = {"update": "OLD TABLE AS old_rows NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}
    if inserts:
        how["insert"] = "NEW TABLE AS new_rows"
    made = [
        f"CREATE TRIGGER {table}_history_{kind} AFTER {kind.upper()} ON {table} REFERENCING {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION foundation_note_{kind}('{left_out}');"
        for kind, rows in how.items()
    ]
    return "\n".join(made), "\n".join(f"DROP TRIGGER {table}_history_{kind} ON {table};" for kind in how)


class HistoryMiddleware:
    """Keep the request for the length of its answer: who is signed in is looked at when something is written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


def accompany(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let every connection tell; called when one is opened."""
    if _tell not in connection.execute_wrappers:
        connection.execute_wrappers.append(_tell)


def _tell(execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: Any) -> Any:
    if not many and params is not None and isinstance(statement, str) and isinstance(params, (tuple, list)):
        found = WRITES.match(statement)
        if found and found[1] in _tracked:
            return execute(TELL + statement, (*_told(), *params), many, context)
    return execute(statement, params, many, context)


def _told() -> tuple[str, str, str]:
    request = _request.get()
    user = getattr(request, "user", None)
    return str(getattr(user, "pk", None) or ""), (get_guid() or "")[:36], calendar.now().isoformat()
