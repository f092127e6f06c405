"""Each finding of the migration lint, planted, and what is the same without harm."""

import sys
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.postgres import operations as postgres
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.functions import Lower

from qianjiang_portal import env

sys.path.insert(0, str(env.ROOT / "deploy"))

import migration_lint as lint

INDEX = models.Index(fields=["remark"], name="by_remark")
CHECK = models.CheckConstraint(condition=models.Q(points__gt=0), name="is_some")
NOTHING = migrations.RunPython.noop
SETTLED = models.GeneratedField(expression=Lower("remark"), output_field=models.TextField(), db_persist=True)


def told(*operations: Operation, room: str = "points", model: str = "Claim") -> list[str]:
    """What is found in a migration over a table that was there before."""
    state = ProjectState()
    fields = [
        ("id", models.AutoField(primary_key=True)),
        ("remark", models.CharField(max_length=40, null=True)),
        ("points", models.IntegerField()),
    ]
    migrations.CreateModel(model, fields).state_forwards(room, state)
    migration = migrations.Migration("0041_planted", room)
    migration.operations = list(operations)
    return [finding.name for finding in lint.look(migration, state)]


@pytest.mark.parametrize(
    ("operation", "found"),
    [
        (migrations.RemoveField("claim", "remark"), ["gone"]),
        (migrations.DeleteModel("Claim"), ["gone"]),
        (migrations.RenameField("claim", "remark", "note"), ["renamed"]),
        (migrations.AddField("claim", "weight", models.IntegerField(default=1)), ["demanded"]),
        (migrations.AddField("claim", "weight", models.IntegerField(null=True)), []),
        (migrations.AddField("claim", "weight", models.IntegerField(db_default=1)), []),
        (migrations.AddField("claim", "weight", models.IntegerField(null=True, db_index=True)), ["index"]),
        (migrations.AddField("claim", "lower", SETTLED), ["rewritten"]),
        (migrations.AddIndex("claim", INDEX), ["index"]),
        (postgres.AddIndexConcurrently("claim", INDEX), []),
        (migrations.AddConstraint("claim", CHECK), ["constraint"]),
        (postgres.AddConstraintNotValid("claim", CHECK), []),
        (migrations.AlterField("claim", "points", models.BigIntegerField()), ["rewritten"]),
        (migrations.AlterField("claim", "remark", models.CharField(max_length=20, null=True)), ["rewritten"]),
        (migrations.AlterField("claim", "remark", models.CharField(max_length=80, null=True)), []),
        (migrations.AlterField("claim", "remark", models.CharField(max_length=40)), ["constraint"]),
        (migrations.RunPython(NOTHING), ["one-way"]),
        (migrations.RunPython(NOTHING, NOTHING), []),
        (migrations.RunSQL("CREATE INDEX a ON b (c)", "DROP INDEX a"), ["index"]),
        (migrations.RunSQL("CREATE INDEX CONCURRENTLY a ON b (c)", "DROP INDEX a"), []),
        (migrations.RunSQL("ALTER TABLE a ADD b int GENERATED ALWAYS AS\n(c + 1) STORED", "ALTER"), ["rewritten"]),
        (migrations.RunSQL("ALTER TABLE a ADD b int GENERATED ALWAYS AS IDENTITY", "ALTER"), []),
    ],
    ids=lambda value: getattr(value, "describe", lambda: None)() if isinstance(value, Operation) else None,
)
def test_what_keeps_others_out_or_breaks_the_version_before_is_found(operation: Operation, found: list[str]) -> None:
    assert told(operation) == found
    inside = migrations.SeparateDatabaseAndState(database_operations=[operation])
    assert told(inside) == found


def test_small_tables_may_be_locked_but_the_version_before_still_works_on_them() -> None:
    def on(model: str, operation: type, *rest: object) -> list[str]:
        return told(operation(model, *rest), model=model)

    assert on("RuleSet", migrations.AddIndex, INDEX) == []
    assert on("RuleSet", migrations.RemoveField, "remark") == ["gone"]


def test_what_is_made_in_the_same_migration_is_nobody_s_yet() -> None:
    made = migrations.CreateModel("Entry", [("id", models.AutoField(primary_key=True))])
    index = models.Index(fields=["id"], name="by_id")
    assert told(made, migrations.AddIndex("entry", index)) == []


def test_an_exception_needs_a_reason() -> None:
    text = "# points 1 claim index no\npoints 0041_a claim index it is empty\npoints 0042_b claim index\n"
    assert lint.accepted(text) == {("points", "0041_a", "claim", "index")}


def large() -> Iterator[tuple[str, str]]:
    return ((room, model) for room, names in lint.LARGE.items() for model in names)


@pytest.mark.parametrize(("room", "model"), sorted(large()))
def test_tables_that_grow_are_there(room: str, model: str) -> None:
    assert apps.get_model(room, model)


def test_the_portal_s_own_migrations_can_be_run_while_people_work(capsys: pytest.CaptureFixture[str]) -> None:
    found = {finding.key for finding in lint.all_of_them()}
    right = lint.accepted(lint.ACCEPTED.read_text())
    assert found - right == set()
    assert right - found == set(), "an exception for nothing"
