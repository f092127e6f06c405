"""Where lines end, and what stands beside each other."""

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# How many letters stand on the last line of a sentence that is one letter longer than its line.
LAST = """wrap => {
    const sentence = document.createElement('p'), letter = document.createRange()
    sentence.textContent = '公示期满以后积分才会记到各户的存折里'
    sentence.style.width = `${sentence.textContent.length - 1}em`
    sentence.style.textWrap = wrap
    document.querySelector('main').append(sentence)
    const tops = [...sentence.textContent].map((_, at) => {
        letter.setStart(sentence.firstChild, at)
        letter.setEnd(sentence.firstChild, at + 1)
        return letter.getBoundingClientRect().top })
    return tops.filter(top => top === Math.max(...tops)).length }"""

# How high three cards begin.
CARDS = """() => {
    const cards = '<section class="c-card">卡</section>'.repeat(3)
    document.querySelector('main').innerHTML = `<div class="l-thirds">${cards}</div>`
    return [...document.querySelectorAll('.c-card')].map(card => card.getBoundingClientRect().top) }"""
# How many lines the word on a button beside a long sentence takes.
BUTTON = """() => {
    document.querySelector('main').innerHTML = `<div class="c-note">${'在没有记录的地址连续没对上密码，'.repeat(3)}
        <form><button class="c-btn c-btn--s">解锁</button></form></div>`
    const word = document.createRange()
    word.selectNodeContents(document.querySelector('.c-note button'))
    return word.getClientRects().length }"""
# How many lines each name of the administration's list takes.
NAMES = (
    """() => [...document.querySelectorAll('#result_list .field-name a')].map(name => name.getClientRects().length)"""
)
# How many heights a number in a list begins at.
PHONES = """() => [...document.querySelectorAll('#result_list .field-phone')].map(cell => {
    const text = document.createRange()
    text.selectNodeContents(cell)
    return text.getClientRects().length })"""
# How far the page and the table of appointments reach over their edges.
OVER = """() => [document.documentElement, document.querySelector('.inline-group .tabular')]
    .map(box => box.scrollWidth - box.clientWidth)"""


def test_no_letter_is_left_alone_on_a_last_line(page: Page):
    page.goto("/accounts/login/")

    assert page.evaluate(LAST, "") > 1
    assert page.evaluate(LAST, "auto") == 1


def test_cards_beside_each_other_begin_at_one_height(page: Page):
    page.goto("/accounts/login/")

    assert len(set(page.evaluate(CARDS))) == 1


def test_a_button_beside_a_sentence_keeps_its_word_whole(page: Page):
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/accounts/login/")

    assert page.evaluate(BUTTON) == 1


def test_the_administrations_lists_break_no_name_and_no_telephone(page: Page, sign_in, cast):
    sign_in(cast["admin"])
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/admin/villages/user/")

    assert set(page.evaluate(NAMES)) == {1}
    page.goto("/admin/villages/village/")
    assert set(page.evaluate(PHONES)) == {1}


def test_appointments_beside_each_other_fit_an_office_screen(page: Page, sign_in, cast):
    sign_in(cast["admin"])
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"/admin/villages/user/{cast['clerk'].pk}/change/")
    page.get_by_text("添加另一个").click()

    assert page.evaluate(OVER) == [0, 0]


def test_two_days_of_a_filter_stand_beside_each_other_on_a_telephone(page: Page, sign_in, cast):
    sign_in(cast["auditor"])
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/audit/")
    first, last = (page.locator(f"[name={name}]").bounding_box() for name in ("since", "until"))

    assert first["y"] == last["y"]
    assert first["x"] + first["width"] < last["x"] < last["x"] + last["width"] <= 360
