"""账号: the register, appointments, one-time passwords, locks and switching off, by administrators alone."""

import datetime as dt
import re

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, PASSWORD, SINCE, TODAY, make_person
from qianjiang_portal.foundation.models import AuditEvent
from villages import accounts, appointments, staff_pages, tokens
from villages.accounts import CannotKeep
from villages.appointments import CannotAppoint
from villages.models import Session, User

LIST, SIGN_IN, HOME = reverse("villages:staff-list"), reverse("villages:sign-in"), reverse("villages:password")


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows(response):
    body = re.search(r"<tbody.*?</tbody>", response.content.decode(), re.S)
    parts = re.findall(r"<tr.*?</tr>", body[0], re.S) if body else []
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)).strip() for part in parts]


def sign_in(username, password=PASSWORD, address="10.0.0.7"):
    client = Client(REMOTE_ADDR=address)
    return client, client.post(SIGN_IN, {"username": username, "password": password})


def lock(username="clerk", address="10.0.0.7"):
    for _ in range(5):
        sign_in(username, "wrong", address)


def page(user, name="staff", *more):
    return reverse(f"villages:{name}", args=[user.pk, *more])


@pytest.fixture
def chief(admin_person, signed_in):
    """The administrator's browser."""
    return signed_in(admin_person)


def test_the_register_says_who_may_do_what_and_whether_they_can(cast, chief):
    sign_in("reviewer")
    lock()
    accounts.switch_off(user=cast["stranger"], by=cast["admin"], now=NOW)
    shown = {row.split()[1]: row for row in rows(chief.get(LIST))}

    assert "冉晓莉 clerk 濯水镇乡镇经办 — 锁定" in shown["clerk"]
    assert shown["reviewer"].endswith("在用")
    assert shown["leader"].endswith("还没登录过")
    assert shown["stranger"].endswith("停用")
    assert all(post in shown["double"] for post in ("濯水镇三门社区乡镇经办", "濯水镇桐木村评议审核"))
    assert "1 个账号连续没对上密码" in words(chief.get(LIST))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "冉晓"}, {"clerk"}),
        ({"q": "STRANG"}, {"stranger"}),
        ({"role": "clerk"}, {"clerk", "stranger", "double"}),
        ({"role": "clerk", "t": "500114112"}, {"clerk", "double"}),
        ({"t": "500114112"}, {"clerk", "reviewer", "counter", "liaison", "double"}),
        ({"state": "off"}, {"stranger"}),
        ({"state": "locked"}, {"clerk"}),
        ({"state": "on"}, {"reviewer"}),
        ({"state": "idle"}, {"leader"}),
        ({"role": "king", "t": "x", "state": "odd", "q": "\0"}, None),
    ],
)
def test_the_register_is_narrowed(cast, asked, found):
    sign_in("reviewer")
    lock()
    accounts.switch_off(user=cast["stranger"], by=cast["admin"], now=NOW)
    cast["leader"].appointments.update(ends_on=TODAY - dt.timedelta(days=1))
    users = staff_pages.found(cast["admin"], staff_pages.Filters.read(asked), TODAY)
    names = {user.username for user in users}

    assert names == (set(cast) if found is None else found)


def test_states_shown_and_states_asked_for_are_the_same(cast):
    lock()
    sign_in("reviewer")
    accounts.switch_off(user=cast["stranger"], by=cast["admin"], now=NOW)
    cast["leader"].appointments.update(ends_on=TODAY - dt.timedelta(days=1))
    shown = {line.user.username: line.state for line in staff_pages.lines(User.objects.all(), TODAY)}
    asked = {
        user.username: state
        for state in ("on", "locked", "new", "idle", "off")
        for user in staff_pages.found(cast["admin"], staff_pages.Filters(state=state), TODAY)
    }

    assert shown == asked


def test_the_register_costs_the_same_for_one_account_and_three(district, admin_person, signed_in):
    client = signed_in(admin_person)
    counts = []
    for names in (("a",), ("b", "c")):
        for name in names:
            make_person(name, name, {"role": "clerk", "township": district.zhuoshui})
            make_person(f"{name}-counter", name, {"role": "counter", "covers": [district.tongmu, district.sanmen]})
        client.get(LIST)
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_an_account_is_unlocked_before_its_time(chief, clerk, admin_person):
    lock()
    assert sign_in("clerk")[1].status_code == 429
    text = words(chief.get(page(clerk)))
    assert "在 10.0.0.7 连续没对上密码" in text

    assert "冉晓莉可以马上再试" in words(chief.post(page(clerk, "staff-unlock"), follow=True))
    assert sign_in("clerk")[1].status_code == 302
    assert AuditEvent.objects.get(action="account.unlock").target == "clerk"
    assert "冉晓莉没有锁定" in words(chief.post(page(clerk, "staff-unlock"), follow=True))
    assert AuditEvent.objects.filter(action="account.unlock").count() == 1


def test_a_password_for_one_sign_in_is_shown_once_and_kept_nowhere(chief, clerk):
    old, _ = sign_in("clerk")
    answer = chief.post(page(clerk, "staff-password"))
    [password] = re.findall(r"<code>([a-z0-9-]{14})</code>", answer.content.decode())

    assert answer["Cache-Control"].startswith("max-age=0")
    assert password not in chief.get(page(clerk)).content.decode()
    assert old.get(HOME).status_code == 302
    assert sign_in("clerk")[1].status_code == 422
    new, response = sign_in("clerk", password)
    assert response.status_code == 302
    assert new.get("/home/")["Location"] == HOME
    event = AuditEvent.objects.get(action="account.give-password")
    assert password not in f"{event.target}{event.facts}"


def test_loading_the_page_of_a_password_anew_gives_no_second_one(chief, clerk):
    """What was printed would no longer open the account."""
    shown = chief.get(page(clerk)).content.decode()
    [replaces] = re.findall(r'name="replaces" value="([0-9a-f]{16})"', shown)
    answer = chief.post(page(clerk, "staff-password"), {"replaces": replaces})
    [password] = re.findall(r"<code>([a-z0-9-]{14})</code>", answer.content.decode())
    again = chief.post(page(clerk, "staff-password"), {"replaces": replaces}, follow=True)

    assert "冉晓莉已经有了新密码，没有再换" in words(again)
    assert sign_in("clerk", password)[1].status_code == 302


def test_moving_to_where_somebody_is_already_is_refused(chief, clerk):
    post = clerk.appointments.get()
    url = reverse("villages:staff-move", args=[clerk.pk, post.pk])
    said = {"role": "clerk", "place": f"town:{post.township.code}", "begins_on": TODAY}

    assert "和现在的任职一样，换一个角色或地方" in words(chief.post(url, said))
    assert list(clerk.appointments.values_list("ends_on", flat=True)) == [None]


def test_a_given_password_opens_a_lock(chief, clerk):
    lock()
    answer = chief.post(page(clerk, "staff-password"))
    [password] = re.findall(r"<code>([a-z0-9-]{14})</code>", answer.content.decode())

    assert sign_in("clerk", password)[1].status_code == 302


def test_given_passwords_are_hashed_for_real_and_hashed_anew_at_the_sign_in(settings, clerk):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    given = accounts.one_time_password()
    hashed = accounts.hashed(given)
    assert hashed.split("$")[:2] == ["pbkdf2_sha256", str(accounts.ROUNDS)]

    kept = []
    assert check_password(given, hashed, kept.append)
    assert kept == [given]
    assert PBKDF2PasswordHasher.iterations > accounts.ROUNDS


def test_an_account_is_closed_after_its_name_was_typed(chief, clerk):
    theirs, _ = sign_in("clerk")
    token = tokens.make(user=clerk, name="x", scopes=["read"], days=9, now=NOW)
    answer = chief.post(page(clerk, "staff-off"), {"sure": "clark"})
    assert answer.status_code == 422
    assert "没有改动 和这个人的账号不一样" in words(answer)
    assert theirs.get(HOME).status_code == 200

    assert "已停用 clerk" in words(chief.post(page(clerk, "staff-off"), {"sure": "clerk"}, follow=True))
    assert theirs.get(HOME).status_code == 302
    assert sign_in("clerk")[1].status_code == 422
    assert Client(headers={"Authorization": f"Bearer {token.text}"}).get("/api/v1/villages/").status_code == 401

    chief.post(page(clerk, "staff-on"))
    assert sign_in("clerk")[1].status_code == 302
    assert [event.action for event in AuditEvent.objects.filter(action__in=("account.on", "account.off"))] == [
        "account.off",
        "account.on",
    ]


def test_nobody_locks_themselves_out(admin_person, chief):
    answer = chief.post(page(admin_person, "staff-off"), {"sure": "admin"})
    assert "自己的账号由另一位系统管理员停用" in words(answer)
    [post] = admin_person.appointments_now
    answer = chief.post(page(admin_person, "staff-end", post.pk), {"on": TODAY.isoformat()})
    assert "自己的管理员任职由另一位系统管理员结束" in words(answer)


def test_the_last_administrator_stays(admin_person, clerk):
    root = User.objects.create_superuser("root", PASSWORD, name="首个账号")
    User.objects.filter(pk=root.pk).update(is_active=False)
    root.is_active = True
    with pytest.raises(CannotKeep, match="至少留一位在任的系统管理员"):
        accounts.switch_off(user=admin_person, by=root, now=NOW)
    User.objects.filter(pk=root.pk).update(is_active=True)
    assert not accounts.switch_off(user=admin_person, by=root, now=NOW).is_active


def test_all_devices_of_somebody_end(chief, clerk):
    theirs, _ = sign_in("clerk")
    sign_in("clerk", address="10.0.0.8")
    assert "登录的设备 2 台" in words(chief.get(page(clerk)))

    assert "冉晓莉在 2 台设备上已退出" in words(chief.post(page(clerk, "staff-sign-out"), follow=True))
    assert theirs.get(HOME).status_code == 302
    assert not Session.objects.filter(user=clerk).exists()


def test_somebody_is_appointed_by_role_and_place(chief, clerk, district):
    said = {"role": "reviewer", "place": f"village:{district.zhongyuan.code}", "begins_on": "2026-12-01"}
    answer = chief.post(page(clerk, "staff-appoint"), said, follow=True)

    assert "已任命 冉晓莉为石会镇中元村评议审核" in words(answer)
    assert "石会镇中元村评议审核 2026-12-01— 还没开始" in rows(answer)[0]


@pytest.mark.parametrize(
    ("role", "place", "said"),
    [
        ("clerk", "", "乡镇经办要选一个乡镇街道或一个村"),
        ("leader", "village:500114112202", "分管领导要选一个乡镇街道"),
        ("liaison", "town:500114112", "联络员要选一个成员单位"),
        ("auditor", "town:500114112", "审计员不选地方"),
        ("clerk", "town:500114112", "已有同样的任职：濯水镇乡镇经办"),
        ("clerk", "town:999", "从列表里选"),
    ],
)
def test_a_place_that_does_not_suit_is_explained(chief, clerk, role, place, said):
    answer = chief.post(page(clerk, "staff-appoint"), {"role": role, "place": place, "begins_on": "2026-12-01"})

    assert answer.status_code == 422
    assert said in words(answer)
    assert clerk.appointments.count() == 1


def test_somebody_moves_to_another_place(chief, clerk, district):
    [post] = clerk.appointments_now
    form = words(chief.get(page(clerk, "staff-move", post.pk)))
    assert "现在是濯水镇乡镇经办" in form
    said = {"role": "clerk", "place": f"town:{district.shihui.code}", "begins_on": "2026-12-01"}
    shown = rows(chief.post(page(clerk, "staff-move", post.pk), said, follow=True))

    assert shown[0].startswith("石会镇乡镇经办 2026-12-01— 还没开始")
    assert shown[1].startswith("濯水镇乡镇经办 2026-01-01—2026-11-30 在任")


def test_a_move_that_cannot_be_leaves_everything_as_it_was(chief, clerk, district):
    [post] = clerk.appointments_now
    said = {"role": "leader", "place": f"village:{district.tongmu.code}", "begins_on": "2026-12-01"}
    assert chief.post(page(clerk, "staff-move", post.pk), said).status_code == 422
    early = said | {"role": "clerk", "begins_on": SINCE.isoformat()}
    assert "新任职要从 2026-01-01 以后的日子开始" in words(chief.post(page(clerk, "staff-move", post.pk), early))

    post.refresh_from_db()
    assert (post.ends_on, clerk.appointments.count()) == (None, 1)


def test_an_appointment_ends_on_a_day(chief, clerk, stranger):
    [post] = clerk.appointments_now
    assert chief.post(page(clerk, "staff-end", post.pk), {"on": "soon"}).status_code == 422
    assert chief.post(page(stranger, "staff-end", post.pk), {"on": "2026-11-30"}).status_code == 404
    answer = chief.post(page(clerk, "staff-end", post.pk), {"on": "2026-11-22"}, follow=True)

    assert "濯水镇乡镇经办到 2026-11-22 为止" in words(answer)
    assert "已结束" in rows(answer)[0]
    event = AuditEvent.objects.get(action="appointment.end")
    assert (event.actor.username, event.target, event.place) == ("admin", "clerk 濯水镇乡镇经办", "500114112")


def over(post):
    """An appointment that ended yesterday."""
    appointments.end(appointment=post, on=TODAY - dt.timedelta(days=1))
    return post


def test_what_is_over_is_not_begun_again_by_a_page_opened_before(chief, clerk, district):
    post = over(clerk.appointments_now[0])
    later = chief.post(page(clerk, "staff-end", post.pk), {"on": "2026-12-31"})
    said = {"role": "leader", "place": f"town:{district.shihui.code}", "begins_on": "2026-12-31"}
    moved = chief.post(page(clerk, "staff-move", post.pk), said)

    assert (later.status_code, moved.status_code) == (422, 422)
    assert "这条任职到 2026-11-22 已经结束，再任职请另登记一条" in words(later)
    post.refresh_from_db()
    assert (post.ends_on, clerk.appointments.count()) == (TODAY - dt.timedelta(days=1), 1)


def test_the_end_of_what_is_over_may_still_be_put_earlier(chief, clerk):
    post = over(clerk.appointments_now[0])
    chief.post(page(clerk, "staff-end", post.pk), {"on": "2026-11-01"})

    post.refresh_from_db()
    assert post.ends_on == dt.date(2026, 11, 1)


def test_without_the_guard_somebody_who_left_may_act_again(admin_person, clerk, monkeypatch):
    post = over(clerk.appointments_now[0])
    monkeypatch.setattr(appointments, "_would_go_on", lambda appointment, on: False)
    appointments.end(appointment=post, on=TODAY, by=admin_person)

    assert User.objects.get(pk=clerk.pk).appointments_now == [post]


@pytest.mark.parametrize("act", ["give_password", "unlock", "switch_off", "switch_on", "sign_out"])
def test_the_functions_refuse_whoever_is_no_administrator(district_officer, clerk, act):
    with pytest.raises(CannotKeep, match="账号由系统管理员管理"):
        getattr(accounts, act)(user=clerk, by=district_officer, now=NOW)


def test_appointments_are_refused_to_others_too(district_officer, clerk, district):
    [post] = clerk.appointments_now
    with pytest.raises(CannotAppoint, match="任职由系统管理员登记"):
        appointments.end(appointment=post, on=TODAY, by=district_officer)
    with pytest.raises(CannotAppoint):
        appointments.appoint(user=clerk, role="leader", township=district.shihui, begins_on=TODAY, by=clerk)


def test_an_administrator_of_yesterday_is_none(admin_person, clerk):
    admin_person.appointments.update(ends_on=TODAY - dt.timedelta(days=1))
    admin_person.__dict__.pop("appointments_now", None)
    with pytest.raises(CannotKeep):
        accounts.unlock(user=clerk, by=admin_person, now=NOW)
