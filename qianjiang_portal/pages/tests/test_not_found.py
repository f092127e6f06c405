"""What somebody reads who asks for a page that is not there, or not theirs."""

import pytest

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
