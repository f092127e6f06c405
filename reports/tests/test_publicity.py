"""宣传报道: noted once, taken back, seen by its own place and the district."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import Client

from conftest import NOW, TODAY, District
from reports import publicity, publicity_pages
from reports.models import Publicity, Sender
from reports.publicity import CannotNote, Facts
from reports.tests.views.test_circulars import words_of
from villages.models import User

SignIn = Callable[[User], Client]
FACTS = Facts(
    "桐木村：院坝里评出好家风", "重庆日报", "print", "city", "2026年11月20日 第6版", TODAY - dt.timedelta(days=3)
)
TYPED = {
    "title": FACTS.title, "media": "武陵都市报", "kind": "new", "level": "district", "sender": "500114112",
    "link": "https://news.example.cn/a/1", "on": "2026-11-20", "village": "500114112202", "case": "",
}  # fmt: skip
Note = Callable[..., Publicity]


@pytest.fixture
def note(district: District, clerk: User) -> Note:
    def one(**changed: Any) -> Publicity:
        said = {"sender": Sender(township=district.zhuoshui), "village": district.tongmu, "by": clerk, "now": NOW}
        return publicity.note(facts=replace(FACTS, **changed), **said)

    return one


def test_the_way_in_the_browser(district: District, clerk: User, stranger: User, signed_in: SignIn) -> None:
    town = signed_in(clerk)
    assert town.post("/reports/publicity/new/", TYPED)["Location"] == "/reports/publicity/"
    shown = words_of(town.get("/reports/publicity/"))
    assert "2026年 1 条：国家级 0，市级 0，区级 1，镇村 0" in shown
    assert "2026-11-20 桐木村：院坝里评出好家风 武陵都市报 新媒体 区级 濯水镇桐木村 打开" in shown
    again = town.post("/reports/publicity/new/", TYPED)
    assert (again.status_code, "武陵都市报 2026-11-20 的这条已经登记过" in words_of(again)) == (422, True)
    assert "这一级别没有宣传报道" in words_of(town.get("/reports/publicity/?level=city"))
    assert "这一年还没有登记宣传报道" in words_of(signed_in(stranger).get("/reports/publicity/"))
    made = Publicity.objects.get()
    assert signed_in(stranger).post(f"/reports/publicity/{made.pk}/withdraw/").status_code == 404
    signed_in(clerk).post(f"/reports/publicity/{made.pk}/withdraw/")
    assert "这一年还没有登记宣传报道" in words_of(signed_in(clerk).get("/reports/publicity/"))
    assert signed_in(clerk).post("/reports/publicity/new/", TYPED).status_code == 302  # again, after a wrong one went


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"link": "news.example.cn/a/1"}, "新媒体要填链接，以 http:// 或 https:// 开头"),
        ({"link": "javascript:alert(1)"}, "新媒体要填链接，以 http:// 或 https:// 开头"),
        ({"link": ""}, "链接或版面没有填写"),
        ({"on": "2026-11-24"}, "日期还没有到"),
        ({"title": ""}, "标题没有填写"),
        ({"village": "500114106200"}, "村从列表里选"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    wrong: dict[str, str], told: str, district: District, clerk: User, signed_in: SignIn
) -> None:
    response = signed_in(clerk).post("/reports/publicity/new/", TYPED | wrong)
    assert (response.status_code, Publicity.objects.count()) == (422, 0)
    assert told in words_of(response, "//*[@class='c-field__error']")


def test_a_link_of_paper_is_never_followed(note: Note) -> None:
    assert not note(link="javascript:alert(1)").is_online


def test_a_place_notes_its_own_and_the_district_any(
    district: District, stranger: User, auditor: User, district_officer: User, liaison: User
) -> None:
    for person in (stranger, auditor, liaison):
        with pytest.raises(CannotNote, match="只能登记本单位"):
            publicity.note(sender=Sender(township=district.zhuoshui), facts=FACTS, by=person, now=NOW)
    own = publicity.note(sender=Sender(), facts=FACTS, by=district_officer, now=NOW)
    assert own.place_name == "黔江区"
    assert len(publicity_pages.senders(district_officer)) == 4
    assert [one.name for one in publicity_pages.senders(liaison)] == ["区民政局"]


def test_nothing_is_noted_before_it_appeared(note: Note) -> None:
    with pytest.raises(CannotNote, match="日期还没有到"):
        note(on=TODAY + dt.timedelta(days=1))
    made = note()
    with pytest.raises(IntegrityError, match="publicity_has_appeared"), transaction.atomic():
        Publicity.objects.create(
            title="明天", media="报", kind="print", level="city", link="1版", on=TODAY + dt.timedelta(days=1),
            made_by=made.made_by, made_at=NOW,
        )  # fmt: skip


def test_a_piece_noted_by_two_at_once_is_kept_once(note: Note, monkeypatch: Any) -> None:
    note()
    monkeypatch.setattr(QuerySet, "exists", lambda self: False)  # as both see it before either has written
    with pytest.raises(CannotNote, match="的这条已经登记过"):
        note()
    assert Publicity.objects.count() == 1


def test_a_note_stands_and_is_kept_once(note: Note, clerk: User) -> None:
    made = note()
    with pytest.raises(IntegrityError, match="noted_once"), transaction.atomic():
        Publicity.objects.create(
            title="又", media=made.media, kind="print", level="city", link=made.link, on=made.on,
            township=made.township, made_by=clerk, made_at=NOW,
        )  # fmt: skip
    for change, wall in (
        (lambda: Publicity.objects.update(level="nation"), "publicity_stands"),
        (lambda: Publicity.objects.all().delete(), "taken_back_not_deleted"),
    ):
        with pytest.raises(IntegrityError, match=wall), transaction.atomic():
            change()
        with pgtrigger.ignore():
            change()


def test_a_village_belongs_to_its_township(district: District, clerk: User) -> None:
    with pytest.raises(CannotNote, match="村要在本乡镇街道"):
        publicity.note(
            sender=Sender(township=district.zhuoshui), facts=FACTS, village=district.zhongyuan, by=clerk, now=NOW
        )


def test_the_list_asks_no_more_for_three_than_for_one(note: Note, clerk: User, django_assert_num_queries: Any) -> None:
    clerk.appointments_now  # noqa: B018 - read once, as a page does
    note()
    for count in (1, 3):
        with django_assert_num_queries(1):
            assert len([one.place_name for one in publicity_pages.rows(clerk, 2026, "")]) == count
        for at in range(2):
            note(link=f"第{count}{at}版")
