"""What axe finds in a page.

Axe comes into a window with each page, so that its half a megabyte is not sent for each. Contrast took a good half of
its time, worked out anew for every text. A text of the same colours, size and weight on the same grounds as one that
passed before passes too: those are told by their look, and axe is shown the others. A look is known once a text of it
has passed; where it is new, all texts of it on the page are looked at.

Two rules are left out, which took a quarter of the rest: `looking.TARGETS` wants more of targets than axe does, and
what axe says of hidden content is never a fault.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# For the start of every page of a window that is read.
AXE = f"""{(Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()};
    axe.configure({{rules: [{{id: 'color-contrast', selector: '[data-new-look]'}}]}})"""
COLOURS = ["color-contrast", "link-in-text-block"]
# Marks each text whose look is not known to pass, and counts them. A link's look has the text around it in it; what is
# laid over others tells its place too, since it may stand on anything; what a solid ground hides of solid ones is left
# out. Axe cannot tell the contrast of a single letter, nor of what stands before a picture, as the line beside the
# navigation and the arrow of a choice are: these go. What is clipped away is for ears, and axe passes no text of it.
MARK = """known => { const is = new Set(known), grounds = new Map(), away = 'inset(50%)'
    const plain = ' none 1 none normal none static', none = 'rgba(0, 0, 0, 0)' + plain
    const own = one => { const look = getComputedStyle(one), laid = look.position.replace('relative', 'static')
        return [look.backgroundColor, look.backgroundImage, look.opacity, look.filter, look.mixBlendMode, look.clipPath,
            laid === 'static' ? laid : [laid, one.tagName, one.className].join()].join(' ') }
    const isSolid = part => part.startsWith('rgb(') && part.endsWith(plain)
    const ground = one => { if (one && !grounds.has(one)) { const here = own(one), below = ground(one.parentElement)
            const shows = isSolid(here) ? below.filter(part => !isSolid(part)) : below
            grounds.set(one, here === none ? below : [here, ...shows]) }
        return one ? grounds.get(one) : [] }
    const around = one => one.matches('a[href]') &&
        [getComputedStyle(one).textDecorationLine, getComputedStyle(one.parentElement).color].join()
    for (const one of document.querySelectorAll('.c-frame, select, input, summary')) one.style.backgroundImage = 'none'
    const isSeen = one => one.checkVisibility({opacityProperty: true, visibilityProperty: true}) &&
        one.getBoundingClientRect().width > 1 && !one.closest('.c-skip, :disabled') &&
        !ground(one).some(part => part.includes(away))
    for (const one of document.querySelectorAll('[data-new-look]')) one.removeAttribute('data-new-look')
    for (const one of document.body.querySelectorAll('*')) {
        const says = [...one.childNodes].filter(part => part.nodeType === 3).map(part => part.data.trim()).join('')
        if (says.length < 2 && !one.matches('input, select, textarea') || !isSeen(one)) continue
        const look = getComputedStyle(one), name = [look.color, look.fontSize, look.fontWeight, look.textShadow,
            look.webkitTextStroke, around(one), ground(one)].join(' ')
        if (!is.has(name)) one.setAttribute('data-new-look', name) }
    return document.querySelectorAll('[data-new-look]').length }"""
OUT = {"target-size": {"enabled": False}, "hidden-content": {"enabled": False}}
READ = f"""rules => axe.run(document, {{runOnly: rules, rules: {json.dumps(OUT)}, elementRef: false,
    reporter: (found, options, done) => done({{
    faults: found.filter(one => one.violations.length).map(one =>
        [one.impact, one.id, one.violations.length, String(one.violations[0].node.selector)]),
    passed: found.filter(one => one.id === 'color-contrast').flatMap(one => one.passes)
        .map(one => one.node.element.getAttribute('data-new-look'))}})}})"""


def faults(page: Page, known: set[str], rules: list[str] = TAGS) -> Iterator[tuple[object, ...]]:
    """What axe says against a page; adds the looks that passed to those `known` to pass."""
    if not page.evaluate(MARK, sorted(known)) and rules is COLOURS:
        return
    found = page.evaluate(READ, rules)
    yield from map(tuple, found["faults"])
    known.update(found["passed"])
