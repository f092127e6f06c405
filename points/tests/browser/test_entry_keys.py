"""Quick entry by keyboard alone, against the served page and a real database."""

import re

import pytest
from playwright.sync_api import Page, expect

from points.models import Batch, Claim
from villages import pinyin

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "/entry/?v=500114112202&rule=Z02&date=2026-11-23"
MORE = re.compile(r"^还有 \d+ 个，PageDown 看下一组，或再输入拼音/汉字$")
LIVE = "tr.is-live [data-cell=who]"


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            self.page.keyboard.press(key)


@pytest.fixture
def grid(page: Page, sign_in, clerk, register, errors):
    """The grid, ready for the first household; the mouse is never touched."""
    sign_in(clerk)
    with page.expect_response(re.compile(r"/entry/index/")):
        page.goto(ADDRESS)
    expect(page.locator(LIVE)).to_be_focused()
    until(page, "Boolean(entry.lookup.sources.household)")
    yield Keys(page)
    assert errors == []


def shown(page: Page) -> list[str]:
    return page.locator("[role=option] .c-lookup__name").all_text_contents()


def saved(page: Page, count: int) -> None:
    """Wait until so many rows are on the server; a busy machine takes its time over sixty."""
    expect(page.locator("[data-total=saved]")).to_have_text(str(count), timeout=60_000)


def until(page: Page, condition: str, seconds: int = 60) -> None:
    """Wait for a condition without having the page evaluate strings, which its policy forbids."""
    for _ in range(seconds * 20):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def enter(grid: Keys, *typed: str) -> None:
    for text in typed:
        grid.press(*text, "Enter")


def ranks(households) -> dict[int, tuple[str, int]]:
    """For each household the first letters of its likeliest reading and its place among the candidates."""
    places: dict[str, int] = {}
    found = {}
    for household in households:
        letters = pinyin.initials(household.head_name)[0]
        places[letters] = places.get(letters, 0) + 1
        found[household.pk] = (letters, places[letters])
    return found


def test_sixty_households_take_at_most_240_keys(page, grid, register, clerk):
    page.evaluate(
        "addEventListener('focusin', e => (window.seen = window.seen || []).push(e.target.dataset.cell || 'else'))"
    )
    placed = ranks(register.households)
    alone = [household for household in register.households if placed[household.pk][1] == 1][:45]
    among = [household for household in register.households if 2 <= placed[household.pk][1] <= 4][:15]

    for household in alone + among:
        letters, place = placed[household.pk]
        grid.press(*letters, str(place) if place > 1 else "Enter")
    saved(page, 60)
    focused = set(page.evaluate("window.seen"))
    grid.press("Control+Enter")
    expect(page.get_by_role("button", name="提交 60 户给桐木村评议小组")).to_be_focused()
    grid.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("已提交 60 户，合计 +300 分")
    assert focused == {"who"}
    assert grid.count <= 240
    batch = Batch.objects.get()
    lines = list(batch.claims.order_by("line").values_list("household", "points", "state"))
    assert lines == [(household.pk, 5, "submitted") for household in alone + among]


def test_every_reading_of_a_name_finds_it(page, grid):
    for typed, name in [
        ("qsm", "覃世明"),
        ("tsm", "覃世明"),
        ("ssf", "单淑芬"),
        ("cgl", "曾国良"),
        ("zgl", "曾国良"),
        ("oyn", "欧阳娜"),
        ("ouyangn", "欧阳娜"),
        ("覃世", "覃世明"),
        ("ＱＳＭ", "覃世明"),
    ]:
        page.locator(LIVE).fill(typed)
        assert name in shown(page), typed


def test_the_exactly_equal_stand_before_the_longer(page, grid):
    page.locator(LIVE).fill("rg")

    assert shown(page)[0] == "冉光"


def test_namesakes_are_told_apart_and_paged(page, grid):
    page.locator(LIVE).fill("zw")
    texts = page.locator("[role=option]").all_text_contents()
    assert len({text[1:] for text in texts[:2]}) == 2

    page.locator(LIVE).fill("z")
    first = shown(page)
    expect(page.locator(".c-lookup__foot")).to_have_text(
        re.compile(r"^还有 \d+ 个，PageDown 看下一组，或再输入拼音/汉字$")
    )
    page.keyboard.press("PageDown")
    assert len(first) == 8
    assert shown(page) != first


def test_every_household_is_reached_within_six_keys(page, grid, register):
    hard = page.evaluate(
        """households => {
          const index = entry.lookup.sources.household;
          return households.filter(([id, letters]) => {
            const place = index.find(letters).findIndex(hit => hit.item.id === id);
            return place < 0 || letters.length + Math.floor(place / 8) + 1 > 6;
          });
        }""",
        [[household.pk, pinyin.initials(household.head_name)[0]] for household in register.households],
    )

    assert hard == []


def test_a_number_finds_its_household(page, grid, register):
    household = register.named("欧阳娜")

    grid.press(*household.short_number, "Enter")

    saved(page, 1)
    assert Claim.objects.get().household == household


def test_an_input_method_in_the_middle_of_a_word_commits_nothing(page, grid):
    page.evaluate(
        """selector => {
          const field = document.querySelector(selector);
          const enter = {key: 'Enter', bubbles: true, cancelable: true};
          const key = more => field.dispatchEvent(new KeyboardEvent('keydown', {...enter, ...more}));
          field.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
          field.value = "r'g'm";
          field.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true}));
          window.during = document.querySelectorAll('[role=option]').length;
          key({isComposing: true});
          field.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}));
          key({keyCode: 229});
        }""",
        LIVE,
    )

    assert page.evaluate("window.during") > 0
    assert page.evaluate("entry.grid.finished.length") == 0
    expect(page.locator(".c-lookup__foot")).to_have_text("按 Shift 切到英文，录入更快")
    assert not Batch.objects.exists()


def test_an_input_method_does_not_submit(page, grid):
    enter(grid, "qsm")
    saved(page, 1)
    grid.press("Control+Enter")
    expect(page.get_by_role("button", name="提交 1 户给桐木村评议小组")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(LIVE)).to_be_focused()

    page.evaluate(
        """document.activeElement.dispatchEvent(new KeyboardEvent(
             'keydown', {key: 'Enter', ctrlKey: true, keyCode: 229, bubbles: true, cancelable: true}))"""
    )

    expect(page.locator("dialog[open]")).to_have_count(0)


def test_arrows_keep_the_column_and_the_first_letter(page, grid):
    enter(grid, "qsm", "ssf")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#row-2 [data-cell=who]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#row-1 [data-cell=points]")).to_be_focused()

    page.keyboard.type("3")
    page.keyboard.press("Enter")

    saved(page, 2)
    expect(page.locator("#row-1 [data-cell=points]")).to_have_value("+3")
    expect(page.locator("#row-2 [data-cell=who]")).to_be_focused()


def test_tab_takes_the_first_candidate_to_its_points(page, grid):
    grid.press(*"qsm", "Tab")
    expect(page.locator("#row-1 [data-cell=points]")).to_be_focused()
    page.keyboard.type("２")
    grid.press("Tab")
    page.keyboard.type("半天")
    grid.press("Enter")

    saved(page, 1)
    expect(page.locator(LIVE)).to_be_focused()
    assert list(Claim.objects.values_list("points", "note")) == [(2, "半天")]


def test_a_cell_copies_the_one_above(page, grid):
    grid.press(*"qsm", "Tab")
    page.keyboard.type("3")
    grid.press("Enter", *"ssf", "Tab", "Control+d", "Enter")

    saved(page, 2)
    assert list(Claim.objects.order_by("line").values_list("points", flat=True)) == [3, 3]


def test_a_removed_row_comes_back_where_it_stood(page, grid):
    enter(grid, "qsm", "ssf")
    saved(page, 2)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+Delete")
    expect(page.locator("[data-message]")).to_contain_text("已移除第 2 行 单淑芬")
    expect(page.locator("[data-total=count]").first).to_have_text("1")
    until(page, "!entry.grid.queue.size")
    assert list(Claim.objects.order_by("line").values_list("state", flat=True)) == ["draft", "withdrawn"]

    page.keyboard.press("Control+z")

    saved(page, 2)
    until(page, "!entry.grid.queue.size")
    assert list(Claim.objects.order_by("line").values_list("state", flat=True)) == ["draft", "draft"]
    expect(page.locator("#row-2 [data-cell=who]")).to_have_value("单淑芬")


def test_undo_takes_back_the_last_row(page, grid):
    enter(grid, "qsm", "ssf")
    saved(page, 2)

    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")

    until(page, "!entry.grid.queue.size")
    expect(page.locator("[data-total=count]").first).to_have_text("0")
    assert set(Claim.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_what_must_be_changed_is_one_key_away_and_stops_the_batch(page, grid):
    grid.press(*"qsm", "Tab")
    page.keyboard.type("12")
    enter(grid, "", "ssf", "cgl")
    saved(page, 2)
    expect(page.locator("#row-1 .c-grid__status")).to_have_text("每次 +2 到 +8 分，这里是 +12 分")

    page.keyboard.press("Control+ArrowDown")
    expect(page.locator("#row-1 [data-cell=points]")).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-message]")).to_have_text("还有 1 行要改，改好后再提交")
    expect(page.locator("#row-1 [data-cell=points]")).to_be_focused()

    page.keyboard.type("8")
    page.keyboard.press("Enter")
    saved(page, 3)


def test_a_household_twice_shows_the_row_it_stands_on(page, grid):
    enter(grid, "qsm", "ssf", "qsm")

    expect(page.locator("[data-message]")).to_have_text("覃世明 已在第 1 行")
    expect(page.locator("#row-1")).to_have_class(re.compile("is-flash"))
    expect(page.locator(LIVE)).to_be_focused()
    saved(page, 2)
    assert Claim.objects.count() == 2


def test_a_name_of_another_village_is_found_in_the_township(page, grid, district):
    grid.press(*"lcb")
    expect(page.get_by_text("没有找到“lcb”。按回车到全镇查找，或检查户主姓名")).to_be_visible()
    grid.press("Enter")

    expect(page.locator("[role=option]")).to_contain_text("罗昌碧")
    grid.press("Enter")
    expect(page.locator("[data-message]")).to_have_text("罗昌碧是三门社区的农户，换到三门社区再录")
    assert not Claim.objects.exists()


def test_rows_pasted_into_a_cell_are_read_as_a_list(page, grid, context):
    """Ctrl+V of more than a cell: the page for lists, and what stands already goes into the same draft."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    enter(grid, "qsm")
    saved(page, 1)
    page.evaluate("text => navigator.clipboard.writeText(text)", "单淑芬")
    page.keyboard.press("Control+v")
    expect(page.get_by_role("option").first).to_contain_text("单淑芬")
    page.keyboard.press("Control+a")
    page.evaluate("text => navigator.clipboard.writeText(text)", "单淑芬\t5\n欧阳娜\t3\n")
    page.keyboard.press("Control+v")
    expect(page.get_by_role("heading", name="读到 2 行")).to_be_visible()
    for line in (1, 2):  # namesakes, told apart by a digit
        expect(page.locator(f"[data-problem='{line}'] input[type=radio]").first).to_be_focused()
        page.keyboard.press("1")
    expect(page.locator("[data-add]")).to_contain_text("加入 2 行")
    page.keyboard.press("Control+Enter")

    page.wait_for_url(re.compile(r"/entry/\?batch="))
    claims = Batch.objects.get().claims.order_by("line")
    assert list(claims.values_list("household__head_name", "points")) == [("覃世明", 5), ("单淑芬", 5), ("欧阳娜", 3)]


def test_rows_typed_without_a_network_are_saved_once_and_in_order(page, grid, context, register):
    enter(grid, "qsm")
    saved(page, 1)
    context.set_offline(True)
    enter(grid, "ssf", "cgl", "oyn", register.named("庹先琼").short_number)
    expect(page.locator("#row-2 .c-grid__status")).to_have_text("未保存")
    expect(page.locator("[data-total=waiting]")).to_have_text("4 行还没保存，正在重试")
    expect(page.locator("[data-message]")).to_have_text("网络断开，可以继续录入，连上后自动保存")
    expect(page.locator("#row-5 .c-grid__status")).to_have_text("未保存")

    context.set_offline(False)

    saved(page, 5)
    names = Claim.objects.order_by("line").values_list("household__head_name", flat=True)
    assert list(names) == ["覃世明", "单淑芬", "曾国良", "欧阳娜", "庹先琼"]


def test_unsaved_rows_survive_a_reload_in_the_same_tab(page, grid):
    enter(grid, "qsm")
    saved(page, 1)
    page.route("**/entry/rows/", lambda route: route.abort())
    enter(grid, "ssf")
    expect(page.locator("#row-2 .c-grid__status")).to_have_text("未保存")
    warned = []
    page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))

    page.reload()
    assert warned == ["beforeunload"]
    page.unroute("**/entry/rows/")

    saved(page, 2)
    assert Claim.objects.count() == 2


def test_a_page_that_goes_with_the_key_keeps_its_row(page, grid):
    page.route("**/entry/rows/", lambda route: route.abort())
    page.on("dialog", lambda dialog: dialog.accept())
    page.keyboard.type("qsm")
    expect(page.get_by_role("option").first).to_be_visible()
    with page.expect_navigation():
        # No picture comes any more, and no timer runs out.
        page.evaluate("""() => { window.requestAnimationFrame = window.setTimeout = () => 0
            document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})); location.reload() }""")
    page.unroute("**/entry/rows/")

    saved(page, 1)
    assert Claim.objects.get().household.head_name == "覃世明"


def test_a_lost_session_keeps_what_was_typed(page, grid, context, clerk):
    enter(grid, "qsm")
    saved(page, 1)
    context.clear_cookies(name="sessionid")
    enter(grid, "ssf")
    expect(page.get_by_role("heading", name="重新登录")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("登录已失效，请重新登录。填写的内容都还在")
    page.fill("#re-password", "correct-horse-7")
    page.keyboard.press("Enter")

    saved(page, 2)
    assert list(Claim.objects.order_by("line").values_list("household__head_name", flat=True)) == ["覃世明", "单淑芬"]


def sign_in_elsewhere(context):
    """By the page itself, in another tab."""
    other = context.new_page()
    other.goto("/accounts/login/")
    other.fill("[name=username]", "clerk")
    other.fill("[name=password]", "correct-horse-7")
    other.keyboard.press("Enter")
    other.wait_for_url("**/home/")
    return other


def test_signing_in_in_one_tab_brings_the_others_back(page, grid, context):
    """Each tab asks; the one that was not used goes on by itself, with the token of the new session."""
    enter(grid, "qsm")
    saved(page, 1)
    context.clear_cookies(name="sessionid")
    enter(grid, "ssf")
    expect(page.get_by_role("heading", name="重新登录")).to_be_visible()
    sign_in_elsewhere(context).close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")

    expect(page.get_by_role("heading", name="重新登录")).to_be_hidden()
    saved(page, 2)
    enter(grid, "oyn")
    saved(page, 3)


def test_a_password_is_taken_after_signing_in_in_another_tab(page, grid, context):
    context.clear_cookies(name="sessionid")
    enter(grid, "qsm")
    expect(page.get_by_role("heading", name="重新登录")).to_be_visible()
    sign_in_elsewhere(context)
    context.clear_cookies(name="sessionid")
    page.fill("#re-password", "correct-horse-7")
    page.keyboard.press("Enter")

    saved(page, 1)


def test_signing_in_again_waits_for_the_hands_to_rest(page, grid, context):
    """Whoever types on when the answer comes finds all of it in the cell, none of it in the field of the password."""
    context.clear_cookies(name="sessionid")
    with page.expect_response(lambda response: response.status == 401):
        enter(grid, "qsm")
        page.keyboard.type("cglcglcgl", delay=120)
    expect(page.get_by_role("heading", name="重新登录")).to_be_visible()

    assert page.input_value("#re-password") == ""
    assert page.locator("#row-2 [data-cell=who]").input_value() == "cglcglcgl"
    page.fill("#re-password", "correct-horse-7")
    page.keyboard.press("Enter")
    saved(page, 1)
    expect(page.locator("#row-2 [data-cell=who]")).to_be_focused()
    assert page.locator("#row-2 [data-cell=who]").input_value() == "cglcglcgl"


def test_a_double_press_submits_one_batch(page, grid):
    enter(grid, "qsm", "ssf")
    for _ in range(2):
        page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="提交 2 户给桐木村评议小组")).to_be_focused()
    page.evaluate("const press = document.activeElement; press.click(); press.click()")

    expect(page.get_by_role("heading", level=1)).to_have_text("已提交 2 户，合计 +10 分")
    assert list(Batch.objects.values_list("state", flat=True)) == ["submitted"]
    assert Claim.objects.count() == 2


def test_two_pages_changing_one_row_are_both_shown(page, grid, context):
    enter(grid, "qsm")
    saved(page, 1)
    claim = Claim.objects.get()
    other = context.new_page()
    other.goto(f"/entry/?batch={claim.batch.number}")
    until(other, "Boolean(window.entry && entry.lookup.sources.household)")
    for tab, points in ((other, "3"), (page, "8")):
        tab.bring_to_front()
        tab.locator("#row-1 [data-cell=points]").focus()
        tab.keyboard.type(points)
        tab.keyboard.press("Enter")
        until(tab, "!entry.grid.queue.size")

    expect(page.get_by_role("dialog")).to_contain_text("现在是 覃世明 +3，这里是 +8")
    page.keyboard.press("Enter")

    until(page, "!document.querySelector('dialog[open]') && !entry.grid.queue.size")
    claim.refresh_from_db()
    assert claim.points == 8


def test_twelve_rows_are_seen_on_an_office_screen(page, grid):
    enter(grid, "qsm")
    saved(page, 1)
    rows = page.evaluate(
        """() => {
          const box = document.querySelector('.c-grid__box').getBoundingClientRect();
          const head = document.querySelector('.c-grid thead').getBoundingClientRect();
          return Math.floor((box.bottom - head.bottom) / document.querySelector('.c-grid__row').offsetHeight);
        }"""
    )

    assert rows >= 12


@pytest.mark.browser_context_args(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
def test_a_phone_adds_a_household_by_a_tap(page, grid):
    page.keyboard.type("qsm")
    page.locator("[role=option]").first.tap()

    saved(page, 1)
    expect(page.locator(LIVE)).to_be_focused()
    expect(page.locator("[data-check]")).to_have_text(re.compile("完成 1 户"))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("[data-check]").tap()
    page.get_by_role("button", name="提交 1 户给桐木村评议小组").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("已提交 1 户，合计 +5 分")
