"""督查通报 in the browser: what the district writes, what a township reads and signs for, and the paper."""

import io
from collections.abc import Callable

import docx
import pypdf
import pytest
from django.test import Client
from lxml import html

from conftest import NOW, TODAY, District
from reports.models import Circular, CircularReceiver
from reports.tests.test_circulars import DUE, FACTS, drafted, issued  # noqa: F401 - fixtures
from villages.models import User

SignIn = Callable[[User], Client]
SAID = {
    "subject": "11月积分制督查情况",
    "inspected_from": "2026-11-20",
    "inspected_to": "2026-11-23",
    "inspectors": "领导小组办公室",
    "text": "多数村按月公示。\n个别村晚。",
    "audience": "named",
}


def words_of(response: object, path: str = "//main") -> str:
    [node] = html.fromstring(response.content.decode()).xpath(path)  # type: ignore[attr-defined]
    return " ".join(" ".join(node.itertext()).split())


def test_the_whole_way(district: District, district_officer: User, clerk: User, signed_in: SignIn) -> None:
    office = signed_in(district_officer)
    page = office.post("/reports/circulars/new/", SAID)["Location"]
    assert "还没有写问题" in words_of(office.get(page))
    problem = {"place": district.tongmu.code, "text": "10月公示晚了 6 天", "due_on": DUE.isoformat()}
    assert office.post(f"{page}name/", problem).status_code == 302
    assert "1 濯水镇桐木村 10月公示晚了 6 天 2026-12-07" in words_of(office.get(page))
    office.post(f"{page}issue/")
    assert "黔江乡治督〔2026〕1号" in words_of(office.get(page))

    town = signed_in(clerk)
    [row] = html.fromstring(town.get("/reports/circulars/").content.decode()).xpath("//main//tbody/tr")
    assert " ".join("".join(row.itertext()).split()) == (
        "关于11月积分制督查情况的通报 黔江乡治督〔2026〕1号 2026-11-23 1 没有签收"
    )
    assert "没有签收" in words_of(town.get(page))
    town.post(f"{page}sign-for/")
    assert "濯水镇 冉晓莉 11-23 10:00" in words_of(town.get(page))
    assert CircularReceiver.objects.get().read_by == clerk
    assert "签收 1/1" in words_of(signed_in(district_officer).get(page))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"subject": ""}, "事由没有填写"),
        ({"subject": "督" * 61}, "事由最多 60 个字"),
        ({"text": "督" * 4001}, "总体情况最多 4000 个字"),
        ({"inspected_to": "2026-11-19"}, "督查结束日期早于开始日期"),
        ({"inspected_to": "2026-11-24"}, "督查结束日期还没有到"),
        ({"inspected_from": "昨天"}, "日期"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    wrong: dict[str, str], told: str, district_officer: User, signed_in: SignIn
) -> None:
    response = signed_in(district_officer).post("/reports/circulars/new/", SAID | wrong)
    assert (response.status_code, Circular.objects.count()) == (422, 0)
    shown = response.content.decode()
    assert told in words_of(response, "(//*[@class='c-field__error'])[1]")
    assert "领导小组办公室" in shown


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"place": ""}, "单位或村没有选"),
        ({"place": "火星"}, "单位或村从列表里选"),
        ({"text": " "}, "问题没有填写"),
        ({"due_on": "2026-11-22"}, "整改期限已经过了，填今天以后的日期"),
    ],
)
def test_a_problem_that_is_not_accepted(
    wrong: dict[str, str],
    told: str,
    drafted: Circular,  # noqa: F811
    district: District,
    district_officer: User,
    signed_in: SignIn,
) -> None:
    problem = {"place": district.shihui.code, "text": "没有公示", "due_on": DUE.isoformat()}
    response = signed_in(district_officer).post(f"/reports/circulars/{drafted.pk}/name/", problem | wrong)
    assert (response.status_code, drafted.findings.count()) == (422, 1)
    assert told in words_of(response, "//*[@class='c-field__error']")


def test_an_emptied_list_says_so(clerk: User, auditor: User, signed_in: SignIn) -> None:
    assert "没有发给本单位的督查通报" in words_of(signed_in(clerk).get("/reports/circulars/"))
    assert "还没有督查通报" in words_of(signed_in(auditor).get("/reports/circulars/"))


def test_the_paper_has_a_head_a_number_and_the_problems(issued: Circular, clerk: User, signed_in: SignIn) -> None:  # noqa: F811
    response = signed_in(clerk).get(f"/reports/circulars/{issued.pk}/download.docx")
    word = docx.Document(io.BytesIO(b"".join(response.streaming_content)))
    lines = [line.text for line in word.paragraphs if line.text]
    office = "黔江区乡村治理工作领导小组办公室"
    assert lines[:5] == [
        office,
        "黔江乡治督〔2026〕1号",
        "关于11月积分制督查情况的通报",
        "濯水镇：",
        "2026年11月20日至2026年11月23日，领导小组办公室开展了督查。现将有关情况通报如下。",
    ]
    assert lines[-2:] == [office, "2026年11月23日"]
    rows = [[cell.text for cell in row.cells] for row in word.tables[0].rows]
    assert rows == [
        ["序号", "单位或村（社区）", "问题", "整改期限"],
        ["1", "濯水镇桐木村", "10月公示晚了 6 天", "2026-12-07"],
    ]


def test_the_paper_is_the_same_each_time_and_as_pdf(issued: Circular, clerk: User, signed_in: SignIn) -> None:  # noqa: F811
    town, page = signed_in(clerk), f"/reports/circulars/{issued.pk}/download."
    first, second = (b"".join(town.get(f"{page}docx").streaming_content) for _ in range(2))
    assert first == second
    text = pypdf.PdfReader(io.BytesIO(b"".join(town.get(f"{page}pdf").streaming_content))).pages[0].extract_text()
    assert "〔2026〕1号" in text.replace(" ", "")
    assert NOW.date() == TODAY == FACTS.inspected_to


def test_what_was_typed_stays_beside_what_stands(
    drafted: Circular,  # noqa: F811
    district_officer: User,
    signed_in: SignIn,
) -> None:
    page, office = f"/reports/circulars/{drafted.pk}/", signed_in(district_officer)
    opened = html.fromstring(office.get(f"{page}edit/").content.decode())
    mine = SAID | {"version": opened.xpath("//input[@name='version']/@value")[0], "text": "我写的情况。"}
    assert office.post(f"{page}edit/", mine | {"text": "别人写的情况。"}).status_code == 302
    refused = office.post(f"{page}edit/", mine)
    assert (refused.status_code, words_of(refused, "//dl")) == (409, "总体情况 别人写的情况。")
    assert words_of(refused, "//textarea[@name='text']") == "我写的情况。"
    [version] = html.fromstring(refused.content.decode()).xpath("//input[@name='version']/@value")
    assert office.post(f"{page}edit/", mine | {"version": version}).status_code == 302
    assert Circular.objects.get().text == "我写的情况。"
