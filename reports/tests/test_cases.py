"""典型案例: written, handed in, sent back, adopted; each wall, and what the pages say."""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import docx
import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from lxml import html

from conftest import NOW, District, make_person
from qianjiang_portal.foundation.refusals import Conflict
from reports import case_pages, cases
from reports.cases import CannotFile, Facts
from reports.models import CaseStudy, Sender
from reports.tests.views.test_circulars import words_of
from villages.models import User

SignIn = Callable[[User], Client]
LATER = NOW + dt.timedelta(hours=2)
FACTS = Facts(
    "桐木村“院坝分”管住房前屋后",
    "points",
    "桐木村 8 户。",
    "一是定规矩。\n二是按月评。",
    "房前屋后干净了。",
    "小事天天做。",
)
TYPED = {"title": FACTS.title, "theme": "points", "sender": "500114112", "situation": "桐木村 8 户。"}
Write = Callable[..., CaseStudy]


@pytest.fixture
def write(district: District, clerk: User) -> Write:
    def one(**changed: Any) -> CaseStudy:
        facts = replace(FACTS, village=district.tongmu, **changed)
        return cases.write(sender=Sender(township=district.zhuoshui), facts=facts, by=clerk, now=NOW)

    return one


@pytest.fixture
def draft(write: Write) -> CaseStudy:
    return write()


@pytest.fixture
def handed_in(draft: CaseStudy, clerk: User) -> CaseStudy:
    return cases.submit(case=draft, by=clerk, now=NOW)


@pytest.fixture
def adopted(handed_in: CaseStudy, district_officer: User) -> CaseStudy:
    return cases.adopt(case=handed_in, by=district_officer, now=LATER)


def test_the_whole_way_in_the_browser(
    district: District, clerk: User, district_officer: User, stranger: User, signed_in: SignIn
) -> None:
    town = signed_in(clerk)
    page = town.post("/reports/cases/new/", TYPED)["Location"]
    assert "报送前还差：主要做法、取得成效、经验启示" in words_of(town.get(page))
    assert town.post(f"{page}submit/").status_code == 422
    whole = TYPED | {
        "practice": "一是定规矩。",
        "effect": "干净了。",
        "lesson": "天天做。",
        "village": district.tongmu.code,
    }
    assert town.post(f"{page}edit/", whole | {"version": "1"}).status_code == 302
    assert town.post(f"{page}submit/").status_code == 302
    assert "已报送 濯水镇桐木村 积分制" in words_of(town.get(page))
    assert signed_in(stranger).get(page).status_code == 404

    office = signed_in(district_officer)
    blank = office.post(f"{page}return/", {"reason": " "})
    assert (blank.status_code, "写明退回的原因" in words_of(blank)) == (422, True)
    office.post(f"{page}return/", {"reason": "成效写数字"})
    assert "退回原因 成效写数字" in words_of(signed_in(clerk).get(page))
    signed_in(clerk).post(f"{page}submit/")
    signed_in(district_officer).post(f"{page}adopt/")
    assert "已采用 濯水镇桐木村 积分制 DXAL-2026-01" in words_of(signed_in(stranger).get(page))
    assert "桐木村“院坝分”管住房前屋后" in words_of(signed_in(stranger).get("/reports/cases/?state=adopted"))
    assert "没有符合条件的案例" in words_of(signed_in(stranger).get("/reports/cases/?state=submitted"))
    assert "房前屋后" in words_of(signed_in(stranger).get(f"{page}print/"), "//article")


def test_who_sees_what(draft: CaseStudy, leader: User, auditor: User, counter: User, stranger: User) -> None:
    def seen() -> list[bool]:
        return [CaseStudy.objects.visible_to(user).exists() for user in (leader, auditor, counter, stranger)]

    assert seen() == [True, False, False, False]
    cases.submit(case=draft, by=leader, now=NOW)
    assert seen() == [True, True, False, False]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title": ""}, "标题没有填写"),
        ({"title": "案" * 61}, "标题最多 60 个字"),
        ({"practice": "做" * 4001}, "主要做法最多 4000 个字"),
        ({"village": "500114106200"}, "村从列表里选"),
        ({"sender": ""}, "报送单位没有选"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    wrong: dict[str, str], told: str, clerk: User, signed_in: SignIn
) -> None:
    response = signed_in(clerk).post("/reports/cases/new/", TYPED | wrong)
    assert (response.status_code, CaseStudy.objects.count()) == (422, 0)
    assert told in words_of(response, "//*[@class='c-field__error']")
    assert "桐木村 8 户。" in response.content.decode()


def test_a_paste_from_word_is_plain_text(write: Write) -> None:
    made = write(practice="一是\u200b定规矩\xa0。\r\n\r\n\r\n二是\x0b按月评\t。 ")
    assert made.practice == "一是定规矩 。\n二是\n按月评 。"


@pytest.mark.parametrize("person", ["stranger", "district", "auditor", "reviewer", "counter"])
def test_only_ones_own_are_written(person: str, draft: CaseStudy, cast: dict[str, User]) -> None:
    said = {"by": cast[person], "now": NOW}
    with pytest.raises(CannotFile, match="只能写本单位的案例"):
        cases.write(sender=draft.sender, facts=FACTS, **said)
    with pytest.raises(CannotFile, match="只能写本单位的案例"):
        cases.submit(case=draft, **said)


@pytest.mark.parametrize("person", ["clerk", "leader", "auditor", "stranger"])
def test_only_the_district_adopts(person: str, handed_in: CaseStudy, cast: dict[str, User]) -> None:
    with pytest.raises(CannotFile, match="由区级退回和采用"):
        cases.adopt(case=handed_in, by=cast[person], now=LATER)


def test_nobody_adopts_what_they_handed_in(district: District) -> None:
    both = make_person("both", "双任", {"role": "district"}, {"role": "clerk", "township": district.zhuoshui})
    made = cases.write(sender=Sender(township=district.zhuoshui), facts=FACTS, by=both, now=NOW)
    made = cases.submit(case=made, by=both, now=NOW)
    with pytest.raises(CannotFile, match="请由其他人采用"):
        cases.adopt(case=made, by=both, now=LATER)
    with pytest.raises(IntegrityError, match="nobody_adopts"), transaction.atomic():
        CaseStudy.objects.update(state="adopted", number="1", decided_by=both, decided_at=LATER)


def test_a_case_with_a_gap_is_not_handed_in(write: Write, clerk: User) -> None:
    made = write(effect="")
    with pytest.raises(CannotFile, match="还差：取得成效"):
        cases.submit(case=made, by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="handed_in_is_whole"), transaction.atomic():
        CaseStudy.objects.update(state="submitted", submitted_by=clerk, submitted_at=NOW)


def test_what_was_handed_in_waits_unchanged(handed_in: CaseStudy, clerk: User) -> None:
    with pytest.raises(CannotFile, match="已报送，不能再改"):
        cases.write(sender=handed_in.sender, facts=FACTS, case=handed_in, by=clerk, now=LATER)
    with pytest.raises(CannotFile, match="报送过的案例不能删"):
        cases.discard(case=handed_in, by=clerk, now=LATER)
    for change, wall in (
        (lambda: CaseStudy.objects.update(effect="好"), "does_not_change"),
        (lambda: CaseStudy.objects.all().delete(), "handed_in_case_stays"),
    ):
        with pytest.raises(IntegrityError, match=wall), transaction.atomic():
            change()
        with pgtrigger.ignore():
            change()  # the harm, where nothing stands in its way


def test_what_was_adopted_never_changes(adopted: CaseStudy, district_officer: User) -> None:
    with pytest.raises(CannotFile, match="已采用，没有等着处理"):
        cases.send_back(case=adopted, reason="改", by=district_officer, now=LATER)
    with pytest.raises(IntegrityError, match="handed_in_case_stays"), transaction.atomic():
        CaseStudy.objects.update(title="别的")


def test_a_draft_can_be_thrown_away(draft: CaseStudy, clerk: User) -> None:
    cases.discard(case=draft, by=clerk, now=NOW)
    assert not CaseStudy.objects.exists()
    with pytest.raises(CannotFile, match="已经删掉"):
        cases.submit(case=draft, by=clerk, now=NOW)


def test_of_two_writers_the_second_is_told(draft: CaseStudy, clerk: User, leader: User) -> None:
    seen = {"sender": draft.sender, "case": draft, "version": draft.version, "now": LATER}
    first = cases.write(**seen, facts=replace(FACTS, village=draft.village, effect="干净了八成。"), by=clerk)
    with pytest.raises(Conflict, match="这篇案例刚被改过"):
        cases.write(**seen, facts=replace(FACTS, village=draft.village, lesson="先易后难。"), by=leader)
    assert CaseStudy.objects.get().effect == "干净了八成。"
    again = cases.write(**seen, facts=replace(FACTS, village=draft.village, effect="干净了八成。"), by=clerk)
    assert (first.version, again.version) == (2, 2)  # sent twice, it says the same
    seen["version"] = first.version
    assert cases.write(**seen, facts=replace(FACTS, lesson="先易后难。"), by=leader).version == 3


def test_who_writes_past_the_function_is_counted(draft: CaseStudy, clerk: User) -> None:
    seen = {"sender": draft.sender, "case": draft, "version": draft.version, "by": clerk, "now": LATER}
    with transaction.atomic(), pgtrigger.ignore("reports.CaseStudy:text_is_counted"):
        CaseStudy.objects.update(effect="干净了八成。")
        cases.write(**seen, facts=FACTS)  # the harm, where nobody counts: what was saved is gone unseen
        assert CaseStudy.objects.get().effect == FACTS.effect
    CaseStudy.objects.update(effect="干净了九成。", version=draft.version)
    with pytest.raises(Conflict):
        cases.write(**seen, facts=FACTS)
    assert CaseStudy.objects.get().effect == "干净了九成。"


def test_what_was_typed_stays_beside_what_stands(
    draft: CaseStudy, clerk: User, leader: User, signed_in: SignIn
) -> None:
    page = f"/reports/cases/{draft.pk}/"
    typed = TYPED | {"practice": "我写的做法。", "effect": FACTS.effect, "lesson": FACTS.lesson, "version": "1"}
    other = replace(FACTS, theme="yard", practice="别人写的做法。")
    cases.write(sender=draft.sender, facts=other, case=draft, version=1, by=leader, now=LATER)
    town = signed_in(clerk)
    refused = town.post(f"{page}edit/", typed)
    assert refused.status_code == 409
    assert "这篇案例刚被改过" in words_of(refused, "//*[@role='alert']")
    assert words_of(refused, "//dl") == "主题 院坝议事 主要做法 别人写的做法。"
    assert words_of(refused, "//textarea[@name='practice']") == "我写的做法。"
    [version] = html.fromstring(refused.content.decode()).xpath("//input[@name='version']/@value")
    assert town.post(f"{page}edit/", typed | {"version": version}).status_code == 302
    assert CaseStudy.objects.get().practice == "我写的做法。"


def test_a_form_with_a_mistake_goes_by_the_version_it_was_opened_with(
    draft: CaseStudy, clerk: User, leader: User, signed_in: SignIn
) -> None:
    cases.write(sender=draft.sender, facts=replace(FACTS, effect="好。"), case=draft, version=1, by=leader, now=LATER)
    wrong = signed_in(clerk).post(f"/reports/cases/{draft.pk}/edit/", TYPED | {"title": "", "version": "1"})
    assert wrong.status_code == 422
    assert html.fromstring(wrong.content.decode()).xpath("//input[@name='version']/@value") == ["1"]


def test_the_paper_has_the_four_sections(adopted: CaseStudy, clerk: User, signed_in: SignIn) -> None:
    client, page = signed_in(clerk), f"/reports/cases/{adopted.pk}/download."
    first, second = (b"".join(client.get(f"{page}docx").streaming_content) for _ in range(2))
    assert first == second
    lines = [line.text for line in docx.Document(io.BytesIO(first)).paragraphs if line.text]
    assert lines == [
        FACTS.title,
        *("一、基本情况", "桐木村 8 户。", "二、主要做法", "一是定规矩。", "二是按月评。"),
        *("三、取得成效", "房前屋后干净了。", "四、经验启示", "小事天天做。"),
        *("濯水镇桐木村", "2026年11月23日"),
    ]
    assert b"".join(client.get(f"{page}pdf").streaming_content).startswith(b"%PDF")


def test_the_library_asks_no_more_for_three_than_for_one(
    write: Write, leader: User, django_assert_num_queries: Any
) -> None:
    leader.appointments_now  # noqa: B018 - read once, as a page does
    for count in (1, 3):
        write()
        with django_assert_num_queries(1):
            found = list(case_pages.rows(leader, "", ""))
            assert [one.place_name for one in found] == ["濯水镇桐木村"] * count
        write()
