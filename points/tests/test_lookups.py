"""村民自查: what a slip opens, what it never tells, and what stands against guessing."""

import datetime as dt
import hashlib
import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from conftest import NOW
from points import households, lookups
from points.lookups import CannotIssue, NotAccepted, TooMany
from points.models import LookupSlip, LookupTry
from points.tests.shop import give
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.foundation.models import AuditEvent
from villages.models import Grid

HERE = "a" * 64


@pytest.fixture
def on(db):
    options.put(name="self_lookup", value=True)


@pytest.fixture
def issued(on, district, clerk):
    """A slip of the first household."""
    give(district.homes[0], 40)
    return lookups.issue(village=district.tongmu, households=[district.homes[0].pk], by=clerk, now=NOW)[0]


def ask(token, code, origin=HERE, now=NOW):
    return lookups.read(token=token, code=code, origin=origin, now=now)


def other(code):
    """Another code of six digits."""
    return f"{(int(code) + 1) % 10**6:06}"


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


def test_a_slip_opens_its_own_passbook_and_the_reading_is_written_down(issued, district):
    assert ask(issued.slip.token, issued.code) == district.homes[0]
    assert ask(issued.slip.spoken.upper(), f" {issued.code[:3]} {issued.code[3:]}") == district.homes[0]
    read = AuditEvent.objects.filter(action="lookup.read")
    assert [(one.target, one.actor) for one in read] == [(district.homes[0].number, None)] * 2


def test_no_column_holds_the_code_or_a_digest_that_needs_no_key(issued):
    row = LookupSlip.objects.values().get()
    said = (issued.code, f"{issued.slip.token}:{issued.code}")
    guessable = {hashlib.sha256(text.encode()).hexdigest() for text in said}
    assert issued.code not in {str(value) for value in row.values()}
    assert row["digest"] not in guessable


def test_a_new_slip_ends_the_old_code(issued, district, clerk):
    again = lookups.issue(village=district.tongmu, households=[district.homes[0].pk], by=clerk, now=NOW)[0]
    assert again.slip.token == issued.slip.token
    if again.code != issued.code:
        with pytest.raises(NotAccepted):
            ask(issued.slip.token, issued.code)
    assert ask(issued.slip.token, again.code) == district.homes[0]
    lookups.stop(household=district.homes[0], by=clerk, now=NOW)
    with pytest.raises(NotAccepted):
        ask(issued.slip.token, again.code)


def test_who_prints_and_when(district, clerk, leader, stranger):
    asked = {"village": district.tongmu, "households": [district.homes[0].pk], "now": NOW}
    with pytest.raises(CannotIssue, match="没有开通"):
        lookups.issue(**asked, by=clerk)
    options.put(name="self_lookup", value=True)
    for somebody in (leader, stranger):
        with pytest.raises(CannotIssue, match="由经办打印"):
            lookups.issue(**asked, by=somebody)
    with pytest.raises(CannotIssue, match="没有要打印的户"):
        lookups.issue(**asked | {"households": [district.far[0].pk]}, by=clerk)


def test_a_household_that_moved_away_is_not_read(issued, district, clerk):
    grid = Grid.objects.filter(village=district.sanmen).first()
    households.move(household=district.homes[0], grid=grid, reason="搬家", by=clerk, now=NOW)
    with pytest.raises(NotAccepted):
        ask(issued.slip.token, issued.code)


# --- guessing ---------------------------------------------------------------------


def test_after_some_wrong_codes_not_even_the_right_one_opens(issued, district):
    for _ in range(options.get("lookup_tries_an_hour_on_one_slip")):
        with pytest.raises(NotAccepted, match="不对"):
            ask(issued.slip.token, other(issued.code))
    with pytest.raises(TooMany):
        ask(issued.slip.token, issued.code, origin="b" * 64)
    assert ask(issued.slip.token, issued.code, now=NOW + dt.timedelta(minutes=61)) == district.homes[0]


def test_tries_at_many_slips_from_one_place_end_too(issued):
    options.put(name="lookup_tries_an_hour_from_one_place", value=3)
    for token in ("aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"):
        with pytest.raises(NotAccepted, match="不对"):
            ask(token, "123456")
    with pytest.raises(TooMany):
        ask("dddddddddd", "123456")
    assert LookupTry.objects.count() == 3
    assert ask(issued.slip.token, issued.code, origin="b" * 64)


def test_right_codes_are_not_counted(issued):
    for _ in range(10):
        ask(issued.slip.token, issued.code)
    assert lookups.forget(NOW) == 0
    assert lookups.forget(NOW + dt.timedelta(days=2)) == 10


def test_a_wrong_token_is_answered_as_a_wrong_code_is(issued, client):
    """The same status, words, headers and questions to the database, so that nobody learns which slips there are."""

    def answer(token):
        LookupTry.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            got = client.post(reverse("points:lookup", args=[token]), {"code": other(issued.code)})
        page = got.content.decode().replace(token, "TOKEN")
        return got.status_code, text(got).replace(token, "TOKEN"), len(asked), page.count("<"), sorted(got.headers)

    with calendar.at(NOW):
        assert answer(issued.slip.token) == answer("zzzzzzzzzz")


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_have_no_more_tries_than_one_after_another(issued):
    most = options.get("lookup_tries_an_hour_on_one_slip")
    told, ready = [], threading.Barrier(8)

    def guess():
        ready.wait()
        try:
            ask(issued.slip.token, other(issued.code))
        except NotAccepted as refusal:
            told.append(type(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert told.count(NotAccepted) <= most


# --- the database by itself -------------------------------------------------------


@pytest.mark.parametrize(
    ("wall", "change"),
    [
        ("kept_as_a_digest", {"digest": "123456"}),
        ("can_be_read_aloud", {"token": "o0il1abcde"}),
    ],
)
def test_the_database_keeps_no_code_and_no_token_that_is_misread(issued, wall, change):
    with pytest.raises(DatabaseError, match=wall), transaction.atomic():
        LookupSlip.objects.filter(pk__isnull=False).update(**change)


def test_the_database_keeps_no_slip_of_somebody_who_left(issued, district):
    LookupSlip.objects.all().delete()
    type(district.homes[1]).objects.filter(pk=district.homes[0].pk).update(state="moved", left_on=NOW.date())
    with pytest.raises(DatabaseError, match="of_a_household_here"), transaction.atomic():
        issued.slip.save()


# --- pages ------------------------------------------------------------------------


def test_nothing_is_there_while_it_is_off(district, client, clerk, signed_in):
    assert client.get("/cx/").status_code == 404
    assert client.post("/cx/aaaaaaaaaa/", {"code": "123456"}).status_code == 404
    shown = text(signed_in(clerk).get(reverse("points:slip-list")))
    assert "村民自查没有开通" in shown
    assert "打印没有的" not in shown


def test_a_villager_reads_their_own_passbook(issued, district, client):
    with calendar.at(NOW):
        asked = client.get(reverse("points:lookup", args=[issued.slip.token]))
        assert (asked.status_code, asked["X-Robots-Tag"]) == (200, "noindex, nofollow")
        assert "no-store" in asked["Cache-Control"]
        assert b"<script" not in asked.content
        shown = client.post(reverse("points:lookup", args=[issued.slip.token]), {"code": issued.code})
    assert shown.status_code == 200
    assert "冉光明户的积分" in text(shown)
    assert "可兑换 40 分" in text(shown)
    assert "冉小妹" not in shown.content.decode()
    assert issued.code not in shown.content.decode()
    assert "sessionid" not in client.cookies
    typed = client.post("/cx/", {"token": issued.slip.spoken, "code": issued.code})
    assert "冉光明户的积分" in text(typed)
    empty = client.post("/cx/", {"token": "", "code": ""})
    assert (empty.status_code, "填自查条上的自查号" in text(empty)) == (422, True)


def test_a_merged_neighbours_number_and_what_was_written_are_left_out(issued, district, clerk, client):
    give(district.homes[1], 9)
    households.merge(household=district.homes[1], into=district.homes[0], reason="父子合户", by=clerk, now=NOW)
    shown = client.post(reverse("points:lookup", args=[issued.slip.token]), {"code": issued.code})
    assert "迁户、并户转入" in text(shown)
    assert district.homes[1].number not in shown.content.decode()
    assert district.homes[1].head_name not in shown.content.decode()


def test_the_clerk_prints_a_group_and_the_codes_are_shown_once(on, district, clerk, signed_in):
    client = signed_in(clerk)
    page = reverse("points:slip-list")
    assert "1组 4 0 打印没有的 4 户" in text(client.get(page, {"village": district.tongmu.code}))
    printed = client.post(reverse("points:slip-issue"), {"village": district.tongmu.code, "grid": "1"})
    assert "no-store" in printed["Cache-Control"]
    codes = html.fromstring(printed.content.decode()).xpath("//li//code[2]|//dd[2]/code")
    assert len(codes) == 4
    assert printed.content.decode().count("lk-qr") == 4
    slip = LookupSlip.objects.get(household=district.homes[0])
    assert lookups.read(token=slip.token, code=codes[0].text_content(), origin=HERE, now=NOW) == district.homes[0]
    assert "1组 4 4 都有" in text(client.get(page, {"village": district.tongmu.code}))
    nothing = client.post(reverse("points:slip-issue"), {"village": district.tongmu.code, "grid": "1"})
    assert (nothing.status_code, "没有要打印的户" in text(nothing)) == (422, True)


def test_the_passbooks_print_carries_the_way_in_and_one_slip_is_changed_there(issued, district, clerk, signed_in):
    client = signed_in(clerk)
    own = reverse("points:passbook-print", args=[district.homes[0].pk])
    assert "换自查条" in text(client.get(own))
    assert "lk-qr" in client.get(own).content.decode()
    given = {"village": district.tongmu.code, "household": district.homes[0].pk}
    assert "1 户" in text(client.post(reverse("points:slip-issue"), given))
    stopped = client.post(reverse("points:slip-stop", args=[district.homes[0].pk]), follow=True)
    assert "自查条已停用" in stopped.content.decode()
    assert not LookupSlip.objects.exists()
    options.put(name="self_lookup", value=False)
    assert "自查条" not in text(client.get(own))


def test_queries_do_not_grow_with_the_households(on, district, clerk, signed_in, django_assert_max_num_queries):
    client = signed_in(clerk)
    lookups.issue(village=district.tongmu, households=[one.pk for one in district.homes], by=clerk, now=NOW)
    with django_assert_max_num_queries(24):
        client.get(reverse("points:slip-list"), {"village": district.tongmu.code})
    with django_assert_max_num_queries(30):
        again = {"village": district.tongmu.code, "again": "1"}
        assert client.post(reverse("points:slip-issue"), again).status_code == 200
