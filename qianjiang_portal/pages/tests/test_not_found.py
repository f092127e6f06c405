"""What somebody reads who asks for a page that is not there, or not theirs."""

import pytest

from qianjiang_portal.pages.not_found import NotOpenedMiddleware

FAR_VILLAGE, NOWHERE = "/villages/500114106200/", "/no/such/page/"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("address", [FAR_VILLAGE, NOWHERE])
def test_a_guessed_address_is_answered_in_plain_words(debug, address, clerk, signed_in, settings):
    settings.DEBUG = debug

    response = signed_in(clerk).get(address)

    assert response.status_code == 404
    assert "没有找到这一页" in response.content.decode()
    assert "urlpatterns" not in response.content.decode()


def test_nobody_learns_the_addresses_of_a_demonstration(client, db, settings):
    settings.DEBUG = True

    page = client.get(NOWHERE).content.decode()

    assert "没有找到这一页" in page
    assert "Request URL" not in page


def test_a_missing_slash_is_put_right(clerk, signed_in, settings):
    settings.DEBUG = True

    assert signed_in(clerk).get("/help").headers["Location"] == "/help/"


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("application/x-www-form-urlencoded", "&".join(f"a{at}=1" for at in range(5001))),
        ("application/x-www-form-urlencoded", "a=" + "x" * 2_700_000),
        ("multipart/form-data", "without a boundary"),
    ],
    ids=["fields", "length", "torn"],
)
def test_what_is_too_long_or_torn_is_told_in_the_portal_s_words(clerk, signed_in, kind, sent):
    response = signed_in(clerk).post("/entry/rows/", sent, content_type=kind)

    assert (response.status_code, "内容多就分几次提交" in response.content.decode()) == (400, True)


def test_an_address_that_only_takes_a_form_says_so(clerk, signed_in, monkeypatch):
    client = signed_in(clerk)
    told = client.get("/accounts/factor/begin/")
    assert (told.status_code, told["Allow"]) == (405, "POST")
    assert "这一页不能直接打开" in told.content.decode()

    monkeypatch.setattr(NotOpenedMiddleware, "__call__", lambda self, request: self.get_response(request))
    assert client.get("/accounts/factor/begin/").content == b"", "the harm: a blank page"


def test_a_program_is_told_in_its_own_form(clerk, api):
    told = api(clerk).put(
        "/api/v1/villages/", {}, content_type="application/json", headers={"Idempotency-Key": "k" * 8}
    )

    assert (told.status_code, told.json()["code"]) == (405, "method_not_allowed")
