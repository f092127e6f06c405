"""标准与材料: three columns by three people, evidence before the gate, a veto that stops everything."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from conftest import NOW, SINCE, TODAY, make_person
from demos import board, candidates, criteria, evidence, programmes
from demos.candidates import CannotMove
from demos.criteria import CannotSetCriteria, Item
from demos.evidence import CannotProve, CannotScore
from demos.models import Criterion, Score
from demos.tests.test_pages import text

ITEMS = [
    Item("党组织", "班子齐", 60, True),
    Item("自治", "参与户率", 40, metric="participation_rate"),
    criteria.VETOES[0],
]


@pytest.fixture
def goal(officer):
    made = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, by=officer, now=NOW)
    criteria.publish(programme=made, items=ITEMS, by=officer, now=NOW)
    return made


@pytest.fixture
def candidate(goal, district, clerk):
    return candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", by=clerk, now=NOW)


def item(candidate, position):
    return Criterion.objects.get(standard=candidate.standard_id, position=position)


def score(candidate, column, by, first=50, second=30):
    points = {item(candidate, 1).pk: first, item(candidate, 2).pk: second}
    return evidence.score(candidate=candidate, column=column, points=points, by=by, now=NOW)


def prove(candidate, by):
    first = item(candidate, 1)
    return evidence.add(
        candidate=candidate, criterion=first, caption="分工公示", of=TODAY, kept_at="村委会", by=by, now=NOW
    )


def go(candidate, by):
    candidates.advance(candidate=candidate, on=TODAY, by=by, now=NOW)
    candidate.refresh_from_db()


def test_without_scores_and_evidence_the_gate_stays_shut(candidate, clerk, leader, officer):
    go(candidate, clerk)
    with pytest.raises(CannotMove, match="自评还差 2 条：第 1、2 条；材料还差 1 条：第 1 条"):
        go(candidate, clerk)
    score(candidate, "self", clerk)
    with pytest.raises(CannotMove, match=r"^移到“镇审”前还差 1 件：材料还差 1 条：第 1 条$"):
        go(candidate, clerk)
    proof = prove(candidate, clerk)
    evidence.withdraw(evidence=proof, by=clerk, now=NOW)
    with pytest.raises(CannotMove, match=r"前还差 1 件：材料还差 1 条"):
        go(candidate, clerk)
    prove(candidate, clerk)
    go(candidate, clerk)
    with pytest.raises(CannotMove, match="镇评还差 2 条"):
        go(candidate, leader)
    score(candidate, "town", leader)
    go(candidate, leader)
    with pytest.raises(CannotMove, match="区评还差 2 条"):
        go(candidate, officer)
    score(candidate, "district", officer)
    go(candidate, officer)
    assert candidate.stage.key == "notice"


def test_an_open_veto_stops_everything_until_the_district_clears_it(candidate, clerk, leader, officer):
    go(candidate, clerk)
    score(candidate, "self", clerk)
    prove(candidate, clerk)
    veto = item(candidate, 3)
    found = evidence.find(candidate=candidate, criterion=veto, on=TODAY, text="塌方", by=leader, now=NOW)
    assert [card.is_vetoed for card in board.cards(clerk, board.Wanted(2026), TODAY)] == [True]
    with pytest.raises(CannotMove, match="负面清单没有销号"):
        go(candidate, clerk)
    with pytest.raises(CannotProve, match="销号由区级登记"):
        evidence.clear(finding=found, on=TODAY, how="已整改", by=leader, now=NOW)
    evidence.clear(finding=found, on=TODAY, how="已整改", by=officer, now=NOW)
    assert [card.is_vetoed for card in board.cards(clerk, board.Wanted(2026), TODAY)] == [False]
    go(candidate, clerk)
    assert candidate.stage.key == "town"


def test_each_column_has_its_own_people(candidate, clerk, leader, officer, stranger):
    for column, wrong in (("self", leader), ("self", officer), ("town", clerk), ("district", leader)):
        with pytest.raises(CannotScore, match="不由您填"):
            score(candidate, column, wrong)
    with pytest.raises(CannotScore, match="不由您填"):
        score(candidate, "self", stranger)


def test_one_person_does_not_score_for_place_and_township(candidate, district):
    both = make_person(
        "both",
        "兼任",
        {"role": "clerk", "township": district.zhuoshui},
        {"role": "leader", "township": district.zhuoshui},
    )
    score(candidate, "self", both)
    with pytest.raises(CannotScore, match="自评和镇评要由两个人填"):
        score(candidate, "town", both)
    given = {"candidate": candidate, "criterion": item(candidate, 1), "column": "town", "points": 1, "made_at": NOW}
    with pytest.raises(IntegrityError, match="scores_what_another_scored"), transaction.atomic():
        Score.objects.create(**given, made_by=both)


def test_no_score_passes_its_weight(candidate, clerk):
    with pytest.raises(CannotScore, match="第 1 条最多 60 分"):
        score(candidate, "self", clerk, first=61)
    given = {"candidate": candidate, "criterion": item(candidate, 1), "column": "self", "made_by": clerk}
    with pytest.raises(IntegrityError, match="demos_score_is_within_the_weight"), transaction.atomic():
        Score.objects.create(**given, points=61, made_at=NOW)
    assert score(candidate, "self", clerk, first=60) == 2


def test_a_new_version_reaches_who_has_not_applied(candidate, goal, clerk, officer):
    score(candidate, "self", clerk, first=10)
    made = criteria.publish(
        programme=goal, items=[Item("党组织", "班子齐", 70, True), Item("法治", "讲座", 30)], by=officer, now=NOW
    )
    candidate.refresh_from_db()
    assert (candidate.standard, made.version) == (made, 2)
    assert list(candidate.scores.values_list("criterion__text", "points")) == [("班子齐", 10)]
    go(candidate, clerk)
    criteria.publish(programme=goal, items=[Item("全", "全部", 100)], by=officer, now=NOW)
    candidate.refresh_from_db()
    assert candidate.standard == made
    with pytest.raises(Exception, match="append_only"), transaction.atomic():
        made.criteria.update(weight=1)


def test_criteria_weigh_a_hundred(goal, officer, clerk):
    with pytest.raises(CannotSetCriteria, match="分值合计要 100，现在是 90"):
        criteria.publish(programme=goal, items=[Item("全", "全部", 90)], by=officer, now=NOW)
    with pytest.raises(CannotSetCriteria, match="系统数“bogus”没有"):
        criteria.publish(programme=goal, items=[Item("全", "全部", 100, metric="bogus")], by=officer, now=NOW)
    with pytest.raises(CannotSetCriteria, match="创建标准由区级定"):
        criteria.publish(programme=goal, items=ITEMS, by=clerk, now=NOW)


@pytest.mark.parametrize("kind", ["village", "town"])
def test_presets_weigh_a_hundred_in_their_aspects(kind, db):
    items = criteria.preset(kind)
    assert sum(one.weight for one in items) == 100
    assert len({one.aspect for one in items if not one.is_veto}) == (6 if kind == "village" else 4)


def test_the_grid_saves_a_column_and_says_what_is_wrong(candidate, clerk, signed_in):
    client, url = signed_in(clerk), reverse("demos:criteria", args=[candidate.pk])
    first, second = item(candidate, 1).pk, item(candidate, 2).pk
    page = text(client.get(url))
    assert "要材料" in page
    assert "系统数取2026年第三季度" in page
    saved = client.post(url, {"column": "self", f"self-{first}": "55", f"self-{second}": "35"}, follow=True)
    assert "评分已保存" in text(saved)
    assert "合计 100 90 — —" in text(saved)
    wrong = client.post(url, {"column": "self", f"self-{first}": "99"})
    assert (wrong.status_code, "第 1 条填 0 到 60" in text(wrong)) == (422, True)
    assert 'value="99"' in wrong.content.decode()
    assert client.post(url, {"column": "district", f"district-{first}": "1"}).status_code == 403
