"""Every page of the room with something on it: no finding of axe, and nothing wider than a phone of 360 px."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, reverse
from playwright.sync_api import Page

from conftest import District
from demos.urls import urlpatterns
from qianjiang_portal.tests.world import make_help
from villages.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Pages by their name and what stands in their address; everything else of the room only takes what is sent to it.
PAGES: dict[str, dict[str, str]] = {
    "board": {},
    "candidate-new": {},
    "programme-list": {},
    "programme-stages": {"pk": "programme"},
    "standard": {"pk": "programme"},
    "standard-edit": {"pk": "programme"},
    "recheck-all": {},
    "candidate": {"pk": "candidate"},
    "candidate-move": {"pk": "candidate"},
    "criteria": {"pk": "candidate"},
    "meeting-list": {},
    "meeting-new": {},
    "decision-list": {},
    "meeting": {"pk": "meeting"},
    "pairing-list": {},
    "pairing-new": {},
    "pairing": {"pk": "pairing"},
    "pairing-print": {"pk": "pairing"},
    "measure-list": {},
    "measure-add": {},
    "dispatch-now": {},
    "fund-list": {},
    "fund-import": {},
    "fund-book": {"code": "village"},
}
# A clerk sees what the district does not: steps they may take.
BY_CLERK = ("candidate", "candidate-move", "criteria", "fund-book", "fund-import")
SENT_TO = {
    "measure-export", "dispatch", "dispatch-say", "evidence-file", "inspection-photo",
    "programme-by-plan", "candidate-owner", "candidate-milestone", "milestone-reach", "evidence-add",
    "evidence-withdraw", "finding-add", "finding-clear", "inspection-add", "candidate-recheck", "candidate-close",
    "fund-write", "fund-template", "measure-write", "measure-template", "visit-photo", "visit-photo-withdraw",
    "decision-settle", "pairing-end", "problem-answer", "measure-report",
    "meeting-paper", "meeting-paper-add", "meeting-paper-withdraw",
}  # fmt: skip


def test_no_page_is_forgotten() -> None:
    names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    assert names == set(PAGES) | SENT_TO


@pytest.fixture
def there(district: District, liaison: User, district_officer: User, clerk: User) -> dict[str, object]:
    return {**make_help(district.tongmu, liaison, district_officer, clerk), "village": district.tongmu.code}


@pytest.mark.parametrize("who", ["district_officer", "clerk"])
def test_the_pages_are_accessible(
    who: str,
    there: dict[str, object],
    page: Page,
    sign_in: Callable[[User], None],
    errors: list[str],
    request: pytest.FixtureRequest,
) -> None:
    sign_in(request.getfixturevalue(who))
    wrong = []
    for name in PAGES if who == "district_officer" else BY_CLERK:
        kwargs = {key: there[value] for key, value in PAGES[name].items()}
        for width in (1366, 360):
            page.set_viewport_size({"width": width, "height": 640})
            answer = page.goto(reverse(f"demos:{name}", kwargs=kwargs))
            if name == "candidate-move" and who == "district_officer":
                continue  # not the district's turn
            assert answer
            assert answer.status == 200, name
            wrong += [(name, width, found["id"]) for found in Axe().run(page).response["violations"]]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append((name, width, "too wide"))
    assert wrong == []
    assert errors == []
