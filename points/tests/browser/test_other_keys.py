"""Jobs that are done more seldom, without the mouse: a workbook, an objection, an item of a draft of rules."""

import datetime as dt
import uuid

import pytest
from django.db.models import F
from playwright.sync_api import Page, expect

from conftest import NOW, TODAY
from points import objections
from points.models import Claim, Import
from points.objections import Said
from points.tests.imports.conftest import HEAD, kept_files, workbook
from qianjiang_portal.foundation import jobs

__all__ = ["kept_files"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def tab_to(page: Page, condition: str, stops: int = 120) -> None:
    """Tab until the focused element answers the condition."""
    for _ in range(stops):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{ const one = document.activeElement; return Boolean({condition}) }})()"):
            return
    raise AssertionError(condition)


def check(source: Import) -> None:
    assert jobs.run(Import.objects.get(pk=source.pk).job.uuid)


@pytest.fixture
def office(page: Page, errors):
    page.set_default_timeout(30_000)
    yield page
    assert errors == []


def test_a_workbook_is_checked_mended_and_taken_in(office, sign_in, clerk, district, rule_set, tmp_path):
    path = tmp_path / "桐木村11月.xlsx"
    day = TODAY - dt.timedelta(days=1)
    rows = [(name, "", "Z04", f"{day:%Y-%m-%d}", 5, "") for name in ("冉光明", "覃世明", "单淑")]
    path.write_bytes(workbook([HEAD, *rows]))
    sign_in(clerk)
    office.goto("/import/new/?v=500114112202")
    office.locator("input[type=file]").set_input_files(path)
    office.keyboard.press("Control+Enter")
    office.wait_for_url("**/import/*/")
    source = Import.objects.get()
    check(source)
    expect(office.locator("main")).to_contain_text("没有“单淑”", timeout=20_000)

    office.keyboard.press("Control+ArrowDown")
    office.keyboard.press("Control+a")
    office.keyboard.type("单淑芬")
    office.keyboard.press("Enter")
    expect(office.locator("[data-primary]")).to_contain_text("核对并导入 3 行")
    office.keyboard.press("Control+Enter")
    expect(office.get_by_role("heading", level=1)).to_have_text("确认导入")
    office.keyboard.press("Control+Enter")
    office.wait_for_url(f"**/import/{source.pk}/")
    assert not Claim.objects.exists()
    check(source)
    expect(office.get_by_role("heading", level=1)).to_contain_text("已导入 3 行", timeout=20_000)
    assert Claim.objects.count() == 3


def test_an_objection_is_answered(office, sign_in, reviewer, notice):
    said = Said(1, "01", "这次劳动没有参加")
    objection = objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="x", now=NOW)
    sign_in(reviewer)
    office.goto(f"/objections/{objection.number}/")
    tab_to(office, "one.name === 'evidence'")
    office.keyboard.type("问过组长，当天确实到场")
    tab_to(office, "one.name === 'answer'")
    office.keyboard.type("经核实，这一行无误")
    office.keyboard.press("Control+Enter")
    expect(office.locator("#found-title")).to_be_visible()
    objection.refresh_from_db()
    assert (objection.state, objection.proposed_by) == ("proposed", reviewer)


def test_an_item_of_a_draft_is_changed(office, sign_in, clerk, draft):
    rule = draft.rules.filter(min_points__lt=F("max_points")).order_by("code")[0]
    sign_in(clerk)
    office.goto(f"/rules/{draft.pk}/edit/")
    tab_to(office, f"one.id === 'f-{rule.pk}-default_points'", stops=300)
    for points in (rule.min_points, rule.min_points):
        office.keyboard.press("Control+a")
        office.keyboard.type(str(points))
        office.keyboard.press("Shift+Tab")
    office.keyboard.press("Tab")
    office.keyboard.press("Control+Enter")
    expect(office.get_by_text("已保存").first).to_be_visible()
    kept = draft.rules.get(pk=rule.pk)
    assert (kept.max_points, kept.default_points) == (rule.min_points, rule.min_points)
