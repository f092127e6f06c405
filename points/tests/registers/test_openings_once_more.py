"""An opening that was taken back is entered once more, by the same road; one that stands never twice."""

import threading
import time

import pytest
from django.db import connection, transaction

from conftest import NOW, TODAY
from points import ledger, openings, register_pages, seals
from points.ledger import CannotPost
from points.models import Balance, Entry
from points.models.ledger import Kind
from points.tests.imports.conftest import workbook
from points.tests.registers.conftest import told
from points.tests.registers.test_opening_reversals import ask, home, wrong
from points.tests.registers.test_openings import HEAD, checked, opening
from points.tests.shop import give
from points.tests.test_households import books_are_clean

__all__ = ["ask", "home", "wrong"]

OFF = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE points_entry DISABLE TRIGGER points_opening_comes_first;
SET CONSTRAINTS ALL DEFERRED;
"""


@pytest.fixture
def take_back(ask, wrong, reviewer):
    return lambda entry=wrong: openings.take_back(asked=ask(entry=entry), by=reviewer, now=NOW)


@pytest.mark.django_db
def test_what_is_right_comes_by_the_same_road(wrong, take_back, home, district, send, clerk, reviewer):
    """Whatever came in between, here something handed out."""
    sheet = workbook([HEAD, ("", home.head_name, 86)])
    assert told(send(sheet, "opening")) == [(2, "problem", "O-01")]
    give(home, -20)
    take_back()

    source = checked(send(sheet, "opening"), clerk, reviewer)

    assert (source.state, source.message) == ("done", "")
    kept = Balance.objects.get(household=home)
    assert (kept.posted, kept.earned) == (66, 86)
    assert told(send(sheet, "opening")) == [(2, "problem", "O-01")]
    assert books_are_clean()
    assert not list(seals.verify())
    take_back(Entry.objects.get(household=home, kind=Kind.OPENING, reversed_by=None))
    assert Balance.objects.get(household=home).posted == -20


@pytest.mark.django_db
def test_the_template_holds_it_again(wrong, take_back, home, district, send):
    give(district.homes[0], 3)

    def offered():
        read = told(send(register_pages.opening_template(home.village), "opening"))
        return len(read)

    assert offered() == len(district.homes) - 2
    take_back()
    assert offered() == len(district.homes) - 1


@pytest.mark.django_db
def test_one_that_stands_is_never_doubled(wrong, take_back, home):
    """The harm without the guard: a household holds twice what its other book said."""
    with pytest.raises(CannotPost, match="期初没有入账") as refused:
        opening(home, 86, "opening:10:2")
    assert "points_household_has_one_opening" in str(refused.value.__cause__)
    take_back()
    opening(home, 86, "opening:10:2")
    with pytest.raises(CannotPost, match="期初没有入账"):
        opening(home, 86, "opening:11:2")
    assert Balance.objects.get(household=home).posted == 86
    with connection.cursor() as cursor:
        cursor.execute(OFF)
    opening(home, 86, "opening:11:2")
    assert Balance.objects.get(household=home).posted == 172


@pytest.mark.django_db
def test_two_lines_of_one_sheet_are_two(home):
    lines = [
        ledger.Line.of(home, source=f"opening:9:{at}", points=5, kind=Kind.OPENING, occurred_on=TODAY) for at in (2, 3)
    ]
    with pytest.raises(CannotPost, match="期初没有入账"):
        ledger.post(village=home.village, lines=lines, now=NOW)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_of_two_at_once_the_second_sees_the_first(guarded, home, district):
    """Past the locks that `ledger.post` takes before. Without the one of the trigger both would stand."""
    if not guarded:
        _without_the_lock()
    said = []

    def second():
        try:
            line = ledger.Line.of(home, source="opening:10:2", points=5, kind=Kind.OPENING, occurred_on=TODAY)
            with transaction.atomic():
                head = ledger.lock_village(district.sanmen)
                away = line._replace(village_id=district.sanmen.pk)
                ledger.append(head=head, village=district.sanmen, lines=[away], now=NOW)
        except CannotPost as refusal:
            said.append(str(refusal.__cause__))
        finally:
            connection.close()

    late = threading.Thread(target=second)
    with transaction.atomic():
        opening(home, 5, "opening:9:2")
        late.start()
        deadline = time.monotonic() + 20
        while late.is_alive() and not somebody_waits() and time.monotonic() < deadline:
            time.sleep(0.02)
    late.join()

    assert [one.partition(chr(10))[0] for one in said] == (["points_household_has_one_opening"] if guarded else [])
    assert Balance.objects.get(household=home).posted == (5 if guarded else 10)


def somebody_waits():
    """Whether another session waits for a lock of this one."""
    asked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return cursor.fetchone()[0] > 0


@pytest.fixture(autouse=True)
def whole_again(request):
    """What a test that commits did to the trigger's function is undone."""
    yield
    if _body:
        with connection.cursor() as cursor:
            cursor.execute(_body.pop())


_body: list[str] = []


def _without_the_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('points_opening_comes_first'::regproc)")
        _body.append(cursor.fetchone()[0])
        lines = _body[0].splitlines()
        cursor.execute("\n".join(line for line in lines if "FOR NO KEY UPDATE" not in line))
