"""A village of 800 households, an office computer and a telephone."""

import random
from dataclasses import dataclass

import pytest

from conftest import SINCE, District
from points.models import RuleSet
from qianjiang_portal.testing_browser import base_url, browser_context_args, context, errors, page, room, sign_in
from qianjiang_portal.testing_kept import kept
from villages import roster
from villages.models import Household

__all__ = ["base_url", "browser_context_args", "context", "errors", "page", "room", "sign_in"]

SURNAMES = "冉龚覃向庹张王李田罗谭杨刘陈曾单石陶吴何黄周赵蒋任"
GIVEN = "光明世全正芬启文德珍昌碧茂云淑芳素英国良先琼兴学兵隆贵仕平秀华建军小红桂兰永强志春梅"
# What a clerk must be able to find: several readings, a compound surname, namesakes, a character few fonts have.
TOLD = ("覃世明", "单淑芬", "曾国良", "欧阳娜", "庹先琼", "冉光", "冉光明", "张伟", "张伟", "冉𪚥明")
HOUSEHOLDS = 800


@dataclass(frozen=True)
class Register:
    """桐木村 in register order, as the candidates of the lookup stand."""

    households: list[Household]

    def named(self, name: str) -> Household:
        return next(household for household in self.households if household.head_name == name)


@pytest.fixture
@kept
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
