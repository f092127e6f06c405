"""An opening that was wrong is taken back by two people, by an entry of its own, once."""

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY
from points import households, ledger, openings, seals
from points.ledger import CannotPost
from points.models import Balance, Entry, OpeningReversal
from points.models.ledger import Kind
from points.openings import CannotTakeBack
from points.tests.registers.test_openings import opening
from points.tests.shop import give
from points.tests.test_households import SAID, books_are_clean
from qianjiang_portal.foundation.models import AuditEvent
from villages import appointments
from villages.models import User

pytestmark = pytest.mark.django_db
LIST = reverse("points:opening-new")


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


@pytest.fixture
def home(district):
    return district.homes[3]


@pytest.fixture
def wrong(home):
    opening(home, 860, "opening:9:2")
    return Entry.objects.get(household=home)


@pytest.fixture
def ask(wrong, clerk):
    def asked(reason="多写了一个 0", maker=clerk, entry=wrong):
        return openings.ask_back(entry=entry, reason=reason, maker=maker, now=NOW)

    return asked


def test_two_people_take_it_back(ask, wrong, home, reviewer):
    asked = ask()
    assert Balance.objects.get(household=home).posted == 860
    openings.take_back(asked=asked, by=reviewer, now=NOW)
    back = Entry.objects.get(reverses=wrong)
    assert (back.points, back.kind, back.source, back.occurred_on) == (-860, "reversal", f"unopen:{asked.pk}", TODAY)
    kept = Balance.objects.get(household=home)
    assert (kept.posted, kept.earned) == (0, 0)
    assert books_are_clean()
    assert not list(seals.verify())
    actions = AuditEvent.objects.filter(action__startswith="opening.").order_by("pk")
    assert list(actions.values_list("action", "target")) == [
        ("opening.ask-back", home.number),
        ("opening.take-back", home.number),
    ]


def test_it_is_taken_back_once(ask, reviewer):
    asked = ask()
    with pytest.raises(CannotTakeBack, match="正在冲正，等着复核"):
        ask()
    openings.take_back(asked=asked, by=reviewer, now=NOW)
    with pytest.raises(CannotTakeBack, match="已经冲正过"):
        ask()
    with pytest.raises(CannotTakeBack, match="这次冲正已入账"):
        openings.take_back(asked=asked, by=reviewer, now=NOW)
    assert Entry.objects.count() == 2


def test_who_may(ask, wrong, home, reviewer, leader, clerk, stranger, panel, district):
    for person in (stranger, reviewer, leader):
        with pytest.raises(CannotTakeBack, match="没有在这个村录入的任职"):
            ask(maker=person)
    asked = ask()
    for person in (clerk, stranger):
        with pytest.raises(CannotTakeBack, match="由这个村的评议审核或分管领导复核"):
            openings.take_back(asked=asked, by=person, now=NOW)
    appointments.appoint(user=clerk, role="reviewer", village=district.tongmu, begins_on=TODAY)
    with pytest.raises(CannotTakeBack, match="自己提交的冲正由别人复核"):
        openings.take_back(asked=asked, by=User.objects.get(pk=clerk.pk), now=NOW)
    openings.take_back(asked=asked, by=leader, now=NOW)


def test_nobody_passes_their_own_household(ask, district, reviewer, panel):
    own = district.homes[-1]
    opening(own, 50, "opening:9:3")
    asked = ask(entry=Entry.objects.get(household=own))
    with pytest.raises(CannotTakeBack, match="本户和亲属户由其他人复核"):
        openings.take_back(asked=asked, by=reviewer, now=NOW)


def test_it_may_be_left_as_it_is(ask, clerk, reviewer):
    first = openings.send_back(asked=ask(), reason="", by=clerk, now=NOW)
    assert first.state == "dropped"
    with pytest.raises(CannotTakeBack, match="写明退回的原因"):
        openings.send_back(asked=ask(), reason=" ", by=reviewer, now=NOW)
    second = OpeningReversal.objects.waiting().get()
    openings.send_back(asked=second, reason="原账本是 860 分", by=reviewer, now=NOW)
    second.refresh_from_db()
    assert (second.state, second.answer, second.checker) == ("returned", "原账本是 860 分", reviewer)
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("reason", "why"), [(" ", "写明冲正的原因"), ("长" * 61, "最多 60 个字"), ("打 13900001234", "手机号")]
)
def test_the_reason_is_looked_at(ask, reason, why):
    with pytest.raises(CannotTakeBack, match=why):
        ask(reason=reason)


def test_the_database_asks_for_the_second_person(ask, wrong, home, clerk, reviewer):
    """What the functions refuse, tried past them."""
    line = ledger.Line.of(
        home, source="unopen:0", points=-860, kind=Kind.REVERSAL, occurred_on=TODAY, reverses_id=wrong.pk,
        reverses=wrong.source,
    )  # fmt: skip
    alone = "期初要另一个人复核过才冲正"
    with pytest.raises(CannotPost, match=alone):
        ledger.post(village=home.village, lines=[line], now=NOW)
    asked = ask()
    rows = OpeningReversal.objects.filter(pk=asked.pk)
    with pytest.raises(CannotPost, match=alone) as refused:
        ledger.post(village=home.village, lines=[line], now=NOW)
    assert "points_opening_is_taken_back_by_two" in str(refused.value.__cause__)
    with pytest.raises(DatabaseError, match="is_checked_by_somebody_else"), transaction.atomic():
        rows.update(state="done", checker=clerk, decided_at=NOW)
    with pytest.raises(DatabaseError, match="points_opening_reversal_was_checked"), transaction.atomic():
        rows.update(state="done", decided_at=NOW)
    with pytest.raises(DatabaseError, match="points_opening_reversal_stands"), transaction.atomic():
        rows.update(reason="别的原因")
    with pytest.raises(DatabaseError, match="points_opening_is_taken_back_once"), transaction.atomic():
        OpeningReversal.objects.create(entry=wrong, village=home.village, reason="再来", maker=clerk, made_at=NOW)
    openings.take_back(asked=asked, by=reviewer, now=NOW)
    with pytest.raises(DatabaseError, match="points_opening_reversal_stands"), transaction.atomic():
        rows.update(state="waiting", checker=None, decided_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        asked.delete()


def test_only_openings_are_taken_back_like_this(ask, wrong, clerk, reviewer, home):
    asked = ask()
    openings.take_back(asked=asked, by=reviewer, now=NOW)
    with pytest.raises(CannotTakeBack, match="只有期初这样冲正"):
        ask(entry=Entry.objects.get(reverses=wrong))
    with pytest.raises(DatabaseError, match="points_opening_reversal_is_of_an_opening"), transaction.atomic():
        OpeningReversal.objects.create(
            entry=Entry.objects.get(reverses=wrong), village=home.village, reason="x", maker=clerk, made_at=NOW
        )


def test_the_way_through_the_pages(wrong, home, clerk, reviewer, counter, signed_in):
    book = reverse("points:passbook", args=[home.pk])
    correct = reverse("points:correct", args=[home.pk, wrong.pk])
    client = signed_in(clerk)
    assert correct in client.get(book).content.decode()
    assert "由评议审核或分管领导复核" in text(client.get(correct))
    empty = client.post(correct, {"reason": " "})
    assert (empty.status_code, "写明冲正的原因" in text(empty)) == (422, True)
    sent = client.post(correct, {"reason": "多写了一个 0"}, follow=True)
    assert "等着复核" in text(sent)
    assert "待复核" in text(sent)
    assert correct not in client.get(book).content.decode()
    assert "正在冲正" in text(client.post(correct, {"reason": "再来"}))

    other = signed_in(reviewer)
    shown = text(other.get(LIST))
    assert "多写了一个 0" in shown
    assert "复核通过，入账 −860 分" in shown
    asked = OpeningReversal.objects.get()
    decide = reverse("points:opening-reversal", args=[asked.pk])
    none = other.post(decide, {"answer": "back", "reason": ""})
    assert (none.status_code, "写明退回的原因" in text(none)) == (422, True)
    done = other.post(decide, {"answer": "pass"}, follow=True)
    assert "已入账" in text(done)
    assert "冲正：期初" in text(client.get(book))
    again = other.post(decide, {"answer": "pass"})
    assert (again.status_code, "这次冲正已入账" in text(again)) == (422, True)
    assert signed_in(counter).post(decide, {"answer": "pass"}).status_code == 404


def test_a_debt_is_said_before_it_is_made(ask, wrong, home, clerk, reviewer, signed_in):
    give(home, -20)
    ask()
    shown = text(signed_in(reviewer).get(LIST))
    assert "840" in shown
    assert "−20" in shown
    assert "欠分" in shown


def test_a_household_that_went_on_as_another_is_left_alone(ask, home, reviewer, clerk, district):
    asked = ask()
    households.merge(household=home, into=district.homes[0], by=clerk, **SAID)
    with pytest.raises(CannotTakeBack, match="已经并入或迁为别的户"):
        openings.take_back(asked=asked, by=reviewer, now=NOW)
