"""The lines under a figure, in tiles of every width."""

import pytest
from playwright.sync_api import Page

from conftest import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What stands on each line of `还差 2，12月5日止`, from the narrowest tile to one that takes it whole.
LINES = """() => {
    const delta = [...document.querySelectorAll('.c-tile__delta')].find(one => one.textContent.startsWith('还差'))
    const text = delta.firstChild, letter = document.createRange(), found = []
    for (let width = 80; width < 180; width += 4) {
        delta.style.width = width + 'px'
        let bottom = 0
        for (let at = 0; at < text.length; at++) {
            letter.setStart(text, at)
            letter.setEnd(text, at + 1)
            const box = letter.getBoundingClientRect()
            if (!at || (box.top + box.bottom) / 2 > bottom) found.push('')
            found[found.length - 1] += text.data[at]
            bottom = box.bottom
        }
    }
    return found }"""


def test_a_line_of_a_tile_breaks_behind_its_comma_alone(page: Page, sign_in, district):
    sign_in(make_person("district", "田雨禾", {"role": "district"}))
    page.goto("/dashboard/")

    lines = set(page.evaluate(LINES))

    whole = max(lines, key=len)
    assert lines == {whole, *whole.replace("，", "，|").split("|")}
