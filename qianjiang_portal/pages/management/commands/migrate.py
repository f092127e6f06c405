"""Django's own `migrate`, in half the time and with patience for others.

A step that does not get its lock soon gives up, instead of letting everybody queue behind it; what was done before it
stays done, and running `migrate` again goes on from there.

After each operation Django draws the model up anew with all that it leads to, which here is nearly every model, by way
of the village and the person. What an operation only adds is told to the models that are there instead: a constraint,
an index, a trigger or a field to its own model, a new model to those it leads to. What is taken away or changed is
drawn up as ever, and a step in Python gets all models drawn up for itself. On the way back one drawing serves many
states (`going_back.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState, StateApps
from pgtrigger.migrations import AddTrigger
from psycopg2.errors import LockNotAvailable

from qianjiang_portal.pages.management.going_back import Past

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
    """Within it, models are told of what is added to them."""
    own = [(owner, name, getattr(owner, name)) for owner, name in TOLD]
    try:
        for (owner, name), tell in TOLD.items():
            setattr(owner, name, tell)
        yield
    finally:
        for owner, name, before in own:
            setattr(owner, name, before)


def _tell(state: ProjectState, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
    options = state.models[app_label, model_name].options
    options[option_name] = [*options.get(option_name, ()), obj]
    if "apps" in state.__dict__:  # asking for it would draw all models up
        setattr(state.apps.get_model(app_label, model_name)._meta, option_name, options[option_name])


def _tell_of_trigger(operation: AddTrigger, app_label: str, state: ProjectState) -> None:
    _tell(state, app_label, operation.model_name.lower(), "triggers", operation.trigger)


ADD_MODEL, ADD_FIELD = ProjectState.add_model, ProjectState.add_field


def _add_model(state: ProjectState, model_state: ModelState) -> None:
    drawn = _noted(state, ADD_MODEL, model_state)
    if drawn is not None:
        drawn.render_multiple([model_state])


def _add_field(state: ProjectState, app_label: str, model_name: str, name: str, *given: Any) -> None:
    drawn = _noted(state, ADD_FIELD, app_label, model_name, name, *given)
    if drawn is not None:
        model = drawn.get_model(app_label, model_name)
        with drawn.bulk_update():
            model.add_to_class(name, state.models[app_label, model_name].fields[name].clone())


def _noted(state: ProjectState, note: Callable[..., None], *given: Any) -> StateApps | None:
    """Write an addition down. The models to be told of it, None where none are drawn up or Django drew them up anew.

    Only models that no other state goes on using are told: from those of a copy nobody would find the way back.
    """
    drawn = state.__dict__.get("apps")
    if drawn is None or any(
        model._meta.apps is not drawn for models in drawn.all_models.values() for model in models.values()
    ):
        note(state, *given)
        return None
    del state.__dict__["apps"]
    try:
        note(state, *given)
    finally:
        state.__dict__["apps"] = drawn
    state.is_delayed = True  # a step in Python will not take what was told
    return drawn


GO_ON, GO_BACK = MigrationExecutor._migrate_all_forwards, MigrationExecutor._migrate_all_backwards


def _go_on(executor: MigrationExecutor, state: ProjectState, *given: Any, **named: Any) -> ProjectState:
    """Django's own way, with models that no other state uses: those of a copy could not be told."""
    state.__dict__.pop("apps", None)
    return GO_ON(executor, state, *given, **named)


def _go_back(executor: MigrationExecutor, *given: Any, **named: Any) -> ProjectState:
    """Django's own way back, over states that are drawn up late."""
    executor._create_project_state = lambda: Past(real_apps=executor.loader.unmigrated_apps)
    try:
        return GO_BACK(executor, *given, **named)
    finally:
        del executor._create_project_state


STEP_BACK = migrations.RunPython.database_backwards


def _step_back(step: migrations.RunPython, app_label: str, editor: Any, state: ProjectState, to: ProjectState) -> None:
    """As on the way forth, a step in Python gets models of its own, which know nothing of what came later."""
    state.clear_delayed_apps_cache()
    STEP_BACK(step, app_label, editor, state, to)


TOLD = {
    (ProjectState, "_append_option"): _tell,
    (ProjectState, "add_model"): _add_model,
    (ProjectState, "add_field"): _add_field,
    (AddTrigger, "state_forwards"): _tell_of_trigger,
    (migrations.RunPython, "database_backwards"): _step_back,
    (MigrationExecutor, "_migrate_all_forwards"): _go_on,
    (MigrationExecutor, "_migrate_all_backwards"): _go_back,
}
