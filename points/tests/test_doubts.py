"""Objections to honours and year ends: what is doubted waits, and is answered by one who had no hand in it."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW
from points import awards, doubts, honours, year_ends
from points.doubts import Words
from points.honours import CannotHonour
from points.models import Balance, Doubt, Honour, HonourKind, PanelMember, YearEnd
from points.objections import CannotAnswer, CannotObject, TooMany
from points.tests.shop import give
from points.year_ends import CannotEndYear
from qianjiang_portal.foundation import calendar, options

JANUARY = dt.datetime(2027, 1, 4, 10, tzinfo=calendar.SHANGHAI)


@pytest.fixture
def shown(district, clerk, reviewer, panel):
    """An honour of the second household on notice."""
    kind = HonourKind.objects.get(name="文明家庭")
    put = {"kind": kind, "village": district.tongmu, "year": 2026, "nominee": honours.Nominee(district.homes[1])}
    honour = honours.nominate(**put, deed="邻里和睦", by=clerk, now=NOW)
    sitting = honours.Sitting(list(PanelMember.objects.filter(village=district.tongmu)), NOW)
    honours.decide(village=district.tongmu, passed=[honour.pk], declined={}, sitting=sitting, by=reviewer, now=NOW)
    awards.publish(village=district.tongmu, by=clerk, now=NOW)
    return Honour.objects.select_related("notice", "village").get(pk=honour.pk)


@pytest.fixture
def ending(district, leader):
    """A year end of 桐木村 on notice: two households lose all they have."""
    give(district.homes[0], 40)
    give(district.homes[1], 7)
    options.put(name="year_end", value="reset")
    made = year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY)
    return year_ends.publish(year_end=made, by=leader, now=JANUARY)


def about(honour, text="他家没有做到", now=NOW, origin="a" * 64, key=None):
    return doubts.about_honour(honour=honour, words=Words(text), key=key or uuid.uuid4(), origin=origin, now=now)


def about_line(year_end, position=1, tail="01", now=JANUARY):
    words = Words("算多了", "冉家", "023-0000 0618")
    return doubts.about_year_end(
        year_end=year_end, position=position, tail=tail, words=words, key=uuid.uuid4(), origin="a" * 64, now=now
    )


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


def test_who_is_to_be_called_back_leaves_a_number(shown):
    words = Words("他家没有做到", phone="问我儿子")
    with pytest.raises(CannotObject, match="电话只填号码"):
        doubts.about_honour(honour=shown, words=words, key=uuid.uuid4(), origin="a" * 64, now=NOW)
    assert not Doubt.objects.exists()


# --- an honour --------------------------------------------------------------------


def test_a_doubted_honour_waits_and_is_awarded_when_upheld(shown, leader):
    doubt = about(shown)
    assert doubt.number == "YY-2026-0001"
    due = shown.notice.due_at
    assert awards.due(due) == []
    with pytest.raises(CannotHonour, match="还有 1 件异议没有答复"):
        awards.award(notice=shown.notice, now=due)
    doubts.answer(doubt=doubt, outcome="upheld", answer="经核实，符合条件", by=leader, now=NOW)
    assert awards.due(due) == [shown.notice]
    assert [one.state for one in awards.award(notice=shown.notice, now=due)] == ["awarded"]


def test_an_honour_doubted_with_reason_is_taken_off(shown, leader):
    doubts.answer(doubt=about(shown), outcome="withdrawn", answer="经核实，不符合条件", by=leader, now=NOW)
    shown.refresh_from_db()
    assert (shown.state, shown.ended_reason) == ("declined", "异议 YY-2026-0001 成立")
    assert awards.award(notice=shown.notice, now=shown.notice.due_at) == []


def test_who_answers(shown, district, clerk, reviewer, leader, panel):
    doubt = about(shown)
    given = {"doubt": doubt, "outcome": "upheld", "answer": "符合条件", "now": NOW}
    with pytest.raises(CannotAnswer, match="由评议审核或分管领导答复"):
        doubts.answer(**given, by=clerk)
    PanelMember.objects.filter(user=reviewer).update(household=district.homes[1])
    with pytest.raises(CannotAnswer, match="本户和亲属户"):
        doubts.answer(**given, by=reviewer)
    for wrong, why in ((" ", "写明给村民的答复"), ("单淑芬符合", "全名"), ("电话 13800138000", "手机号")):
        with pytest.raises(CannotAnswer, match=why):
            doubts.answer(**given | {"answer": wrong}, by=leader)
    doubts.answer(**given, by=leader)
    with pytest.raises(CannotAnswer, match="已经答复"):
        doubts.answer(**given, by=leader)


def test_too_late_too_often_and_twice(shown):
    key = uuid.uuid4()
    assert about(shown, key=key) == about(shown, key=key)
    after = calendar.moment(shown.notice.ends_on + dt.timedelta(days=1), 9)
    with pytest.raises(CannotObject, match="公示期已过"):
        about(shown, "以后才想起", now=after)
    options.put(name="objections_an_hour_from_one_place", value=2)
    assert about(shown) == about(shown), "a page gone back to has a new key, and the words are the same"
    about(shown, "还有一件")
    with pytest.raises(TooMany):
        about(shown, "再有一件")
    with pytest.raises(CannotObject, match="手机号"):
        about(shown, "打 13800138000", origin="b" * 64)


# --- the end of a year ------------------------------------------------------------


def test_a_doubted_year_end_waits_and_a_household_may_be_spared(ending, district, leader, reviewer):
    doubt = about_line(ending)
    assert year_ends.due(ending.due_at) == []
    with pytest.raises(CannotEndYear, match="还有 1 件异议没有答复"):
        year_ends.post(year_end=ending, now=ending.due_at)
    with pytest.raises(CannotAnswer, match="清零的由分管领导答复"):
        doubts.answer(doubt=doubt, outcome="withdrawn", answer="算错了", by=reviewer, now=JANUARY)
    doubts.answer(doubt=doubt, outcome="withdrawn", answer="经核实，这一户不清", by=leader, now=JANUARY)
    assert year_ends.due(ending.due_at) == [ending]
    done = year_ends.post(year_end=ending, now=ending.due_at)
    assert done.posted_points == 7
    assert dict(Balance.objects.values_list("household__head_name", "posted")) == {"冉光明": 40, "覃世明": 0}


def test_a_line_is_named_by_place_and_number(ending):
    with pytest.raises(CannotObject, match="没有序号 9"):
        about_line(ending, position=9)
    with pytest.raises(CannotObject, match="公示期已过"):
        about_line(ending, now=calendar.moment(ending.ends_on + dt.timedelta(days=1), 9))


# --- the database by itself -------------------------------------------------------


def refused(wall, act):
    with pytest.raises(DatabaseError, match=wall), transaction.atomic():
        act()


def test_the_database_lets_what_is_doubted_wait(shown, ending, leader):
    doubt, due = about(shown), shown.notice.due_at
    about_line(ending)
    refused("doubted_honours_wait", lambda: type(shown.notice).objects.filter(pk=shown.notice.pk).update(closed_at=due))
    posted = {"state": "posted", "posted_at": ending.due_at, "posted_points": 0}
    refused("doubted_year_end_waits", lambda: YearEnd.objects.filter(pk=ending.pk).update(**posted))
    doubts.answer(doubt=doubt, outcome="upheld", answer="符合条件", by=leader, now=NOW)
    refused("doubt_is_kept", lambda: Doubt.objects.filter(pk=doubt.pk).update(answer="改了"))
    refused("doubt_is_kept", lambda: Doubt.objects.filter(pk=doubt.pk).delete())
    refused("about_one_thing", lambda: Doubt.objects.filter(state="received").update(honour=shown))


# --- pages ------------------------------------------------------------------------


def test_a_villager_objects_to_an_honour_and_finds_the_answer(shown, client, leader, signed_in):
    red = client.get(reverse("points:red-village", args=[shown.village.code]))
    url = reverse("points:honour-doubt", args=[shown.village.code, shown.pk])
    assert url in red.content.decode()
    asked = client.get(url)
    assert "2026年文明家庭，覃*明" in text(asked)
    assert "覃世明" not in asked.content.decode()
    empty = client.post(url, {"text": "", "key": uuid.uuid4()})
    assert (empty.status_code, "写明有什么不同意见" in text(empty)) == (422, True)
    sent = client.post(url, {"text": "他家没有做到", "key": uuid.uuid4(), "phone": "023-0000 0618"}, follow=True)
    assert "编号 YY-2026-0001" in text(sent)
    assert "答复以前不授予" in text(sent)
    assert "他家没有做到" not in sent.content.decode()
    found = client.get(reverse("points:objection-find"), {"number": "YY-2026-0001"}, follow=True)
    assert "已收到您的意见" in text(found)
    page = signed_in(leader)
    desk = page.get(reverse("points:honour-desk", args=[shown.village.code]))
    assert "异议 YY-2026-0001" in text(desk)
    own = reverse("points:doubt", args=["YY-2026-0001"])
    assert "他家没有做到" in text(page.get(own))
    wrong = page.post(own, {"outcome": "upheld", "answer": ""})
    assert (wrong.status_code, "写明给村民的答复" in text(wrong)) == (422, True)
    done = page.post(own, {"outcome": "upheld", "answer": "经核实，符合条件"}, follow=True)
    assert "维持：经核实，符合条件" in text(done)
    page.logout()
    assert "已答复：维持" in text(page.get(reverse("points:objection-receipt", args=["YY-2026-0001"])))


def test_a_villager_objects_to_a_year_end(ending, client, leader, signed_in):
    url = reverse("points:year-end-doubt", args=[ending.code])
    with calendar.at(JANUARY):
        assert url in client.get(reverse("points:public-year-end", args=[ending.code])).content.decode()
        wrong = client.post(url, {"text": "算多了", "position": "9", "tail": "01", "key": uuid.uuid4()})
        assert (wrong.status_code, "没有序号 9" in text(wrong)) == (422, True)
        sent = client.post(url, {"text": "算多了", "position": "1", "tail": "01", "key": uuid.uuid4()}, follow=True)
        assert "答复以前不清零" in text(sent)
        detail = signed_in(leader).get(reverse("points:year-end", args=[ending.code]))
        assert "异议 YY-2027-0001" in text(detail)
