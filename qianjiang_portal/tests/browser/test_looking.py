"""Faults that are planted are found, on a page whose looks passed before."""

import json
from collections import defaultdict
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser

from qianjiang_portal.tests.browser.test_every_page import _computer, _faults
from villages.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is put where when a page has arrived, and what is said of it.
FAULTS = {
    "pale": ("main h1", "<p style='color:#aaa'>浅色的字</p>", "color-contrast"),
    "pale-again": ("main h1", "<p>深色的字</p><p class='u-quiet' style='color:#999'>浅色的字</p>", "color-contrast"),
    "pale-in-the-frame": ("nav", "<a href='/home/' style='color:#bbb;background:#fff'>首页之外</a>", "color-contrast"),
    "on-a-dark-ground": ("main h1", "<p style='background:#333'>深色的字</p>", "color-contrast"),
    "pale-by-what-is-around": ("main h1", "<div style='opacity:.4'><p style='background:#fff'>深色的字</p></div>",
        "color-contrast"),
    "laid-over": ("main h1", "<div style='position:relative'><div style='background:#333;height:60px'></div>"
        "<p style='position:absolute;top:9px;margin:0'>深色的字</p></div>", "color-contrast"),
    "pale-on-a-phone": ("main h1", "<style>.x{display:none}@media(max-width:400px){.x{display:block;color:#aaa}}"
        "</style><p class='x'>只在手机上</p>", "color-contrast"),
    "pale-in-high-contrast": ("main h1", "<style>[data-contrast=high] .x{color:#aaa}</style><p class='x'>字</p>"
        "<p class='x'>高对比</p>", "color-contrast"),
    "hidden-link": ("main h1", "<style>.y{color:#111;text-decoration:none}</style><p style='color:#000'>看这里的"
        "<a class=y href='/home/'>首页</a>再说</p>", "link-in-text-block"),
    "unnamed": ("main h1", "<button style='width:60px;height:60px'></button>", "button-name"),
    "unnamed-in-the-frame": ("nav", "<a href='/home/'><img src='/static/img/seal.svg'></a>", "image-alt"),
    "second-main": ("main", "<main><p>又一处</p></main>", "landmark-no-duplicate-main"),
    "small": ("main h1", "<button style='all:unset;width:9px;height:9px'>小</button>", "target under 24"),
    "small-on-a-phone": ("main h1", "<button style='all:unset;width:30px;height:30px'>小</button>", "target under 44"),
    "wide": ("main h1", "<div style='width:600px'>宽</div>", "too wide"),
    "clipped": ("main h1", "<button style='width:60px;height:60px;overflow:hidden;white-space:nowrap'>"
        "一句放不下的话一句放不下的话</button>", "clipped"),
    "pushed": ("main h1", "<div style='width:200px;overflow:auto'><div style='width:400px'>长</div></div>",
        "not pushed by keys"),
    "pushed-when-large": ("main h1", "<style>.z{height:60px;overflow:hidden}"
        "[data-textsize] .z{overflow:auto}</style><div class=z><div style='height:90px'>高</div></div>",
        "not pushed by keys"),
    "hidden-stop": ("main h1", "<div aria-hidden=true><button style='width:60px;height:60px'>藏</button></div>",
        "hidden stop"),
}  # fmt: skip
# What is planted together: none of a page is said of another of the same page.
SHEETS = (
    ("pale", "hidden-link", "unnamed", "second-main", "small-on-a-phone", "wide"),
    ("pale-again", "unnamed-in-the-frame", "small", "pushed"),
    ("pale-in-the-frame", "clipped", "hidden-stop"),
    ("on-a-dark-ground", "pushed-when-large"),
    ("pale-by-what-is-around",),
    ("laid-over",),
    ("pale-on-a-phone",),
    ("pale-in-high-contrast",),
)
PLANT = """addEventListener('DOMContentLoaded', () => { const faults = %s
    for (const name of new URLSearchParams(location.search).getAll('plant')) { const [where, what] = faults[name]
        document.querySelector(where).insertAdjacentHTML('afterend', what) } })"""


def test_a_planted_fault_is_found(browser: Browser, live_server: object, clerk: User) -> None:
    page, known = _computer(browser, str(live_server), clerk), defaultdict(set)
    page.add_init_script(PLANT % json.dumps({name: plant[:2] for name, plant in FAULTS.items()}))
    home, missed = f"{live_server}/home/", {}
    assert [*_faults(page, home, known, is_main=True)] == []
    for sheet in SHEETS:
        found = [*_faults(page, f"{home}?{urlencode({'plant': sheet}, doseq=True)}", known, is_main=True)]
        said = {word for fault in found for word in fault[:2]}
        missed |= {name: found for name in sheet if FAULTS[name][2] not in said}
    assert [*_faults(page, home, known, is_main=True)] == []
    page.context.close()
    assert not missed
    assert sorted(name for sheet in SHEETS for name in sheet) == sorted(FAULTS)
    assert all(len({FAULTS[name][2] for name in sheet}) == len(sheet) for sheet in SHEETS)
