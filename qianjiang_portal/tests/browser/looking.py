"""What a page is looked at for, as scripts that answer with the faults they find."""

import json

from playwright.sync_api import Page

# What can be pressed and is no link within a line of text; a box with its label is one target.
TARGETS = """size => { const boxes = one => [one, ...(one.labels || [])].map(part => part.getBoundingClientRect())
    const wide = all => Math.max(...all.map(box => box.right)) - Math.min(...all.map(box => box.left))
    const high = all => Math.max(...all.map(box => box.bottom)) - Math.min(...all.map(box => box.top))
    const shown = one => one.checkVisibility({opacityProperty: true, visibilityProperty: true}) &&
        one.getBoundingClientRect().width > 1 && !one.closest('[inert], .c-skip, .u-sr-only, .visually-hidden')
    const inText = one => one.matches('a, summary') && getComputedStyle(one).display === 'inline'
    return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(one => shown(one) && !one.disabled && !inText(one))
    .filter(one => wide(boxes(one)) < size - .5 || high(boxes(one)) < size - .5)
    .map(one => ['target under ' + size, one.outerHTML.replace(/\\s+/g, ' ').slice(0, 100)]) }"""
# States are told by words, not by colour alone; nothing moves for those who want no motion; Tab goes down the page.
QUIET = """() => { const told = one => one.outerHTML.slice(0, 80), all = name => [...document.querySelectorAll(name)]
    return [
        ...all('.c-tag, .c-deadline').filter(one => one.checkVisibility() && !one.textContent.trim())
            .map(one => ['state without a word', told(one)]),
        ...document.getAnimations().filter(one => one.playState === 'running')
            .map(one => ['moves', told(one.effect.target)]),
        ...all('[tabindex]').filter(one => one.tabIndex > 0).map(one => ['out of order', told(one)])] }"""
FITS = """() => { const wide = document.documentElement.scrollWidth
    const isOut = one => one.getBoundingClientRect().right > innerWidth + 1
    const out = [...document.body.querySelectorAll('*')].filter(isOut)
    return wide > innerWidth ?
        [['too wide', innerWidth, wide, ...out.slice(0, 3).map(one => one.outerHTML.slice(0, 80))]] : [] }"""
CLIPPED = """() => [...document.querySelectorAll('button, .c-btn, label')]
    .filter(one => one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1 && one.checkVisibility())
    .map(one => ['clipped', one.outerHTML.slice(0, 80)])"""
# What can be pushed about is reached by keys; what is hidden from screen readers is not.
REACHED = """() => { const told = one => one.outerHTML.slice(0, 80)
    const all = name => [...document.body.querySelectorAll(name)]
    const shown = one => one.checkVisibility({visibilityProperty: true})
    const stops = one => one.tabIndex >= 0 && !one.disabled && shown(one)
    const rolls = (way, inner, outer) => inner > outer + 13 && ['auto', 'scroll'].includes(way)
    const isPushed = one => rolls(getComputedStyle(one).overflowX, one.scrollWidth, one.clientWidth) ||
        rolls(getComputedStyle(one).overflowY, one.scrollHeight, one.clientHeight)
    return [
        ...all('*').filter(one => !one.matches('select, textarea') && shown(one) && isPushed(one))
            .filter(one => ![one, ...one.querySelectorAll('*')].some(stops))
            .map(one => ['not pushed by keys', told(one)]),
        ...all('[aria-hidden=true], [aria-hidden=true] *').filter(stops).map(one => ['hidden stop', told(one)])] }"""
# The element that Tab arrived at: seen, marked by a ring, and covered by nothing that stays on the screen.
ARRIVED = """() => { const one = document.activeElement
    if (!one || one === document.body) return null
    const box = one.getBoundingClientRect(), wrong = [], told = one.outerHTML.slice(0, 90)
    if (box.width < 2 || box.height < 2) wrong.push(['unseen', told])
    const marks = [one, one.closest('td')].filter(Boolean).map(part => getComputedStyle(part))
    const ring = marks.some(look =>
        parseFloat(look.outlineWidth) >= 2 && look.outlineStyle !== 'none' || look.boxShadow !== 'none')
    const drawn = one.matches('input[type=checkbox], input[type=radio]')
    if (!ring && !drawn && !one.matches('main, h1, [data-quiet-focus]')) wrong.push(['no ring', told])
    const isInText = getComputedStyle(one).display === 'inline', middle = (box.top + box.bottom) / 2
    const x = [box.left + 2, box.right - 2], y = isInText ? [middle] : [box.top + 2, box.bottom - 2]
    const isOut = (at, up) => at < 0 || up < 0 || at >= innerWidth || up >= innerHeight
    const own = [one, ...(one.labels || [])]
    const on = (at, up) => { const there = document.elementFromPoint(at, up) || document.body
        return isOut(at, up) || there.contains(one) || own.some(part => part.contains(there)) }
    if (box.height < innerHeight && x.some(at => y.some(up => !on(at, up)))) wrong.push(['covered', told])
    if (box.bottom < 1 || box.top > innerHeight - 1) wrong.push(['off the screen', told])
    return {wrong, told} }"""
# In the system's own colours only lines, words and pictures tell a control from the page.
DRAWN = """() => [...document.querySelectorAll('main :is(button, .c-btn, input:not([type=hidden]), select, textarea)')]
    .filter(one => one.checkVisibility() && !one.closest('.u-sr-only'))
    .filter(one => { const look = getComputedStyle(one)
        return !one.matches('[type=checkbox], [type=radio]') && parseFloat(look.borderTopWidth) < 1 &&
            !one.textContent.trim() && !one.querySelector('svg') && !one.closest('td') })
    .map(one => one.outerHTML.slice(0, 100))"""
# Keys that belong to the browser, the system or an input method.
FORBIDDEN = """() => { const wrong = []
    const named = (names, held) => names.map(key => ({key, ...held}))
    const keys = [
        ...named([1, 3, 4, 5, 6, 7, 9, 10, 11, 12].map(at => 'F' + at)), ...named(['Shift'], {shiftKey: true}),
        ...named([...'ntwrpfl19 .', 'PageUp', 'PageDown', 'Tab'], {ctrlKey: true}),
        ...named([...'adf15'], {altKey: true})]
    const controls = document.querySelectorAll('main :is(input:not([type=hidden]), button, summary)')
    const places = [document.body, ...controls].slice(0, 40)
    for (const place of places) for (const key of keys)
        if (!place.dispatchEvent(new KeyboardEvent('keydown', {...key, bubbles: true, cancelable: true})))
            wrong.push([(key.ctrlKey ? 'Ctrl+' : key.altKey ? 'Alt+' : '') + key.key, place.outerHTML.slice(0, 80)])
    return wrong }"""


def seen(page: Page, *looks: tuple[object, ...]) -> list[tuple[object, ...]]:
    """What several looks find, each a script and what it is given, asked for in one message."""
    calls = (f"...({look})({', '.join(map(json.dumps, given))})" for look, *given in looks)
    return [tuple(fault) for fault in page.evaluate(f"() => [{', '.join(calls)}]")]
