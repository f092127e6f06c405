"""Reviewing without a pointer, and with a thumb."""

import datetime as dt
import uuid

import pytest

from conftest import NOW, TODAY, approve
from points import batches
from points.models import Claim, Review
from qianjiang_portal.testing_browser import seat
from villages import roster

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GIVEN = "光素世国启淑仕茂先兴德秀"


@pytest.fixture
def sixty(district, make_batch, clerk, reviewer, panel, rule):
    """Sixty rows: two that come a second time this month, one above the usual value."""
    grid = district.homes[0].grid
    heads = [f"冉{GIVEN[at % 12]}{GIVEN[at // 12]}" for at in range(53)]
    more = roster.enrol_many(newcomers=[roster.Newcomer(grid, head, dt.date(2026, 1, 1)) for head in heads])
    early = make_batch(district.homes[1:3], on=TODAY - dt.timedelta(days=3))
    approve(batches.submit(batch=early, maker=clerk, now=NOW), reviewer, panel)
    batch = make_batch(district.homes[:6] + more)
    batches.put_claim(
        batch=batch,
        editor=clerk,
        client_key=uuid.uuid4(),
        household=district.homes[6],
        rule=rule,
        points=8,
        occurred_on=TODAY,
        note="清运垃圾两车",
        now=NOW,
    )
    return batches.submit(batch=batch, maker=clerk, now=NOW)


@pytest.fixture
def desk(page, sign_in, reviewer):
    """The reviewer's own browser, signed in; whatever the console complains of fails the test."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(reviewer)
    yield page
    assert complaints == []


class Keys:
    """Counts what is pressed."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1


def test_two_go_back_and_fifty_eight_pass_by_keyboard(desk, sixty, live_server):
    desk.set_viewport_size({"width": 1366, "height": 625})
    desk.goto(f"{live_server.url}/review/{sixty.number}/")
    keys = Keys(desk)

    keys.press("Control+ArrowDown", "Space", "Control+ArrowDown", "Control+ArrowDown", "Space")
    assert desk.locator("[data-picked]").inner_text() == "已选 2 行"
    assert desk.locator("[data-pass-words]").inner_text() == "退回 2 行，其余 58 行通过"
    keys.press("Control+Enter")
    desk.wait_for_selector("h1:has-text('通过 58 行，退回 2 行')")
    keys.press("Space", "Control+Enter")
    desk.wait_for_selector("text=已通过 58 行，已退回 2 行给 冉晓莉")

    assert keys.count <= 25
    assert Claim.objects.filter(batch=sixty, state="approved").count() == 58
    assert (
        list(Claim.objects.filter(batch=sixty, state="returned").values_list("return_reasons", flat=True))
        == [["没有参加"]] * 2
    )


def test_rows_by_keys(desk, sixty, live_server):
    desk.goto(f"{live_server.url}/review/{sixty.number}/")
    at = lambda: desk.evaluate("document.activeElement.querySelector('.r-name')?.textContent")  # noqa: E731
    picked = lambda: desk.locator("[data-picked]").inner_text()  # noqa: E731

    desk.keyboard.press("ArrowDown")
    first = at()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Shift+ArrowDown")
    desk.keyboard.press("Shift+ArrowDown")
    assert picked() == "已选 3 行"
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#drawer h2:focus")
    desk.keyboard.press("Escape")
    assert desk.locator("#drawer").inner_text() == ""
    assert at() != first
    assert picked() == "已选 3 行"
    desk.keyboard.press("Escape")
    assert picked() == "待审核 60 行"


def test_keys_of_an_input_method_decide_nothing(desk, sixty, live_server):
    desk.goto(f"{live_server.url}/review/{sixty.number}/")
    desk.locator("[data-row]").first.focus()

    for init in (
        "{key: ' ', isComposing: true}",
        "{key: ' ', keyCode: 229}",
        "{key: 'Enter', ctrlKey: true, keyCode: 229}",
    ):
        event = f"new KeyboardEvent('keydown', Object.assign({{bubbles: true}}, {init}))"
        desk.evaluate(f"document.activeElement.dispatchEvent({event})")

    assert desk.locator("[data-picked]").inner_text() == "待审核 60 行"
    assert Review.objects.filter(batch=sixty).count() == 0


def test_filtering_keeps_what_was_ticked(desk, sixty, live_server):
    desk.goto(f"{live_server.url}/review/{sixty.number}/")
    desk.locator("[data-row]").nth(5).locator("[name=row]").check()
    desk.locator("[data-show-rows=hints]").click()

    assert desk.locator("[data-row]:visible").count() == 3
    assert desk.locator("[data-picked]").inner_text() == "已选 1 行"


def test_opening_is_told_to_the_others(desk, sixty, reviewer, live_server):
    with desk.expect_response(lambda answer: answer.url.endswith("/open/")) as told:
        desk.goto(f"{live_server.url}/review/{sixty.number}/")

    assert told.value.status == 204
    sixty.refresh_from_db()
    assert sixty.opened_by == reviewer


def test_three_taps_on_a_phone(desk, make_batch, clerk, panel, live_server):
    batch = batches.submit(batch=make_batch(), maker=clerk, now=NOW)
    desk.set_viewport_size({"width": 360, "height": 640})
    desk.goto(f"{live_server.url}/review/")

    desk.get_by_role("link", name="桐木村 参加公共劳动").first.click()
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    desk.get_by_role("button", name="3 行全部通过").click()
    desk.get_by_role("button", name="通过 3 行").click()
    desk.wait_for_selector("text=已通过 3 行，已退回 0 行给 冉晓莉")

    assert set(batch.claims.values_list("state", flat=True)) == {"approved"}


def test_a_phone_shuts_the_detail_of_a_row_by_a_tap_or_its_back_key(desk, sixty, live_server):
    desk.set_viewport_size({"width": 360, "height": 640})
    desk.goto(f"{live_server.url}/review/{sixty.number}/")

    desk.locator("[data-open]").nth(4).click()
    desk.locator("#drawer").get_by_role("link", name="关上").click()
    desk.wait_for_function("document.getElementById('drawer').childElementCount === 0 && !history.state")
    desk.locator("[data-open]").nth(4).click()
    desk.wait_for_selector("#drawer h2")
    desk.go_back()

    desk.wait_for_selector("#drawer", state="hidden")
    assert desk.url.endswith(f"/review/{sixty.number}/")
    assert desk.evaluate("scrollY") > 0


def test_the_plain_form_without_scripts(browser, reviewer, submitted, panel, live_server):
    with browser.new_context(java_script_enabled=False) as context:
        seat(context, reviewer, live_server.url)
        page = context.new_page()
        page.goto(f"{live_server.url}/review/{submitted.number}/")
        page.get_by_label("选中覃世明").check()
        page.get_by_role("button", name="选中的退回，其余通过").click()
        page.get_by_label("重复").check()
        page.get_by_role("button", name="通过 2 行，退回 1 行").click()
        page.wait_for_selector("text=已通过 2 行，已退回 1 行给 冉晓莉")

    assert sorted(submitted.claims.values_list("state", flat=True)) == ["approved", "approved", "returned"]
