"""Where a request came from: behind the portal's own proxies, and written down by itself."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from conftest import PASSWORD
from qianjiang_portal.foundation import audit, origin
from qianjiang_portal.foundation.models import AuditEvent
from villages.models import Token

SIGN_IN = reverse("villages:sign-in")


def seen(proxies, settings, forwarded=None, remote="10.0.0.1"):
    settings.PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return origin.address_of(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.1"),
        (0, "1.2.3.4", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.8", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "no address", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_what_the_own_proxies_wrote_is_believed(settings, proxies, forwarded, address):
    assert seen(proxies, settings, forwarded) == address


def test_a_server_behind_a_socket_has_no_address(settings):
    assert seen(0, settings, remote="") is None


@pytest.mark.django_db
def test_every_event_of_a_request_carries_its_address_and_number(clerk, settings):
    settings.PROXY_COUNT = 1
    number = "0123456789abcdef0123456789abcdef"
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Request-ID": number}
    Client().post(SIGN_IN, {"username": "clerk", "password": PASSWORD}, headers=headers)

    event = AuditEvent.objects.get(action="account.sign-in")
    assert (event.address, event.request) == ("203.0.113.9", number)
    assert origin.address() is None


@pytest.mark.django_db
def test_an_event_outside_a_request_has_no_address(clerk):
    assert audit.record(actor=clerk, action="batch.submit").address is None


@pytest.mark.django_db
def test_the_lock_out_goes_by_the_same_address(clerk, settings):
    settings.PROXY_COUNT = 1
    wrong = {"username": "clerk", "password": "wrong"}
    for _ in range(5):
        Client().post(SIGN_IN, wrong, headers={"X-Forwarded-For": "203.0.113.9"})

    right = wrong | {"password": PASSWORD}
    assert Client().post(SIGN_IN, right, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert Client().post(SIGN_IN, right, headers={"X-Forwarded-For": "203.0.113.10"}).status_code == 302


@pytest.mark.django_db
def test_a_token_is_used_from_the_same_address(api, clerk, settings):
    settings.PROXY_COUNT = 1
    api(clerk).get("/api/v1/villages/", headers={"X-Forwarded-For": "203.0.113.9"})

    assert Token.objects.get().last_address == "203.0.113.9"


@pytest.mark.django_db
def test_what_a_program_wrote_is_noted_with_the_same_address(api, clerk, rule_set, district, settings):
    settings.PROXY_COUNT = 1
    asked = {"village": district.tongmu.code, "rule": "Z02", "occurred_on": "2026-11-23"}
    asked["rows"] = [{"household": district.homes[0].number}]
    headers = {"X-Forwarded-For": "203.0.113.9", "Idempotency-Key": "k" * 8}
    answer = api(clerk).post("/api/v1/batches/", asked, content_type="application/json", headers=headers)

    noted = AuditEvent.objects.filter(action__in=["api.batch.create", "batch.open"])
    assert (answer.status_code, {event.address for event in noted}) == (201, {"203.0.113.9"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/accounts/login/", 200),
        ("/home/", 302),
        ("/nothing/", 404),
        ("/gs/?q=%00", 404),
        ("/static/css/base.css", 200),
        ("/api/v1/villages/", 401),
        ("/accounts/logout/", 302),
    ],
)
def test_every_answer_keeps_devices_from_pages(path, status):
    response = Client().get(path)

    assert response.status_code == status
    policy = response["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "geolocation=()", "clipboard-write=(self)"} <= set(policy)
    # No browser knows this name; it would only complain of it on every page.
    assert "bluetooth=()" not in policy
