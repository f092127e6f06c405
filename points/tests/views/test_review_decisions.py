"""Deciding on a batch: read back first, then written once, and nothing lost when it cannot be."""

import datetime as dt
import re

from conftest import NOW, approve
from points import batches, review
from points.models import Claim, Review
from points.tests.views.test_reviews import decide_url, ids, page, sent, states
from qianjiang_portal.foundation import calendar


def test_a_clean_batch_is_passed_in_two_posts(submitted, reviewer, panel, signed_in):
    client = signed_in(reviewer)

    asked = client.post(decide_url(submitted), sent(submitted, panel))
    assert "<h1>通过 3 行</h1>" in asked.content.decode()
    assert states(submitted) == ["submitted"] * 3

    done = client.post(decide_url(submitted), sent(submitted, panel, confirmed="1"), follow=True)
    assert states(submitted) == ["approved"] * 3
    assert "已通过 3 行，已退回 0 行给 冉晓莉" in done.content.decode()


def test_some_go_back_with_reasons_and_the_rest_pass(submitted, reviewer, panel, signed_in):
    _, second, _ = ids(submitted)
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


def test_an_opinion_that_is_too_long_is_refused_in_words(submitted, reviewer, panel, signed_in):
    """A browser counts a line's end as one letter and sends two."""
    lines = "\r\n".join(["都核过"] * 45)
    response = signed_in(reviewer).post(decide_url(submitted), sent(submitted, panel, opinion=lines))

    assert response.status_code == 422
    assert "意见最多 200 个字，换行也算" in response.content.decode()


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
    assert re.search(r"双任职 已在 <span[^>]*>[^<]+</span> 处理过这一批", response.content.decode())
    assert Review.objects.count() == 1


def test_done_leads_to_the_next_batch(make_batch, clerk, reviewer, panel, district, signed_in):
    first, second = (batches.submit(batch=make_batch([home]), maker=clerk, now=NOW) for home in district.homes[:2])
    approve(first, reviewer, panel)

    response = signed_in(reviewer).get(page(first))

    assert response.context["next"].number == second.number
    assert "下一批：桐木村 参加公共劳动/投工投劳 1 户" in response.content.decode()


def test_whoever_signs_in_again_on_the_way_is_led_to_the_batch(submitted, reviewer, signed_in):
    response = signed_in(reviewer).get(decide_url(submitted))

    assert (response.status_code, response["Location"]) == (302, page(submitted))
