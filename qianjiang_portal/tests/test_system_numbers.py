"""T-M1: an item that fills itself from the ledger follows what is posted, and so does the gate that asks for it."""

import datetime as dt

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW, SINCE
from demos import candidates, criteria, evidence, programmes
from demos.criteria import Item
from points import postings
from qianjiang_portal.foundation import calendar

LATER = NOW + dt.timedelta(days=48)  # the quarter is over
ITEMS = [
    Item("村民自治依法规范", "村民参与积分", 60, True, "participants"),
    Item("村党组织领导有力", "班子分工", 40),
    criteria.VETOES[0],
]


@pytest.fixture
def candidate(district, district_officer, clerk):
    said = {"by": district_officer, "now": NOW}
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, **said)
    criteria.publish(programme=goal, items=ITEMS, **said)
    made = candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", by=clerk, now=NOW)
    made = candidates.advance(candidate=made, on=SINCE, by=clerk, now=NOW)
    points = {one.pk: 30 for one in made.standard.criteria.filter(is_veto=False)}
    evidence.score(candidate=made, column="self", points=points, by=clerk, now=NOW)
    return made


def text(response):
    main = html.fromstring(response.content.decode()).xpath("//main")[0]
    return " ".join(" ".join(main.itertext()).split())


def test_an_item_fills_itself_and_opens_its_gate(candidate, notice, clerk, signed_in):
    page = reverse("demos:criteria", args=[candidate.pk])
    move = reverse("demos:candidate-move", args=[candidate.pk])
    step = {"action": "advance", "advance-on": "2027-01-10"}
    with calendar.at(LATER):
        client = signed_in(clerk)
        assert "参与户 0 户" in text(client.get(page))
        shut = client.post(move, step)
        assert (shut.status_code, "材料还差 1 条：第 1 条" in text(shut)) == (422, True)

    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())

    with calendar.at(LATER):
        assert "参与户 3 户" in text(client.get(page))
        assert "现在是镇审" in text(client.post(move, step, follow=True))
