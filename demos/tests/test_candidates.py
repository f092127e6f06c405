"""创建对象: one place once, a day after the other, gates, targets, and who may move what."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms import model_to_dict

from conftest import NOW, SINCE, TODAY, make_person
from demos import candidates, programmes
from demos.candidates import BeyondTarget, CannotMove, CannotNominate, CannotPlan
from demos.models import Candidate, Move, Stage
from demos.programmes import CannotTarget


@pytest.fixture
def goal(officer):
    return programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, by=officer, now=NOW)


@pytest.fixture
def candidate(goal, district, clerk):
    return put(goal, district.tongmu, clerk, owner="冉主任")


def put(goal, place, by, **more):
    return candidates.nominate(programme=goal, place=place, on=SINCE, by=by, now=NOW, **more)


def on(days):
    return SINCE + dt.timedelta(days=days)


def go(candidate, by, days):
    return candidates.advance(candidate=candidate, on=on(days), by=by, now=NOW)


@pytest.fixture
def noticed(candidate, clerk, leader, officer):
    """At 公示 since the fourth day."""
    for by, days in ((clerk, 1), (clerk, 2), (leader, 3), (officer, 4)):
        go(candidate, by, days)
    candidate.refresh_from_db()
    return candidate


def test_a_district_village_goes_through_its_stages(noticed, officer):
    go(noticed, officer, 11)
    moved = go(noticed, officer, 12)

    assert moved.stage.key == "care"
    assert moved.standing == "good"
    keys = list(noticed.moves.order_by("pk").values_list("to_stage__key", flat=True))
    assert keys == ["nurture", "apply", "town", "district", "notice", "recognised", "care"]
    with pytest.raises(CannotMove, match="已经是最后一个阶段"):
        go(noticed, officer, 13)


def test_stages_become_milestones_and_are_reached_by_moving(candidate, clerk):
    planned = dict(candidate.milestones.values_list("stage__key", "planned_on"))
    assert planned["apply"] == on(120)
    assert planned["town"] == on(135)
    go(candidate, clerk, 100)
    assert candidate.milestones.get(stage__key="apply").done_on == on(100)


def test_without_an_owner_nobody_applies(goal, district, clerk):
    made = put(goal, district.tongmu, clerk)
    with pytest.raises(CannotMove, match="还没有定责任人"):
        go(made, clerk, 1)
    candidates.put_owner(candidate=made, owner="冉主任", by=clerk, now=NOW)
    assert go(made, clerk, 1).stage.key == "apply"


def is_locked(candidate):
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmax::text <> '0' FROM demos_candidate WHERE id = %s", [candidate.pk])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("kind", ["village", "town"])
def test_a_candidate_is_held_with_its_places(kind, district, clerk, officer, django_assert_num_queries):
    """What the statement that is written out finds is what the ORM finds; nobody else takes a step meanwhile."""
    goal = programmes.set_target(year=2026, level="city", kind=kind, minimum=1, hoped=2, by=officer, now=NOW)
    made = put(goal, district.tongmu if kind == "village" else district.zhuoshui, clerk)
    seen = Candidate.objects.with_places().get(pk=made.pk)
    assert not is_locked(made)

    held = Candidate.objects.held(made.pk)

    assert is_locked(made)
    with django_assert_num_queries(0):
        for one, other in ((held, seen), (held.programme, seen.programme), (held.stage, seen.stage)):
            assert model_to_dict(one) == model_to_dict(other)
        assert (str(held), held.place, held.town) == (str(seen), seen.place, seen.town)
        assert model_to_dict(held.place) == model_to_dict(seen.place)
        assert model_to_dict(held.town) == model_to_dict(seen.town)
    with pytest.raises(Candidate.DoesNotExist):
        Candidate.objects.held(made.pk + 1)


def test_a_step_is_never_before_the_last(candidate, clerk):
    go(candidate, clerk, 5)
    with pytest.raises(CannotMove, match="日期早于上一步"):
        go(candidate, clerk, 4)
    with pytest.raises(CannotMove, match="日期还没有到"):
        candidates.advance(candidate=candidate, on=TODAY + dt.timedelta(days=1), by=clerk, now=NOW)
    last = candidate.moves.order_by("pk").last()
    same = {"candidate": candidate, "kind": "advance", "made_by": clerk, "made_at": NOW}
    with pytest.raises(IntegrityError, match="demos_move_is_not_before_the_last"), transaction.atomic():
        Move.objects.create(**same, from_stage=last.to_stage, to_stage=last.to_stage, on=on(4))
    assert Move.objects.create(**same, from_stage=last.to_stage, to_stage=last.to_stage, on=on(5)).pk


def test_history_cannot_be_changed(candidate):
    for change in (lambda: candidate.moves.update(note="别的"), lambda: candidate.moves.all().delete()):
        with pytest.raises(Exception, match="append_only"), transaction.atomic():
            change()


def test_the_sender_does_not_pass_the_township_review(candidate, leader):
    for days in (1, 2):
        go(candidate, leader, days)
    with pytest.raises(CannotMove, match="送审的人不能自己审"):
        go(candidate, leader, 3)
    candidate.refresh_from_db()
    following = candidates.next_stage(candidate)
    step = {"candidate": candidate, "kind": "advance", "from_stage": candidate.stage, "to_stage": following}
    with pytest.raises(IntegrityError, match="passed_by_another"), transaction.atomic():
        Move.objects.create(**step, on=on(3), made_by=leader, made_at=NOW)
    other = make_person("deputy", "谭副镇长", {"role": "leader", "township": candidate.village.township})
    assert go(candidate, other, 3).stage.key == "district"


def test_the_notice_has_to_be_up_long_enough(noticed, officer):
    with pytest.raises(CannotMove, match="公示还差 1 天"):
        go(noticed, officer, 10)
    assert go(noticed, officer, 11).stage.key == "recognised"


def test_each_stage_is_moved_by_whom_it_is_with(candidate, clerk, leader, officer, liaison):
    for wrong in (officer, liaison):
        with pytest.raises(CannotMove, match="培育由本乡镇街道的经办或分管领导办"):
            go(candidate, wrong, 1)
    go(candidate, clerk, 1)
    go(candidate, clerk, 2)
    with pytest.raises(CannotMove, match="镇审由本乡镇街道的分管领导办"):
        go(candidate, clerk, 3)
    go(candidate, leader, 3)
    with pytest.raises(CannotMove, match="区审由区级办"):
        go(candidate, leader, 4)


def test_sent_back_with_a_reason_it_may_come_again(noticed, officer, clerk):
    stages = {stage.key: stage for stage in noticed.programme.stages.all()}
    back = {"candidate": noticed, "on": on(5), "by": officer, "now": NOW}
    with pytest.raises(CannotMove, match="写明退回的原因"):
        candidates.send_back(**back, to=stages["apply"], reason=" ")
    with pytest.raises(CannotMove, match="只能退回前面的阶段"):
        candidates.send_back(**back, to=stages["recognised"], reason="材料不全")
    with pytest.raises(IntegrityError, match="has_a_reason"), transaction.atomic():
        Move.objects.create(
            candidate=noticed, kind="back", to_stage=stages["apply"], on=on(5), made_by=officer, made_at=NOW
        )
    returned = candidates.send_back(**back, to=stages["apply"], reason="材料不全")
    assert returned.stage.key == "apply"
    assert returned.milestones.get(stage__key="town").done_on is None
    assert go(returned, clerk, 6).stage.key == "town"


def test_a_place_is_open_once_in_a_programme(candidate, goal, district, clerk):
    with pytest.raises(CannotNominate, match="桐木村已经在区级示范村里"):
        put(goal, district.tongmu, clerk)
    twice = {"programme": goal, "village": district.tongmu, "stage": candidate.stage, "since": SINCE, "beyond": "多"}
    with pytest.raises(IntegrityError, match="demos_village_is_open_once"), transaction.atomic():
        Candidate.objects.create(**twice)


def test_beyond_the_target_a_reason_is_asked_for(candidate, goal, district, clerk, stranger):
    put(goal, district.zhongyuan, stranger)
    with pytest.raises(BeyondTarget, match="目标 1–2 个，已选 2 个；还要增加就写明理由"):
        put(goal, district.sanmen, clerk)
    bare = {"programme": goal, "village": district.sanmen, "stage": candidate.stage, "since": SINCE}
    with pytest.raises(IntegrityError, match="beyond_the_target_has_a_reason"), transaction.atomic():
        Candidate.objects.create(**bare)
    assert put(goal, district.sanmen, clerk, beyond="备选一个").beyond == "备选一个"


def test_no_more_are_recognised_than_hoped_for(noticed, goal, district, officer, stranger):
    other = put(goal, district.zhongyuan, stranger, owner="石主任")
    programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=1, by=officer, now=NOW)
    go(noticed, officer, 11)
    last = goal.stages.get(key="recognised")
    with pytest.raises(IntegrityError, match="demos_no_more_are_recognised"), transaction.atomic():
        Candidate.objects.filter(pk=other.pk).update(stage=last)
    Candidate.objects.filter(pk=other.pk).update(stage=goal.stages.get(key="notice"))
    with pytest.raises(CannotMove, match="已经认定 1 个，到了目标"):
        go(other, officer, 20)


def test_a_candidate_keeps_to_its_programme(goal, district, officer, candidate):
    towns = programmes.set_target(year=2026, level="city", kind="town", minimum=1, hoped=2, by=officer, now=NOW)
    with pytest.raises(CannotNominate, match="市级示范镇要选镇"):
        put(towns, district.tongmu, officer)
    with pytest.raises(IntegrityError, match="demos_stage_is_of_the_programme"), transaction.atomic():
        Candidate.objects.filter(pk=candidate.pk).update(stage=towns.stages.get(key="apply"))
    with pytest.raises(IntegrityError, match="programmes_kind"), transaction.atomic():
        Candidate.objects.create(
            programme=towns, village=district.sanmen, stage=towns.stages.get(key="apply"), since=SINCE
        )
    assert put(towns, district.zhuoshui, officer).name == "濯水镇"


def test_a_recognised_place_mends_or_is_struck_off(noticed, officer, goal, district):
    go(noticed, officer, 11)
    go(noticed, officer, 12)
    again = {"candidate": noticed, "by": officer, "now": NOW}
    with pytest.raises(CannotMove, match="整改期限要晚于复核日期"):
        candidates.recheck(**again, standing="mend", on=on(20), note="垃圾乱堆", mend_by=on(20))
    mending = candidates.recheck(**again, standing="mend", on=on(20), note="垃圾乱堆", mend_by=on(40))
    assert (mending.standing, mending.mend_by) == ("mend", on(40))
    revoked = candidates.recheck(**again, standing="revoked", on=on(50), note="没有整改")
    assert revoked.closed_on == on(50)
    with pytest.raises(CannotMove, match="已经退出"):
        candidates.recheck(**again, standing="good", on=on(51), note="")
    assert put(goal, district.tongmu, officer).stage.key == "nurture"


def test_milestones_of_ones_own_are_reached_by_hand(candidate, clerk, stranger):
    step = candidates.add_milestone(candidate=candidate, name="印发方案", planned_on=TODAY, by=clerk, now=NOW)
    with pytest.raises(CannotPlan, match="由本乡镇街道或区级安排"):
        candidates.reach(milestone=step, on=TODAY, by=stranger, now=NOW)
    with pytest.raises(CannotPlan, match="阶段节点"):
        candidates.reach(milestone=candidate.milestones.get(stage__key="apply"), on=TODAY, by=clerk, now=NOW)
    assert candidates.reach(milestone=step, on=TODAY, by=clerk, now=NOW).done_on == TODAY
    with pytest.raises(CannotPlan, match="已经有“印发方案”"):
        candidates.add_milestone(candidate=candidate, name="印发方案", planned_on=TODAY, by=clerk, now=NOW)


def test_a_stage_that_was_walked_stays(candidate, goal, officer, clerk):
    names = {stage.key: (stage.name, stage.days) for stage in goal.stages.all()}
    with pytest.raises(CannotTarget, match="申报不能去掉"):
        programmes.set_stages(
            programme=goal, names={k: v for k, v in names.items() if k != "apply"}, by=officer, now=NOW
        )
    with_city = programmes.set_stages(programme=goal, names=names | {"city": ("市里审", 9)}, by=officer, now=NOW)
    assert [stage.name for stage in with_city][4] == "市里审"
    with pytest.raises(CannotTarget, match="由区级定"):
        programmes.set_stages(programme=goal, names=names, by=clerk, now=NOW)
    assert Stage.objects.filter(programme=goal, key="city").exists()


def test_the_stranger_sees_their_own(candidate, goal, district, stranger, clerk, liaison, officer, auditor, counter):
    far = put(goal, district.zhongyuan, stranger)
    seen = {
        person.username: set(Candidate.objects.visible_to(person))
        for person in (stranger, clerk, liaison, officer, auditor, counter)
    }
    both = {candidate, far}
    assert seen == {
        "stranger": {far},
        "clerk": {candidate},
        "liaison": {candidate},
        "district": both,
        "auditor": both,
        "counter": set(),
    }
