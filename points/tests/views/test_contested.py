"""核实中: a row under check ends upheld or withdrawn, by somebody who had no hand in it."""

import pytest
from django.urls import reverse
from lxml import html

from points import postings
from points.models import Claim, Entry
from qianjiang_portal.foundation import calendar
from villages import roster


def check(notice):
    return reverse("points:notice-check", args=[notice.code])


def text(response):
    return " ".join(html.fromstring(response.content.decode()).xpath("//main")[0].text_content().split())


@pytest.fixture
def contested(notice, district):
    """A row set aside at posting because its household moved away meanwhile; it has come back since."""
    roster.move_out(household=district.homes[0], on=calendar.today())
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())
    type(district.homes[0]).objects.filter(pk=district.homes[0].pk).update(state="active", left_on=None)
    return Claim.objects.get(state="contested")


def test_the_page_says_what_is_under_check_and_why(contested, reviewer, signed_in):
    page = text(signed_in(reviewer).get(check(contested.notice)))

    assert "1 行在核实" in page
    assert "冉光明，Z02 参加公共劳动/投工投劳，+5 分" in page
    assert "公示期内已迁出" in page


def test_upheld_it_is_posted_at_once(contested, reviewer, signed_in):
    values = {"claim": contested.pk, "uphold": "1", "reason": "已迁回，本人确认"}
    response = signed_in(reviewer).post(check(contested.notice), values, follow=True)

    contested.refresh_from_db()
    assert (contested.state, contested.contest_reason) == ("effective", "已迁回，本人确认")
    assert Entry.objects.get(source=f"claim:{contested.pk}").points == 5
    assert "冉光明 的一行已维持，积分已入账" in text(response)


def test_withdrawn_it_leaves_no_entry(contested, leader, signed_in):
    values = {"claim": contested.pk, "uphold": "0", "reason": "没有参加"}
    response = signed_in(leader).post(check(contested.notice), values, follow=True)

    contested.refresh_from_db()
    assert contested.state == "withdrawn"
    assert not Entry.objects.filter(source=f"claim:{contested.pk}").exists()
    assert "没有在核实的行" in text(response)


@pytest.mark.parametrize(
    ("values", "words"), [({"uphold": "1", "reason": " "}, "写明核实结果"), ({"reason": "看过"}, "选维持或撤销")]
)
def test_a_result_needs_its_reason_and_its_choice(contested, reviewer, signed_in, values, words):
    response = signed_in(reviewer).post(check(contested.notice), {"claim": contested.pk, **values})

    assert response.status_code == 422
    assert words in text(response)
    contested.refresh_from_db()
    assert contested.state == "contested"


def test_settled_twice_is_refused_in_words(contested, reviewer, signed_in):
    values = {"claim": contested.pk, "uphold": "0", "reason": "没有参加"}
    client = signed_in(reviewer)
    client.post(check(contested.notice), values)

    assert "这一行不在核实中" in text(client.post(check(contested.notice), values))


def test_who_had_a_hand_in_the_batch_leaves_it_to_others(contested, reviewer, signed_in):
    contested.batch.editors.create(user=reviewer)
    values = {"claim": contested.pk, "uphold": "1", "reason": "我看行"}
    client = signed_in(reviewer)

    assert "请由其他成员核实" in text(client.get(check(contested.notice)))
    assert client.post(check(contested.notice), values).status_code == 422
    contested.refresh_from_db()
    assert contested.state == "contested"


@pytest.mark.parametrize(
    ("person", "status"),
    [("clerk", 403), ("district", 403), ("stranger", 404), ("liaison", 404), ("counter", 404), ("double", 200)],
)
def test_the_check_is_for_reviewers_and_the_leader(cast, contested, signed_in, person, status):
    assert signed_in(cast[person]).get(check(contested.notice)).status_code == status


def test_a_row_of_another_notice_is_not_there(contested, reviewer, signed_in):
    values = {"claim": contested.pk + 999, "uphold": "1", "reason": "看过"}

    assert signed_in(reviewer).post(check(contested.notice), values).status_code == 404
