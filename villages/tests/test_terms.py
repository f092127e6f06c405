"""One role at one place is held once a day: the harm without the wall, the wall, and an upgrade of old rows."""

import datetime as dt
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from conftest import SINCE, TODAY, make_person
from villages import appointments
from villages.appointments import CannotAppoint
from villages.models import Appointment

DAY = dt.timedelta(days=1)
WALL = "villages_appointment_is_held_once"


def held(person, **said):
    post = {"role": "clerk", "begins_on": SINCE} | said
    covers = post.pop("covers", ())
    made = Appointment.objects.create(user=person, **post)
    made.villages.set(covers)
    return made


def without_the_wall():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE villages_appointment DROP CONSTRAINT {WALL}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def upgraded():
    """What the migration makes of the rows, with the wall put up after it in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute(import_module("villages.migrations.0029_appointments_are_held_once").JOINED)
    (wall,) = (one for one in Appointment._meta.constraints if one.name == WALL)
    with connection.schema_editor() as editor:
        editor.add_constraint(Appointment, wall)
    return {
        (post.begins_on, post.ends_on, frozenset(village.short_name for village in post.villages.all()))
        for post in Appointment.objects.filter(user__username="twice")
    }


@pytest.fixture
def person(db):
    return make_person("twice", "双任")


def test_without_the_wall_whose_appointment_was_ended_goes_on(person, district, admin_person):
    without_the_wall()
    first, _ = (held(person, township=district.zhuoshui) for _ in range(2))
    appointments.end(appointment=first, on=TODAY - DAY, by=admin_person)

    assert [post.label for post in person.appointments_now] == ["濯水镇乡镇经办"]


@pytest.mark.parametrize("begins_on", [SINCE, TODAY])
@pytest.mark.parametrize("role", ["clerk", "leader", "admin", "counter"])
def test_the_database_takes_one_and_the_function_says_why(role, begins_on, person, district):
    place = {"township": district.zhuoshui} if role in ("clerk", "leader") else {}
    held(person, role=role, **place)
    with pytest.raises(IntegrityError, match=WALL), transaction.atomic():
        held(person, role=role, begins_on=begins_on, **place)
    with pytest.raises(CannotAppoint, match="已有同样的任职"):
        appointments.appoint(user=person, role=role, begins_on=begins_on, **place)


def test_another_place_another_role_and_another_time_are_taken(person, district, clerk):
    held(person, township=district.zhuoshui, ends_on=TODAY)
    held(person, township=district.shihui)
    held(person, village=district.tongmu)
    held(person, role="reviewer", township=district.zhuoshui)
    held(person, township=district.zhuoshui, begins_on=TODAY + DAY)

    assert person.appointments.count() == 5


def test_an_upgrade_joins_the_terms_that_overlap(person, district):
    without_the_wall()
    here = {"township": district.zhuoshui}
    held(person, **here, ends_on=SINCE + 9 * DAY)
    held(person, **here, begins_on=SINCE + 3 * DAY, ends_on=SINCE + 4 * DAY)
    held(person, **here, begins_on=SINCE + 9 * DAY, ends_on=SINCE + 20 * DAY)
    held(person, **here, begins_on=SINCE + 21 * DAY)
    held(person, township=district.shihui, begins_on=SINCE + DAY)

    none = frozenset()
    assert upgraded() == {
        (SINCE, SINCE + 20 * DAY, none),
        (SINCE + 21 * DAY, None, none),
        (SINCE + DAY, None, none),
    }


def test_an_upgrade_widens_nothing(person, district):
    """Villages of an appointment that ended are not covered for as long as the other one lasts."""
    without_the_wall()
    held(person, role="counter", ends_on=TODAY, covers=[district.tongmu])
    held(person, role="counter", begins_on=SINCE + DAY, covers=[district.sanmen])
    held(person, role="counter", begins_on=TODAY, covers=[district.sanmen, district.zhongyuan])

    covered = frozenset(one.short_name for one in (district.sanmen, district.zhongyuan))
    assert upgraded() == {(SINCE, None, covered)}
