"""整改 of what a circular found: reported with evidence, sent back, closed; each wall, and what waits for whom."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from conftest import NOW, TODAY, District, make_person
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.tests import paper_files as papers
from qianjiang_portal.pages import todo
from reports import circulars, rectification_pages, rectifications
from reports.models import Circular, Finding, Rectification, RectificationFile
from reports.rectifications import CannotRectify
from reports.tests.test_circulars import DUE, drafted, issued  # noqa: F401 - fixtures
from reports.tests.views.test_circulars import words_of
from villages.models import Unit, User

SignIn = Callable[[User], Client]
LATER = NOW + dt.timedelta(hours=2)


@pytest.fixture
def finding(issued: Circular) -> Finding:  # noqa: F811
    return issued.findings.get()


@pytest.fixture
def reported(finding: Finding, clerk: User) -> Rectification:
    return rectifications.report(finding=finding, text="已补公示，安排专人提醒", by=clerk, now=NOW)


def photo(name: str = "公示栏.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, papers.photo())


def test_the_whole_way(finding: Finding, clerk: User, district_officer: User, signed_in: SignIn) -> None:
    page = f"/reports/circulars/{finding.circular_id}/{finding.pk}/"
    town = signed_in(clerk)
    assert "濯水镇桐木村 待整改 还有 14 天" in words_of(town.get(page))
    sent = {"text": "已补公示", "files": [photo(), photo("照片2.jpg")]}
    assert town.post(f"{page}report/", sent).status_code == 302
    assert "等核对 按期报送" in words_of(town.get(page))
    first = Rectification.objects.get()

    office = signed_in(district_officer)
    assert "公示栏.jpg 照片2.jpg" in words_of(office.get(page))
    kept = first.files.order_by("pk")[0]
    assert office.get(f"{page}files/{kept.pk}/")["Content-Type"] == "image/jpeg"
    refused = office.post(f"{page}{first.pk}/return/", {"reason": " "})
    assert (refused.status_code, "写明退回的原因" in words_of(refused)) == (422, True)
    office.post(f"{page}{first.pk}/return/", {"reason": "照片看不清日期"})
    assert "退回重改 还有 14 天" in words_of(signed_in(clerk).get(page))
    assert "退回原因 照片看不清日期" in words_of(signed_in(clerk).get(page))
    signed_in(clerk).post(f"{page}report/", {"text": "重新拍了照片"})
    second = Rectification.objects.get(decided_at=None)
    signed_in(district_officer).post(f"{page}{second.pk}/accept/")
    assert "已销号 按期报送" in words_of(signed_in(clerk).get(page))
    assert "已销号" in words_of(signed_in(clerk).get(f"/reports/circulars/{finding.circular_id}/"))


def test_others_see_the_text_but_not_what_was_sent(
    reported: Rectification, district: District, stranger: User, district_officer: User, signed_in: SignIn
) -> None:
    second = circulars.draft(facts=_facts(reported), by=district_officer, now=NOW)
    for place in (district.tongmu, district.shihui):
        circulars.name(
            circular=second, where=circulars.Where.of(place), text="晚", due_on=DUE, by=district_officer, now=NOW
        )
    circulars.issue(circular=second, by=district_officer, now=NOW)
    client = signed_in(stranger)
    assert "濯水镇桐木村 晚" in words_of(client.get(f"/reports/circulars/{second.pk}/"))
    other, own = second.findings.order_by("position")
    assert client.get(f"/reports/circulars/{second.pk}/{other.pk}/").status_code == 404
    assert client.get(f"/reports/circulars/{second.pk}/{own.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"text": ""}, "整改情况没有填写"),
        ({"text": "改" * 1001}, "整改情况最多 1000 个字"),
        ({"text": "已改", "files": [SimpleUploadedFile("空.jpg", b"")]}, "文件是空的，请换一个文件"),
        ({"text": "已改", "files": [photo() for _ in range(7)]}, "佐证最多 6 个文件"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    sent: dict[str, Any], told: str, finding: Finding, clerk: User, signed_in: SignIn
) -> None:
    response = signed_in(clerk).post(f"/reports/circulars/{finding.circular_id}/{finding.pk}/report/", sent)
    assert response.status_code == 422
    assert told in words_of(response, "//*[@class='c-field__error']")
    assert not Rectification.objects.exists()


def test_one_bad_file_leaves_nothing_behind(finding: Finding, clerk: User, tmp_path: Any) -> None:
    with pytest.raises(rectifications.uploads.BadUpload):
        rectifications.report(
            finding=finding, text="已改", by=clerk, now=NOW, sent=[photo(), SimpleUploadedFile("坏.jpg", b"nonsense")]
        )
    assert not File.objects.exists()
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_nothing_is_reported_twice_or_after_it_is_closed(
    reported: Rectification, clerk: User, district_officer: User
) -> None:
    finding = reported.finding
    with pytest.raises(CannotRectify, match="已经报送，等区里核对"):
        rectifications.report(finding=finding, text="又改", by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="one_rectification_waits"), transaction.atomic():
        Rectification.objects.create(finding=finding, text="又改", made_by=clerk, made_at=NOW)
    rectifications.accept(rectification=reported, by=district_officer, now=LATER)
    with pytest.raises(CannotRectify, match="已经销号"):
        rectifications.report(finding=finding, text="又改", by=clerk, now=LATER)
    with pytest.raises(IntegrityError, match="closed_finding_takes_no_more"), transaction.atomic():
        Rectification.objects.create(finding=finding, text="又改", made_by=clerk, made_at=NOW)
    with pytest.raises(CannotRectify, match="已经核对过"):
        rectifications.send_back(rectification=reported, reason="不行", by=district_officer, now=LATER)


@pytest.mark.parametrize("person", ["stranger", "district", "auditor", "liaison", "reviewer"])
def test_only_the_place_itself_reports(person: str, finding: Finding, cast: dict[str, User]) -> None:
    with pytest.raises(CannotRectify, match="由被通报的单位报送"):
        rectifications.report(finding=finding, text="已改", by=cast[person], now=NOW)


@pytest.mark.parametrize("person", ["clerk", "leader", "auditor", "liaison"])
def test_only_the_district_closes(person: str, reported: Rectification, cast: dict[str, User]) -> None:
    with pytest.raises(CannotRectify, match="由区级核对"):
        rectifications.accept(rectification=reported, by=cast[person], now=LATER)


def test_nobody_closes_what_they_mended(finding: Finding, district: District) -> None:
    both = make_person("both", "双任", {"role": "district"}, {"role": "clerk", "township": district.zhuoshui})
    own = rectifications.report(finding=finding, text="已改", by=both, now=NOW)
    with pytest.raises(CannotRectify, match="请由其他人核对"):
        rectifications.accept(rectification=own, by=both, now=LATER)
    with pytest.raises(IntegrityError, match="nobody_closes"), transaction.atomic():
        Rectification.objects.update(is_accepted=True, decided_by=both, decided_at=LATER)


def test_a_draft_is_not_mended(drafted: Circular, clerk: User) -> None:  # noqa: F811
    with pytest.raises(CannotRectify, match="还没有印发"):
        rectifications.report(finding=drafted.findings.get(), text="已改", by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="only_what_was_told"), transaction.atomic():
        Rectification.objects.create(finding=drafted.findings.get(), text="已改", made_by=clerk, made_at=NOW)


def test_what_was_reported_stands(reported: Rectification) -> None:
    for change, wall in (
        (lambda: Rectification.objects.update(text="没有改"), "rectification_stands"),
        (lambda: Rectification.objects.all().delete(), "rectification_stays"),
    ):
        with pytest.raises(IntegrityError, match=wall), transaction.atomic():
            change()
        with pgtrigger.ignore():
            change()


@pytest.mark.parametrize(
    ("after", "word", "late"),
    [
        (0, "待整改", "还有 14 天"),
        (14, "待整改", "今天到期"),
        (15, "待整改", "逾期 1 天"),
        (34, "待整改", "逾期 20 天"),
    ],
)
def test_the_time_left_is_said_in_words(after: int, word: str, late: str, finding: Finding, clerk: User) -> None:
    [standing] = rectification_pages.standings(clerk, finding.circular, [finding], TODAY + dt.timedelta(days=after))
    assert (standing.word, standing.late, standing.kind) == (word, late, "err" if after > 14 else "info")


def test_a_late_one_stays_late(finding: Finding, clerk: User, district_officer: User) -> None:
    late = NOW + dt.timedelta(days=17)
    made = rectifications.report(finding=finding, text="已改", by=clerk, now=late)
    rectifications.accept(rectification=made, by=district_officer, now=late + dt.timedelta(hours=1))
    [standing] = rectification_pages.standings(clerk, finding.circular, [finding], TODAY + dt.timedelta(days=40))
    assert (standing.word, standing.late) == ("已销号", "晚 3 天报送")


def tasks(user: User, days: int = 0) -> list[tuple[str, str, str, str]]:
    with calendar.at(NOW + dt.timedelta(days=days)):
        found = todo.tasks(User.objects.get(pk=user.pk))
        assert len(found) == todo.count(User.objects.get(pk=user.pk))
    return [(one.title, one.detail, one.when, one.action) for one in found if "通报" in one.title]


def test_it_waits_for_the_place_and_then_for_the_district(
    finding: Finding, clerk: User, leader: User, stranger: User, district_officer: User
) -> None:
    title = "濯水镇 11月积分制督查情况通报"
    unread = (title, "黔江乡治督〔2026〕1号，还没有签收，1 个问题等整改", "12月7日前整改", "去整改")
    assert (tasks(clerk), tasks(leader), tasks(stranger), tasks(district_officer)) == ([unread], [unread], [], [])
    circulars.sign_for(circular=finding.circular, by=clerk, now=NOW)
    assert tasks(clerk, 16) == [(title, "黔江乡治督〔2026〕1号，1 个问题等整改", "已逾期 2 天", "去整改")]
    office = "11月积分制督查情况通报"
    assert tasks(district_officer, 16) == [(office, "黔江乡治督〔2026〕1号，1 条逾期没有报送", "已逾期 2 天", "去看看")]
    made = rectifications.report(finding=finding, text="已改", by=clerk, now=NOW)
    assert (tasks(clerk, 16), tasks(district_officer, 16)) == (
        [],
        [(office, "黔江乡治督〔2026〕1号，1 条整改等核对", "", "去核对")],
    )
    rectifications.send_back(rectification=made, reason="不清楚", by=district_officer, now=LATER)
    assert (len(tasks(clerk)), tasks(district_officer)) == (1, [])


def test_a_unit_is_told_as_well(liaison: User, drafted: Circular, district_officer: User) -> None:  # noqa: F811
    unit = Unit.objects.get()
    where = circulars.Where(unit=unit)
    circulars.name(circular=drafted, where=where, text="没有开专题会", due_on=DUE, by=district_officer, now=NOW)
    circulars.issue(circular=drafted, by=district_officer, now=NOW)
    assert [title for title, *_ in tasks(liaison)] == ["区民政局 11月积分制督查情况通报"]
    made = rectifications.report(finding=drafted.findings.get(unit=unit), text="已补开", by=liaison, now=NOW)
    assert not RectificationFile.objects.filter(rectification=made).exists()


def test_a_circular_asks_no_more_for_three_problems_than_for_one(
    drafted: Circular,  # noqa: F811
    district: District,
    clerk: User,
    district_officer: User,
    django_assert_num_queries: Any,
) -> None:
    for text in ("二", "三"):
        where = circulars.Where.of(district.zhuoshui)
        circulars.name(circular=drafted, where=where, text=text, due_on=DUE, by=district_officer, now=NOW)
    circulars.issue(circular=drafted, by=district_officer, now=NOW)
    findings = list(drafted.findings.all())
    clerk.appointments_now  # noqa: B018 - read once, as a page does
    for some in (findings[:1], findings):
        with django_assert_num_queries(2):
            assert len(rectification_pages.standings(clerk, drafted, some, TODAY)) == len(some)


def _facts(reported: Rectification) -> circulars.Facts:
    one = reported.finding.circular
    return circulars.Facts(one.subject, one.inspected_from, one.inspected_to, one.inspectors, one.text)
