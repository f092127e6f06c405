import pytest
from django.test import Client
from django.urls import reverse

from qianjiang_portal.foundation.addresses import NullCharacterMiddleware

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/gs/?q=%00", "/gs/?township=%00", "/gs/a%00b/", "/accounts/login/?next=/%00"])
def test_an_address_with_a_null_character_is_not_found(address):
    response = Client().get(address)

    assert response.status_code == 404
    assert "没有找到这一页" in response.content.decode()


def test_a_percent_sign_before_two_zeros_is_only_text():
    assert Client().get("/gs/?q=5%2500").status_code == 200


def sent(client, village):
    return client.post(reverse("points:slip-issue"), {"village": village, "grid": "1"})


def test_a_form_with_a_null_character_arrives_without(district, clerk, signed_in):
    client, village = signed_in(clerk), district.tongmu.code

    assert (sent(client, f"{village}\0").status_code, sent(client, village).status_code) == (422, 422)


def test_without_the_guard_it_is_an_error_of_the_portal(district, clerk, signed_in, monkeypatch):
    monkeypatch.delattr(NullCharacterMiddleware, "process_view")

    with pytest.raises(ValueError, match="NUL"):
        sent(signed_in(clerk), f"{district.tongmu.code}\0")
