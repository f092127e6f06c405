"""What a page is looked at for, as scripts that answer with the faults they find."""

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
        ...document.getAnimations().filter(one => one.playState === 'running').map(one => ['moves', told(one.effect.target)]),
        ...all('[tabindex]').filter(one => one.tabIndex > 0).map(one => ['out of order', told(one)])] }"""
FITS = """() => { const wide = document.documentElement.scrollWidth
    const isOut = one => one.getBoundingClientRect().right > innerWidth + 1
    const out = [...document.body.querySelectorAll('*')].filter(isOut)
    return wide > innerWidth ?
        [['too wide', innerWidth, wide, ...out.slice(0, 3).map(one => one.outerHTML.slice(0, 80))]] : [] }"""
CLIPPED = """() => [...document.querySelectorAll('button, .c-btn, label')]
    .filter(one => one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1 && one.checkVisibility())
    .map(one => ['clipped', one.outerHTML.slice(0, 80)])"""
# The element that Tab arrived at: seen, marked by a ring, and covered by nothing that stays on the screen.
ARRIVED = """() => { const one = document.activeElement
    if (!one || one === document.body) return null
    const box = one.getBoundingClientRect(), look = getComputedStyle(one), wrong = [], told = one.outerHTML.slice(0, 90)
    if (box.width < 2 || box.height < 2) wrong.push(['unseen', told])
    const ring = parseFloat(look.outlineWidth) >= 2 && look.outlineStyle !== 'none' || look.boxShadow !== 'none'
    const drawn = one.matches('input[type=checkbox], input[type=radio]')
    if (!ring && !drawn && !one.matches('main, h1, [data-quiet-focus]')) wrong.push(['no ring', told])
    const x = [box.left + 2, box.right - 2], y = [box.top + 2, box.bottom - 2]
    const on = (at, up) => at < 0 || up < 0 || at >= innerWidth || up >= innerHeight || one.contains(document.elementFromPoint(at, up)) ||
        (document.elementFromPoint(at, up) || document.body).contains(one) || [...(one.labels || [])].some(label => label.contains(document.elementFromPoint(at, up)))
    if (box.height < innerHeight && x.some(at => y.some(up => !on(at, up)))) wrong.push(['covered', told])
    if (box.bottom < 1 || box.top > innerHeight - 1) wrong.push(['off the screen', told])
    return {wrong, told} }"""
# Keys that belong to the browser, the system or an input method.
FORBIDDEN = """() => { const wrong = []
    const keys = [...['F3', 'F4', 'F5', 'F6', 'F7', 'F9', 'F10', 'F11', 'F12'].map(key => ({key})),
        ...['n', 't', 'w', 'r', 'p', 'f', 'l', '1', '9', 'PageUp', 'PageDown', 'Tab', ' ', '.'].map(key => ({key, ctrlKey: true})),
        ...['a', 'd', 'f', '1', '5'].map(key => ({key, altKey: true})), {key: 'Shift', shiftKey: true}, {key: 'F1'}]
    const places = [document.body, ...document.querySelectorAll('main input:not([type=hidden]), main button, main summary')].slice(0, 40)
    for (const place of places) for (const key of keys)
        if (!place.dispatchEvent(new KeyboardEvent('keydown', {...key, bubbles: true, cancelable: true})))
            wrong.push([(key.ctrlKey ? 'Ctrl+' : key.altKey ? 'Alt+' : '') + key.key, place.outerHTML.slice(0, 80)])
    return wrong }"""
