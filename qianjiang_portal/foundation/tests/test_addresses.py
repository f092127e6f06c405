import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/gs/?q=%00", "/gs/?township=%00", "/gs/a%00b/", "/accounts/login/?next=/%00"])
def test_an_address_with_a_null_character_is_not_found(address):
    response = Client().get(address)

    assert response.status_code == 404
    assert "没有找到这一页" in response.content.decode()


def test_a_percent_sign_before_two_zeros_is_only_text():
    assert Client().get("/gs/?q=5%2500").status_code == 200
