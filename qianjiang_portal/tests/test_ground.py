"""What stands between tests: as it was built, only while it is asked for, and never where a test could tell."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from qianjiang_portal import testing_ground, testing_kept
from qianjiang_portal.testing_kept import kept
from villages.models import Township, Village

pytestmark = pytest.mark.django_db(transaction=True)


@kept
def town(db):
    return Township.objects.create(code="500114112", name="濯水镇", kind="town")


@kept
def village(town):
    return Village.objects.create(
        township=town, code="500114112202", name="桐木村", short_name="桐木村", kind="village", uses_points=True
    )


def writes(village):
    """A fixture that is not kept."""


@pytest.fixture(autouse=True)
def _ground_of_this_test(monkeypatch):
    monkeypatch.setattr(testing_kept, "layers", {})
    monkeypatch.setattr(testing_ground, "here", testing_ground.Standing())
    testing_kept.begin()
    with transaction.atomic():
        village(town=town(db=None))
        transaction.set_rollback(True)
    yield
    testing_ground._take_all_down()


def item(*names: str) -> Any:
    """A test that asks for these fixtures of this file."""
    functions = {"town": town, "village": village, "writes": writes}
    asked = {"town": (), "village": ("town",), "writes": ("village",)}
    known = {
        name: [SimpleNamespace(func=functions[name], argnames=asked[name], scope="function")] for name in functions
    }
    return SimpleNamespace(fixturenames=list(names), _fixtureinfo=SimpleNamespace(name2fixturedefs=known))


def stand(*names: str) -> None:
    """The beginning of a test that asks for these fixtures."""
    testing_kept.begin()
    testing_ground._prepare(list(testing_ground._wanted(item(*names))))


def standing() -> tuple[int, int]:
    return Township.objects.count(), Village.objects.count()


def test_it_stands_from_test_to_test_as_it_was_built():
    stand("village")
    assert standing() == (1, 1)
    with transaction.atomic():
        first = village(town=town(db=None))
        Village.objects.update(name="别的村")
        Township.objects.create(code="500114106", name="石会镇", kind="town")
        transaction.set_rollback(True)
    stand("village")
    again = village(town=town(db=None))

    assert standing() == (1, 1)
    assert Village.objects.get().name == again.name == "桐木村"
    assert first == again
    assert first is not again


def test_what_is_not_asked_for_is_taken_down():
    stand("village")
    stand("town")
    assert standing() == (1, 0)
    testing_ground._take_all_down()
    assert standing() == (0, 0)
    assert not connection.in_atomic_block


def test_what_comes_after_somebody_who_may_write_is_left_to_the_test():
    def asked(*names: str) -> list[str]:
        return [function.__name__ for function, _ in testing_ground._wanted(item(*names))]

    assert asked("village", "writes") == asked("writes", "village") == ["town", "village"]
    assert asked("town", "writes", "village") == ["town", "village"]
    writes_first = item("writes", "village")
    writes_first._fixtureinfo.name2fixturedefs["writes"][0].argnames = ()
    assert list(testing_ground._wanted(writes_first)) == []
    testing_ground.here.quiet[writes] = True
    assert len(list(testing_ground._wanted(writes_first))) == 2


@pytest.mark.parametrize(("scope", "quiet"), [("session", True), ("function", False)])
def test_what_is_made_for_all_tests_within_a_fixture_does_not_make_that_one_that_writes(scope, quiet):
    def set_up(fixture, scope, body):
        request = SimpleNamespace(node=item(), config=None)
        steps = testing_ground.pytest_fixture_setup(SimpleNamespace(argname="", func=fixture, scope=scope), request)
        next(steps)
        body()
        with pytest.raises(StopIteration):
            steps.send(None)

    def marker():
        """Asks for what makes the database."""

    testing_kept.begin()
    set_up(marker, "function", lambda: set_up(writes, scope, lambda: Village.objects.update(name="别的村")))

    assert testing_ground.here.quiet[marker] is quiet


def test_rows_of_the_same_name_are_not_put_up_twice():
    Township.objects.create(code="500114112", name="濯水镇", kind="town")
    stand("village")
    assert standing() == (1, 0)
    assert testing_kept.ground.beneath == {}


def test_what_a_test_said_of_constraints_does_not_reach_the_next():
    def lose_the_township() -> None:
        with transaction.atomic():
            Village.objects.update(township_id=-1)
            Village.objects.update(township_id=Township.objects.get())

    stand("village")
    with transaction.atomic():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
    with pytest.raises(IntegrityError):
        lose_the_township()
    stand("village")
    lose_the_township()


@pytest.mark.parametrize(
    "harm", [connection.close, lambda: transaction.set_rollback(True)], ids=["closed", "not undone"]
)
def test_after_a_test_that_breaks_it_the_next_begins_anew(harm):
    stand("village")
    with transaction.atomic():
        transaction.set_rollback(True)
    harm()
    stand("village")
    assert standing() == (1, 1)


def test_whatever_can_wait_waits_from_the_start():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE condeferrable AND NOT condeferred")
        assert cursor.fetchall() == []
