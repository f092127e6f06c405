"""Two administrators at the same moment, on a real database: the harm without the lock, and the lock."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from conftest import NOW, TODAY, make_person
from qianjiang_portal.testing_turns import Encounter
from villages import accounts, appointments
from villages.accounts import CannotKeep
from villages.appointments import CannotAppoint
from villages.models import Appointment, User
from villages.models.people import AppointmentQuerySet

pytestmark = pytest.mark.django_db(transaction=True)


def appoint_twice(clerk, place, by, monkeypatch):
    """Both look for the same appointment before either writes one, unless the first makes the second wait."""
    met, told = Encounter(), []
    looked = AppointmentQuerySet.overlapping

    def overlapping(self, begins_on, ends_on):
        found = list(looked(self, begins_on, ends_on))
        met.attend()
        return looked(self, begins_on, ends_on) if found else self.none()

    monkeypatch.setattr(AppointmentQuerySet, "overlapping", overlapping)

    def one():
        try:
            appointments.appoint(user=clerk, role="leader", township=place, begins_on=TODAY, by=by)
        except CannotAppoint as refusal:
            told.append(str(refusal))
        except IntegrityError as wall:
            told.append("villages_appointment_is_held_once" if "is_held_once" in str(wall) else str(wall))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Appointment.objects.filter(user=clerk, role="leader").count(), told


def test_the_same_appointment_at_the_same_moment_is_made_once(clerk, admin_person, district, monkeypatch):
    made, told = appoint_twice(clerk, district.shihui, admin_person, monkeypatch)

    assert (made, told) == (1, ["已有同样的任职：石会镇分管领导"])


def test_without_the_lock_the_database_takes_one(clerk, admin_person, district, monkeypatch):
    monkeypatch.setattr(User.objects, "select_for_update", lambda **how: QuerySet(User))
    made, told = appoint_twice(clerk, district.shihui, admin_person, monkeypatch)

    assert (made, told) == (1, ["villages_appointment_is_held_once"])


def close_each_other(act, one, other, monkeypatch):
    """Each looks who else is left before either is gone, unless the first makes the second wait."""
    met, told = Encounter(), []
    looked = accounts.other_administrators

    def other_administrators(*asked):
        left = list(looked(*asked))
        met.attend()
        return User.objects.filter(pk__in=[user.pk for user in left])

    monkeypatch.setattr(accounts, "other_administrators", other_administrators)

    def close(user, by):
        try:
            act(user, by)
        except (CannotAppoint, CannotKeep) as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def switch_off(user, by):
    accounts.switch_off(user=user, by=by, now=NOW)


def end(user, by):
    appointments.end(appointment=user.appointments.get(), on=TODAY, by=by)


def left():
    """Who may still enter the administration tomorrow."""
    return accounts.other_administrators(User(), TODAY + dt.timedelta(days=1)).count()


@pytest.fixture
def second(admin_person):
    return make_person("second", "管二", {"role": "admin"})


@pytest.mark.parametrize("act", [switch_off, end])
def test_of_two_administrators_who_close_each_other_one_stays(act, admin_person, second, monkeypatch):
    told = close_each_other(act, admin_person, second, monkeypatch)

    assert (len(told), left()) == (1, 1)


def test_without_the_turns_nobody_is_left(admin_person, second, monkeypatch):
    """Who closes each other's account would stand in each other's way until the database stops one of them."""
    monkeypatch.setattr(accounts, "take_turns", lambda: None)
    told = close_each_other(end, admin_person, second, monkeypatch)

    assert (told, left()) == ([], 0)


def test_whose_own_term_ends_keeps_another_administrator_beyond_it(admin_person, second):
    appointments.end(appointment=admin_person.appointments.get(), on=TODAY + dt.timedelta(days=9))
    with pytest.raises(CannotAppoint, match="至少留一位在任的系统管理员"):
        appointments.end(appointment=second.appointments.get(), on=TODAY + dt.timedelta(days=9), by=admin_person)

    assert second.appointments.get().ends_on is None
