"""An activity by keyboard alone: who was there, then points."""

import re

import pytest
from playwright.sync_api import Page, expect

from conftest import NOW, TODAY
from points import activities
from points.models import Batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_households_are_noted_one_after_another_and_become_a_draft(page: Page, sign_in, clerk, register, errors, rule):
    facts = activities.Facts("self", "kind", "清沟排水义务劳动", TODAY, "2组晒坝")
    village = register.households[0].village
    activity = activities.register(village=village, facts=facts, by=clerk, now=NOW)
    sign_in(clerk)
    page.goto(f"/activities/{activity.pk}/")
    field = page.locator("#attendee")

    for typed, name in (("qsm", "覃世明"), ("oyn", "欧阳娜")):
        expect(field).to_be_focused()
        page.keyboard.type(typed)
        expect(page.locator("#candidates [role=option]").first).to_contain_text(name)
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text(f"{name} 已记到场")

    page.focus("#rule")
    page.select_option("#rule", "Z02")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("已转成草稿")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/entry/batches/"))

    assert Batch.objects.get().claims.count() == 2
    assert errors == []


def test_a_group_is_ticked_for_an_activity(page: Page, sign_in, clerk, register, errors):
    facts = activities.Facts("self", "harmony", "院坝会", TODAY, "村委会")
    activity = activities.register(village=register.households[0].village, facts=facts, by=clerk, now=NOW)
    sign_in(clerk)
    page.goto(f"/activities/{activity.pk}/roster/?group=3")
    expect(page.locator("[name=tick]").first).to_be_focused()

    page.keyboard.press("Control+a")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(rf"/activities/{activity.pk}/$"))

    group = sum(1 for one in register.households if one.grid.number == 3)
    assert activity.attendances.count() == group - 1
    assert errors == []
