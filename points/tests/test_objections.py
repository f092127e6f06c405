"""Objections: what they name waits, two people look into it, what stands is posted later. Harm and guard in pairs."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, TODAY
from points import objections, postings, reconcile, seals
from points.models import Claim, Entry, Objection
from points.objections import CannotAnswer, CannotObject, Finding, Said, TooMany
from qianjiang_portal.foundation import calendar, metrics, options, periods

SAID = Said(position=1, tail="01", text="这次劳动没有参加")


def send(notice, said=SAID, now=NOW, key=None, origin="here"):
    return objections.send(notice=notice, said=said, key=key or uuid.uuid4(), origin=origin, now=now)


def propose(objection, by, outcome="upheld", points=None, **words):
    findings = {row.pk: Finding(outcome, points) for row in objection.rows.all()}
    said = {"evidence": "问了带工的组长", "answer": "经核实，维持原积分", **words}
    return objections.propose(
        objection=objection, version=objection.version, findings=findings, by=by, now=calendar.now(), **said
    )


def close(objection, by):
    return objections.close(objection=objection, version=objection.version, by=by, now=calendar.now())


@pytest.fixture
def objection(notice):
    return send(notice)


@pytest.fixture
def claim(objection):
    return objection.rows.get().claim


def state_of(claim):
    claim.refresh_from_db()
    return claim.state, claim.points


def test_only_the_rows_it_names_wait(notice, objection, district):
    states = dict(notice.claims.values_list("household__head_name", "state"))

    assert states == {"冉光明": "contested", "单淑芬": "published", "覃世明": "published"}
    assert (objection.number, objection.due_on) == ("YY-2026-0001", dt.date(2026, 11, 30))


def test_contested_rows_post_later_than_the_rest(notice, objection, reviewer, leader):
    with calendar.at(notice.due_at):
        done = postings.post(notice=notice, now=calendar.now())
        assert done.effective == 2
        close(propose(objection, reviewer), leader)

    assert sorted(Entry.objects.values_list("points", "seal__number")) == [(5, 1), (5, 1), (5, 2)]
    assert list(reconcile.differences()) == []
    assert list(seals.verify()) == []


@pytest.mark.parametrize(
    ("outcome", "points", "expected"),
    [("upheld", None, ("published", 5)), ("revised", 3, ("published", 3)), ("withdrawn", None, ("withdrawn", 5))],
)
def test_on_notice_a_row_is_upheld_revised_or_withdrawn(claim, objection, reviewer, leader, outcome, points, expected):
    close(propose(objection, reviewer, outcome, points), leader)

    assert state_of(claim) == expected


def test_the_new_value_is_posted(notice, claim, objection, reviewer, leader):
    close(propose(objection, reviewer, "revised", 3), leader)
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())

    assert Entry.objects.get(source=f"claim:{claim.pk}").points == 3
    assert list(reconcile.differences()) == []


def test_two_names_close_it(objection, reviewer):
    proposed = propose(objection, reviewer)

    with pytest.raises(CannotAnswer, match="核实和办结要两个人"):
        close(proposed, reviewer)


def test_the_database_wants_two_names_as_well(objection, reviewer):
    propose(objection, reviewer)
    with pytest.raises(IntegrityError, match="points_objection_decider_is_not_proposer"), transaction.atomic():
        Objection.objects.update(state="settled", decided_by=reviewer, decided_at=NOW)
    with pytest.raises(IntegrityError, match="points_settled_objection_has_two_names"), transaction.atomic():
        Objection.objects.update(state="settled")


def test_the_database_keeps_a_doubted_row_waiting(claim):
    with pytest.raises(IntegrityError, match="points_contested_claim_waits"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(state="published")


def test_an_answer_given_is_not_changed(objection, reviewer, leader):
    close(propose(objection, reviewer), leader)

    with pytest.raises(IntegrityError, match="points_settled_objection_is_not_changed"), transaction.atomic():
        Objection.objects.update(answer="换个说法")


def test_the_plain_check_leaves_doubted_rows_alone(claim, reviewer):
    with pytest.raises(postings.CannotSettle, match="到异议页处理"):
        postings.settle_contested(claim=claim, by=reviewer, uphold=True, reason="看过", now=NOW)


def test_the_maker_neither_proposes_nor_closes(objection, clerk, reviewer):
    with pytest.raises(CannotAnswer, match="没有录入这一批"):
        propose(objection, clerk)
    objection.rows.get().claim.batch.editors.create(user=reviewer)
    with pytest.raises(CannotAnswer, match="没有录入这一批"):
        propose(objection, reviewer)


def test_nobody_answers_about_their_own_household(objection, reviewer, panel):
    panel[0].household = objection.line.household
    panel[0].save()

    with pytest.raises(CannotAnswer, match="自己家"):
        propose(objection, reviewer)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"answer": "已问 138 0000 0618"}, "像是有手机号"),
        ({"answer": "冉光明确实参加了"}, "“冉光明”的全名，改成“冉\\*明”"),
        ({"answer": " "}, "写明给村民的答复"),
        ({"evidence": ""}, "写明核实情况"),
    ],
)
def test_the_answer_is_fit_to_be_public(objection, reviewer, words, said):
    with pytest.raises(CannotAnswer, match=said):
        propose(objection, reviewer, **words)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (None, "写明更正为多少分"),
        (5, "原来一样"),
        (99, "每次"),
        (0, "不能是 0"),
    ],
)
def test_a_revision_keeps_to_the_rule(objection, reviewer, points, said):
    with pytest.raises(CannotAnswer, match=said):
        propose(objection, reviewer, "revised", points)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(9, "01", "没有"), "公示上没有序号 9、户号尾号 01 的农户"),
        (Said(1, "09", "没有"), "公示上没有序号 1、户号尾号 09 的农户"),
        (Said(1, "01", " "), "写明有什么不同意见"),
        (Said(1, "01", "我的身份证５００２３９１９８００１０１１２３４"), "像是有身份证号"),
        (Said(1, "01", "打 13800000618"), "像是有手机号"),
        (Said(1, "01", "卡 6222 0000 1111 2222 333"), "像是有银行卡号"),
        (Said(1, "01", "长" * 301), "最多 300 个字"),
    ],
)
def test_what_cannot_be_received(notice, said, words):
    with pytest.raises(CannotObject, match=words):
        send(notice, said)
    assert Objection.objects.count() == 0


def test_after_the_period_the_page_takes_none(notice):
    late = calendar.moment(notice.ends_on + dt.timedelta(days=1), 0)

    with pytest.raises(CannotObject, match="公示期已过。仍可到村委会或打电话 023-0000 0618 反映"):
        send(notice, now=late)


def test_sent_twice_it_is_received_once(notice):
    key = uuid.uuid4()

    assert send(notice, key=key) == send(notice, key=key)


def test_the_same_words_from_the_same_place_are_one_objection(notice, reviewer, leader):
    """A page gone back to has a new key; what was sent from it already is not kept twice."""
    first = send(notice)
    assert send(notice) == first
    assert send(notice, origin="elsewhere") != first
    assert send(notice, Said(1, "01", "还有一件")) != first
    close(propose(first, reviewer), leader)
    assert send(notice) != first


def flood(notice, **given):
    for at in range(1000):
        now = NOW + dt.timedelta(milliseconds=60 * at)
        send(notice, Said(1, "01", f"第 {at} 次"), now=now, **{key: value(at) for key, value in given.items()})


def test_a_thousand_a_minute_are_refused(notice):
    """With the limit five are kept from one place, sixty on one notice; the next test shows what is kept without it."""
    with pytest.raises(TooMany, match="一小时内已提了 5 条"):
        flood(notice)
    assert Objection.objects.count() == 5
    with pytest.raises(TooMany, match="收到的异议较多"):
        flood(notice, origin=str)
    assert Objection.objects.count() == 60
    assert send(notice, now=NOW + dt.timedelta(hours=2)).number == "YY-2026-0061"


def test_without_the_limit_they_all_come_in(notice):
    options.put(name="objections_an_hour_from_one_place", value=1000)
    for at in range(7):
        send(notice, Said(1, "01", f"第 {at} 次"))

    assert Objection.objects.count() == 7


def test_who_is_to_be_called_back_leaves_a_number(notice):
    with pytest.raises(CannotObject, match="电话只填号码"):
        send(notice, Said(1, "01", "没有参加", phone="问我儿子"))
    assert not Objection.objects.exists()


def told(notice, by, on=TODAY, now=NOW, channel="phone"):
    return objections.note(notice=notice, said=SAID, channel=channel, raised_on=on, by=by, key=uuid.uuid4(), now=now)


def test_a_call_is_kept_with_the_day_it_was_made(notice, clerk):
    later = NOW + dt.timedelta(days=2)

    noted = told(notice, clerk, now=later)

    assert (noted.raised_on, noted.received_by, noted.channel) == (TODAY, clerk, "phone")
    assert noted.rows.get().claim.state == "contested"


def test_a_call_written_down_after_the_posting_names_no_row(posted, clerk):
    noted = told(posted, clerk, now=posted.due_at)

    assert noted.rows.count() == 0


@pytest.mark.parametrize("days", [-1, 1, 60])
def test_a_call_of_another_day_is_refused(notice, clerk, days):
    with pytest.raises(CannotObject, match="提出日期"):
        told(notice, clerk, on=TODAY + dt.timedelta(days=days))


def test_the_database_knows_the_period_too(objection):
    with pytest.raises(IntegrityError, match="points_objection_is_made_while_its_line_is_on_notice"):
        with transaction.atomic():
            Objection.objects.update(raised_on=TODAY - dt.timedelta(days=30))


def test_a_stranger_writes_nothing_down(notice, stranger):
    with pytest.raises(CannotObject, match="没有给这个村登记异议的任职"):
        told(notice, stranger)


def test_a_row_doubted_twice_waits_for_both(notice, claim, objection, reviewer, leader):
    other = send(notice, origin="elsewhere")
    with pytest.raises(CannotAnswer, match="先办结那一条"):
        close(propose(objection, reviewer, "withdrawn"), leader)
    objection.refresh_from_db()
    close(propose(objection, reviewer, "revised", 3), leader)
    assert state_of(claim) == ("contested", 3)

    close(propose(other, reviewer), leader)

    assert state_of(claim) == ("published", 3)


def test_sent_back_it_is_looked_into_again(objection, reviewer, leader):
    proposed = propose(objection, reviewer)
    back = objections.send_back(objection=proposed, version=proposed.version, by=leader, now=NOW)

    assert (back.state, back.proposed_by) == ("received", None)


def test_figures(notice, objection, reviewer, leader, district):
    month = periods.of(TODAY)
    assert metrics.value("objections", district.tongmu, month) == 1
    assert metrics.value("objections_in_time", district.tongmu, month) is None
    send(notice, origin="elsewhere")
    close(propose(objection, reviewer), leader)

    with calendar.at(NOW + dt.timedelta(days=20)):
        assert metrics.value("objections_in_time", district.tongmu, month) == 50
