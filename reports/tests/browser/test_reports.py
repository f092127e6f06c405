"""A leader has the township's report written, watches it, and takes the file home."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from points.models import Notice
from qianjiang_portal.foundation import jobs
from qianjiang_portal.foundation.models import Job
from reports.models import ReportVersion
from villages.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_report_is_made_under_the_readers_eyes(
    page: Page, leader: User, posted: Notice, sign_in: Callable[[User], None], errors: list[str]
) -> None:
    sign_in(leader)
    page.goto("/reports/?period=2026Q4")
    row = page.locator("#report-500114112")
    row.get_by_role("button", name="生成濯水镇").click()
    expect(row).to_contain_text("排队中，可以离开此页")
    assert jobs.run(Job.objects.get(kind="quarter-report").uuid)
    expect(row).to_contain_text("已生成", timeout=15_000)
    with page.expect_download() as download:
        row.get_by_role("link", name="下载濯水镇 DOCX").click()
    assert download.value.suggested_filename == "濯水镇2026年第四季度乡村治理积分运行情况.docx"
    assert errors == []


@pytest.mark.parametrize("path", ["/reports/?period=2026Q4", "/reports/2026Q4/500114112/"])
def test_the_report_centre_is_accessible(
    path: str, page: Page, leader: User, version: ReportVersion, sign_in: Callable[[User], None], errors: list[str]
) -> None:
    sign_in(leader)
    page.goto(path)
    found = Axe().run(page)
    assert [violation["id"] for violation in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert errors == []
