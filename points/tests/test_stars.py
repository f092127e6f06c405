"""Stars by the thresholds of the rule set, else of the district; what a draft may say of them and of lasting points."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.db.utils import DatabaseError
from django.urls import reverse

from conftest import NOW, TODAY
from points import drafting, stars, suspensions
from points.drafting import CannotDraft
from points.models import Entry, RuleSet
from points.tests.views.cost import own_queries
from points.tests.views.test_passbooks import book, cells, text
from qianjiang_portal.foundation import options
from villages.models import Household

STARS = [2, 4, 5, 20, 30]


@pytest.mark.parametrize(("points", "found"), [(-3, 0), (1, 0), (2, 1), (4, 2), (19, 3), (30, 5), (999, 5)])
def test_a_star_begins_at_its_threshold(points, found):
    assert stars.standing(points, stars.Scale(tuple(STARS), None)).stars == found


def test_what_the_next_star_wants():
    shown = stars.standing(6, stars.Scale(tuple(STARS), None))

    assert (shown.mark, shown.word, shown.to_next) == ("★★★☆☆", "三星", 14)
    assert stars.standing(30, stars.Scale(tuple(STARS), None)).to_next == 0


def test_the_district_counts_where_the_rule_set_says_nothing(district, rule_set):
    assert stars.scale(district.tongmu, TODAY) == stars.Scale((20, 50, 100, 150, 200), None)
    options.put(name="star_points", value=STARS)
    assert stars.scale(district.tongmu, TODAY).thresholds == tuple(STARS)


def test_a_draft_says_its_own_and_a_later_version_takes_it_over(draft, clerk, leader):
    drafting.put_scale(rule_set=draft, star_points=STARS, lasting_codes=["D08", "D03"], by=clerk, now=NOW)

    draft.refresh_from_db()
    assert (draft.star_points, draft.lasting_codes) == (STARS, ["D03", "D08"])


@pytest.mark.parametrize(
    ("numbers", "codes", "says"),
    [
        ([1, 2, 3], [], "写 5 个数"),
        ([1, 2, 2, 4, 5], [], "后一星要比前一星高"),
        ([0, 1, 2, 3, 4], [], "从 1 起"),
        ([], ["Q99"], "没有加分事项 Q99"),
        ([], ["Z13"], "没有加分事项 Z13"),
    ],
)
def test_what_a_draft_cannot_say(draft, clerk, numbers, codes, says):
    with pytest.raises(CannotDraft, match=says):
        drafting.put_scale(rule_set=draft, star_points=numbers, lasting_codes=codes, by=clerk, now=NOW)


def test_a_published_scale_stands_in_the_table_too(rule_set, draft, clerk):
    with pytest.raises(CannotDraft, match=r"不能改|任职"):
        drafting.put_scale(rule_set=rule_set, star_points=STARS, lasting_codes=[], by=clerk, now=NOW)
    with pytest.raises(DatabaseError, match="points_published_scale_stands"), transaction.atomic():
        RuleSet.objects.filter(pk=rule_set.pk).update(star_points=STARS)
    with pytest.raises(DatabaseError, match="points_star_points_rise"), transaction.atomic():
        RuleSet.objects.filter(pk=draft.pk).update(star_points=[5, 4, 3, 2, 1])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_ruleset DISABLE TRIGGER points_rule_set_scale_stands")
        assert RuleSet.objects.filter(pk=rule_set.pk).update(star_points=[5]) == 1
        transaction.set_rollback(True)


def test_year_points_are_the_sum_of_the_years_awards_and_deductions(posted, district):
    rows = stars.with_year(Household.objects.filter(village=district.tongmu), 2026)
    found = {one.pk: one.year_points for one in rows}

    sums = Entry.objects.exclude(dimension="").values_list("household").annotate(Sum("points"))
    assert {pk: points for pk, points in found.items() if points} == dict(sums) != {}
    assert set(stars.with_year(Household.objects.all(), 2025).values_list("year_points", flat=True)) == {0}


def test_the_list_goes_by_number_and_tells_the_scale(posted, signed_in, leader, district):
    options.put(name="star_points", value=STARS)
    client, url = signed_in(leader), f"/honours/stars/?village={district.tongmu.code}"

    page = client.get(url)

    assert cells(page)[:2] == [
        ["冉光明", "1组", "0101", "+5", "★★★☆☆ 三星", "15 分"],
        ["单淑芬", "1组", "0102", "+5", "★★★☆☆ 三星", "15 分"],
    ]
    assert "3 星 5 分" in text(page)
    assert "三星 3" in text(page)
    assert len(cells(client.get(f"{url}&stars=3"))) == 3
    assert "没有符合条件的农户" in text(client.get(f"{url}&stars=5"))
    assert len(cells(client.get(f"{url}&year=2025&stars=0"))) == 8
    assert client.get("/honours/stars/?village=x&stars=9&year=y").status_code == 200


def test_a_suspended_household_has_no_stars(posted, signed_in, clerk, leader, district):
    options.put(name="star_points", value=STARS)
    home = district.homes[0]
    assert "三星" in text(signed_in(clerk).get(book(home)))
    veto = suspensions.Veto("V03", "虚报", "镇核查结论 7 号")
    suspensions.suspend(household=home, veto=veto, ends_on=dt.date(2026, 12, 31), by=leader, now=NOW)

    assert "三星" not in text(signed_in(clerk).get(book(home)))
    assert cells(signed_in(clerk).get(f"/honours/stars/?village={district.tongmu.code}"))[0][4] == "☆☆☆☆☆ 没有星"


def test_the_list_costs_the_same_for_one_row_and_three(posted, signed_in, leader, district):
    options.put(name="star_points", value=STARS)
    client, url = signed_in(leader), f"/honours/stars/?village={district.tongmu.code}&stars="
    own_queries(client, f"{url}4")
    none = own_queries(client, f"{url}4")

    assert own_queries(client, f"{url}3") == none <= 6


def test_the_clerk_writes_it_down_on_the_page(draft, signed_in, clerk):
    client, url = signed_in(clerk), reverse("points:rule-scale", args=[draft.pk])

    assert "后一星要比前一星高" in text(client.post(url, {"star_points": "1、2、3、3、5"}))
    assert "只写数字" in text(client.post(url, {"star_points": "一二"}))
    said = client.post(url, {"star_points": "2，4 5、20,30", "lasting_codes": "d08"}, follow=True)

    assert "1 星 2 分，2 星 4 分" in text(said)
    draft.refresh_from_db()
    assert (draft.star_points, draft.lasting_codes) == (STARS, ["D08"])
