"""两步验证: set up with a real code, asked for at the door, never twice with the same code, counted and locked."""

import datetime as dt
import re
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from conftest import NOW, PASSWORD
from qianjiang_portal.foundation import calendar, options, totp
from qianjiang_portal.foundation.models import AuditEvent
from villages import factors
from villages.factors import CannotVerify, MustWait
from villages.models import RecoveryCode, SecondFactor, Session

SIGN_IN, SECOND, FACTOR = (reverse(f"villages:{name}") for name in ("sign-in", "second", "factor"))
SCAN = reverse("villages:factor-scan")


def code_of(user, now=None):
    """What the telephone shows."""
    return totp.code(SecondFactor.objects.get(user=user).secret, totp.step_at(now or calendar.now()))


def switch_on(user, now=NOW):
    factors.begin(user=user, now=now)
    return factors.confirm(user=user, given=code_of(user, now), keep=None, now=now)


def later(**by):
    return calendar.at(NOW + dt.timedelta(**by))


def text(response):
    return response.content.decode()


def give_password(client, username="district"):
    return client.post(SIGN_IN, {"username": username, "password": PASSWORD, "next": "/search/"})


def signed_in_apart(user):
    """A browser of one's own."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def officer(district_officer):
    switch_on(district_officer)
    return district_officer


# The door


def test_the_password_alone_opens_nothing(client, officer):
    response = give_password(client)

    assert (response.status_code, response["Location"]) == (302, SECOND)
    assert client.get(reverse("home"))["Location"].startswith(SIGN_IN)
    assert not AuditEvent.objects.filter(action="account.sign-in").exists()


def test_the_code_opens_and_leads_where_one_wanted(client, officer):
    with later(minutes=1):
        give_password(client)
        response = client.post(SECOND, {"code": code_of(officer)})

        assert (response.status_code, response["Location"]) == (302, "/search/")
        assert client.get(reverse("home")).status_code == 200
        event = AuditEvent.objects.get(action="account.sign-in")
    assert (event.actor, event.facts) == (officer, {"second": "动态口令"})


def test_without_a_second_factor_nothing_changes(client, district_officer):
    response = give_password(client)

    assert (response.status_code, response["Location"]) == (302, "/search/")


def test_the_second_page_without_the_first_is_no_way_in(client, officer):
    with later(minutes=1):
        response = client.post(SECOND, {"code": code_of(officer)})

        assert response["Location"] == SIGN_IN
        assert client.get(reverse("home")).status_code == 302


def test_five_minutes_are_enough(client, officer):
    give_password(client)
    with later(minutes=5, seconds=1):
        assert client.post(SECOND, {"code": code_of(officer)})["Location"] == SIGN_IN


def test_a_changed_password_or_a_closed_account_ends_the_wait(client, officer):
    give_password(client)
    officer.set_password("another-horse-7")
    officer.save()
    assert client.get(SECOND)["Location"] == SIGN_IN
    officer.set_password(PASSWORD)
    officer.save()
    give_password(client)
    officer.is_active = False
    officer.save()
    assert client.get(SECOND)["Location"] == SIGN_IN


def test_the_session_changes_its_key_on_the_way_in(client, officer):
    with later(minutes=1):
        give_password(client)
        before = client.session.session_key
        client.post(SECOND, {"code": code_of(officer)})

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_wrong_code_says_how_many_tries_are_left_and_five_lock(client, officer):
    with later(minutes=1):
        give_password(client)
        response = client.post(SECOND, {"code": "000000"})
        assert response.status_code == 422
        assert "还可以再试 4 次" in text(response)
        for _ in range(4):
            response = client.post(SECOND, {"code": "000000"})
        assert response.status_code == 429
        assert "10:16</span> 后可以再试" in text(response)
        assert client.post(SECOND, {"code": code_of(officer)}).status_code == 429
    refused = AuditEvent.objects.filter(action="factor.check", outcome="refused").order_by("pk")
    assert [event.facts["locked"] for event in refused] == [False, False, False, False, True]
    with later(minutes=17):
        give_password(client)
        assert client.post(SECOND, {"code": code_of(officer)})["Location"] == "/search/"


def test_a_new_password_try_opens_no_lock(client, officer):
    """The count stands with the account and not with the session, so that beginning again helps nobody."""
    with later(minutes=1):
        for _ in range(5):
            give_password(client)
            client.post(SECOND, {"code": "000000"})
        give_password(client)
        assert client.post(SECOND, {"code": code_of(officer)}).status_code == 429


# Once


def test_the_same_code_opens_once(officer):
    now = NOW + dt.timedelta(minutes=1)
    code = code_of(officer, now)

    assert factors.check(user=officer, given=code, now=now) == "app"
    with pytest.raises(CannotVerify, match="还可以再试 4 次"):
        factors.check(user=officer, given=code, now=now + dt.timedelta(seconds=20))


def test_the_code_before_the_last_one_opens_nothing(officer):
    now = NOW + dt.timedelta(minutes=1)
    factors.check(user=officer, given=code_of(officer, now), now=now)

    with pytest.raises(CannotVerify):
        factors.check(user=officer, given=code_of(officer, now - dt.timedelta(seconds=30)), now=now)


def test_without_what_is_kept_of_the_last_one_a_replay_would_open(officer):
    """What `last_step` is there against."""
    now = NOW + dt.timedelta(minutes=1)
    code = code_of(officer, now)
    factors.check(user=officer, given=code, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE villages_secondfactor DISABLE TRIGGER villages_factor_goes_forward")
    SecondFactor.objects.update(last_step=None)

    assert factors.check(user=officer, given=code, now=now) == "app"


@pytest.mark.parametrize("step", [None, 0])
def test_the_database_lets_no_step_come_back(officer, step):
    with pytest.raises(IntegrityError, match="villages_factor_goes_forward"), transaction.atomic():
        SecondFactor.objects.update(last_step=step)


@pytest.mark.django_db(transaction=True)
def test_one_code_sent_four_times_at_once_opens_one_door(district_officer):
    switch_on(district_officer)
    now, opened, start = NOW + dt.timedelta(minutes=1), [], threading.Barrier(4)
    code = code_of(district_officer, now)

    def send():
        try:
            start.wait()
            opened.append(factors.check(user=district_officer, given=code, now=now))
        except CannotVerify:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened == ["app"]


def test_a_recovery_code_opens_once_however_it_is_written(district_officer):
    codes = switch_on(district_officer)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[b-z2-9]{4}-[b-z2-9]{4}-[b-z2-9]{4}", code) for code in codes)

    assert factors.check(user=district_officer, given=codes[3].upper().replace("-", " "), now=NOW) == "recovery"
    with pytest.raises(CannotVerify):
        factors.check(user=district_officer, given=codes[3], now=NOW)
    assert factors.check(user=district_officer, given=codes[4], now=NOW) == "recovery"


def test_recovery_codes_and_secret_are_in_no_table_in_clear(district_officer):
    codes = switch_on(district_officer)
    secret = SecondFactor.objects.get().secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM villages_secondfactor UNION SELECT hash FROM villages_recoverycode")
        stored = "".join(row[0] for row in cursor.fetchall())

    assert [word for word in (secret, *codes, *(code.replace("-", "") for code in codes)) if word in stored] == []


def test_a_used_code_stays_used(district_officer):
    codes = switch_on(district_officer)
    factors.check(user=district_officer, given=codes[0], now=NOW)
    with pytest.raises(IntegrityError, match="villages_recovery_code_is_used_once"), transaction.atomic():
        RecoveryCode.objects.update(used_at=None)


# Switching on and off


def test_it_is_switched_on_with_a_code_from_the_telephone(signed_in, district_officer):
    client = signed_in(district_officer)
    assert "没有启用" in text(client.get(FACTOR))
    assert client.post(reverse("villages:factor-begin"), {"password": PASSWORD})["Location"] == SCAN
    page = text(client.get(SCAN))
    secret = SecondFactor.objects.get().secret
    assert 'src="data:image/svg+xml' in page
    assert secret[:4] + " " + secret[4:8] in page

    response = client.post(SCAN, {"code": "000000"})
    assert (response.status_code, "动态口令不对" in text(response)) == (422, True)
    assert factors.of(district_officer) is None
    response = client.post(SCAN, {"code": code_of(district_officer)})
    codes = re.findall(r"<code>([^<]+)</code>", text(response))

    assert "两步验证已启用" in text(response)
    assert factors.check(user=district_officer, given=codes[0], now=NOW) == "recovery"
    assert "已启用" in text(client.get(FACTOR))
    assert "9 个" in text(client.get(FACTOR))
    assert secret not in text(client.get(SCAN, follow=True))
    assert AuditEvent.objects.get(action="factor.on").target == "district"


def test_the_password_is_asked_for_first(signed_in, district_officer):
    response = signed_in(district_officer).post(reverse("villages:factor-begin"), {"password": "wrong"})

    assert (response.status_code, "现在的密码不对" in text(response)) == (422, True)
    assert not SecondFactor.objects.exists()


def test_other_sessions_end_when_it_is_switched_on(district_officer):
    elsewhere, here = signed_in_apart(district_officer), signed_in_apart(district_officer)
    here.post(reverse("villages:factor-begin"), {"password": PASSWORD})
    here.post(SCAN, {"code": code_of(district_officer)})

    assert here.get(reverse("home")).status_code == 200
    assert elsewhere.get(reverse("home")).status_code == 302


def test_switching_off_and_new_codes_want_a_code(signed_in, officer):
    client = signed_in(officer)
    for name in ("villages:factor-off", "villages:factor-codes"):
        for given in ({}, {"off-code": "000000", "codes-code": "000000"}):
            assert client.post(reverse(name), given).status_code == 422
    assert factors.of(officer)

    with later(minutes=1):
        response = client.post(reverse("villages:factor-codes"), {"codes-code": code_of(officer)})
        assert len(re.findall(r"<code>", text(response))) == 10
    with later(minutes=2):
        response = client.post(reverse("villages:factor-off"), {"off-code": code_of(officer)}, follow=True)
    assert "两步验证已停用" in text(response)
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_only_those_who_see_the_district_may_have_one(signed_in, clerk, auditor, admin_person):
    assert signed_in(clerk).get(FACTOR).status_code == 403
    with pytest.raises(CannotVerify, match="给区级、审计员和系统管理员用"):
        factors.begin(user=clerk, now=NOW)
    assert [signed_in(person).get(FACTOR).status_code for person in (auditor, admin_person)] == [200, 200]


def test_only_those_have_the_link(signed_in, clerk, auditor):
    assert [FACTOR in text(signed_in(person).get(reverse("home"))) for person in (clerk, auditor)] == [False, True]


# Demanded


@pytest.fixture
def asked_for(db):
    options.put(name="second_factor_roles", value=["district", "admin"])


@pytest.mark.django_db
def test_the_setting_takes_only_roles_that_may_have_one():
    with pytest.raises(ValueError, match="可以写 区级、审计员、系统管理员"):
        options.put(name="second_factor_roles", value=["clerk"])


def test_whose_role_asks_for_it_sets_it_up_first(client, asked_for, district_officer):
    give_password(client)
    response = client.get(reverse("home"), follow=True)
    assert response.redirect_chain == [(FACTOR, 302)]
    assert "您的任职要求两步验证" in text(response)

    client.post(reverse("villages:factor-begin"), {"password": PASSWORD})
    client.post(SCAN, {"code": code_of(district_officer)})
    assert client.get(reverse("home")).status_code == 200


def test_other_roles_are_not_asked(client, asked_for, auditor):
    give_password(client, "auditor")

    assert client.get(reverse("home")).status_code == 200


def test_whoever_switches_it_off_has_to_switch_it_on_again(client, asked_for, officer):
    with later(minutes=1):
        give_password(client)
        client.post(SECOND, {"code": code_of(officer)})
    with later(minutes=2):
        client.post(reverse("villages:factor-off"), {"off-code": code_of(officer)})

        assert client.get(reverse("home"))["Location"] == FACTOR


def test_a_given_password_comes_before_it_and_both_are_done(client, asked_for, district_officer):
    district_officer.must_change_password = True
    district_officer.save()
    give_password(client)
    assert client.get(reverse("home"))["Location"] == reverse("villages:password")
    form = {"old": PASSWORD, "new": "brand-new-horse-9", "again": "brand-new-horse-9"}
    client.post(reverse("villages:password"), form)

    assert client.get(reverse("home"))["Location"] == FACTOR


# Lost


def test_an_administrator_takes_it_off_and_ends_the_sessions(signed_in, officer, admin_person):
    theirs, page = signed_in_apart(officer), reverse("villages:staff", args=[officer.pk])
    client = signed_in(admin_person)
    assert "两步验证" in text(client.get(page))

    response = client.post(reverse("villages:staff-factor", args=[officer.pk]), follow=True)

    assert "田雨禾登录只要密码了" in text(response)
    assert theirs.get(reverse("home")).status_code == 302
    assert not SecondFactor.objects.exists()
    event = AuditEvent.objects.get(action="factor.reset")
    assert (event.actor, event.target) == (admin_person, "district")


def test_nobody_takes_off_their_own_that_way_and_nobody_else_takes_it_off(officer, admin_person, auditor):
    switch_on(admin_person)
    with pytest.raises(CannotVerify, match="另一位系统管理员"):
        factors.reset(user=admin_person, by=admin_person, now=NOW)
    with pytest.raises(Exception, match="账号由系统管理员管理"):
        factors.reset(user=officer, by=auditor, now=NOW)
    assert SecondFactor.objects.count() == 2


def test_the_only_administrator_is_helped_from_the_machine(admin_person, capsys):
    switch_on(admin_person)
    call_command("reset_factor", "admin")
    assert not SecondFactor.objects.exists()
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("reset_factor", "nobody")


def test_a_locked_account_says_until_when(officer):
    now = NOW + dt.timedelta(minutes=1)
    for _ in range(5):
        with pytest.raises(CannotVerify):
            factors.check(user=officer, given="", now=now)
    with pytest.raises(MustWait) as waits:
        factors.check(user=officer, given=code_of(officer, now), now=now)

    assert waits.value.until == now + dt.timedelta(minutes=15)
