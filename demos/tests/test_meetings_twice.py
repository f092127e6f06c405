"""A meeting sent twice: the harm without its key, the key, and two at the same moment."""

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from conftest import NOW, TODAY
from demos import meetings
from demos.meetings import Decided, Facts
from demos.models import Decision, Meeting
from qianjiang_portal.foundation.refusals import Conflict
from qianjiang_portal.testing_turns import until_waited_for
from villages.models import User


def test_the_same_page_is_one_meeting(unit, other_unit, officer):
    facts, decided = Facts("三号会议室", topic="岁末", attendees=(unit, other_unit)), [Decided("排期", unit, TODAY)]
    said = {"kind": "joint", "unit": None, "on": TODAY, "decided": decided, "by": officer, "now": NOW, "facts": facts}
    said["key"] = uuid.uuid4()
    held = meetings.hold(**said)
    assert meetings.hold(**said) == held
    more = [*decided, Decided("采购", unit, TODAY)]
    for changed in ({"facts": Facts("二号会议室")}, {"decided": more}, {"kind": "special", "unit": unit}):
        with pytest.raises(Conflict, match="已经登记过联席会议"):
            meetings.hold(**said | changed)
    assert (Meeting.objects.count(), Decision.objects.count()) == (1, 1)
    meetings.hold(**said | {"key": None})  # the harm, where a page has no name
    assert (Meeting.objects.count(), Decision.objects.count()) == (2, 2)


def test_a_plan_is_put_down_once(unit, officer):
    said = {"kind": "special", "unit": unit, "on": TODAY, "by": officer, "now": NOW, "key": uuid.uuid4()}
    assert meetings.plan(**said) == meetings.plan(**said)
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        Meeting.objects.create(kind="joint", held_on=TODAY, made_by=officer, made_at=NOW, key=said["key"])


def at_once(officer):
    """What becomes of a page that is sent again while the first answer is not there yet."""
    said = {"kind": "joint", "unit": None, "on": TODAY, "by": officer, "now": NOW, "key": uuid.uuid4()}
    second: list[object] = []

    def send():
        try:
            second.append(meetings.plan(**said))
        except IntegrityError:
            second.append("refused by the database")
        finally:
            connection.close()

    again = threading.Thread(target=send)
    with transaction.atomic():
        first = meetings.plan(**said)
        again.start()
        until_waited_for()
    again.join()
    return first, second


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_answered_alike(officer):
    first, second = at_once(officer)
    assert second == [first]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_still_takes_one(officer, monkeypatch):
    monkeypatch.setattr(User.objects, "select_for_update", lambda **how: QuerySet(User))
    _, second = at_once(officer)
    assert second == ["refused by the database"]
    assert Meeting.objects.count() == 1
