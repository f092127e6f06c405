"""结对帮扶: no two of a role at once, what may be noted, and the villages a liaison covers."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, SINCE, TODAY
from demos import pairings
from demos.forms.pairings import PairForm
from demos.models import Pairing, Problem, Support
from demos.pairings import CannotNote, CannotPair
from demos.tests.conftest import again, pair
from qianjiang_portal.foundation import metrics, periods
from villages.models import Village

YEAR = periods.parse("2026Y")


def covered(user):
    return set(Village.objects.visible_to(again(user)).values_list("short_name", flat=True))


def test_a_village_has_one_unit_of_a_role_at_a_time(pairing, other_unit, district, officer):
    with pytest.raises(CannotPair, match="桐木村已有牵头单位区民政局，还没有结束"):
        pair(other_unit, district.tongmu, officer, begins_on=TODAY)
    assert pair(other_unit, district.tongmu, officer, role="help").role == "help"


def test_the_database_makes_overlapping_impossible(pairing, other_unit, district):
    twice = {"unit": other_unit, "village": district.tongmu, "role": "lead", "contact": "某"}
    with pytest.raises(IntegrityError, match="demos_village_has_one_pairing_of_a_role"), transaction.atomic():
        Pairing.objects.create(**twice, begins_on=TODAY)
    Pairing.objects.create(**twice, begins_on=SINCE - dt.timedelta(days=9), ends_on=SINCE - dt.timedelta(days=1))


def test_after_the_last_day_the_next_unit_may_follow(pairing, other_unit, district, officer):
    pairings.end(pairing=pairing, on=TODAY, by=officer, now=NOW)

    with pytest.raises(CannotPair, match="到 2026-11-23"):
        pair(other_unit, district.tongmu, officer, begins_on=TODAY)
    assert pair(other_unit, district.tongmu, officer, begins_on=TODAY + dt.timedelta(days=1)).pk


def test_only_the_district_pairs(unit, district, liaison, clerk):
    for person in (liaison, clerk):
        with pytest.raises(CannotPair, match="结对由区级安排"):
            pair(unit, district.sanmen, person)


def test_a_telephone_is_a_number(unit, district, officer):
    assert PairForm({"phone": "打给周敏"}).errors["phone"] == ["联系电话只填一个号码，如 023-79240000，没有就空着"]
    with pytest.raises(CannotPair, match="联系电话只填一个号码"):
        pair(unit, district.sanmen, officer, phone="打给周敏")
    assert not Pairing.objects.exists()
    assert pair(unit, district.sanmen, officer, phone="０２３-0000 0618 ").phone == "023-0000 0618"


def test_a_liaison_covers_what_the_unit_is_paired_with(pairing, unit, district, officer, liaison):
    assert covered(liaison) == {"桐木村"}
    second = pair(unit, district.zhongyuan, officer)
    assert covered(liaison) == {"桐木村", "中元村"}
    pairings.end(pairing=second, on=TODAY - dt.timedelta(days=1), by=officer, now=NOW)
    assert covered(liaison) == {"桐木村"}


def test_pairings_that_begin_or_end_by_the_calendar_are_followed(pairing, unit, district, officer, liaison):
    pair(unit, district.zhongyuan, officer, begins_on=TODAY + dt.timedelta(days=3))
    assert covered(liaison) == {"桐木村"}
    pairings.refresh_covers(today=TODAY + dt.timedelta(days=3))
    assert covered(liaison) == {"桐木村", "中元村"}


def test_a_visit_counts_its_people_and_keeps_what_it_brought(pairing, liaison):
    visit = pairings.log_visit(
        pairing=pairing,
        on=TODAY,
        visitors="周敏，谢立",
        done="看养老互助点",
        support="灭火器 4 具",
        worth=Decimal(1000),
        by=liaison,
        now=NOW,
    )

    assert (visit.visitors, visit.people) == ("周敏、谢立", 2)
    assert list(Support.objects.values_list("kind", "what", "amount")) == [("goods", "灭火器 4 具", 1000)]
    assert metrics.value("pairing_visits", pairing.village, YEAR) == 1
    assert metrics.value("pairing_goods", pairing.unit, YEAR) == 1000


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"on": TODAY + dt.timedelta(days=1)}, "日期还没有到"),
        ({"on": SINCE - dt.timedelta(days=1)}, "日期不在结对期内"),
        ({"visitors": " 、 "}, "走访人和做了什么都要填"),
        ({"support": "大米"}, "带来的支持要写内容和折价"),
    ],
)
def test_a_visit_that_cannot_be(pairing, liaison, changed, words):
    given = {"on": TODAY, "visitors": "周敏", "done": "走访"} | changed
    with pytest.raises(CannotNote, match=words):
        pairings.log_visit(pairing=pairing, **given, by=liaison, now=NOW)


def test_money_needs_a_receipt(pairing, liaison):
    money = {"pairing": pairing, "kind": "money", "on": TODAY, "what": "修路", "amount": Decimal(20000)}
    with pytest.raises(CannotNote, match="资金要写凭证号"):
        pairings.add_support(**money, by=liaison, now=NOW)
    with pytest.raises(IntegrityError, match="demos_money_of_a_unit_has_a_receipt"), transaction.atomic():
        Support.objects.create(**money, made_by=liaison, made_at=NOW)
    assert pairings.add_support(**money, receipt="民政2026-18", by=liaison, now=NOW).unit == "元"


def test_the_other_units_liaison_notes_nothing(far_pairing, liaison, stranger):
    with pytest.raises(CannotNote, match="由结对单位或本乡镇街道登记"):
        pairings.raise_problem(pairing=far_pairing, text="缺水", on=TODAY, by=liaison, now=NOW)
    assert pairings.raise_problem(pairing=far_pairing, text="缺水", on=TODAY, by=stranger, now=NOW).state == "open"


def test_a_problem_is_solved_once_with_its_answer(pairing, liaison):
    problem = pairings.raise_problem(pairing=pairing, text="缺灭火器", on=TODAY, by=liaison, now=NOW)
    with pytest.raises(CannotNote, match="写明怎样解决的"):
        pairings.answer_problem(problem=problem, state="solved", answer=" ", by=liaison, now=NOW)
    with pytest.raises(IntegrityError, match="demos_solved_problem"), transaction.atomic():
        Problem.objects.update(state="solved", answer="已配")
    pairings.answer_problem(problem=problem, state="solved", answer="已配 4 具", by=liaison, now=NOW)
    with pytest.raises(CannotNote, match="这个问题已经解决"):
        pairings.answer_problem(problem=problem, state="doing", answer="再看", by=liaison, now=NOW)


def test_the_stranger_sees_none_of_it(pairing, far_pairing, stranger, liaison, clerk, officer):
    seen = {person.username: set(Pairing.objects.visible_to(person)) for person in (stranger, liaison, clerk, officer)}
    assert seen == {
        "stranger": {far_pairing},
        "liaison": {pairing},
        "clerk": {pairing},
        "district": {pairing, far_pairing},
    }
