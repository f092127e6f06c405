"""On the way back one drawing of the models serves the states it knows all of; nobody sees too much or too little."""

from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection, migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from qianjiang_portal.pages.management.commands.migrate import additions_told
from qianjiang_portal.pages.management.going_back import Past

ID = ("id", models.AutoField(primary_key=True))
PLACE = migrations.CreateModel("Place", [ID, ("name", models.CharField(max_length=9))])
HOME = migrations.CreateModel(
    "Home", [ID, ("place", models.ForeignKey("rooms.Place", models.CASCADE, related_name="homes"))]
)
SIZE = migrations.AddField("home", "size", models.IntegerField(default=1))
SOME = migrations.AddConstraint("home", models.CheckConstraint(condition=models.Q(size__gt=0), name="is_some"))
HIGH = migrations.AddField("place", "height", models.IntegerField(default=1))
BARN = migrations.CreateModel("Barn", [ID])
MANY = migrations.AddField("barn", "homes", models.ManyToManyField("rooms.Home"))


def past_and_after(*operations: Operation) -> tuple[Past, Past]:
    """A state with places and homes, and a copy that the operations came to; the later one is drawn up."""
    past = Past()
    for operation in (PLACE, HOME, SIZE, SOME):
        operation.state_forwards("rooms", past)
    after = past.clone()
    for operation in operations:
        operation.state_forwards("rooms", after)
    after.apps.get_model("rooms", "place")
    return past, after


@pytest.mark.parametrize(
    "operation",
    [
        BARN,
        migrations.AddField("home", "height", models.IntegerField(default=1)),
        migrations.AddField("home", "near", models.ForeignKey("rooms.Place", models.CASCADE), preserve_default=False),
        migrations.AddConstraint("home", models.UniqueConstraint(fields=["size"], name="is_its_own")),
        migrations.AlterField("place", "name", models.CharField("名称", max_length=9, choices=[("a", "甲")])),
        migrations.RunSQL("SELECT 1"),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_was_only_added_to_or_looks_the_same_to_the_database_is_not_drawn_up_again(operation: Operation) -> None:
    past, after = past_and_after(operation)
    assert past.apps.get_model("rooms", "home") is after.apps.get_model("rooms", "home")


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("place", "name"),
        migrations.AlterField("place", "name", models.TextField()),
        migrations.AlterField("place", "name", models.CharField(max_length=9, db_column="word")),
        migrations.RenameField("place", "name", "word"),
        migrations.RemoveConstraint("home", "is_some"),
        migrations.DeleteModel("home"),
        migrations.AlterModelTable("home", "house"),
        migrations.AlterModelOptions("home", {"ordering": ["size"]}),
        migrations.AddField("home", "others", models.ManyToManyField("rooms.Home")),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_was_taken_away_or_changed_is_as_it_was(operation: Operation) -> None:
    past, after = past_and_after(operation)
    seen = past.apps.get_model("rooms", "home")
    meta: Any = seen._meta
    assert meta.apps is after.drawing.kept[-1][1]
    assert [field.name for field in meta.get_fields()] == ["id", "place", "size"]
    assert (meta.db_table, meta.ordering, [one.name for one in meta.constraints]) == ("rooms_home", [], ["is_some"])
    assert meta.get_field("place").related_model._meta.get_field("name").max_length == 9


def test_the_two_sides_of_a_change_are_drawn_once_each() -> None:
    past, after = past_and_after(migrations.AlterField("place", "name", models.TextField()))
    later = after.apps.get_model("rooms", "place")
    earlier = past.apps.get_model("rooms", "place")
    assert [type(seen._meta.get_field("name")) for seen in (earlier, later)] == [models.CharField, models.TextField]
    assert after.clone().apps.get_model("rooms", "place") is later
    assert past.clone().apps.get_model("rooms", "place") is earlier


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("rooms_")}


@pytest.mark.parametrize(
    "operations",
    [
        (PLACE, HOME, SIZE, SOME),
        (PLACE, HOME, BARN, MANY),
        (PLACE, HOME, SIZE, migrations.AlterField("home", "size", models.TextField(null=True))),
        (PLACE, HOME, SIZE, migrations.RemoveField("home", "size"), SIZE),
        (PLACE, HOME, BARN, MANY, migrations.DeleteModel("barn"), BARN),
    ],
    ids=["added", "many to many", "altered", "removed and added", "deleted and made anew"],
)
def test_all_of_it_can_be_taken_back_in_the_database(db: None, operations: tuple[Operation, ...]) -> None:
    there_and_back(*operations)


def there_and_back(*operations: Operation) -> None:
    migration = migrations.Migration("0001_rooms", "rooms")
    migration.operations = list(operations)
    with additions_told(), connection.schema_editor() as editor:
        migration.apply(ProjectState(), editor)
    assert {"rooms_place", "rooms_home"} <= tables()
    with additions_told(), connection.schema_editor() as editor:
        migration.unapply(Past(), editor)
    assert tables() == set()


def test_a_step_in_python_sees_exactly_what_there_was(db: None) -> None:
    seen: list[list[str]] = []

    def look(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
        place = apps.get_model("rooms", "place")
        seen.append([field.name for field in place._meta.get_fields()])
        place.objects.create(name="桐木")
        assert not place.objects.filter(homes__id=1).exists()

    there_and_back(PLACE, HOME, migrations.RunPython(look, look), BARN, SIZE, HIGH)
    assert seen == [["homes", "id", "name"]] * 2


def test_who_comes_after_the_migrations_gets_exactly_its_own() -> None:
    """Rights are made for the models that are there, not for those that were."""
    past, _ = past_and_after(BARN, MANY)
    past.clear_delayed_apps_cache()
    assert {model.__name__ for model in past.apps.get_models(include_auto_created=True)} == {"Place", "Home"}
