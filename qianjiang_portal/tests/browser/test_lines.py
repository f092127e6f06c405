"""Where lines end."""

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


def test_no_letter_is_left_alone_on_a_last_line(page: Page):
    page.goto("/accounts/login/")

    assert page.evaluate(LAST, "") > 1
    assert page.evaluate(LAST, "auto") == 1
