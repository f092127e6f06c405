"""`migrate` tells models of what is added to them; what comes out is what Django's own makes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.core.management.commands import migrate
from django.db import connection, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger

from qianjiang_portal.pages.management.commands import migrate as command
from qianjiang_portal.pages.management.commands.migrate import Command, additions_told

ID = ("id", models.AutoField(primary_key=True))
ADDED: list[Operation] = [
    migrations.AddConstraint("home", models.CheckConstraint(condition=models.Q(size__gt=0), name="is_some")),
    migrations.AddConstraint("home", models.UniqueConstraint(fields=["size"], name="is_its_own")),
    migrations.AddIndex("home", models.Index(fields=["-size"], name="by_size")),
    AddTrigger("home", pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete)),
]
BARNS = models.ForeignKey("rooms.Home", models.CASCADE, related_name="barns")
LEADS = models.ForeignKey("rooms.Place", models.CASCADE, related_name="+", null=True)
Within = Callable[[], AbstractContextManager[None]]


def state_of_two_rooms() -> ProjectState:
    """A home that leads to a place, drawn up."""
    state = ProjectState()
    leads = models.ForeignKey("rooms.Place", models.CASCADE, related_name="homes")
    for operation in (
        migrations.CreateModel("Place", [ID]),
        migrations.CreateModel("Home", [ID, ("place", leads), ("size", models.IntegerField())]),
    ):
        operation.state_forwards("rooms", state)
    assert len(fields(state)) == 2, "drawn up and looked at, so that there is something to forget"
    return state


def after(state: ProjectState, within: Within, *operations: Operation) -> ProjectState:
    with within():
        for operation in operations:
            operation.state_forwards("rooms", state)
    return state


def told(state: ProjectState) -> dict[str, list[str]]:
    meta: Any = state.apps.get_model("rooms", "home")._meta
    return {part: [one.name for one in getattr(meta, part, ())] for part in ("constraints", "indexes", "triggers")}


def fields(state: ProjectState) -> dict[str, set[str]]:
    """With those that lead here from other models."""
    return {model.__name__: {field.name for field in model._meta.get_fields()} for model in state.apps.get_models()}


def test_the_portal_migrates_by_it() -> None:
    assert isinstance(load_command_class(get_commands()["migrate"], "migrate"), Command)


def test_a_model_is_told_and_not_drawn_up_anew() -> None:
    state = state_of_two_rooms()
    before = state.apps.get_model("rooms", "home")
    after(state, additions_told, *ADDED)
    assert state.apps.get_model("rooms", "home") is before
    assert told(state) == {"constraints": ["is_some", "is_its_own"], "indexes": ["by_size"], "triggers": ["is_kept"]}


@pytest.mark.parametrize(
    "later",
    [
        [],
        [migrations.AddField("home", "height", models.IntegerField(default=1))],
        [migrations.RemoveConstraint("home", "is_some")],
        [migrations.CreateModel("Barn", [ID, ("home", BARNS)])],
        [migrations.CreateModel("Barn", [ID, ("home", BARNS)]), migrations.AddField("barn", "place", LEADS)],
        [
            migrations.CreateModel("Barn", [ID]),
            migrations.AddField("barn", "homes", models.ManyToManyField("rooms.Home")),
        ],
        [migrations.CreateModel("Barn", [ID, ("home", BARNS)]), migrations.RemoveField("home", "size")],
        [migrations.CreateModel("Barn", [ID, ("home", BARNS)]), migrations.DeleteModel("barn")],
        [migrations.AddField("home", "near", models.ForeignKey("rooms.Place", models.CASCADE, related_name="near"))],
        [migrations.AddField("home", "beside", models.ForeignKey("self", models.CASCADE, related_name="others"))],
    ],
    ids=[
        "nothing",
        "a field",
        "one taken away",
        "a model that leads to it",
        "a field that leads elsewhere",
        "many to many",
        "a model, then a field goes",
        "a model that goes again",
        "a second way to the same",
        "a field that leads to its own",
    ],
)
def test_states_are_those_of_djangos_own(later: list[Operation]) -> None:
    fast = after(state_of_two_rooms(), additions_told, *ADDED, *later)
    plain = after(state_of_two_rooms(), nullcontext, *ADDED, *later)
    assert fast == plain
    assert told(fast) == told(plain)
    assert fields(fast) == fields(plain)
    assert fields(fast.clone()) == fields(plain)


@pytest.mark.parametrize("later", [[], [migrations.RemoveConstraint("home", "is_some")]], ids=["told", "drawn anew"])
def test_what_was_told_is_asked_for_from_both_ends(later: list[Operation]) -> None:
    barn = migrations.CreateModel("Barn", [ID, ("home", BARNS)])
    high = migrations.AddField("barn", "height", models.IntegerField(default=1))
    state = after(state_of_two_rooms(), additions_told, barn, high, *later)
    place, its = (state.apps.get_model("rooms", name) for name in ("place", "barn"))
    assert str(place.objects.filter(homes__barns__height=3).query).endswith('"rooms_barn"."height" = 3')
    assert its._meta.get_field("home").related_model is state.apps.get_model("rooms", "home")
    assert its(home_id=1).height == 1


def test_a_copy_of_a_state_tells_nothing_to_the_models_it_shares() -> None:
    state = state_of_two_rooms()
    after(state.clone(), additions_told, migrations.AddField("home", "height", models.IntegerField(default=1)))
    after(state.clone(), additions_told, migrations.CreateModel("Barn", [ID, ("home", BARNS)]))
    assert fields(state) == fields(state_of_two_rooms())


def test_a_step_in_python_gets_models_drawn_up_for_itself() -> None:
    state = after(state_of_two_rooms(), additions_told, migrations.CreateModel("Barn", [ID, ("home", BARNS)]))
    models_of, seen = state.apps, []
    step = migrations.RunPython(lambda apps, _editor: seen.append(apps))
    step.database_forwards("rooms", connection.schema_editor(), state, state)
    assert seen[0].get_model("rooms", "barn") is not models_of.get_model("rooms", "barn")
    assert seen[0].get_model("rooms", "home")._meta.get_field("barns")


def test_what_was_there_before_keeps_what_it_knew() -> None:
    state = state_of_two_rooms()
    earlier = state.clone()
    after(state, additions_told, *ADDED)
    assert earlier.models["rooms", "home"].options["constraints"] == []


def test_django_is_as_it_was_afterwards() -> None:
    own = [getattr(owner, name) for owner, name in command.TOLD]
    with pytest.raises(KeyError), additions_told():
        raise KeyError
    assert [getattr(owner, name) for owner, name in command.TOLD] == own


def test_models_of_a_copy_are_not_gone_on_with(db: None) -> None:
    """Django hands on a copy of the state it looked at: its models, told nothing, would be drawn up anew each time."""
    state = state_of_two_rooms().clone()
    shared = state.apps.get_model("rooms", "home")
    step = migrations.Migration("0001_rooms", "rooms")
    step.operations = [migrations.RunSQL("SELECT 1", state_operations=[*ADDED])]
    with additions_told():
        executor = MigrationExecutor(connection)
        executor._migrate_all_forwards(state, [(step, False)], [(step, False)], fake=False, fake_initial=False)
    own = state.apps.get_model("rooms", "home")
    assert own is not shared
    assert own._meta.apps is state.apps
    assert "is_some" in told(state)["constraints"]


LIMITS = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"


def found_limits() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(LIMITS)
        return cursor.fetchone()


def test_whoever_calls_it_a_step_waits_for_a_lock_for_seconds_only(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before, within = found_limits(), []
    monkeypatch.setattr(migrate.Command, "handle", lambda *_, **__: within.append(found_limits()))
    call_command("migrate")
    assert (within, found_limits()) == ([("5s", "15min")], before)
    assert before[0] == "0"


@pytest.mark.django_db(transaction=True)
def test_a_step_that_does_not_get_its_lock_is_undone_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds a table: the step gives up, and whoever comes after it gets through."""
    monkeypatch.setattr(command, "LOCK", "200ms")

    def step(*_: object, **__: object) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE made_by_a_step ()")
            cursor.execute("ALTER TABLE villages_household ADD COLUMN of_a_step int")

    monkeypatch.setattr(migrate.Command, "handle", step)
    with holding("villages_household") as others:
        with pytest.raises(CommandError, match=r"in use for longer than 200ms.*run it again"):
            call_command("migrate")
        others.execute("SELECT count(*) FROM villages_household")
    assert {"made_by_a_step", "villages_household"} & set(connection.introspection.table_names()) == {
        "villages_household"
    }
    assert found_limits()[0] == "0"


@contextmanager
def holding(table: str) -> Iterator[Any]:
    """Somebody else, in the middle of reading a table."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f"SELECT FROM {table} LIMIT 1")
            yield cursor
    finally:
        other.close()


def test_everything_that_models_declare_is_in_the_database(db: None) -> None:
    declared: set[tuple[str, str]] = set()
    for model in apps.get_models(include_auto_created=True):
        meta: Any = model._meta
        parts = [*meta.constraints, *meta.indexes]
        declared |= {(meta.db_table, one.name) for one in parts}
        declared |= {(meta.db_table, one.get_pgid(model)) for one in getattr(meta, "triggers", ())}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE conrelid <> 0"
            " UNION SELECT tablename, indexname FROM pg_indexes"
            " UNION SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
        )
        there = set(cursor.fetchall())
    assert len(declared) > 200
    assert declared - there == set()
