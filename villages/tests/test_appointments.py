"""Two administrators at one person at the same moment, on a real database: the harm without the lock, and the lock."""

import contextlib
import threading

import pytest
from django.db import connection
from django.db.models import QuerySet

from conftest import TODAY
from villages import appointments
from villages.appointments import CannotAppoint
from villages.models import Appointment, User
from villages.models.people import AppointmentQuerySet

pytestmark = pytest.mark.django_db(transaction=True)


def appoint_twice(clerk, place, by, monkeypatch):
    """Both look for the same appointment before either writes one, unless the first makes the second wait."""
    met, told = threading.Barrier(2), []
    looked = AppointmentQuerySet.overlapping

    def overlapping(self, begins_on, ends_on):
        found = list(looked(self, begins_on, ends_on))
        with contextlib.suppress(threading.BrokenBarrierError):  # where the other one waits for the lock
            met.wait(timeout=1)
        return looked(self, begins_on, ends_on) if found else self.none()

    monkeypatch.setattr(AppointmentQuerySet, "overlapping", overlapping)

    def one():
        try:
            appointments.appoint(user=clerk, role="leader", township=place, begins_on=TODAY, by=by)
        except CannotAppoint as refusal:
            told.append(str(refusal))
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


def test_without_the_lock_one_is_left_when_the_other_is_ended(clerk, admin_person, district, monkeypatch):
    monkeypatch.setattr(User.objects, "select_for_update", lambda **how: QuerySet(User))
    made, told = appoint_twice(clerk, district.shihui, admin_person, monkeypatch)

    assert (made, told) == (2, [])
