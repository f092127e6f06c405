"""The tests' own keeping of rows: what is put back is what was built, and where it could differ it is built anew."""

import inspect
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

import conftest
from qianjiang_portal import testing_kept
from qianjiang_portal.testing_kept import kept
from villages.models import Township, Village


@pytest.fixture(autouse=True)
def _layers_of_this_test(db, monkeypatch):
    monkeypatch.setattr(testing_kept, "layers", {})
    testing_kept.begin()


def built(name: str, found: dict[str, Any]) -> Any:
    """A fixture of the cast and all that it asks for, as pytest resolves them."""
    if name not in found and name != "db":
        function = getattr(conftest, name)._get_wrapped_function()
        asked = list(inspect.signature(function).parameters)
        found[name] = function(**{other: built(other, found) for other in asked})
    return found.get(name)


def undone(*names: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What the fixtures answer and all that stands in the database then; none of it stays."""
    testing_kept.begin()
    found: dict[str, Any] = {}
    with transaction.atomic():
        for name in names:
            built(name, found)
        stands = {model._meta.db_table: rows_of(model._meta.db_table) for model in apps.get_models()}
        transaction.set_rollback(True)
    return found, stands


def rows_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
        return [row for (row,) in cursor.fetchall()]


def how_many() -> int:
    return sum(map(len, testing_kept.layers.values()))


@kept
def town(db):
    return Township.objects.create(code="500114112", name="濯水镇", kind="town")


@kept
def village(town):
    return Village.objects.create(township=town, code="500114112202", name="桐木村", kind="village")


@kept
def renamed(town):
    town.name = "濯水"
    town.save()
    return town


def test_a_write_is_seen_whoever_came_to_the_connection_first():
    connection.execute_wrappers.reverse()
    testing_kept.begin()
    assert testing_kept.ground.ours
    Township.objects.update(name="濯水镇")
    assert not testing_kept.ground.ours


def test_what_is_put_back_is_what_was_built():
    names = ("posted", "stranger", "double", "entry")
    first, stood = undone(*names)
    kept_once = how_many()
    again, stand = undone(*names)

    assert stand == stood
    assert how_many() == kept_once == 14
    assert len(stand["points_entry"]) == 3
    assert {name: value for name, value in again.items() if name != "district"} == {
        name: value for name, value in first.items() if name != "district"
    }
    assert again["posted"].__dict__.keys() == first["posted"].__dict__.keys()


def test_what_comes_after_bytes_of_the_database_is_kept_too():
    first, stood = undone("entry", "stranger")
    again, stand = undone("entry", "stranger")

    assert stand == stood
    assert bytes(again["entry"].salt) == bytes(first["entry"].salt) != b""


def test_objects_are_fresh_and_shared_as_they_were():
    first, _ = undone("approved")
    again, _ = undone("approved")

    assert first["approved"] is first["submitted"]
    assert again["approved"] is again["submitted"]
    assert again["approved"] is not first["approved"]
    assert again["approved"].state == first["approved"].state == "approved"


def test_another_order_puts_the_same_people_back():
    undone("clerk", "reviewer", "stranger")
    kept_once = how_many()
    _, stand = undone("stranger", "clerk")

    assert how_many() == kept_once
    assert len(stand["villages_user"]) == 2


def test_after_a_row_of_somebody_else_it_is_built_anew():
    _, _ = undone("district")
    Township.objects.create(code="500114106", name="石会镇", kind="town")

    with transaction.atomic():
        mine = town(db=None)
        transaction.set_rollback(True)

    assert not testing_kept.ground.ours
    assert mine.pk > Township.objects.get().pk


def test_a_changed_row_is_put_back_only_over_the_row_it_was():
    first = renamed(town=town(db=None))
    layer, _ = testing_kept.ground.standing["renamed"]

    assert testing_kept._fits(layer) is False
    assert Township.objects.get().name == first.name == "濯水"


def test_a_removed_row_is_not_kept():
    @kept
    def gone(town):
        Township.objects.all().delete()

    here = town(db=None)
    gone(town=here)

    assert testing_kept.layers[gone.__wrapped__, id(testing_kept.ground.standing["town"][0])] == []
    assert not testing_kept.ground.ours


def test_a_row_that_somebody_else_put_in_first_is_not_put_in_twice():
    @kept
    def one(town):
        return Village.objects.get_or_create(township=town, code="500114112203", short_name="五福村", kind="village")[0]

    @kept
    def other(town):
        return one.__wrapped__(town)

    with transaction.atomic():
        other(town=town(db=None))
        transaction.set_rollback(True)
    testing_kept.begin()
    here = town(db=None)
    first = one(town=here)

    assert other(town=here) == first
    assert Village.objects.count() == 1
