"""Django's own `migrate`, in half the time and with patience for others.

A step that does not get its lock soon gives up, instead of letting everybody queue behind it; what was done before it
stays done, and running `migrate` again goes on from there.

After each operation Django draws the model up anew with all that it leads to, which here is nearly every model, by way
of the village and the person. An operation that only adds a constraint, an index or a trigger changes no field and no
relation: the model that is there is told of it instead. What is taken away or changed is drawn up as ever.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger
from psycopg2.errors import LockNotAvailable

LOCK, STATEMENT = "5s", "15min"


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with limits(options["database"]), additions_told():
                super().handle(*args, **options)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            raise CommandError(
                f"A table was in use for longer than {LOCK}: this step was undone, those before it stay. "
                "Nothing is lost; run it again."
            ) from None


@contextmanager
def limits(database: str) -> Iterator[None]:
    """Within it, a statement waits for a lock for LOCK and runs for STATEMENT at most, whoever calls `migrate`."""
    connection = connections[database]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK])
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [STATEMENT])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
                cursor.execute("RESET statement_timeout")


@contextmanager
def additions_told() -> Iterator[None]:
    """Within it, models are told of what is added to their options."""
    own = ProjectState._append_option, AddTrigger.state_forwards
    ProjectState._append_option = _tell  # type: ignore[method-assign]
    AddTrigger.state_forwards = _tell_of_trigger  # type: ignore[method-assign]
    try:
        yield
    finally:
        ProjectState._append_option, AddTrigger.state_forwards = own  # type: ignore[method-assign]


def _tell(state: ProjectState, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
    options = state.models[app_label, model_name].options
    options[option_name] = [*options.get(option_name, ()), obj]
    if "apps" in state.__dict__:  # asking for it would draw all models up
        setattr(state.apps.get_model(app_label, model_name)._meta, option_name, options[option_name])


def _tell_of_trigger(operation: AddTrigger, app_label: str, state: ProjectState) -> None:
    _tell(state, app_label, operation.model_name.lower(), "triggers", operation.trigger)
