"""One village from 培育 to 认定: through every gate, by the clerk, the leader and the district in turn."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from conftest import NOW, District
from demos import criteria, programmes
from demos.criteria import Item
from demos.models import Candidate
from villages.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ITEMS = [
    Item("党组织领导有力", "班子分工上墙", 60, True),
    Item("村民自治依法规范", "村规民约报镇备案", 40),
    criteria.VETOES[0],
]


@pytest.fixture
def goal(officer: User) -> None:
    made = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, by=officer, now=NOW)
    criteria.publish(programme=made, items=ITEMS, by=officer, now=NOW)


class Walk:
    """What a person does on the pages, by what stands on them."""

    def __init__(self, page: Page, sign_in: Callable[[User], None]) -> None:
        self.page, self.sign_in = page, sign_in
        self.card, self.known = "", set[User]()

    def become(self, user: User) -> None:
        """Whoever sits down for the first time begins at the board."""
        self.sign_in(user)
        self.page.goto(self.card if user in self.known else reverse("demos:board"))
        if self.card and user not in self.known:
            self.page.locator(".dm-board").get_by_role("link", name="桐木村", exact=True).click()
            self.page.wait_for_url(f"**{self.card}")
        self.known.add(user)

    def open(self, name: str, address: str) -> None:
        """By the link of the village's card, unless this is where the last step led."""
        if self.stands() == self.card + address:
            return
        if self.stands() != self.card:
            self.page.goto(self.card)
        self.page.get_by_role("link", name=name).click()
        self.page.wait_for_url(f"**{self.card}{address}")

    def stands(self) -> str:
        return urlsplit(self.page.url).path

    def nominate(self) -> None:
        self.page.get_by_role("link", name="选点").click()
        self.page.locator("#id_programme").select_option(label="2026年区级示范村")
        self.page.locator("#id_village").select_option(label="濯水镇桐木村")
        self.page.locator("#id_on").fill("2026-01-01")
        self.page.locator("#id_owner").fill("冉主任")
        self.page.get_by_role("button", name="保存选点").click()
        expect(self.page.locator(".c-note--page")).to_contain_text("濯水镇桐木村已列入区级示范村")
        self.card = self.stands()

    def refused(self, day: str, *lacking: str) -> None:
        self._move(day)
        for words in lacking:
            expect(self.page.locator("[data-errors]")).to_contain_text(words)

    def moved(self, day: str, stage: str) -> None:
        self._move(day)
        expect(self.page.locator(".c-note--page")).to_contain_text(f"濯水镇桐木村现在是{stage}")

    def _move(self, day: str) -> None:
        self.open("移到…", "move/")
        self.page.locator("#id_advance-on").fill(day)
        self.page.keyboard.press("Control+Enter")

    def score(self, column: str, first: str, second: str) -> None:
        self.open("标准与材料", "criteria/")
        fields = self.page.locator(".dm-score")
        fields.nth(0).fill(first)
        fields.nth(0).press("Enter")  # over the band of the next aspect
        self.page.keyboard.type(second)
        self.page.get_by_role("button", name=f"保存{column}").click()
        expect(self.page.locator(".c-note--page")).to_contain_text("评分已保存")

    def prove(self) -> None:
        self.open("标准与材料", "criteria/")
        self.page.get_by_text("登记材料").click()
        self.page.locator("#id_proof-criterion").select_option(index=1)
        self.page.locator("#id_proof-caption").fill("班子分工公示照片")
        self.page.locator("#id_proof-of").fill("2026-01-02")
        self.page.locator("#id_proof-kept_at").fill("村务公开栏")
        self.page.get_by_role("button", name="保存材料").click()
        expect(self.page.locator(".c-note--page")).to_contain_text("材料已登记")

    def find(self) -> None:
        self.open("标准与材料", "criteria/")
        self.page.get_by_text("登记负面清单").click()
        self.page.locator("#id_finding-criterion").select_option(index=1)
        self.page.locator("#id_finding-on").fill("2026-01-04")
        self.page.locator("#id_finding-text").fill("一处工地围挡倒塌，没有伤人")
        self.page.locator("form[action$='findings/']").get_by_role("button", name="保存").click()
        expect(self.page.locator(".c-note--page")).to_contain_text("负面清单已登记")

    def clear(self) -> None:
        self.open("标准与材料", "criteria/")
        self.page.get_by_label("整改情况").fill("已拆除重建，街道验收")
        self.page.get_by_role("button", name="销号").click()
        expect(self.page.locator(".c-note--page")).to_contain_text("已销号")


def test_a_village_goes_from_nurture_to_recognition(
    page: Page,
    goal: None,
    district: District,
    clerk: User,
    leader: User,
    officer: User,
    sign_in: Callable[[User], None],
    errors: list[str],
) -> None:
    walk = Walk(page, sign_in)
    walk.become(clerk)
    walk.nominate()
    walk.moved("2026-01-02", "申报")
    walk.refused("2026-01-03", "自评还差 2 条：第 1、2 条", "材料还差 1 条：第 1 条")
    walk.prove()
    walk.score("自评", "58", "38")
    walk.moved("2026-01-03", "镇审")

    walk.become(leader)
    walk.refused("2026-01-04", "镇评还差 2 条")
    walk.score("镇评", "55", "36")
    walk.find()
    walk.refused("2026-01-04", "负面清单没有销号")

    walk.become(officer)
    walk.clear()
    walk.become(leader)
    walk.moved("2026-01-05", "区审")

    walk.become(officer)
    walk.refused("2026-01-06", "区评还差 2 条")
    walk.score("区评", "54", "35")
    walk.moved("2026-01-06", "公示")
    walk.refused("2026-01-12", "公示还差 1 天")
    walk.moved("2026-01-13", "认定")

    recognised = Candidate.objects.get()
    assert (recognised.stage.key, recognised.standing) == ("recognised", "good")
    assert [move.made_by for move in recognised.moves.order_by("pk")] == [clerk, clerk, clerk, leader, officer, officer]
    assert errors == []
