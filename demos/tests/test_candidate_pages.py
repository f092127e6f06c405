"""The pages of programmes and candidates, as people walk them."""

import pytest
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from demos import candidates, programmes
from demos.models import Candidate
from demos.tests.test_pages import text


@pytest.fixture
def goal(officer):
    return programmes.set_target(year=2026, level="district", kind="village", minimum=2, hoped=3, by=officer, now=NOW)


@pytest.fixture
def candidate(goal, district, clerk):
    return candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", by=clerk, now=NOW)


def of(name, candidate, **more):
    return reverse(f"demos:{name}", kwargs={"pk": candidate.pk, **more})


def test_the_district_sets_the_work_plans_targets(officer, signed_in):
    client = signed_in(officer)
    assert "还没有创建目标" in text(client.get(reverse("demos:board")))
    page = text(client.post(reverse("demos:programme-by-plan"), follow=True))

    assert "2026年的目标已按工作方案设好" in page
    assert "区级示范村 30 30 0 0 30 标准 区级示范村 阶段" in page
    board = text(client.get(reverse("demos:board")))
    assert "区级示范村 0/30 认定 0，在创 0， 还缺 30 个选点" in board
    assert "市级示范镇 0/1–2" in board
    assert "国家级示范村 0/力争 1" in board


def test_a_clerk_puts_a_village_forward_and_moves_it(goal, district, clerk, signed_in):
    client = signed_in(clerk)
    given = {"programme": goal.pk, "village": district.tongmu.code, "on": "2026-01-01"}
    given["village"] = district.tongmu.pk
    page = client.post(reverse("demos:candidate-new"), given, follow=True)
    assert "濯水镇桐木村已列入区级示范村" in text(page)
    made = Candidate.objects.get()
    move = of("candidate-move", made)
    assert "还差 1 件 ，办完才能移： 还没有定责任人" in text(client.get(move))
    refused = client.post(move, {"action": "advance", "advance-on": "2026-01-02"})
    assert (refused.status_code, "还没有定责任人" in text(refused)) == (422, True)
    client.post(of("candidate-owner", made), {"owner-owner": "冉主任"})
    moved = client.post(move, {"action": "advance", "advance-on": "2026-01-02"}, follow=True)
    assert "濯水镇桐木村现在是申报" in text(moved)


def test_the_board_says_what_is_late_in_words(candidate, officer, signed_in):
    board = text(signed_in(officer).get(reverse("demos:board")))

    assert "培育 1 桐木村 濯水镇 区级示范村 05-01 申报 逾期 206 天" in board
    assert "1 个，逾期 1" in board


def test_a_township_sees_its_own_and_all_targets(candidate, stranger, signed_in):
    page = text(signed_in(stranger).get(reverse("demos:board")))

    assert "桐木村" not in page
    assert "区级示范村 0/2–3 认定 0，在创 1" in page
    assert signed_in(stranger).get(of("candidate", candidate)).status_code == 404


def test_beyond_the_target_the_form_asks_why(candidate, goal, district, officer, clerk, signed_in):
    programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=1, by=officer, now=NOW)
    client, url = signed_in(clerk), reverse("demos:candidate-new")
    given = {"programme": goal.pk, "village": district.sanmen.pk, "on": "2026-01-01"}
    asked = client.post(url, given)
    assert asked.status_code == 422
    assert "目标 1 个，已选 1 个；还要增加就写明理由" in text(asked)
    assert client.post(url, given | {"beyond": "备选"}).status_code == 302


def test_sent_back_the_history_says_why(candidate, clerk, leader, signed_in):
    client = signed_in(clerk)
    for day in ("2026-01-02", "2026-01-03"):
        client.post(of("candidate-move", candidate), {"action": "advance", "advance-on": day})
    stage = candidate.programme.stages.get(key="apply")
    given = {"action": "back", "back-to": stage.pk, "back-on": "2026-01-05", "back-reason": "方案没盖章"}
    page = text(signed_in(leader).post(of("candidate-move", candidate), given, follow=True))

    assert "2026-01-05 镇审退回申报 方案没盖章 向副镇长" in page


def test_a_milestone_is_added_and_reached(candidate, clerk, signed_in):
    client = signed_in(clerk)
    given = {"milestone-name": "印发方案", "milestone-planned_on": "2026-11-20"}
    assert "印发方案 冉主任 2026-11-20 — 逾期 3 天" in text(
        client.post(of("candidate-milestone", candidate), given, follow=True)
    )
    step = candidate.milestones.get(name="印发方案")
    late = {f"reach-{step.pk}-on": "2026-11-24"}
    assert client.post(of("milestone-reach", candidate, milestone=step.pk), late).status_code == 422
    done = client.post(of("milestone-reach", candidate, milestone=step.pk), {f"reach-{step.pk}-on": "2026-11-23"})
    assert done.status_code == 302
    assert "完成，晚 3 天" in text(client.get(of("candidate", candidate)))


def test_stages_are_settings_of_the_programme(goal, officer, signed_in):
    client, url = signed_in(officer), reverse("demos:programme-stages", args=[goal.pk])
    form = client.get(url).context["form"]
    given = {name: value for name, value in form.initial.items() if value is not False}
    client.post(url, given | {"city-used": "on", "city-name": "市里审", "apply-days": "9"})
    assert list(goal.stages.order_by("position").values_list("name", "days"))[1] == ("申报", 9)
    assert goal.stages.get(key="city").name == "市里审"
    assert client.post(url, given | {"apply-days": "0"}).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("view", ["", "table"])
def test_queries_of_the_board_do_not_grow(view, count, goal, district, officer, signed_in, django_assert_num_queries):
    for village in (district.tongmu, district.sanmen, district.zhongyuan)[:count]:
        candidates.nominate(programme=goal, place=village, on=SINCE, by=officer, now=NOW)
    client = signed_in(officer)
    with django_assert_num_queries(13):
        client.get(reverse("demos:board"), {"view": view})


def test_nothing_of_a_place_that_gave_up_is_late(candidate, officer, signed_in):
    client = signed_in(officer)
    assert "逾期 206 天" in text(client.get(of("candidate", candidate)))
    candidates.close(candidate=candidate, on=TODAY, reason="今年不再创建", by=officer, now=NOW)

    page = text(client.get(of("candidate", candidate)))
    assert "逾期" not in page
    assert "不再要求" in page


def test_a_stage_date_before_the_last_is_said_at_the_date(officer, district, clerk, signed_in):
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=1, by=officer, now=NOW)
    one = candidates.nominate(programme=goal, place=district.tongmu, on=TODAY, owner="冉主任", by=clerk, now=NOW)
    sent = {"action": "advance", "advance-on": "2026-01-01", "on": "2026-01-01"}
    refused = signed_in(clerk).post(reverse("demos:candidate-move", args=[one.pk]), sent)
    assert refused.status_code == 422
    assert "日期早于上一步，填 2026-11-23 或以后" in text(refused)
    assert "-on_error" in refused.content.decode()
