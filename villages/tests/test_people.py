"""人员: one holder of a duty at a time, a place that suits it, and who may name whom."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW, SINCE, TODAY
from qianjiang_portal.foundation import metrics, periods
from villages import bodies
from villages.bodies import CannotName
from villages.models import Post

DAY = dt.timedelta(days=1)
LIST, NEW = reverse("villages:people-list"), reverse("villages:people-new")


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


@pytest.fixture
def name(district, clerk):
    def named(kind, who, by=clerk, begins_on=SINCE, **more):
        place = more if more.keys() & {"village", "township"} else {"township": district.zhuoshui}
        given = place | {key: value for key, value in more.items() if key not in place}
        return bodies.name_post(kind=kind, name=who, begins_on=begins_on, by=by, now=NOW, **given)

    return named


def test_a_duty_has_one_holder_at_a_time(name, clerk):
    first = name("first", "向书记")
    with pytest.raises(CannotName, match="濯水镇已有第一责任人向书记，任期还没有结束"):
        name("first", "田书记", begins_on=TODAY)
    bodies.end_post(post=first, on=TODAY, by=clerk, now=NOW)
    assert name("first", "田书记", begins_on=TODAY + DAY).pk


def test_the_database_makes_two_holders_impossible(name, district):
    name("secretary", "甲", village=district.tongmu)
    wall = "villages_village_has_one_holder_of_a_post"
    with pytest.raises(IntegrityError, match=wall), transaction.atomic():
        Post.objects.create(kind="secretary", village=district.tongmu, name="乙", begins_on=TODAY)
    name("council", "丙", village=district.tongmu)
    name("council", "丁", village=district.tongmu)


def test_the_place_suits_the_kind(name, district):
    with pytest.raises(CannotName, match="责任人、专班和专人填乡镇街道，其他职务填村"):
        name("law", "甲")
    with pytest.raises(IntegrityError, match="villages_post_place_suits_its_kind"), transaction.atomic():
        Post.objects.create(kind="law", township=district.zhuoshui, name="甲", begins_on=TODAY)


def test_another_township_names_nobody_here(name, district, stranger, reviewer, double):
    for person in (stranger, reviewer):
        with pytest.raises(CannotName, match="桐木村不归本岗位登记"):
            name("law", "甲", village=district.tongmu, by=person)
    assert name("law", "甲", village=district.sanmen, by=double).pk
    with pytest.raises(CannotName, match="濯水镇不归本岗位登记"):
        name("first", "甲", by=double)


def test_the_list_says_what_is_missing_and_whose_term_is_over(name, district, clerk, signed_in):
    name("first", "向书记")
    name("law", "老法", village=district.tongmu, ends_on=TODAY - DAY)
    client = signed_in(clerk)

    assert "还没有直接责任人、专人" in text(client.get(LIST))
    assert "桐木村 法治带头人 老法 2026-01-01—2026-11-22 任期已满" in text(client.get(f"{LIST}?group=people"))


def test_a_form_names_and_explains(district, clerk, signed_in):
    client = signed_in(clerk)
    wrong = client.post(NEW, {"kind": "law", "name": "冉法", "begins_on": "2026-11-01"})
    assert (wrong.status_code, "这个职务要选村" in text(wrong)) == (422, True)
    given = {"kind": "law", "name": "冉法", "begins_on": "2026-11-01", "village": district.tongmu.pk}
    assert "已登记 冉法 濯水镇桐木村法治带头人" in text(client.post(NEW, given, follow=True))
    assert metrics.value("posts_law", district.zhuoshui, periods.parse("2026-11")) == 1


def test_the_stranger_and_the_liaison_see_their_own(name, district, stranger, liaison):
    name("first", "向书记")
    here = name("law", "甲", village=district.tongmu)

    assert list(Post.objects.visible_to(stranger)) == []
    assert list(Post.objects.visible_to(liaison)) == [here]


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_rows(name, district, count, clerk, signed_in, django_assert_num_queries):
    for at in range(count):
        name("council", f"议事员{at}", village=district.tongmu)
    client = signed_in(clerk)
    with django_assert_num_queries(12):
        client.get(f"{LIST}?group=bodies")
