"""A village of 800 households, an office computer and a telephone."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page

from conftest import PASSWORD, SINCE, District
from points.models import RuleSet
from villages import roster
from villages.models import Household, User

SURNAMES = "冉龚覃向庹张王李田罗谭杨刘陈曾单石陶吴何黄周赵蒋任"
GIVEN = "光明世全正芬启文德珍昌碧茂云淑芳素英国良先琼兴学兵隆贵仕平秀华建军小红桂兰永强志春梅"
# What a clerk must be able to find: several readings, a compound surname, namesakes, a character few fonts have.
TOLD = ("覃世明", "单淑芬", "曾国良", "欧阳娜", "庹先琼", "冉光", "冉光明", "张伟", "张伟", "冉𪚥明")
HOUSEHOLDS = 800

DESK = {"width": 1366, "height": 625}


@dataclass(frozen=True)
class Register:
    """桐木村 in register order, as the candidates of the lookup stand."""

    households: list[Household]

    def named(self, name: str) -> Household:
        return next(household for household in self.households if household.head_name == name)


@pytest.fixture
def register(district: District, rule_set: RuleSet) -> Register:
    chance = random.Random(7)
    grids = [roster.add_grid(village=district.tongmu, number=number) for number in range(1, 9)]
    names = [*TOLD, *(_name(chance) for _ in range(HOUSEHOLDS - len(TOLD) - len(district.homes)))]
    newcomers = [
        roster.Newcomer(grid=grids[at % 8], head_name=name, joined_on=SINCE, members=3) for at, name in enumerate(names)
    ]
    roster.enrol_many(newcomers=newcomers)
    return Register(list(district.tongmu.households.order_by("pinyin", "number")))


def _name(chance: random.Random) -> str:
    second = chance.choice(GIVEN) if chance.random() > 0.12 else ""
    return chance.choice(SURNAMES) + chance.choice(GIVEN) + second


@pytest.fixture(scope="session")
def base_url(live_server) -> str:
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": DESK, "locale": "zh-CN"}


@pytest.fixture
def sign_in(base_url: str, context: BrowserContext) -> Callable[[User], None]:
    def sign(user: User) -> None:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        page.close()

    return sign


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page complained about; a test that uses it ends with an empty list."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console", lambda message: found.append(message.text) if "Content Security Policy" in message.text else None
    )
    return found
