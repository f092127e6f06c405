"""Tokens for programs: shown once, kept as a hash, never wider than they were made, gone when they are over."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from conftest import NOW, PASSWORD, api_token
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from villages import tokens
from villages.models import Token, User
from villages.tokens import CannotMake

VILLAGES = "/api/v1/villages/"


def make(user, **said):
    return tokens.make(**{"user": user, "name": "台账", "scopes": ["read"], "days": 30, "now": NOW} | said)


def answer(client, text):
    return client.get(VILLAGES, headers={"Authorization": f"Bearer {text}"})


def test_only_a_hash_of_the_token_is_kept(clerk):
    made = make(clerk)

    assert re.fullmatch(r"qj_[\w-]{43}", made.text)
    kept = Token.objects.values().get()
    assert made.text not in str(kept)
    assert kept["prefix"] == made.text[:11]
    assert AuditEvent.objects.filter(action="token.make").values_list("target", "facts").get() == (
        f"{made.text[:11]}… 台账",
        {"days": 30, "scopes": ["read"]},
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": " "}, "写明这个令牌给哪个程序用"),
        ({"scopes": []}, "至少选一件可以做的事"),
        ({"scopes": ["read", "admin"]}, "至少选一件可以做的事"),
        ({"days": 0}, "有效期填 1 到 366 天"),
        ({"days": 367}, "有效期填 1 到 366 天"),
    ],
)
def test_what_is_not_made(clerk, said, words):
    with pytest.raises(CannotMake, match=words):
        make(clerk, **said)


def test_ten_live_tokens_are_enough_and_a_revoked_one_makes_room(clerk):
    first, *_others = [make(clerk) for _ in range(10)]
    with pytest.raises(CannotMake, match="在用的令牌最多 10 个"):
        make(clerk)

    tokens.revoke(token=first.token, by=clerk, now=NOW)

    assert make(clerk).token.pk


@pytest.mark.parametrize(
    "change", [{"scopes": ["read", "enter"]}, {"expires_at": NOW + dt.timedelta(days=300)}, {"digest": "0" * 64}]
)
def test_the_database_lets_no_token_be_widened_put_off_or_exchanged(clerk, change):
    token = make(clerk).token
    with pytest.raises(IntegrityError, match="may only be used and revoked"), transaction.atomic():
        Token.objects.filter(pk=token.pk).update(**change)


def test_without_its_guard_a_token_would_be_widened(clerk):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE villages_token DISABLE TRIGGER villages_token_is_only_used_and_revoked")
    token = make(clerk).token

    Token.objects.filter(pk=token.pk).update(scopes=["read", "enter"])

    token.refresh_from_db()
    assert token.scopes == ["read", "enter"]


def test_the_database_lets_no_token_live_again_or_go(clerk):
    token = tokens.revoke(token=make(clerk).token, by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="may only be used and revoked"), transaction.atomic():
        Token.objects.update(revoked_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.filter(pk=token.pk).delete()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"expires_at": NOW + dt.timedelta(days=367)}, "villages_token_expires_within_a_year"),
        ({"scopes": []}, "villages_token_may_do_something_known"),
        ({"scopes": ["all"]}, "villages_token_may_do_something_known"),
        ({"name": ""}, "villages_token_says_what_it_is_for"),
    ],
)
def test_the_database_refuses_a_token_without_bounds(clerk, fields, name):
    given = {"user": clerk, "name": "台账", "prefix": "qj_x", "digest": "0" * 64, "scopes": ["read"]}
    moments = {"made_at": NOW, "expires_at": NOW + dt.timedelta(days=30)}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Token.objects.create(**given | moments | fields)


def test_a_token_opens_until_it_is_over_or_revoked(clerk, client):
    made = make(clerk)
    assert answer(client, made.text).status_code == 200

    with calendar.at(NOW + dt.timedelta(days=30)):
        late = answer(client, made.text)
    assert (late.status_code, late.json()["code"]) == (401, "token-expired")

    tokens.revoke(token=made.token, by=clerk, now=NOW)
    gone = answer(client, made.text)
    assert (gone.status_code, gone.json()) == (
        401,
        {"code": "token-revoked", "message": "这个令牌已停用，换一个新的", "fields": {}},
    )
    assert gone["WWW-Authenticate"] == "Bearer"


def test_a_token_is_recognised_with_its_person_in_one_statement(clerk, django_assert_num_queries):
    made = make(clerk, scopes=["read", "enter"])
    tokens.recognise(text=made.text, address="192.0.2.7", now=NOW)
    kept = Token.objects.select_related("user").get()

    with django_assert_num_queries(1):
        seen = tokens.recognise(text=made.text, address="192.0.2.7", now=NOW)
        person = seen.user

    told = [field.attname for field in Token._meta.concrete_fields]
    assert [getattr(seen, name) for name in told] == [getattr(kept, name) for name in told]
    assert [getattr(person, field.attname) for field in User._meta.concrete_fields] == [
        getattr(kept.user, field.attname) for field in User._meta.concrete_fields
    ]


def test_a_token_ends_with_the_account_and_waits_for_the_first_password(clerk, client):
    text = api_token(clerk)
    User.objects.filter(pk=clerk.pk).update(must_change_password=True)
    assert answer(client, text).json()["code"] == "password-first"
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert answer(client, text).json()["code"] == "account-closed"


def test_a_token_ends_with_the_appointment(clerk, client):
    text = api_token(clerk)
    assert [row["name"] for row in answer(client, text).json()["results"]] == ["三门社区", "桐木村"]

    clerk.appointments.update(ends_on=NOW.date() - dt.timedelta(days=1))

    assert answer(client, text).json()["results"] == []


@pytest.mark.parametrize("text", ["qj_nothing", "", "qj_a b", "ä"])
def test_what_is_no_token_opens_nothing(client, db, text):
    assert answer(client, text).status_code == 401


def test_a_session_opens_no_address_of_the_api(clerk, signed_in):
    assert signed_in(clerk).get(VILLAGES).json()["code"] == "not_authenticated"


def test_the_last_use_is_noted_once_a_minute(clerk, client):
    made = make(clerk)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        with calendar.at(NOW + dt.timedelta(seconds=seconds)):
            answer(client, made.text)
        made.token.refresh_from_db()
        assert made.token.last_used_at == NOW + dt.timedelta(seconds=noted)
    assert made.token.last_address == "127.0.0.1"


def test_a_person_makes_a_token_sees_it_once_and_revokes_it(clerk, signed_in):
    client = signed_in(clerk)
    given = {"name": "镇里的台账", "scopes": ["read", "people"], "days": "90", "password": PASSWORD}

    page = client.post(reverse("villages:token-new"), given)

    token = Token.objects.get()
    [text] = re.findall(r'value="(qj_[\w-]{43})"', page.content.decode())
    assert tokens.digest(text) == token.digest
    assert "no-store" in page["Cache-Control"]
    listed = client.get(reverse("villages:token-list")).content.decode()
    assert text not in listed
    assert f"{token.prefix}…" in listed
    client.post(reverse("villages:token-revoke", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at == NOW


def test_the_form_says_what_is_missing_and_asks_for_the_password(clerk, signed_in):
    page = signed_in(clerk).post(reverse("villages:token-new"), {"days": "90", "password": "wrong"})

    assert page.status_code == 422
    assert dict(page.context["form"].errors) == {
        "name": ["写明这个令牌给哪个程序用"],
        "scopes": ["至少选一件可以做的事"],
        "password": ["现在的密码不对"],
    }


def test_nobody_sees_or_revokes_a_token_of_somebody_else(clerk, leader, signed_in):
    token = make(clerk).token
    client = signed_in(leader)

    assert client.get(reverse("villages:token-list")).context["lines"] == []
    assert client.post(reverse("villages:token-revoke", args=[token.pk])).status_code == 404
    with pytest.raises(CannotMake, match="令牌由本人停用"):
        tokens.revoke(token=token, by=leader, now=NOW)
