"""A clerk writes the half-year summary by keyboard alone; what is typed is kept without a press."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from points.models import Notice
from reports.models import Summary, SummarySection
from villages.models import Unit, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/reports/summaries/2026H1/500114112/"


def test_a_summary_is_written_and_submitted_by_keyboard(
    page: Page, clerk: User, sign_in: Callable[[User], None], errors: list[str]
) -> None:
    sign_in(clerk)
    page.goto(PAGE)
    expect(page.locator("#state")).to_have_text("未开始")
    for key in SummarySection.Key.values:
        page.focus(f"#{key}-text")
        page.keyboard.type("按月评议，按月公示")
    for key in SummarySection.Key.values:
        expect(page.locator(f"#{key}-line")).to_contain_text("已保存", timeout=8_000)
    expect(page.locator("#progress")).not_to_contain_text("未开始")
    expect(page.locator("#state")).to_have_text("草稿")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{PAGE}check/")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{PAGE}")
    assert Summary.objects.get().state == "submitted"
    assert page.locator("textarea").count() == 0
    assert errors == []


# Notes what is sent and what is answered, and types into all sections at once.
TYPED_AT_ONCE = """() => { window.ways = []
    document.addEventListener('htmx:beforeSend', () => ways.push('sent'))
    document.addEventListener('htmx:afterRequest', () => ways.push('answered'))
    for (const text of document.querySelectorAll('textarea[name=text]')) {
    text.value = '按月公示'; text.dispatchEvent(new Event('input', {bubbles: true})) } }"""


def test_sections_are_saved_one_after_the_other(page: Page, clerk: User, sign_in: Callable[[User], None]) -> None:
    """Each answer brings the progress of the whole: of two at once the later could tell of before the other."""
    sign_in(clerk)
    page.goto(PAGE)
    page.evaluate(TYPED_AT_ONCE)
    expect(page.locator("#progress")).not_to_contain_text("未开始")
    assert page.evaluate("ways") == ["sent", "answered"] * len(SummarySection.Key.values)


@pytest.mark.parametrize("path", ["/reports/summaries/", PAGE, f"{PAGE}check/"])
def test_the_summaries_are_accessible(
    path: str, page: Page, clerk: User, posted: Notice, sign_in: Callable[[User], None], errors: list[str]
) -> None:
    sign_in(clerk)
    page.goto(path)
    for width in (1366, 360):
        page.set_viewport_size({"width": width, "height": 640})
        found = Axe().run(page)
        assert [violation["id"] for violation in found.response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert errors == []


# How many lines the telephone beside a name takes.
LINES = """phone => { const texts = document.createTreeWalker(document.querySelector('.r-sums'), NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) { const at = texts.currentNode.data.indexOf(phone)
        if (at < 0) continue
        const range = document.createRange()
        range.setStart(texts.currentNode, at)
        range.setEnd(texts.currentNode, at + phone.length)
        return new Set([...range.getClientRects()].map(box => box.top)).size } }"""


@pytest.mark.parametrize("name", ["周联络", "阿卜杜拉·买买提江"])
def test_a_telephone_in_the_list_stays_on_one_line(
    name: str, page: Page, liaison: User, district_officer: User, sign_in: Callable[[User], None]
) -> None:
    Unit.objects.update(name="区人力资源和社会保障局（区就业和人才服务中心、区社会保险事务中心、区劳动人事争议仲裁院）")
    User.objects.filter(pk=liaison.pk).update(name=name, phone="023-0000 0241")
    sign_in(district_officer)
    page.goto("/reports/summaries/")
    for width in (1366, 1024, 720, 640, 360):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate(LINES, "023-0000 0241") == 1, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
