"""What a page weighs at a first visit, compressed as it is sent, and that it comes from one place."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from qianjiang_portal.tests.test_access import World, client_of, world
from villages.models import User

__all__ = ["world"]

# Loaded with the page, drawn from the sprite, or fetched by a script of the page.
LOADED = re.compile(r'<(?:link|script|img|use|source)[^>]*?\s(?:href|src)="([^"#?]+)|data-(?:src|index)="([^"#?]+)')
ANYWHERE = re.compile(r'(?:href|src|action|data-src)="((?:https?:)?//[^"]+)"')
# Page, who opens it, KB.
PAGES = [
    ("home", "/home/", "clerk", 110),
    ("review", "/review/", "reviewer", 110),
    ("passbooks", "/households/", "clerk", 110),
    ("passbook", "/households/{household}/", "clerk", 110),
    ("notices", "/notices/", "clerk", 110),
    ("notice", "/notices/{notice}/", "clerk", 110),
    ("entry", "/entry/", "clerk", 125),
    ("public notices", "/gs/", "nobody", 70),
    ("public notice", "/gs/{notice}/", "nobody", 70),
    ("district dashboard", "/dashboard/", "district", 340),
    ("township dashboard", "/dashboard/t/{township}/", "leader", 340),
    ("village", "/villages/{village}/", "clerk", 340),
]


def weight(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def parts(client: Client, html: str) -> dict[str, int]:
    """Address → size of everything the page brings with it."""
    found = {one or other for one, other in LOADED.findall(html)}
    return {address: weight(_content(client, address)) for address in found if address.startswith("/")}


def _content(client: Client, address: str) -> bytes:
    if address.startswith("/static/"):
        path = finders.find(address.removeprefix("/static/"))
        assert path, address
        with open(path, "rb") as file:
            return file.read()
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content


def test_pages_stay_light_and_ask_nobody_else(world: World, cast: dict[str, User]) -> None:
    words, heavy = world.words(), {}
    for name, address, who, limit in PAGES:
        client = client_of(cast.get(who))
        html = client.get(address.format(**words)).content
        assert ANYWHERE.findall(html.decode()) == [], name
        weighed = parts(client, html.decode())
        assert sum(one.endswith(".css") for one in weighed) >= 5, name
        total = (weight(html) + sum(weighed.values())) / 1024
        if total > limit:
            heavy[name] = (round(total), sorted(weighed.items(), key=lambda one: -one[1])[:5])
    assert heavy == {}


def test_styles_bring_no_fonts_and_reach_nowhere_else() -> None:
    from django.conf import settings

    for folder in settings.STATICFILES_DIRS:
        for path in sorted(folder.rglob("css/*.css")):
            text = path.read_text()
            assert re.findall(r"@font-face|@import|url\(\s*['\"]?(?:https?:)?//", text) == [], path


@pytest.mark.parametrize("html", ['<script src="https://cdn.example/x.js">', '<img src="//elsewhere/x.png">'])
def test_a_foreign_address_would_be_seen(html: str) -> None:
    assert [urlsplit(one).netloc != "" for one in ANYWHERE.findall(html)] == [True]
