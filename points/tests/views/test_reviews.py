"""Reviewing: who sees what, what a decision needs, and what happens when somebody was quicker."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, TODAY, approve
from points import batches, review
from points.models import Claim, Review
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
    assert "本人家，回避" in html
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


# --- the decision -------------------------------------------------------------


def test_a_clean_batch_is_passed_in_two_posts(submitted, reviewer, panel, signed_in):
    client = signed_in(reviewer)

    asked = client.post(decide_url(submitted), sent(submitted, panel))
    assert "<h1>通过 3 行</h1>" in asked.content.decode()
    assert states(submitted) == ["submitted"] * 3

    done = client.post(decide_url(submitted), sent(submitted, panel, confirmed="1"), follow=True)
    assert states(submitted) == ["approved"] * 3
    assert "已通过 3 行，已退回 0 行给 冉晓莉" in done.content.decode()


def test_some_go_back_with_reasons_and_the_rest_pass(submitted, reviewer, panel, signed_in):
    first, second, third = ids(submitted)
    client = signed_in(reviewer)
    values = sent(submitted, panel, row=[second], reasons=["absent", "other"], note="人在外地", confirmed="1")

    asked = client.post(decide_url(submitted), sent(submitted, panel, row=[second]))
    assert "<h1>通过 2 行，退回 1 行</h1>" in asked.content.decode()

    client.post(decide_url(submitted), values)
    returned = Claim.objects.get(pk=second)
    assert states(submitted) == ["approved", "returned", "approved"]
    assert (returned.return_reasons, returned.return_note) == (["没有参加", "其他"], "人在外地")
    kept = Review.objects.get()
    assert (kept.approved, kept.returned, kept.present.count()) == (2, 1, 3)
    assert kept.held_at == dt.datetime(2026, 11, 23, 9, 30, tzinfo=calendar.SHANGHAI)


def test_only_returning_leaves_the_rest_waiting(submitted, reviewer, panel, signed_in):
    first, *_ = ids(submitted)
    values = sent(submitted, panel, "return", row=[first], reasons=["points"], confirmed="1")

    response = signed_in(reviewer).post(decide_url(submitted), values, follow=True)

    assert states(submitted) == ["returned", "submitted", "submitted"]
    assert "已通过 0 行，已退回 1 行给 冉晓莉" in response.content.decode()


def test_one_row_passes_by_its_own_button(submitted, reviewer, panel, signed_in):
    _, second, _ = ids(submitted)

    signed_in(reviewer).post(decide_url(submitted), sent(submitted, panel, f"pass:{second}"))

    assert states(submitted) == ["submitted", "approved", "submitted"]


def test_one_row_is_returned_by_its_own_button_after_a_reason(submitted, reviewer, panel, signed_in):
    _, second, _ = ids(submitted)
    client = signed_in(reviewer)

    asked = client.post(decide_url(submitted), sent(submitted, panel, f"return:{second}"))
    assert "<h1>退回 1 行</h1>" in asked.content.decode()
    client.post(decide_url(submitted), sent(submitted, panel, f"return:{second}", reasons=["household"], confirmed="1"))

    assert states(submitted) == ["submitted", "returned", "submitted"]


def test_a_return_needs_a_reason(submitted, reviewer, panel, signed_in):
    values = sent(submitted, panel, row=[ids(submitted)[0]], confirmed="1")

    response = signed_in(reviewer).post(decide_url(submitted), values)

    assert response.status_code == 422
    assert "选一个退回原因，录入员才知道怎么改" in response.content.decode()
    assert states(submitted) == ["submitted"] * 3


def test_too_few_on_the_panel(submitted, reviewer, panel, signed_in):
    row = ids(submitted)[1]
    values = sent(submitted, panel[:2], row=[row], reasons=["absent"], note="在外地", confirmed="1")

    response = signed_in(reviewer).post(decide_url(submitted), values)
    html = response.content.decode()

    assert response.status_code == 422
    assert "参评 2 人，至少 3 人" in html
    assert response.context["sitting"].chosen == {row}
    assert 'name="note" value="在外地"' in html
    assert states(submitted) == ["submitted"] * 3


def test_a_meeting_cannot_be_later_than_now(submitted, reviewer, panel, signed_in):
    values = sent(submitted, panel) | {"held_at": "2026-11-24T09:30"}

    response = signed_in(reviewer).post(decide_url(submitted), values)

    assert response.status_code == 422
    assert "会议时间晚于现在，改为现在或更早" in response.content.decode()


def test_nothing_chosen_to_return(submitted, reviewer, panel, signed_in):
    response = signed_in(reviewer).post(decide_url(submitted), sent(submitted, panel, "return"))

    assert response.status_code == 422
    assert "先选中要退回的行" in response.content.decode()


def test_back_keeps_everything(submitted, reviewer, panel, signed_in):
    row = ids(submitted)[2]
    values = sent(submitted, panel[:2], "back", row=[row], opinion="都核过", confirmed="1", reasons=["absent"])

    response = signed_in(reviewer).post(decide_url(submitted), values)

    assert response.status_code == 200
    assert response.context["sitting"].chosen == {row}
    assert response.context["present"] == {member.pk for member in panel[:2]}
    assert "都核过" in response.content.decode()


def test_a_batch_changed_since_it_was_opened(submitted, reviewer, double, panel, signed_in):
    first, second, _ = ids(submitted)
    stale = sent(submitted, panel, row=[second], reasons=["absent"], opinion="都核过", confirmed="1")
    note = review.ReturnNote(["points"])
    review.decide(
        batch=submitted,
        checker=double,
        version=submitted.version,
        returned={first: note},
        present=panel,
        held_at=NOW,
        now=NOW,
    )

    response = signed_in(reviewer).post(decide_url(submitted), stale)
    html = response.content.decode()

    assert response.status_code == 409
    assert "内容刚被 双任职 改过，请对照后再保存" in html
    assert response.context["sitting"].chosen == {second}
    assert "都核过" in html
    assert states(submitted) == ["returned", "submitted", "submitted"]


def test_a_batch_decided_meanwhile(submitted, reviewer, double, panel, signed_in):
    stale = sent(submitted, panel, confirmed="1")
    approve(submitted, double, panel)

    response = signed_in(reviewer).post(decide_url(submitted), stale)

    assert response.status_code == 409
    assert "双任职 已在" in response.content.decode()
    assert Review.objects.count() == 1


def test_done_leads_to_the_next_batch(make_batch, clerk, reviewer, panel, district, signed_in):
    first, second = (batches.submit(batch=make_batch([home]), maker=clerk, now=NOW) for home in district.homes[:2])
    approve(first, reviewer, panel)

    response = signed_in(reviewer).get(page(first))

    assert response.context["next"].number == second.number
    assert "下一批：桐木村 参加公共劳动/投工投劳 1 户" in response.content.decode()


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
def test_queue_queries(make_batch, clerk, reviewer, district, count, signed_in, django_assert_num_queries):
    for home in district.homes[:count]:
        batches.submit(batch=make_batch([home]), maker=clerk, now=NOW)
    client = signed_in(reviewer)
    with django_assert_num_queries(QUEUE_QUERIES):
        client.get(QUEUE)


@pytest.mark.parametrize("count", [1, 3])
def test_page_queries(make_batch, clerk, reviewer, panel, district, count, signed_in, django_assert_num_queries):
    batch = batches.submit(batch=make_batch(district.homes[:count]), maker=clerk, now=NOW)
    client = signed_in(reviewer)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(page(batch))


QUEUE_QUERIES = 9
PAGE_QUERIES = 19
