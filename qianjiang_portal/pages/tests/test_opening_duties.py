"""待办: points brought over wait for a second person, never for whoever sent them."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, SINCE
from points import openings, registers
from points.tests import shop
from qianjiang_portal.foundation import jobs
from qianjiang_portal.pages import todo
from villages import appointments
from villages.models import User


@pytest.fixture(autouse=True)
def kept_files(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}


@pytest.fixture
def handed_in(district, clerk):
    content = "户主,户号,积分\n欧阳娜,0103,86\n".encode()
    begun = {"kind": "opening", "village": district.tongmu, "maker": clerk, "name": "期初.csv", "day": SINCE}
    source = registers.begin(**begun, content=content, now=NOW)
    jobs.run(source.job.uuid)
    source.refresh_from_db()
    return registers.confirm(source=source, maker=clerk, stamp=source.stamp, reason="", now=NOW)


def lines(user):
    return [task for task in todo.tasks(User.objects.get(pk=user.pk)) if "期初" in task.title]


def test_an_opening_waits_for_reviewers_and_the_leader(handed_in, reviewer, leader, stranger, counter):
    for person in (reviewer, leader):
        [task] = lines(person)
        assert (task.title, task.detail) == ("桐木村 期初积分", "1 户，冉晓莉经办，等着复核")
        assert (task.url, task.action) == (reverse("points:register", args=[handed_in.pk]), "去复核")
        assert todo.counts(User.objects.get(pk=person.pk))["households"] == 1
    assert not lines(stranger)
    assert not lines(counter)


def test_it_never_waits_for_whoever_sent_it(handed_in, clerk, district):
    appointments.appoint(user=clerk, role="reviewer", village=district.tongmu, begins_on=SINCE)
    assert not lines(clerk)


def test_a_reversal_waits_for_somebody_else(district, clerk, reviewer, leader, panel):
    for home in (district.homes[0], district.homes[-1]):
        shop.give(home, 50)
        openings.ask_back(entry=home.entries.get(), reason="记错了", maker=clerk, now=NOW)
    [task] = lines(leader)
    assert (task.title, task.detail) == ("桐木村 期初冲正", "2 户等着复核")
    assert (task.url, task.action) == (f"{reverse('points:opening-new')}#reversals", "去复核")
    # Of their own household the panel's member is not asked.
    assert [task.detail for task in lines(reviewer)] == ["1 户等着复核"]
    assert not lines(clerk)


def test_it_is_gone_once_it_was_passed(handed_in, reviewer):
    registers.approve(source=handed_in, by=reviewer, stamp=handed_in.stamp, now=NOW + dt.timedelta(hours=1))
    assert not lines(reviewer)
