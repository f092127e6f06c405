"""便民服务: guides for everybody, errands by their promised day, and no name on the public page."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY
from qianjiang_portal.foundation import calendar
from villages import services
from villages.models import Errand, Guide
from villages.services import CannotServe

LIST = reverse("villages:errand-list")


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


@pytest.fixture
def guide(district, clerk):
    said = {"name": "医保参保", "papers": "身份证、户口簿", "place": "村委会一楼", "phone": "023-0000 0618"}
    return services.put_guide(village=district.tongmu, **said, days=3, by=clerk, now=NOW)


@pytest.fixture
def errand(guide, clerk):
    return services.receive(guide=guide, asked_by="冉光明", on=TODAY, by=clerk, now=NOW)


def test_an_errand_is_promised_by_working_days_and_done_once(errand, clerk):
    assert (errand.state, errand.promised_on) == ("received", dt.date(2026, 11, 26))
    done = services.move(errand=errand, state="done", result="已参保", by=clerk, now=NOW)
    assert (done.state, done.done_on) == ("done", TODAY)
    with pytest.raises(CannotServe, match="这一件已经办结"):
        services.move(errand=errand, state="doing", result="", by=clerk, now=NOW)


def test_the_database_wants_the_day_of_what_is_done(errand):
    with pytest.raises(IntegrityError, match="villages_done_errand_has_its_day"), transaction.atomic():
        Errand.objects.update(state="done")
    with pytest.raises(IntegrityError, match="villages_errand_is_promised_after_it_came"), transaction.atomic():
        Errand.objects.update(promised_on=TODAY - dt.timedelta(days=1))


def test_what_cannot_be_taken_on(guide, clerk, stranger):
    with pytest.raises(CannotServe, match="受理日期还没有到"):
        services.receive(guide=guide, asked_by="冉光明", on=TODAY + dt.timedelta(days=1), by=clerk, now=NOW)
    with pytest.raises(CannotServe, match="桐木村不归本岗位登记"):
        services.receive(guide=guide, asked_by="冉光明", on=TODAY, by=stranger, now=NOW)


def test_the_public_page_tells_the_matter_and_nobody_s_name(errand, district, client):
    page = text(client.get(reverse("villages:public-services", args=[district.tongmu.code])))

    assert "医保参保 要带的材料 身份证、户口簿 在哪里办 村委会一楼 电话 023-0000 0618 多久办好 3 个工作日" in page
    assert "冉光明" not in page


def test_the_public_page_calls_by_a_press_and_is_no_dead_end(errand, district, client):
    page = client.get(reverse("villages:public-services", args=[district.tongmu.code])).content.decode()

    assert 'href="tel:023-00000618"' in page
    for name in ("villages:public-disclosures", "points:red-village"):
        way = reverse(name, args=[district.tongmu.code])
        assert f'href="{way}"' in page
        assert client.get(way).status_code == 200


def test_the_stranger_and_the_liaison_see_no_errand(errand, stranger, liaison, leader):
    assert [Errand.objects.visible_to(one).count() for one in (stranger, liaison, leader)] == [0, 0, 1]


def test_a_clerk_publishes_receives_and_closes(district, clerk, signed_in):
    client = signed_in(clerk)
    given = {
        "village": district.tongmu.pk,
        "name": "开证明",
        "papers": "身份证",
        "place": "村委会",
        "phone": "12345",
        "days": "2",
    }
    client.post(reverse("villages:guide-new"), given)
    errand = {"guide": Guide.objects.get().pk, "asked_by": "覃世明", "on": "2026-11-23"}
    assert "已受理开证明， 2026-11-25 前办结" in text(client.post(reverse("villages:errand-new"), errand, follow=True))
    done = {"state": "done", "result": "已开，村民取走"}
    moved = client.post(reverse("villages:errand-move", args=[Errand.objects.get().pk]), done, follow=True)
    assert "没有等着办的代办" in text(moved)
    assert "2026-11-25 办结 已开，村民取走" in text(client.get(LIST, {"show": "all"}))


def test_a_guide_is_changed_and_taken_down(guide, errand, district, clerk, signed_in, client):
    public, guides = reverse("villages:public-services", args=[district.tongmu.code]), reverse("villages:guide-list")
    staff, change = signed_in(clerk), reverse("villages:guide-change", args=[guide.pk])
    assert staff.get(change).context["form"]["place"].value() == "村委会一楼"
    changed = {"papers": "身份证", "place": "村委会二楼", "phone": "023-0000 0618", "days": 5}
    assert "桐木村 医保参保 身份证 村委会二楼 023-0000 0618 5 个工作日 公开" in text(
        staff.post(change, changed, follow=True)
    )
    assert staff.post(change, {**changed, "days": 0}).status_code == 422
    down = staff.post(reverse("villages:guide-withdraw", args=[guide.pk]), follow=True)
    assert "桐木村的“医保参保”已撤下" in down.content.decode()
    assert "已撤下 重新公开" in text(down)
    assert "医保参保" not in text(client.get(public))
    assert not staff.get(reverse("villages:errand-new")).context["form"].fields["guide"].queryset.exists()
    with pytest.raises(CannotServe, match="“医保参保”已经撤下，先重新公开"):
        services.receive(guide=guide, asked_by="冉光明", on=TODAY, by=clerk, now=NOW)
    with pytest.raises(CannotServe, match="“医保参保”已经撤下"):
        services.take_down(guide=guide, by=clerk, now=NOW)
    assert services.move(errand=errand, state="done", result="已参保", by=clerk, now=NOW).done_on == TODAY
    staff.post(change, changed)
    assert "村委会二楼" in text(client.get(public))
    assert "桐木村" in text(staff.get(guides))


def test_others_change_no_guide(guide, stranger, leader, signed_in):
    change = [reverse(f"villages:guide-{name}", args=[guide.pk]) for name in ("change", "withdraw")]
    assert [signed_in(leader).post(url).status_code for url in change] == [403, 403]
    with pytest.raises(CannotServe, match="桐木村不归本岗位登记"):
        services.take_down(guide=guide, by=stranger, now=NOW)


def test_all_errands_stand_with_the_open_ones_first_and_the_newest_done_next(guide, errand, clerk, signed_in):
    for who, day in (("甲", 5), ("乙", 3)):
        with calendar.at(NOW - dt.timedelta(days=day)):
            on, now = TODAY - dt.timedelta(days=day), calendar.now()
            came = services.receive(guide=guide, asked_by=who, on=on, by=clerk, now=now)
            services.move(errand=came, state="done", result="", by=clerk, now=now)
    page = signed_in(clerk).get(LIST, {"show": "all"})
    assert [line.errand.asked_by for line in page.context["lines"]] == ["冉光明", "乙", "甲"]


def test_what_is_late_says_by_how_many_days(errand, clerk, signed_in):
    with calendar.at(NOW + dt.timedelta(days=9)):
        assert "2026-11-23 2026-11-26 逾期 6 天" in text(signed_in(clerk).get(LIST))


@pytest.mark.parametrize("count", [1, 3])
def test_queries_of_guides_do_not_grow(guide, count, district, clerk, signed_in, django_assert_num_queries):
    for at in range(count - 1):
        said = {"name": f"事项{at}", "papers": "身份证", "place": "村委会", "phone": "12345", "days": 2}
        services.put_guide(village=district.tongmu, **said, by=clerk, now=NOW)
    client = signed_in(clerk)
    with django_assert_num_queries(10):
        client.get(reverse("villages:guide-list"))


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_rows(guide, count, clerk, signed_in, django_assert_num_queries):
    for _ in range(count):
        services.receive(guide=guide, asked_by="冉光明", on=TODAY, by=clerk, now=NOW)
    client = signed_in(clerk)
    with django_assert_num_queries(10):
        client.get(LIST)
