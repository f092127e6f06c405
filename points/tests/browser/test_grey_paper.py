"""What comes out of a printer that knows no colours: every word dark enough on what lies under it."""

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Seven to one: the contrast at which small type is read in a badly lit corridor.
FAINT = """() => {
  const grey = text => {
    const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number);
    const line = [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return {light: .2126 * line[0] + .7152 * line[1] + .0722 * line[2], solid: a === undefined || a > .5};
  };
  const under = node => {
    for (let at = node; at; at = at.parentElement) {
      const found = grey(getComputedStyle(at).backgroundColor);
      if (found.solid) return found.light;
    }
    return 1;
  };
  const faint = [], walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement, words = walk.currentNode.data.trim();
    if (!words || !node.checkVisibility() || node.closest(".u-sr-only, script, style, svg")) continue;
    const ink = grey(getComputedStyle(node).color).light, paper = under(node);
    const contrast = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
    if (contrast < 7) faint.push(words.slice(0, 20) + " " + contrast.toFixed(1));
  }
  return faint;
}"""


def faint_words(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.emulate_media(media="print")
    found: list[str] = page.evaluate(FAINT)
    assert "户" in page.inner_text("main")
    return found


def test_papers_are_read_without_colours(page: Page, sign_in, clerk, counter, redeem, notice):
    made = redeem(2)
    sign_in(clerk)
    places = (f"/notices/{notice.code}/print/", f"/households/{made.household_id}/print/", "/dashboard/")
    assert {place: found for place in places if (found := faint_words(page, place))} == {}
    page.context.clear_cookies()
    sign_in(counter)
    assert faint_words(page, f"/redeem/{made.pk}/receipt/") == []


def test_a_faint_word_would_be_found(page: Page, sign_in, clerk, notice):
    """The harm: what print.css draws black stays as pale as somebody might write it."""
    sign_in(clerk)
    assert faint_words(page, f"/notices/{notice.code}/print/") == []
    page.evaluate("document.querySelector('main td').style.setProperty('color', '#999', 'important')")
    assert len(page.evaluate(FAINT)) == 1
