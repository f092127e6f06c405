"""Reviewing: who sees what, what a decision needs, and what happens when somebody was quicker."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, TODAY, approve
from points import batches
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation import calendar

QUEUE = "/review/"


def page(batch):
    return reverse("points:review", args=[batch.number])


def decide_url(batch):
    return reverse("points:review-decide", args=[batch.number])


def sent(batch, panel, act="pass", **values):
    return {
        "version": batch.version,
        "present": [member.pk for member in panel],
        "held_at": "2026-11-23T09:30",
        "act": act,
        **values,
    }


def ids(batch):
    return list(batch.claims.order_by("line").values_list("pk", flat=True))


def states(batch):
    return list(batch.claims.order_by("line").values_list("state", flat=True))


def numbers(response):
    return [batch.number for batch in response.context["mine"]], [batch.number for batch in response.context["others"]]


# --- the queue ----------------------------------------------------------------


def test_queue_lists_what_waits_for_me(submitted, reviewer, signed_in):
    response = signed_in(reviewer).get(QUEUE)

    assert numbers(response) == ([submitted.number], [])
    assert "桐木村 参加公共劳动" in response.content.decode()


def test_a_row_without_a_note_leaves_its_cell_empty(submitted, reviewer, signed_in):
    """A telephone hides what is empty."""
    assert '<td class="r-note"></td>' in signed_in(reviewer).get(page(submitted)).content.decode()


def test_queue_is_empty_in_words(reviewer, signed_in):
    html = signed_in(reviewer).get(QUEUE).content.decode()

    assert "没有要审核的" in html
    assert "新的批次提交后会出现在这里" in html


def test_queue_never_shows_a_draft(make_batch, reviewer, signed_in):
    make_batch()

    assert numbers(signed_in(reviewer).get(QUEUE)) == ([], [])


def test_queue_of_a_reader_offers_nothing_to_decide(submitted, leader, signed_in):
    response = signed_in(leader).get(QUEUE)

    assert numbers(response) == ([], [submitted.number])


def test_queue_stays_within_the_village(submitted, district, reviewer, make_batch, double, rule, signed_in):
    next_door = make_batch(district.next_door, village=district.sanmen, maker=double)
    batches.submit(batch=next_door, maker=double, now=NOW)

    assert numbers(signed_in(reviewer).get(QUEUE)) == ([submitted.number], [])
    assert numbers(signed_in(double).get(QUEUE)) == ([submitted.number], [])


@pytest.mark.parametrize("who", ["clerk", "counter", "liaison", "auditor", "admin", "stranger"])
def test_queue_is_for_those_who_follow_reviews(cast, who, signed_in):
    assert signed_in(cast[who]).get(QUEUE).status_code == 403


def test_queue_counts_days_in_words(submitted, reviewer, signed_in):
    with calendar.at(NOW + dt.timedelta(days=5)):
        html = signed_in(reviewer).get(QUEUE).content.decode()

    assert "逾期 2 天" in html


# --- the page of one batch ----------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reviewer", 200),
        ("double", 200),
        ("leader", 200),
        ("district", 200),
        ("clerk", 403),
        ("auditor", 403),
        ("counter", 404),
        ("liaison", 404),
        ("admin", 404),
        ("stranger", 404),
    ],
)
def test_who_may_look_at_a_batch(cast, submitted, who, status, signed_in):
    response = signed_in(cast[who]).get(page(submitted))

    assert response.status_code == status
    assert ("冉光明" in response.content.decode()) == (status == 200)


def test_looking_writes_nothing(submitted, reviewer, signed_in):
    signed_in(reviewer).get(page(submitted))
    submitted.refresh_from_db()

    assert submitted.opened_by is None


def test_the_beacon_says_who_is_at_it(submitted, reviewer, double, signed_in):
    url = reverse("points:review-open", args=[submitted.number])

    assert signed_in(reviewer).get(url).status_code == 405
    assert signed_in(reviewer).post(url).status_code == 204
    assert "覃正芬 正在审核" in signed_in(double).get(page(submitted)).content.decode()


def test_rows_with_hints_come_first(make_batch, clerk, reviewer, panel, district, signed_in):
    third = district.homes[2]
    earlier = batches.submit(batch=make_batch([third], on=TODAY - dt.timedelta(days=2)), maker=clerk, now=NOW)
    approve(earlier, reviewer, panel)
    batch = batches.submit(batch=make_batch(), maker=clerk, now=NOW)

    response = signed_in(reviewer).get(page(batch))
    sitting = response.context["sitting"]

    assert [row.claim.household.head_name for row in sitting.rows] == ["单淑芬", "冉光明", "覃世明"]
    assert sitting.summary == "1 户本月第 2 次"
    only = signed_in(reviewer).get(page(batch), {"only": "hints"}).context["sitting"]
    assert [row.claim.household.head_name for row in only.shown] == ["单淑芬"]


def test_rows_by_group_follow_household_numbers(submitted, reviewer, panel, signed_in):
    sitting = signed_in(reviewer).get(page(submitted), {"order": "grid"}).context["sitting"]

    assert [row.claim.household.head_name for row in sitting.rows] == ["冉光明", "单淑芬", "覃世明"]


def test_the_last_panel_is_ticked_beforehand(make_batch, submitted, clerk, reviewer, panel, signed_in):
    first = signed_in(reviewer).get(page(submitted))
    assert first.context["present"] == {member.pk for member in panel}
    assert "参评 3 人，达到法定人数" in first.content.decode()


def test_own_household_is_left_to_the_others(make_batch, clerk, reviewer, double, panel, district, signed_in):
    batch = batches.submit(batch=make_batch([district.homes[0], district.homes[-1]]), maker=clerk, now=NOW)
    own = batch.claims.get(household=district.homes[-1])

    response = signed_in(reviewer).get(page(batch))
    html = response.content.decode()

    assert response.context["sitting"].decidable == [batch.claims.exclude(pk=own.pk).get().pk]
    assert "本人或亲属家，回避" in html
    assert "由其他成员审核" in html
    assert f'value="{own.pk}"' not in html
    signed_in(reviewer).post(decide_url(batch), sent(batch, panel, "pass", confirmed="1"))
    assert states(batch) == ["approved", "submitted"]


def test_an_own_batch_has_no_buttons(submitted, district, clerk, signed_in):
    clerk_and_reviewer(clerk, district)
    html = signed_in(clerk).get(page(submitted)).content.decode()

    assert "这一批由本人录入，请由其他成员审核" in html
    assert 'name="act"' not in html
    assert 'name="row"' not in html


def test_an_own_batch_cannot_be_approved_by_url(submitted, district, clerk, panel, signed_in):
    clerk_and_reviewer(clerk, district)
    response = signed_in(clerk).post(decide_url(submitted), sent(submitted, panel, confirmed="1"))

    assert response.status_code == 403
    assert "这一批由本人录入，请由其他成员审核" in response.content.decode()
    assert states(submitted) == ["submitted"] * 3


def clerk_and_reviewer(person, district):
    from villages import appointments

    appointments.appoint(user=person, role="reviewer", village=district.tongmu, begins_on=dt.date(2026, 1, 1))


@pytest.mark.parametrize(("who", "status"), [("leader", 403), ("district", 403), ("clerk", 403), ("stranger", 404)])
def test_others_cannot_decide(cast, submitted, panel, who, status, signed_in):
    response = signed_in(cast[who]).post(decide_url(submitted), sent(submitted, panel, confirmed="1"))

    assert response.status_code == status
    assert states(submitted) == ["submitted"] * 3


# --- the drawer ---------------------------------------------------------------


def test_a_row_shows_the_household_lately(posted, make_batch, clerk, reviewer, district, signed_in):
    batch = batches.submit(batch=make_batch(district.homes[:1]), maker=clerk, now=NOW)
    url = reverse("points:review-row", args=[batch.number, batch.claims.get().pk])

    full = signed_in(reviewer).get(url)
    part = signed_in(reviewer).get(url, headers={"HX-Request": "true"})

    assert [entry.points for entry in full.context["entries"]] == [5]
    assert "最近 5 笔" in part.content.decode()
    assert "<html" in full.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_a_row_of_another_batch_is_not_found(submitted, make_batch, clerk, reviewer, district, signed_in):
    other = batches.submit(batch=make_batch([district.homes[4]]), maker=clerk, now=NOW)
    url = reverse("points:review-row", args=[submitted.number, other.claims.get().pk])

    assert signed_in(reviewer).get(url).status_code == 404


# --- cost ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_queue_queries(make_batch, clerk, reviewer, district, count, signed_in):
    for home in district.homes[:count]:
        batches.submit(batch=make_batch([home]), maker=clerk, now=NOW)
    client = signed_in(reviewer)
    assert own_queries(client, QUEUE) == QUEUE_QUERIES


@pytest.mark.parametrize("count", [1, 3])
def test_page_queries(make_batch, clerk, reviewer, panel, district, count, signed_in):
    batch = batches.submit(batch=make_batch(district.homes[:count]), maker=clerk, now=NOW)
    client = signed_in(reviewer)
    assert own_queries(client, page(batch)) == PAGE_QUERIES


QUEUE_QUERIES = 5
PAGE_QUERIES = 17
