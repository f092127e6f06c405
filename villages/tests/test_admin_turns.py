"""Two at one account at the same moment, one of them in the administration: the harm without turns, and turns."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from conftest import NOW, TODAY, make_person
from qianjiang_portal.foundation.admin import AskedTwice
from qianjiang_portal.testing_turns import until_waited_for
from villages import accounts, appointments
from villages.accounts import ONE_STAYS, CannotKeep
from villages.admin import PersonAdmin
from villages.tests.test_admin import kept, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def second(admin_person):
    return make_person("second", "管二", {"role": "admin"})


@pytest.fixture
def office(second, signed_in):
    return signed_in(second)


def sent_meanwhile(office, person, form, act):
    """The answer to a form that is sent while somebody else's act is not written yet."""
    answered: list[object] = []

    def send():
        try:
            answered.append(office.post(page_of(person), form))
        except Exception as error:  # what the portal would answer with 500
            answered.append(error)
        finally:
            connection.close()

    sending = threading.Thread(target=send)
    with transaction.atomic():
        act()
        sending.start()
        until_waited_for()
    sending.join()
    person.refresh_from_db()
    return answered[0]


@pytest.mark.parametrize("guarded", [True, False])
def test_who_would_be_the_last_administrator_is_told_so(guarded, office, admin_person, second, monkeypatch):
    if not guarded:
        monkeypatch.setattr(PersonAdmin, "changeform_view", AskedTwice.changeform_view)
    form, [post] = kept(admin_person, is_active=None) | {"_sure": "1"}, second.appointments.all()
    end = {"appointment": post, "on": TODAY - dt.timedelta(days=1), "by": admin_person}
    answer = sent_meanwhile(office, admin_person, form, lambda: appointments.end(**end))

    assert admin_person.is_active
    if guarded:
        assert (answer.status_code, ONE_STAYS in answer.content.decode()) == (200, True)
    else:
        assert isinstance(answer, CannotKeep)  # an error of the portal


@pytest.mark.parametrize("guarded", [True, False])
def test_a_password_given_meanwhile_stays(guarded, office, admin_person, clerk, monkeypatch):
    if not guarded:
        monkeypatch.setattr(PersonAdmin, "changeform_view", AskedTwice.changeform_view)
    old = clerk.password
    form = kept(clerk, name="冉晓丽")
    answer = sent_meanwhile(office, clerk, form, lambda: accounts.give_password(user=clerk, by=admin_person, now=NOW))

    assert (answer.status_code, clerk.name) == (302, "冉晓丽")
    assert (clerk.password == old) is not guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_an_account_closed_meanwhile_stays_closed(guarded, office, admin_person, clerk, monkeypatch):
    if not guarded:
        monkeypatch.setattr(PersonAdmin, "changeform_view", AskedTwice.changeform_view)
    form = kept(clerk, name="冉晓丽")
    answer = sent_meanwhile(office, clerk, form, lambda: accounts.switch_off(user=clerk, by=admin_person, now=NOW))

    assert answer.status_code == (200 if guarded else 302)
    assert ("再确认一次" in answer.content.decode()) is guarded
    assert clerk.is_active is not guarded


def test_who_keeps_the_administration_is_told_at_the_field(office, admin_person, second):
    appointments.end(appointment=second.appointments.get(), on=TODAY)
    answer = office.post(page_of(admin_person), kept(admin_person, **{"appointments-0-ends_on": str(TODAY)}))

    assert (answer.status_code, ONE_STAYS in answer.content.decode()) == (200, True)
    assert admin_person.appointments.get().ends_on is None
