"""The pages of pairings, meetings, measures and funds, as people walk them."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY
from demos import meetings, pairings
from demos.meetings import Decided
from demos.models import Decision, FundLine, Meeting, Pairing, Support, Visit
from demos.tests.conftest import again, pair
from qianjiang_portal.foundation import calendar


def text(response, path="//main"):
    """What stands in cells and fields, apart from each other."""
    main = html.fromstring(response.content.decode()).xpath(path)[0]
    return " ".join(" ".join(main.itertext()).split())


def page(pairing):
    return reverse("demos:pairing", args=[pairing.pk])


def test_a_visit_is_four_fields(pairing, liaison, signed_in):
    client = signed_in(again(liaison))
    fields = {"on": "2026-11-23", "visitors": "周敏、谢立", "done": "看互助点", "support": "灭火器", "worth": "1000"}
    response = client.post(
        page(pairing), {"action": "visit", **{f"visit-{k}": v for k, v in fields.items()}}, follow=True
    )

    assert "走访已登记" in text(response)
    assert "2026-11-23 周敏、谢立 看互助点" in text(response)
    assert (Visit.objects.count(), Support.objects.get().amount) == (1, 1000)


def test_a_wrong_visit_keeps_what_was_typed(pairing, liaison, signed_in):
    fields = {"visit-on": "2026-11-24", "visit-visitors": "周敏", "visit-done": "看互助点", "action": "visit"}
    response = signed_in(again(liaison)).post(page(pairing), fields)

    assert (response.status_code, Visit.objects.count()) == (422, 0)
    assert "有 1 处要改 日期还没有到" in text(response)
    assert "看互助点" in response.content.decode()


def test_an_overlapping_pairing_is_explained(pairing, other_unit, district, officer, signed_in):
    fields = {"unit": other_unit.pk, "village": district.tongmu.code, "role": "lead", "begins_on": "2026-11-23"}
    response = signed_in(officer).post(reverse("demos:pairing-new"), fields | {"contact": "某"})

    assert (response.status_code, Pairing.objects.count()) == (422, 1)
    assert "桐木村已有牵头单位区民政局，还没有结束" in text(response)


def test_the_board_sums_up(pairing, far_pairing, officer, liaison, signed_in):
    pairings.log_visit(pairing=pairing, on=TODAY, visitors="周敏", done="走访", by=liaison, now=NOW)
    board = text(signed_in(officer).get(reverse("demos:pairing-list")))

    assert "合计 1 次 1 0 0 0/0" in board
    assert "区司法局 石会镇中元村 牵头 0 次 0 — — 0/0" in board


def test_a_meeting_with_its_decision_becomes_a_task(unit, officer, liaison, signed_in):
    fields = {"kind": "joint", "on": "2026-11-20", "d1-text": "排期", "d1-unit": unit.pk, "d1-due_on": "2026-11-22"}
    client, fields["key"] = signed_in(officer), uuid.uuid4()
    response = client.post(reverse("demos:meeting-new"), fields, follow=True)
    assert "联席会议已登记" in text(response)

    home = text(signed_in(again(liaison)).get(reverse("home")))
    assert "排期" in home
    assert "联席会议的决定" in home
    decision = Decision.objects.get()
    closed = client.post(reverse("demos:decision-settle", args=[decision.pk]), {"result": "已排"}, follow=True)
    assert "“排期”已办结" in text(closed)
    assert "排期" not in text(signed_in(again(liaison)).get(reverse("home")))


def key_of(response):
    [key] = html.fromstring(response.content.decode()).xpath("//input[@name='key']/@value")
    return key


def test_a_page_sent_twice_is_one_meeting(unit, other_unit, officer, signed_in):
    client, url = signed_in(officer), reverse("demos:meeting-new")
    fields = {
        "kind": "joint",
        "on": "2026-11-20",
        "attendees": [unit.pk, other_unit.pk],
        "key": key_of(client.get(url)),
    }
    fields |= {"d1-text": "排期", "d1-unit": unit.pk, "d1-due_on": "2026-11-22"}
    assert client.post(url, fields)["Location"] == client.post(url, fields)["Location"]
    told = client.post(url, fields | {"on": "2026-11-21", "topic": "岁末"})
    assert (told.status_code, Meeting.objects.count()) == (409, 1)
    assert "这一页已经登记过联席会议。这是另一次会议的话，再保存一次" in text(told)
    assert len(html.fromstring(told.content.decode()).xpath("//input[@name='attendees'][@checked]")) == 2
    assert client.post(url, fields | {"on": "2026-11-21", "topic": "岁末", "key": key_of(told)}).status_code == 302
    assert Meeting.objects.count() == 2


def test_a_page_without_a_key_is_looked_at_once_more(officer, signed_in):
    client, url, fields = signed_in(officer), reverse("demos:meeting-new"), {"kind": "joint", "on": "2026-11-20"}
    told = client.post(url, fields)
    assert (told.status_code, Meeting.objects.count()) == (422, 0)
    assert "这一页打开得太久，看过再保存一次" in text(told)
    assert client.post(url, fields | {"key": key_of(told)}).status_code == 302


def test_a_planned_meeting_sent_twice_is_told_so(unit, officer, signed_in):
    planned = meetings.plan(kind="special", unit=unit, on=TODAY, by=officer, now=NOW)
    client, url = signed_in(officer), reverse("demos:meeting-new")
    fields = {"kind": "special", "unit": unit.code, "on": "2026-11-23", "planned": planned.pk, "key": uuid.uuid4()}
    assert client.post(url, fields).status_code == 302
    told = client.post(url, fields)
    assert (told.status_code, "这次会议已经登记过" in text(told)) == (422, True)
    assert client.get(url, {"planned": planned.pk}).status_code == 404


def test_a_decision_due_before_the_meeting_is_explained(unit, officer, signed_in):
    fields = {"kind": "joint", "on": "2026-11-20", "d2-text": "排期", "d2-unit": unit.pk, "d2-due_on": "2026-11-19"}
    response = signed_in(officer).post(reverse("demos:meeting-new"), fields)

    assert (response.status_code, Meeting.objects.count()) == (422, 0)
    assert "第 2 项：期限早于会议日期" in text(response)


def test_a_late_decision_says_by_how_many_days(unit, officer, signed_in):
    with calendar.at(NOW - dt.timedelta(days=10)):
        decided = [Decided("排期", unit, TODAY - dt.timedelta(days=4))]
        on, now = TODAY - dt.timedelta(days=10), calendar.now()
        held = meetings.hold(kind="joint", unit=None, on=on, decided=decided, by=officer, now=now)
    client = signed_in(officer)
    for url in (
        reverse("demos:meeting-list"),
        reverse("demos:decision-list"),
        reverse("demos:meeting", args=[held.pk]),
    ):
        assert "逾期 4 天" in text(client.get(url))


def test_measures_are_pasted_and_reported(unit, officer, liaison, signed_in):
    client = signed_in(officer)
    shown = client.post(reverse("demos:measure-add"), {"text": "建互助点\t区民政局\t\t2026-11-20"})
    given = {"text": shown.context["form"]["text"].value(), "stamp": shown.context["page"].compared.stamp}
    added = client.post(reverse("demos:measure-write"), given, follow=True)
    assert "已加入 1 项举措" in text(added)
    assert "逾期 3 天" in text(added)
    pk = reverse("demos:measure-report", args=[added.context["lines"][0].measure.pk])
    said = signed_in(again(liaison)).post(pk, {"text": "完工", "is_done": "1"}, follow=True)
    assert "1 项，完成 1，逾期 0" in text(said)
    assert "四季度 完工" in text(said)


def test_funds_are_booked_and_taken_back(district, clerk, signed_in):
    client, url = signed_in(clerk), reverse("demos:fund-book", args=[district.tongmu.code])
    line = {"action": "line", "kind": "donation", "on": "2026-11-23", "what": "乡贤捐", "amount": "500", "receipt": "7"}
    assert "收入 500 元" in text(client.post(url, line, follow=True))
    back = {"action": "back", "line": FundLine.objects.get().pk, "reason": "记重了"}
    assert "已冲销，两笔都留在账上" in text(client.post(url, back, follow=True))
    client.post(url, {"action": "budget", "amount": "2000"})
    assert "预算 2,000 元" in text(client.get(url))


@pytest.mark.parametrize("name", ["meeting-list", "decision-list", "pairing-list", "measure-list", "fund-list"])
def test_empty_lists_say_so(name, officer, signed_in):
    assert signed_in(officer).get(reverse(f"demos:{name}")).status_code == 200


COSTS = {"meeting-list": 12, "decision-list": 10, "pairing-list": 12, "measure-list": 11, "fund-list": 12}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", COSTS)
def test_queries_do_not_grow_with_rows(
    name, count, unit, other_unit, district, officer, clerk, signed_in, django_assert_num_queries
):
    from demos import funding, measures

    for at, village in enumerate((district.tongmu, district.sanmen, district.zhongyuan)[:count]):
        made = pair(unit if at else other_unit, village, officer)
        pairings.log_visit(pairing=made, on=TODAY, visitors="周敏", done="走访", by=officer, now=NOW)
        decided = [Decided(f"事项{at}", unit, TODAY)]
        meetings.hold(kind="special", unit=unit, on=TODAY, decided=decided, by=officer, now=NOW)
        measures.add(year=2026, lines=[measures.Planned(f"举措{at}", unit, TODAY, (other_unit,))], by=officer, now=NOW)
        funding.book(village=village, kind="goods", on=TODAY, what="米", amount=1, receipt="1", by=officer, now=NOW)
    client = signed_in(again(officer))
    with django_assert_num_queries(COSTS[name]):
        client.get(reverse(f"demos:{name}"))


def test_what_was_given_wrong_is_said_at_its_field(pairing, other_unit, district, officer, signed_in):
    """Overlapping pairings name the village, beside the way out."""
    given = {"unit": other_unit.pk, "village": district.tongmu.code, "role": "lead", "begins_on": "2026-11-20"}
    refused = signed_in(officer).post(reverse("demos:pairing-new"), given | {"contact": "某"})
    page = html.fromstring(refused.content.decode())
    [said] = page.xpath('//*[@id="id_village_error"]')
    assert "先结束那一对，或改分工、换时间" in said.text_content()
    assert page.xpath('//a[@href="#id_village"]')
