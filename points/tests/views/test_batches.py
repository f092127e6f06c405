import datetime as dt
import uuid

import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from points import batches, review
from points.models import Batch
from qianjiang_portal.foundation import calendar

pytestmark = pytest.mark.django_db

# session, person, appointments, counts, number of rows, rows, session kept in a savepoint
LIST_QUERIES = 9


@pytest.fixture
def returned(submitted, reviewer, panel):
    """冉光明 and 覃世明 sent back, 单淑芬 passed."""
    first, second, third = submitted.claims.order_by("line").values_list("pk", flat=True)
    review.decide(
        batch=submitted,
        checker=reviewer,
        version=submitted.version,
        approve=[third],
        returned={
            first: review.ReturnNote(["points"], "只来了上午"),
            second: review.ReturnNote(["evidence"], "请补照片"),
        },
        present=panel,
        held_at=NOW,
        now=NOW,
    )
    submitted.refresh_from_db()
    return submitted


def at(name, batch, **more):
    return reverse(f"points:{name}", kwargs={"number": batch.number, **more})


def corrections(batch, **points):
    """The form of the returned rows, as it stands on the page, with other points for some lines."""
    fields = {}
    for claim in batch.claims.filter(state="returned"):
        fields[f"row-{claim.pk}-points"] = points.get(f"line{claim.line}", f"{claim.points:+}")
        fields[f"row-{claim.pk}-note"] = claim.note
        fields[f"row-{claim.pk}-version"] = claim.version
    return fields


def states(batch):
    return list(batch.claims.order_by("line").values_list("state", "points"))


# --- the list ------------------------------------------------------------


def test_the_list_shows_what_is_left_to_do(signed_in, clerk, make_batch, approved):
    draft = make_batch()

    response = signed_in(clerk).get(reverse("points:batch-list"))

    assert [(batch.number, batch.households, batch.points) for batch in response.context["page"]] == [
        (draft.number, 3, 15)
    ]
    assert response.context["counts"] == {"all": 2, "open": 1}


def test_the_whole_list_has_finished_batches_too(signed_in, clerk, make_batch, approved):
    draft = make_batch()

    response = signed_in(clerk).get(reverse("points:batch-list"), {"show": "all"})

    assert {batch.number for batch in response.context["page"]} == {draft.number, approved.number}


def test_nobody_elses_batches_are_listed(signed_in, stranger, submitted):
    response = signed_in(stranger).get(reverse("points:batch-list"), {"show": "all"})

    assert list(response.context["page"]) == []
    assert "还没有批次" in response.content.decode()


def test_the_list_is_for_clerks(signed_in, reviewer):
    assert signed_in(reviewer).get(reverse("points:batch-list")).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(signed_in, clerk, make_batch, count, django_assert_num_queries):
    for _ in range(count):
        make_batch()
    client = signed_in(clerk)

    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("points:batch-list"), headers={"HX-Request": "true"})


# --- one batch -----------------------------------------------------------


def test_a_batch_of_another_township_is_not_found(signed_in, stranger, submitted):
    assert signed_in(stranger).get(at("batch", submitted)).status_code == 404


def test_a_draft_is_its_makers_own(signed_in, reviewer, make_batch):
    assert signed_in(reviewer).get(at("batch", make_batch())).status_code == 404


def test_returned_rows_stand_first_with_their_reasons(signed_in, clerk, returned):
    text = signed_in(clerk).get(at("batch", returned)).content.decode()

    assert "2 行被退回，改好后重新提交" in text
    assert "其余 1 行已通过，不受影响" in text
    assert "覃正芬退回：<b>分值不对</b>。“只来了上午”" in text
    assert "重新提交 2 户" in text


def test_a_reviewer_reads_the_batch_without_changing_it(signed_in, reviewer, returned):
    text = signed_in(reviewer).get(at("batch", returned)).content.decode()

    assert "2 行被退回" in text
    assert "重新提交" not in text
    assert "移出这一批" not in text


def test_rows_are_filtered_by_state(signed_in, clerk, returned):
    response = signed_in(clerk).get(at("batch", returned), {"state": "approved"})

    assert [claim.household.head_name for claim in response.context["claims"]] == ["单淑芬"]
    assert [label for label, _url, _current in response.context["states"]] == ["全部 3", "已退回 2", "待公示 1"]


def test_the_story_is_told_from_the_record(signed_in, clerk, returned):
    story = signed_in(clerk).get(at("batch", returned)).context["story"]

    assert [step.text for step in story] == [
        "覃正芬通过 1\u00a0行，退回 2\u00a0行",
        "冉晓莉提交 3\u00a0行",
        "冉晓莉新建草稿",
    ]


# --- submitting ----------------------------------------------------------


def test_the_check_adds_the_batch_up(signed_in, clerk, make_batch, district, reviewer):
    check = signed_in(clerk).get(at("batch-submit", make_batch())).context["check"]

    assert (len(check.claims), check.total, check.lowest, check.highest) == (3, 15, 5, 5)
    assert [person.name for person in check.reviewers] == ["覃正芬"]
    assert check.panel_name == "桐木村评议小组"


def test_several_rows_of_one_household_are_no_households(signed_in, clerk, reviewer, district, rule):
    """一户多事: two days of work of one household."""
    visit = batches.open_draft(
        maker=clerk, village=district.tongmu, rule=None, occurred_on=TODAY, key="visit", now=calendar.now()
    )
    for back in range(2):
        batches.put_claim(
            batch=visit, editor=clerk, client_key=uuid.uuid4(), household=district.homes[0], rule=rule, points=5,
            occurred_on=TODAY - dt.timedelta(days=back), now=calendar.now(),
        )  # fmt: skip
    client = signed_in(clerk)

    assert client.get(reverse("points:batch-list")).context["page"][0].households == 1
    asked = client.get(at("batch-submit", visit)).content.decode()
    assert "提交 1 户 2 行给桐木村评议小组" in asked
    assert "每行 +5" in asked
    visit.refresh_from_db()
    sent = client.post(at("batch-submit", visit), {"version": visit.version}, follow=True).content.decode()
    assert "已提交 1 户 2 行，合计 +10 分" in sent
    assert "<dd>1 户 2 行</dd>" in client.get(at("batch", visit)).content.decode()


def test_who_has_no_panel_is_told_so_once_more(signed_in, clerk, make_batch):
    draft = make_batch()

    sent = signed_in(clerk).post(at("batch-submit", draft), {"version": draft.version}, follow=True).content.decode()

    assert "桐木村还没有能审这一批的评议审核员" in sent
    assert "会在“审核”里看到" not in sent


def test_the_check_names_rows_near_their_cap(signed_in, clerk, make_batch, submitted, district):
    check = signed_in(clerk).get(at("batch-submit", make_batch(district.homes[2:4]))).context["check"]

    assert [(claim.household.head_name, text) for claim, text in check.warnings] == [
        ("单淑芬", "本月已有 5 分，上限 24 分")
    ]


def test_the_grid_gets_the_check_as_a_dialog(signed_in, clerk, make_batch):
    response = signed_in(clerk).get(at("batch-submit", make_batch()), headers={"HX-Request": "true"})

    text = response.content.decode()
    assert "<html" not in text
    assert "提交 3 户给桐木村评议小组" in text
    assert "HX-Request" in response["Vary"]


def test_submitting_sends_the_batch_to_review(signed_in, clerk, make_batch):
    batch = make_batch()

    response = signed_in(clerk).post(at("batch-submit", batch), {"version": batch.version}, follow=True)

    batch.refresh_from_db()
    assert batch.state == "submitted"
    assert "已提交 3 户，合计 +15 分" in response.content.decode()


def test_submitting_twice_submits_once(signed_in, clerk, make_batch):
    batch = make_batch()
    client = signed_in(clerk)

    answers = [client.post(at("batch-submit", batch), {"version": batch.version}) for _ in range(2)]

    assert [answer.url for answer in answers] == [at("batch-submitted", batch)] * 2
    assert Batch.objects.count() == 1
    assert states(batch) == [("submitted", 5)] * 3


def test_a_batch_changed_since_it_was_read_is_not_sent(signed_in, clerk, make_batch):
    batch = make_batch()

    response = signed_in(clerk).post(at("batch-submit", batch), {"version": batch.version - 1})

    assert response.status_code == 409
    assert "这一批刚被改过，请对照后再提交" in response.content.decode()


def test_an_empty_batch_is_not_sent(signed_in, clerk, make_batch):
    response = signed_in(clerk).post(at("batch-submit", make_batch([])))

    assert response.status_code == 422
    assert "这一批还没有农户，录入后再提交" in response.content.decode()


def test_rows_that_have_become_wrong_are_named(signed_in, clerk, make_batch, district):
    batch = make_batch()
    for day in (2, 3, 4):
        other = make_batch([district.homes[0]], points=8, on=dt.date(2026, 11, day))
        batches.submit(batch=other, maker=clerk, now=NOW)

    response = signed_in(clerk).post(at("batch-submit", batch), {"version": batch.version})

    assert response.status_code == 422
    text = response.content.decode()
    assert "还有 1 行要改，改好后再提交" in text
    assert "第 1 行 冉光明：本月已有 24 分，上限 24 分，可从下月起再录" in text


def test_nobody_else_submits_a_draft(signed_in, stranger, make_batch):
    batch = make_batch()

    assert signed_in(stranger).post(at("batch-submit", batch)).status_code == 404
    assert states(batch) == [("draft", 5)] * 3


# --- recall and return ---------------------------------------------------


def test_a_batch_nobody_has_opened_is_recalled(signed_in, clerk, submitted):
    response = signed_in(clerk).post(at("batch-recall", submitted), follow=True)

    assert "已撤回，可以继续修改" in response.content.decode()
    assert states(submitted) == [("draft", 5)] * 3


def test_a_batch_under_review_stays_there(signed_in, clerk, reviewer, submitted):
    review.open(batch=submitted, checker=reviewer, now=NOW)

    response = signed_in(clerk).post(at("batch-recall", submitted))

    assert response.status_code == 422
    assert "覃正芬 已开始审核，请联系退回" in response.content.decode()
    assert states(submitted) == [("submitted", 5)] * 3


def test_returned_rows_are_corrected_and_sent_again(signed_in, clerk, returned):
    response = signed_in(clerk).post(at("batch-resubmit", returned), corrections(returned, line1="３"), follow=True)

    assert states(returned) == [("submitted", 3), ("submitted", 5), ("approved", 5)]
    assert "已提交 2 户，合计 +8 分" in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("9", "每次 +2 到 +8 分，这里是 +9 分"),
        ("许多", "分值只填数字，如 5 或 -2"),
        ("", "分值只填数字，如 5 或 -2"),
        ("5" * 9, "分值只填数字，如 5 或 -2"),
    ],
)
def test_a_correction_that_is_not_accepted_saves_nothing(signed_in, clerk, returned, typed, text):
    response = signed_in(clerk).post(at("batch-resubmit", returned), corrections(returned, line1=typed, line2="3"))

    assert response.status_code == 422
    assert f"第 1 行 冉光明：{text}" in response.content.decode()
    assert states(returned) == [("returned", 5), ("returned", 5), ("approved", 5)]


def test_a_returned_row_is_left_out(signed_in, clerk, returned):
    signed_in(clerk).post(at("claim-remove", returned, line=2))

    assert states(returned) == [("returned", 5), ("withdrawn", 5), ("approved", 5)]


def test_leaving_out_the_last_returned_row_finishes_the_clerks_part(signed_in, clerk, returned):
    client = signed_in(clerk)
    for line in (1, 2):
        client.post(at("claim-remove", returned, line=line))

    returned.refresh_from_db()
    assert returned.state == "approved"


def test_the_reviewer_cannot_change_returned_rows(signed_in, reviewer, returned):
    response = signed_in(reviewer).post(at("batch-resubmit", returned), corrections(returned, line1="3"))

    assert response.status_code == 403
    assert states(returned) == [("returned", 5), ("returned", 5), ("approved", 5)]
