"""登录的设备: listed for their owner, ended from afar, over after the minutes the district set."""

import datetime as dt
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, PASSWORD
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.foundation.models import AuditEvent
from villages import browsers
from villages.models import Session
from villages.sessions import SessionStore

LIST, HOME, SIGN_IN = reverse("villages:session-list"), reverse("villages:password"), reverse("villages:sign-in")
OLD_PC = "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 Chrome/86.0 Safari/537.36 360SE"
PHONE = "Mozilla/5.0 (Linux; Android 12; V2049A) Chrome/107.0 Mobile Safari/537.36 MicroMessenger/8.0"


def sign_in(username="clerk", agent=OLD_PC, address="10.0.0.7"):
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    assert client.post(SIGN_IN, {"username": username, "password": PASSWORD}).status_code == 302
    return client


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_person_sees_where_they_are_signed_in(clerk, reviewer):
    here, phone = sign_in(), sign_in(agent=PHONE, address="10.0.0.8")
    sign_in("reviewer", address="10.0.0.9")
    text = words(here.get(LIST))

    assert "登录的设备 2 台" in text
    assert "Windows 7 电脑，360 浏览器 这一台 10.0.0.7" in text
    assert "安卓手机，微信 10.0.0.8" in text
    assert "10.0.0.9" not in text
    assert "30 分钟没有操作会自动退出" in text
    assert phone.session.session_key not in here.get(LIST).content.decode()


def test_a_session_is_read_as_the_orm_reads_it(clerk):
    key = sign_in().session.session_key
    read, kept = SessionStore(key)._get_session_from_db(), Session.objects.get(session_key=key)

    assert {**vars(read), "_state": None} == {**vars(kept), "_state": None}
    assert SessionStore(key).load()["_auth_user_id"] == str(clerk.pk)


def test_a_session_that_is_over_or_unknown_is_given_up(clerk):
    key = sign_in().session.session_key
    Session.objects.update(expire_date=Now() - dt.timedelta(seconds=1))

    for name in (key, "0" * 32, None):
        store = SessionStore(name)
        assert store.load() == {}
        assert store.session_key is None


def test_a_browser_that_is_ended_has_to_sign_in_again(clerk):
    here, phone = sign_in(), sign_in(agent=PHONE)
    digest = Session.objects.get(session_key=phone.session.session_key).digest
    assert phone.get(HOME).status_code == 200

    answer = here.post(reverse("villages:session-end", args=[digest]), follow=True)

    assert "已退出安卓手机，微信" in words(answer)
    assert phone.get(HOME)["Location"].startswith(SIGN_IN)
    assert phone.get(HOME, headers={"HX-Request": "true"}).status_code == 401
    event = AuditEvent.objects.get(action="session.end")
    assert (event.actor, event.target) == (clerk, f"{digest[:8]} 10.0.0.7")


def test_all_others_end_at_once(clerk, reviewer):
    here, phone, stranger = sign_in(), sign_in(agent=PHONE), sign_in("reviewer")

    assert "已退出其他 1 台设备" in words(here.post(reverse("villages:session-end-others"), follow=True))
    assert here.get(HOME).status_code == 200
    assert phone.get(HOME).status_code == 302
    assert stranger.get(HOME).status_code == 200
    assert AuditEvent.objects.get(action="session.end-others").facts == {"sessions": 1}


def test_nobody_ends_what_is_not_theirs(clerk, reviewer):
    here, stranger = sign_in(), sign_in("reviewer")
    digest = Session.objects.get(session_key=stranger.session.session_key).digest

    assert here.post(reverse("villages:session-end", args=[digest])).status_code == 404
    assert stranger.get(HOME).status_code == 200


def test_the_browser_in_use_is_left_by_signing_out(clerk):
    here = sign_in()
    digest = Session.objects.get(session_key=here.session.session_key).digest
    here.post(reverse("villages:session-end", args=[digest]))
    assert here.get(HOME).status_code == 200

    here.post(reverse("villages:sign-out"))
    assert not Session.objects.filter(user=clerk).exists()


def test_a_new_password_ends_the_others(clerk):
    here, phone = sign_in(), sign_in(agent=PHONE)
    new = "brand-new-horse-9"
    here.post(reverse("villages:password"), {"old": PASSWORD, "new": new, "again": new})

    assert (here.get(HOME).status_code, phone.get(HOME).status_code) == (200, 302)


def expires_in(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT expire_date - clock_timestamp() FROM villages_session WHERE session_key = %s",
            [client.session.session_key],
        )
        return cursor.fetchone()[0]


def test_a_session_lasts_as_long_as_the_setting_says(clerk):
    options.put(name="idle_minutes", value=10)
    here = sign_in()

    assert dt.timedelta(minutes=9) < expires_in(here) <= dt.timedelta(minutes=10)
    page = here.get(LIST)
    assert 'data-idle="600"' in page.content.decode()
    assert "10 分钟没有操作会自动退出" in words(page)


def test_a_changed_setting_reaches_whoever_is_signed_in(clerk):
    here = sign_in()
    options.put(name="idle_minutes", value=5)
    with calendar.at(NOW + dt.timedelta(minutes=11)):
        here.get(LIST)

    assert expires_in(here) <= dt.timedelta(minutes=5)


def test_a_session_that_ran_out_opens_nothing_and_is_cleared_away(clerk):
    here = sign_in()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE villages_session SET expire_date = now() - interval '1 second'")

    assert here.get(HOME)["Location"].startswith(SIGN_IN)
    call_command("clearsessions")
    assert not Session.objects.filter(user=clerk).exists()


def test_use_is_written_down_once_a_minute(clerk):
    here = sign_in()
    key = here.session.session_key
    for seconds, seen in ((0, 0), (30, 0), (70, 70)):
        with calendar.at(NOW + dt.timedelta(seconds=seconds)):
            here.get(HOME)
        assert Session.objects.get(session_key=key).seen_at == NOW + dt.timedelta(seconds=seen)
    assert Session.objects.get(session_key=key).began_at == NOW


def test_the_list_costs_the_same_for_one_browser_and_three(clerk):
    here = sign_in()
    counts = []
    for more in (0, 2):
        for _ in range(more):
            sign_in(agent=PHONE)
        here.get(LIST)
        with CaptureQueriesContext(connection) as asked:
            here.get(LIST)
        counts.append(len(asked))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (OLD_PC, "Windows 7 电脑，360 浏览器"),
        (PHONE, "安卓手机，微信"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0", "Windows 电脑，Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64) Kylin Firefox/115.0", "麒麟电脑，Firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "苹果手机，Safari"),
        ("curl/8.0", "认不出的浏览器"),
        ("", "认不出的浏览器"),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(agent, said):
    assert browsers.words(agent) == said


def test_a_header_that_no_column_takes_is_cut(clerk):
    sign_in(agent="x" * 500)

    assert Session.objects.get(user=clerk).agent == "x" * 200


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (reverse("home"), "private, no-cache"),
        (reverse("search"), "private, no-cache"),
        (reverse("points:passbook-list"), "private, no-cache"),
        (reverse("points:import-template"), "private, no-store"),
        (reverse("villages:password"), "max-age=0, no-cache, no-store, must-revalidate, private"),
        ("/nothing/", "private, no-cache"),
    ],
)
def test_no_proxy_keeps_a_page_of_somebody(clerk, rule_set, address, kept):
    assert sorted(sign_in().get(address)["Cache-Control"].split(", ")) == sorted(kept.split(", "))


def test_a_page_of_everybody_may_be_kept(district, client):
    assert not client.get(reverse("public-villages")).has_header("Cache-Control")
