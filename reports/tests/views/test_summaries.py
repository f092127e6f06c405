import datetime as dt
import io
import re
from collections.abc import Callable

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conftest import District, make_person
from points.models import Notice
from qianjiang_portal.foundation import calendar
from reports import summaries
from reports.documents import pdf
from reports.documents.model import Document, Metadata, Paragraph
from reports.models import Sender, Summary, SummaryReminder, SummarySection
from reports.tests.test_summaries import LAST_MINUTE, LATE, OPEN, handed_in, written
from villages.models import Township, Unit, User

SignIn = Callable[[User], Client]
LIST = "/reports/summaries/?period=2026Y"
PLAIN = Document(("总结",), (Paragraph("按月公示。"),), Metadata("总结", "濯水镇", OPEN))
ZHUOSHUI = "/reports/summaries/2026Y/500114112/"


@pytest.fixture(autouse=True)
def _open(request: pytest.FixtureRequest) -> object:
    """Tests live while the year's summary is open; what was posted, was so before."""
    for name in {"notice", "posted"} & set(request.fixturenames):
        request.getfixturevalue(name)
    with calendar.at(OPEN):
        yield


def rows(response: object) -> list[str]:
    """The senders listed, by what their addresses call them."""
    return re.findall(r'<tr id="sender-([\w-]+)"', response.content.decode())  # type: ignore[attr-defined]


def words(response: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))  # type: ignore[attr-defined]


def test_each_sees_the_own_senders(cast: dict[str, User], signed_in: SignIn) -> None:
    everyone = ["500114106", "500114112", "minzheng"]
    seen = {person: rows(signed_in(user).get(LIST)) for person, user in cast.items()}
    assert seen == {person: [] for person in cast} | {
        "district": everyone,
        "auditor": everyone,
        "clerk": ["500114112"],
        "leader": ["500114112"],
        "liaison": ["minzheng"],
        "stranger": ["500114106"],
    }


def test_the_list_says_late_and_in_time(
    district: District, clerk: User, stranger: User, leader: User, district_officer: User, signed_in: SignIn
) -> None:
    handed_in(Sender(township=district.zhuoshui), clerk, leader, LAST_MINUTE)
    client = signed_in(district_officer)
    with calendar.at(LATE):
        text = words(client.get(LIST))
        client.post("/reports/summaries/2026Y/500114106/paper/")
        paper = words(client.get(LIST))
    assert "已报，按时" in text
    assert "未开始，已逾期 2 天" in text
    assert "已报（纸质），逾期 2 天" in paper


@pytest.mark.parametrize("slug", ["2026-11", "2026H2", "2026Q4", "2027Y", "x"])
def test_only_periods_that_are_summed_up(slug: str, clerk: User, signed_in: SignIn) -> None:
    assert signed_in(clerk).get(f"/reports/summaries/?period={slug}").status_code == 404


def test_the_bound_numbers_stand_in_the_text(clerk: User, posted: Notice, signed_in: SignIn) -> None:
    text = words(signed_in(clerk).get(ZHUOSHUI))
    assert (
        "辖区2个村（社区）实行积分制，在册11户。本期3户有加分入账，参与户率27.3%；入账3笔，加分15分，减分0分，净积分15分。"
        in text
    )


def test_saving_answers_the_line_and_the_progress(clerk: User, signed_in: SignIn) -> None:
    client = signed_in(clerk)
    answer = client.post(f"{ZHUOSHUI}save/work/", {"text": "按月评议", "version": "0"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert '<input type="hidden" name="version" value="1">' in page
    assert 'id="progress"' in page
    assert "已保存 09:00" in words(answer)
    assert SummarySection.objects.get().text == "按月评议"


def test_saving_brings_the_state_beside_the_title(clerk: User, signed_in: SignIn) -> None:
    client = signed_in(clerk)
    state = re.compile(r'<span id="state"([^>]*)>[^\n]*?([^<>]+)</span></span>')

    def saved(text: str) -> str:
        answer = client.post(f"{ZHUOSHUI}save/work/", {"text": text, "version": "0"}, headers={"HX-Request": "true"})
        return answer.content.decode()

    assert state.findall(client.get(ZHUOSHUI).content.decode()) == [("", "未开始")]
    assert state.findall(saved("按月评议")) == [(' hx-swap-oob="true"', "草稿")]
    assert state.findall(saved("太长" * 15001)) == []


def test_a_township_without_points_says_so_once(stranger: User, district: District, signed_in: SignIn) -> None:
    from villages.models import Village

    Village.objects.filter(township=district.shihui).update(uses_points=False)
    text = words(signed_in(stranger).get("/reports/summaries/2026Y/500114106/"))
    assert "辖区还没有村（社区）实行积分制。" in text
    assert "—；" not in text


def test_what_was_refused_can_be_copied(district: District, clerk: User, leader: User, signed_in: SignIn) -> None:
    client = signed_in(clerk)
    summary = written(Sender(township=district.zhuoshui), clerk)
    assert "maxlength" not in re.findall(r"<textarea id=.work-text[^>]*>", client.get(ZHUOSHUI).content.decode())[0]
    summaries.submit(summary=summary, by=clerk, now=OPEN)
    answer = client.post(f"{ZHUOSHUI}save/work/", {"text": "晚了一步写的", "version": "1"})
    assert answer.status_code == 422
    assert "没有保存：总结待签发，正文不能再改" in words(answer)
    assert "晚了一步写的" in answer.content.decode()
    assert "正在写这一节" not in words(signed_in(leader).get(ZHUOSHUI))


def test_a_table_is_put_in_by_a_line_and_frozen(
    district: District, clerk: User, leader: User, posted: Notice, signed_in: SignIn
) -> None:
    client = signed_in(clerk)
    assert "没有“产值表”这张图表" in words(
        client.post(f"{ZHUOSHUI}save/work/", {"text": "［插入：产值表］", "version": "0"})
    )
    summary = written(Sender(township=district.zhuoshui), clerk)
    text = "见下表。\n［插入：三治构成表］\n[插入: 参与户率图]\n表后的话。"
    client.post(f"{ZHUOSHUI}save/work/", {"text": text, "version": "1"})
    assert "看插入的图表" in words(client.get(ZHUOSHUI))
    summaries.sign(summary=summaries.submit(summary=summary, by=clerk, now=OPEN), by=leader, now=OPEN)
    page = words(client.get(ZHUOSHUI))
    assert "表1 2026年三治加分构成" in page
    assert "图1 2026年各村（社区）参与户率" in page
    assert "［插入" not in page
    response = client.get(f"{ZHUOSHUI}download.docx")
    word = docx.Document(io.BytesIO(b"".join(response.streaming_content)))
    heads = [[cell.text for cell in table.rows[0].cells] for table in word.tables]
    assert heads[0] == ["三治", "加分", "占比"]
    assert [cell.text for cell in word.tables[0].rows[-1].cells] == ["合计", "15", "100.0%"]
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert texts.index("见下表。") < texts.index("表1　2026年三治加分构成") < texts.index("表后的话。")
    assert Summary.objects.get().figures["tables"]["values"]["awards"] == 15


def test_characters_that_the_pdf_lacks_are_named(
    district: District, clerk: User, leader: User, signed_in: SignIn
) -> None:
    written(Sender(township=district.zhuoshui), clerk)
    client = signed_in(clerk)
    client.post(f"{ZHUOSHUI}save/work/", {"text": "户主姓𠮷", "version": "1"})
    summaries.sign(summary=summaries.submit(summary=Summary.objects.get(), by=clerk, now=OPEN), by=leader, now=OPEN)
    assert "PDF 的字库没有 𠮷，印成〓；要这些字用 DOCX" in words(client.get(ZHUOSHUI))


def test_versions_are_taken_away_with_typed_numbers(
    district: District, clerk: User, leader: User, stranger: User, posted: Notice, signed_in: SignIn
) -> None:
    written(Sender(township=district.zhuoshui), clerk)
    client = signed_in(clerk)
    client.post(f"{ZHUOSHUI}save/work/", {"text": "［插入：各地情况表］", "version": "1"})
    summaries.sign(summary=summaries.submit(summary=Summary.objects.get(), by=clerk, now=OPEN), by=leader, now=OPEN)
    assert "报送过的版本 第 1 版" in words(client.get(ZHUOSHUI))
    response = client.get(f"{ZHUOSHUI}1/download.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert book.sheetnames[:2] == ["数字", "各地"]
    assert {row[0]: row[2] for row in book["数字"].values}["加分"] == 15
    assert [client.get(f"{ZHUOSHUI}{end}").status_code for end in ("2/download.docx", "1/download.odt")] == [404, 404]
    assert signed_in(stranger).get(f"{ZHUOSHUI}1/download.docx").status_code == 404


def test_the_meaning_of_each_number_stands_below(clerk: User, posted: Notice, signed_in: SignIn) -> None:
    text = words(signed_in(clerk).get(ZHUOSHUI))
    assert "数字为生效口径，按积分入账月份统计，截至 12-28 09:00" in text
    assert "参与户 ÷ 在册户" in text


def test_a_second_writer_reads(clerk: User, leader: User, signed_in: SignIn) -> None:
    signed_in(clerk).post(f"{ZHUOSHUI}save/work/", {"text": "按月评议", "version": "0"})
    client = signed_in(leader)
    page = client.get(ZHUOSHUI)
    assert "冉晓莉正在写这一节，先看不改" in words(page)
    assert 'id="work-text"' not in page.content.decode()
    refused = client.post(f"{ZHUOSHUI}save/work/", {"text": "我的", "version": "1"})
    assert (refused.status_code, SummarySection.objects.get().text) == (422, "按月评议")


def test_before_it_opens_one_only_reads(clerk: User, signed_in: SignIn) -> None:
    with calendar.at(calendar.moment(dt.date(2026, 12, 20), 9)):
        page = signed_in(clerk).get(ZHUOSHUI)
    assert "12月21日开放填写，现在先看数字" in words(page)
    assert "<textarea" not in page.content.decode()


def test_the_check_page_names_what_is_missing(clerk: User, signed_in: SignIn) -> None:
    client = signed_in(clerk)
    client.post(f"{ZHUOSHUI}save/work/", {"text": "按月评议", "version": "0"})
    assert "还差：主要成效、存在问题、下一步打算" in words(client.get(f"{ZHUOSHUI}check/"))
    assert client.post(f"{ZHUOSHUI}submit/").status_code == 422


def test_from_draft_to_receipt_to_acceptance(
    district: District, clerk: User, leader: User, district_officer: User, signed_in: SignIn
) -> None:
    written(Sender(township=district.zhuoshui), clerk)
    signed_in(clerk).post(f"{ZHUOSHUI}submit/")
    client = signed_in(leader)
    assert "签发并报送" in words(client.get(ZHUOSHUI))
    client.post(f"{ZHUOSHUI}sign/")
    assert re.search(r"回执号\s*2026Y-01", words(client.get(ZHUOSHUI)))
    taken = signed_in(district_officer).post(f"{ZHUOSHUI}accept/", {"back": "list"})
    assert taken.headers["Location"] == LIST
    assert Summary.objects.get().state == "accepted"


def test_moved_numbers_are_shown_before_signing(
    district: District, clerk: User, leader: User, notice: Notice, signed_in: SignIn
) -> None:
    from points import postings

    summaries.submit(summary=written(Sender(township=district.zhuoshui), clerk), by=clerk, now=OPEN)
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=notice.due_at)
    client = signed_in(leader)
    shown = client.post(f"{ZHUOSHUI}sign/")
    assert shown.status_code == 422
    assert "加分：提交时 0，现在 15" in words(shown)
    seen = re.findall(r'name="seen" value="([^"]+)"', shown.content.decode())
    client.post(f"{ZHUOSHUI}sign/", {"seen": seen})
    assert Summary.objects.get().figures["values"]["awards"] == 15


def test_the_paper_prints_the_frozen_numbers(
    district: District, clerk: User, leader: User, posted: Notice, signed_in: SignIn
) -> None:
    handed_in(Sender(township=district.zhuoshui), clerk, leader)
    response = signed_in(clerk).get(f"{ZHUOSHUI}download.docx")
    word = docx.Document(io.BytesIO(b"".join(response.streaming_content)))
    texts = [paragraph.text for paragraph in word.paragraphs]
    section = word.sections[0]
    margins = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    assert [round(margin.mm) for margin in margins] == [37, 28, 26, 35]
    assert texts[1:3] == ["区乡村治理工作领导小组办公室：", "一、工作开展"]
    assert "加分15分" in texts[3]
    assert [text for text in texts if text[:2] in ("二、", "三、", "四、")] == [
        "二、主要成效",
        "三、存在问题",
        "四、下一步打算",
    ]
    assert texts[-2:] == ["黔江区濯水镇人民政府", "2026年12月28日"]


def test_reminding_the_ticked_and_then_the_rest(district_officer: User, liaison: User, signed_in: SignIn) -> None:
    client = signed_in(district_officer)
    client.post("/reports/summaries/2026Y/remind/", {"sender": ["500114112"]})
    assert SummaryReminder.objects.get().township.code == "500114112"
    client.post("/reports/summaries/2026Y/remind/")
    assert SummaryReminder.objects.count() == 3
    assert words(client.get(LIST)).count("今天已催") == 4


def test_a_sender_without_anybody_says_so(district: District, district_officer: User, signed_in: SignIn) -> None:
    Unit.objects.create(code="sifa", name="区司法局")
    client = signed_in(district_officer)
    assert words(client.get(LIST)).count("没有联络人") == 3
    told = words(client.post("/reports/summaries/2026Y/remind/", {"sender": ["sifa"]}, follow=True))
    assert "已提醒 1 个单位，今天不会重复提醒。区司法局没有联络人，请打电话" in told


def test_when_an_appointment_ends_in_the_middle(district: District, clerk: User, signed_in: SignIn) -> None:
    from villages import appointments

    written(Sender(township=district.zhuoshui), clerk)
    appointments.end(appointment=clerk.appointments.get(), on=OPEN.date() - dt.timedelta(days=1))
    client = signed_in(User.objects.get(pk=clerk.pk))
    assert client.get(ZHUOSHUI).status_code == 404
    typed = {"text": "还没有写完的一段", "version": "1"}
    assert client.post(f"{ZHUOSHUI}save/work/", typed).status_code == 404
    told = client.post(f"{ZHUOSHUI}save/work/", typed, headers={"HX-Request": "true"})
    assert (told.status_code, "没有保存：现在没有填写这份总结的任职" in words(told)) == (422, True)
    assert SummarySection.objects.get(key="work").text == "按月评议，按月公示"
    heir = make_person("heir", "接手人", {"role": "clerk", "township": district.zhuoshui})
    assert "按月评议，按月公示" in signed_in(heir).get(ZHUOSHUI).content.decode()


def test_the_scan_of_a_paper_is_kept_and_read_by_its_sender(
    district: District, clerk: User, stranger: User, district_officer: User, signed_in: SignIn
) -> None:
    office, page = signed_in(district_officer), SimpleUploadedFile("总结.pdf", pdf.render(PLAIN), "application/pdf")
    office.post(f"{ZHUOSHUI}paper/")
    assert "纸质总结的扫描件" in words(office.get(ZHUOSHUI))
    assert "选一个文件再存" in words(office.post(f"{ZHUOSHUI}scan/", follow=True))
    bad = SimpleUploadedFile("总结.pdf", b"MZ not a paper", "application/pdf")
    assert "已存扫描件" not in words(office.post(f"{ZHUOSHUI}scan/", {"scan": bad}, follow=True))
    assert Summary.objects.get().scan is None
    assert "已存扫描件" in words(office.post(f"{ZHUOSHUI}scan/", {"scan": page}, follow=True))
    assert signed_in(clerk).get(f"{ZHUOSHUI}scan/file/").getvalue().startswith(b"%PDF")
    assert signed_in(stranger).get(f"{ZHUOSHUI}scan/file/").status_code == 404
    assert "看扫描件" in words(signed_in(clerk).get(ZHUOSHUI))
    signed_in(district_officer).post(f"{ZHUOSHUI}return/", {"reason": "缺第二页"})
    assert Summary.objects.get().scan is None


def test_the_districts_own_is_neither_late_nor_taken_in(district_officer: User, signed_in: SignIn) -> None:
    summary = summaries.submit(summary=written(Sender(), district_officer, LATE), by=district_officer, now=LATE)
    other = make_person("director", "冉主任", {"role": "district"})
    summaries.sign(summary=summary, by=other, now=LATE)
    with calendar.at(LATE):
        text = words(signed_in(other).get("/reports/summaries/2026Y/500114/"))
    assert "报送冉主任 01-07 09:00" in text
    assert "逾期" not in text
    assert " 收件" not in text


def test_collecting_says_what_went_in(
    district: District, clerk: User, leader: User, district_officer: User, signed_in: SignIn
) -> None:
    handed_in(Sender(township=district.zhuoshui), clerk, leader)
    client = signed_in(district_officer)
    address = "/reports/summaries/2026Y/collect/"
    assert "汇总了 1 个单位：濯水镇" in words(client.post(address, follow=True))
    assert "没有新报送的，正文没有变" in words(client.post(address, follow=True))


LIST_QUERIES = 20


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_for_one_and_three(
    more: int,
    district: District,
    clerk: User,
    district_officer: User,
    signed_in: SignIn,
    django_assert_num_queries: Callable[..., object],
) -> None:
    for number in range(more):
        Township.objects.create(code=f"50011400{number + 1}", name=f"第{number}街道", kind="street")
    written(Sender(township=district.zhuoshui), clerk)
    client = signed_in(district_officer)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
