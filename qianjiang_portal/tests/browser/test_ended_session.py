"""An ordinary form that is sent after its session was ended: the page stays, asks to sign in, and sends it then."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from conftest import NOW, PASSWORD
from villages import sessions
from villages.models import Post, Session, User

LIST = re.compile(r"/people/\?")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def filled(page: Page, clerk: User, sign_in: Callable[[User], None]) -> Page:
    """Somebody is being named for a duty, and the session is ended from elsewhere."""
    sign_in(clerk)
    page.goto("/people/new/")
    page.select_option("[name=kind]", label="网格员")
    page.select_option("[name=village]", label="濯水镇桐木村")
    page.fill("[name=name]", "向丽")
    page.fill("[name=begins_on]", "2026-11-01")
    sessions.end(session=Session.objects.get(user=clerk), by=clerk, now=NOW)
    return page


def send(page: Page) -> None:
    page.focus("[name=name]")
    page.keyboard.press("Control+Enter")


def test_what_was_typed_stays_and_is_sent_after_signing_in(filled: Page, errors: list[str]) -> None:
    send(filled)
    expect(filled.get_by_role("heading", name="重新登录")).to_be_visible()
    expect(filled.get_by_role("dialog")).to_contain_text("登录已失效，请重新登录。填写的内容都还在")
    assert filled.input_value("[name=name]") == "向丽"
    assert not Post.objects.filter(name="向丽").exists()
    filled.fill("#re-password", PASSWORD)
    filled.keyboard.press("Enter")
    filled.wait_for_url(LIST)

    [post] = Post.objects.filter(name="向丽")
    assert post.begins_on.isoformat() == "2026-11-01"
    assert errors == []


def test_whoever_else_signs_in_does_not_send_it(filled: Page, reviewer: User) -> None:
    send(filled)
    expect(filled.get_by_role("heading", name="重新登录")).to_be_visible()
    filled.fill("#re-account", reviewer.username)
    filled.fill("#re-password", PASSWORD)
    filled.keyboard.press("Enter")
    filled.wait_for_url("**/home/")

    assert not Post.objects.filter(name="向丽").exists()


def test_a_form_that_does_not_wait_is_lost_to_the_sign_in_page(filled: Page) -> None:
    """The harm without the guard: what was typed goes with the page."""
    filled.evaluate("addEventListener('formdata', e => e.formData.delete('_stays'))")
    send(filled)
    filled.wait_for_url("**/accounts/login/**")
