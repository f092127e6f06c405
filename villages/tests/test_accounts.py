"""Signing in: what is said, what is locked, and the password chosen first."""

import pytest
from django.test import Client
from django.urls import reverse

from conftest import PASSWORD
from qianjiang_portal.foundation.models import AuditEvent
from villages.models import User

SIGN_IN = reverse("villages:sign-in")


def try_to(client, password: str, username: str = "clerk"):
    return client.post(SIGN_IN, {"username": username, "password": password})


def test_the_right_pair_leads_home_and_is_noted(client, clerk):
    response = try_to(client, PASSWORD)

    assert (response.status_code, response["Location"]) == (302, reverse("index"))
    assert AuditEvent.objects.get(action="account.sign-in").actor == clerk


def test_a_wrong_pair_says_how_many_tries_are_left(client, clerk):
    response = try_to(client, "wrong")

    assert response.status_code == 422
    assert "还可以再试 4 次" in response.content.decode()
    assert 'value="clerk"' in response.content.decode()


def test_five_wrong_tries_lock_the_account_at_that_address(client, clerk):
    for _ in range(5):
        response = try_to(client, "wrong")

    assert response.status_code == 429
    assert "连续 5 次没对上" in response.content.decode()
    assert try_to(client, PASSWORD).status_code == 429


def test_a_colleague_at_the_same_address_is_not_locked(client, clerk, reviewer):
    for _ in range(5):
        try_to(client, "wrong")

    assert try_to(client, PASSWORD, "reviewer").status_code == 302


def test_the_same_account_elsewhere_is_not_locked(client, clerk):
    for _ in range(5):
        try_to(client, "wrong")

    elsewhere = client.post(SIGN_IN, {"username": "clerk", "password": PASSWORD}, REMOTE_ADDR="10.9.8.7")
    assert elsewhere.status_code == 302


def test_a_next_page_outside_the_portal_is_not_followed(client, clerk):
    response = client.post(SIGN_IN, {"username": "clerk", "password": PASSWORD, "next": "https://elsewhere.example/"})

    assert response["Location"] == reverse("index")


@pytest.fixture
def newcomer(clerk: User) -> User:
    clerk.must_change_password = True
    clerk.save()
    return clerk


def test_the_first_sign_in_sees_only_the_password_page(signed_in, newcomer):
    response = signed_in(newcomer).get(reverse("home"))

    assert (response.status_code, response["Location"]) == (302, reverse("villages:password"))


def test_a_chosen_password_opens_the_portal(signed_in, newcomer):
    client = signed_in(newcomer)
    form = {"old": PASSWORD, "new": "brand-new-horse-9", "again": "brand-new-horse-9"}

    response = client.post(reverse("villages:password"), form)

    newcomer.refresh_from_db()
    assert response["Location"] == reverse("home")
    assert newcomer.check_password("brand-new-horse-9")
    assert not newcomer.must_change_password


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"old": "nope", "new": "brand-new-horse-9", "again": "brand-new-horse-9"}, "现在的密码不对"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "密码至少 10 个字符"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "新密码要和现在的不一样"),
        ({"old": PASSWORD, "new": "brand-new-horse-9", "again": "other"}, "两遍新密码不一样"),
    ],
)
def test_a_password_that_will_not_do_is_explained(signed_in, newcomer, form, message):
    response = signed_in(newcomer).post(reverse("villages:password"), form)

    assert response.status_code == 422
    assert message in response.content.decode()


def test_signing_out_takes_a_post(signed_in, clerk):
    client = signed_in(clerk)

    assert client.get(reverse("villages:sign-out")).status_code == 405
    assert client.post(reverse("villages:sign-out"))["Location"] == reverse("index")


def test_a_script_without_a_session_gets_401_and_no_page(client, clerk):
    response = client.get(reverse("home"), headers={"HX-Request": "true"})

    assert (response.status_code, response.content) == (401, b"")
    assert response["HX-Trigger"] == "session-expired"


def test_a_form_that_waits_is_left_standing_when_its_session_is_over(client, clerk):
    """No content keeps the page with what was typed; the cookie tells it why."""
    address = reverse("villages:people-new")
    waits = client.post(address, {"name": "向丽", "_stays": "1"})
    plain = client.post(address, {"name": "向丽"})

    assert (waits.status_code, waits.content, waits.cookies["session-ended"].value) == (204, b"", "1")
    assert plain["Location"] == f"{reverse('villages:sign-in')}?next={address}"


def test_a_form_from_before_another_sign_in_is_told_so_in_words(clerk):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(clerk)
    answer = strict.post("/entry/rows/", {"csrfmiddlewaretoken": "x" * 32})

    assert (answer.status_code, "没有保存" in answer.content.decode()) == (403, True)
    assert "按浏览器的“后退”回到上一页" in answer.content.decode()
    assert "CSRF" not in answer.content.decode()


def test_somebody_is_the_same_by_number_and_by_name(clerk):
    by_number, by_name = User.objects.get(pk=clerk.pk), User.objects.get(username="clerk")

    assert by_number == by_name
    assert {field.attname: getattr(by_number, field.attname) for field in User._meta.concrete_fields} == {
        field.attname: getattr(by_name, field.attname) for field in User._meta.concrete_fields
    }
    assert not by_number._state.adding
    for nobody in (0, str(0)):
        with pytest.raises(User.DoesNotExist):
            User.objects.get(pk=nobody)
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=clerk.pk, is_active=False)
