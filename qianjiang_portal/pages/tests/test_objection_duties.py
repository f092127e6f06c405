"""An objection nobody answered in time comes to the township's leader and to the district."""

import datetime as dt
import uuid

import pytest

from conftest import NOW
from points import objections
from points.objections import Said
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages import todo


@pytest.fixture
def objection(notice):
    said = Said(1, "01", "没有参加")
    return objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="x", now=NOW)


def test_overdue_it_is_on_the_leaders_desk_and_the_districts(objection, leader, district_officer):
    with calendar.at(NOW + dt.timedelta(days=9)):
        lines = {
            person: [task for task in todo.tasks(person) if "异议" in task.title]
            for person in (leader, district_officer)
        }

    assert [(task.title, task.is_late) for task in lines[leader]] == [("桐木村 异议 YY-2026-0001", True)]
    assert [(task.title, task.is_late) for task in lines[district_officer]] == [("濯水镇 异议", True)]
