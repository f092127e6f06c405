"""Points brought over from another book: compared, checked by a second person, posted once and first."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from conftest import NOW, TODAY, make_person
from points import ledger, registers, seals
from points.ledger import CannotPost
from points.models import Balance, Entry, RegisterFile, Seal
from points.models.ledger import Kind
from points.registers import CannotTake, Changed
from points.tests.imports.conftest import workbook
from points.tests.registers.conftest import told, work
from points.tests.shop import give
from points.tests.test_households import books_are_clean
from qianjiang_portal.foundation.models import AuditEvent

pytestmark = pytest.mark.django_db
HEAD = ("户号", "户主", "积分")


@pytest.fixture
def sheet(send):
    lines = [("0101", "冉光明", 86), ("", "覃世明", "120分"), ("0102", "", -5), ("0202", "曾国良", 0)]
    return send(workbook([HEAD, *lines]), "opening", name="2025年结余.xlsx")


def handed_in(source, clerk):
    return registers.confirm(source=source, maker=clerk, stamp=source.stamp, reason="", now=NOW)


def checked(source, clerk, by):
    source = handed_in(source, clerk)
    return work(registers.approve(source=source, by=by, stamp=source.stamp, now=NOW))


def opening(household, points, source):
    line = ledger.Line.of(household, source=source, points=points, kind=Kind.OPENING, occurred_on=TODAY)
    return ledger.post(village=household.village, lines=[line], now=NOW)


def test_each_line_says_what_it_would_post(sheet):
    assert told(sheet) == [(2, "new", "期初"), (3, "new", "期初"), (4, "new", "期初"), (5, "same")]
    assert (sheet.counts["points"], sheet.counts["writes"], sheet.counts["absent"]) == (201, 3, 4)
    assert not Entry.objects.exists()


def test_two_people_make_them_the_first_entries(sheet, clerk, reviewer, district):
    source = checked(sheet, clerk, reviewer)
    assert (source.state, source.checker, source.message) == ("done", reviewer, "")
    entries = list(
        Entry.objects.order_by("position").values_list("household", "points", "kind", "source", "occurred_on")
    )
    homes = district.homes
    assert entries == [
        (homes[0].pk, 86, "opening", f"opening:{source.pk}:2", TODAY),
        (homes[1].pk, 120, "opening", f"opening:{source.pk}:3", TODAY),
        (homes[2].pk, -5, "opening", f"opening:{source.pk}:4", TODAY),
    ]
    seal = Seal.objects.get()
    assert (seal.entry_count, seal.points_sum) == (3, 201)
    assert Balance.objects.get(household=homes[1]).posted == 120
    assert books_are_clean()
    assert not list(seals.verify())
    event = AuditEvent.objects.get(action="register.opening")
    assert (event.actor, event.facts) == (reviewer, {"households": 3, "points": 201})


WRONG = [
    (("0101", "覃世明", 5), "H-05", "户号 0101 是冉光明，不是覃世明"),
    (("", "冉光朋", 5), "I-07", "册上没有“冉光朋”"),
    (("9999", "", 5), "H-03", "桐木村没有户号“9999”"),
    (("", "冉光明", ""), "P-00", "积分：没有填，没有分就填 0"),
    (("", "冉光明", "约 5"), "G-08", "积分：只填整数，如 86 或 -5"),
    (("", "冉光明", 5.5), "G-08", "积分：只填整数，如 86 或 -5"),
]


@pytest.mark.parametrize(("line", "code", "words"), WRONG)
def test_what_is_wrong_is_told_by_cell(line, code, words, send, clerk, signed_in):
    source = send(workbook([HEAD, line]), "opening")
    assert told(source) == [(2, "problem", code)]
    assert words in signed_in(clerk).get(reverse("points:register", args=[source.pk])).content.decode()


def test_whoever_has_entries_gets_no_opening(send, clerk, reviewer, district, posted):
    """`posted` put points into the books of homes 0 to 2; home 4 has an opening."""
    give(district.homes[4], 3)
    source = send(workbook([HEAD, ("", "冉光明", 5), ("", "欧阳娜", 5), ("", "庹世全", 7)]), "opening")
    assert told(source) == [(2, "problem", "O-02"), (3, "problem", "O-01"), (4, "new", "期初")]
    assert checked(source, clerk, reviewer).state == "done"
    again = send(workbook([HEAD, ("", "庹世全", 7)]), "opening")
    assert told(again) == [(2, "problem", "O-01")]


def test_namesakes_are_never_guessed(send, district):
    from villages import roster

    roster.enrol(grid=district.homes[0].grid, head_name="冉光明", joined_on=TODAY)
    source = send(workbook([HEAD, ("", "冉光明", 5)]), "opening")
    assert told(source) == [(2, "problem", "G-03")]


def test_nobody_checks_their_own_and_strangers_none(sheet, clerk, stranger, leader, district, counter):
    both = make_person("both", "两头", {"role": "clerk", "village": district.tongmu},
                       {"role": "reviewer", "village": district.tongmu})  # fmt: skip
    RegisterFile.objects.filter(pk=sheet.pk).update(maker=both)
    source = handed_in(RegisterFile.objects.get(pk=sheet.pk), both)
    for who, words in (
        (both, "自己上传的表由别人复核"),
        (clerk, "由这个村的"),
        (stranger, "由这个村的"),
        (counter, "由这个村的"),
    ):
        with pytest.raises(CannotTake, match=words):
            registers.approve(source=source, by=who, stamp=source.stamp, now=NOW)
    with pytest.raises(Changed):
        registers.approve(source=source, by=leader, stamp="0" * 20, now=NOW)
    assert work(registers.approve(source=source, by=leader, stamp=source.stamp, now=NOW)).state == "done"
    assert registers.approve(source=source, by=leader, stamp="", now=NOW).state == "done"
    with pytest.raises(CannotTake, match="没有在等复核"):
        registers.send_back(source=source, by=leader, reason="不对", now=NOW)


def test_given_back_with_a_reason_or_taken_back(sheet, clerk, reviewer):
    source = handed_in(sheet, clerk)
    for reason, words in (("", "退回要写原因"), ("问 13812345678", "像是有手机号")):
        with pytest.raises(CannotTake, match=words):
            registers.send_back(source=source, by=reviewer, reason=reason, now=NOW)
    source = registers.send_back(source=source, by=reviewer, reason="和公示的不一样", now=NOW)
    assert (source.state, source.message) == ("checked", "覃正芬退回：和公示的不一样")
    source = registers.send_back(source=handed_in(source, clerk), by=clerk, now=NOW)
    assert (source.state, source.message) == ("checked", "")
    assert not Entry.objects.exists()


def test_what_came_in_between_is_looked_at_again(sheet, clerk, reviewer, district):
    source = handed_in(sheet, clerk)
    registers.approve(source=source, by=reviewer, stamp=source.stamp, now=NOW)
    give(district.homes[0], 9)
    source.refresh_from_db()
    source = work(source)
    assert (source.state, source.message, source.checker) == ("checked", registers.STALE, None)
    assert list(Entry.objects.values_list("points", flat=True)) == [9]


def test_a_day_is_asked_for_and_not_of_tomorrow(clerk, district):
    with pytest.raises(CannotTake, match="截至日期不能晚于今天"):
        registers.begin(
            kind="opening", village=district.tongmu, maker=clerk, name="a.csv", content=b"a,b\n",
            day=TODAY + dt.timedelta(days=1), now=NOW,
        )  # fmt: skip


def test_the_database_by_itself(sheet, clerk, reviewer, district):
    """Without the function's refusals a second opening would double what a household holds."""
    home = district.homes[0]
    files = RegisterFile.objects.filter(pk=sheet.pk)
    for change, wall in (
        ({"state": "writing"}, "opening_was_checked"),
        ({"state": "waiting", "checker": clerk}, "checked_by_somebody_else"),
        ({"day": None}, "opening_has_a_day"),
    ):
        with pytest.raises(DatabaseError, match=wall), transaction.atomic():
            files.update(**change)
    give(home, 5)
    with pytest.raises(CannotPost, match="期初没有入账"):
        opening(home, 7, "opening:1:1")
    done = checked(RegisterFile.objects.get(pk=send_again(sheet, clerk).pk), clerk, reviewer)
    with pytest.raises(DatabaseError, match="written_register_file_stays"), transaction.atomic():
        RegisterFile.objects.filter(pk=done.pk).update(checker=None, state="checked")
    with pytest.raises(CannotPost, match="期初没有入账"):
        opening(district.homes[1], 1, "opening:1:2")
    assert Balance.objects.get(household=home).posted == 5


def send_again(sheet, clerk):
    return work(registers.recheck(source=sheet, now=NOW))


def test_pages_for_both(sheet, clerk, reviewer, leader, district, signed_in):
    client = signed_in(clerk)
    page, own = reverse("points:opening-new"), reverse("points:register", args=[sheet.pk])
    check = reverse("points:register-check", args=[sheet.pk])
    listed = client.get(page).content.decode()
    assert "积分截至" in listed
    assert "2025年结余.xlsx" in listed
    body = client.get(own).content.decode()
    for words in (
        "截至 2026-11-23，合计 +201 分，尚未入账，复核通过才生效",
        "期初：+86 分",
        "欠分，以后的加分先抵扣",
        "报 3 户复核",
    ):
        assert words in body
    assert client.post(reverse("points:register-confirm", args=[sheet.pk]), {"stamp": sheet.stamp}).status_code == 302
    assert "等评议审核或分管领导复核" in client.get(own).content.decode()
    assert client.post(check, {"answer": "pass", "stamp": sheet.stamp}).status_code == 422

    client = signed_in(reviewer)
    assert f'href="{page}"' in client.get(reverse("points:passbook-list")).content.decode()
    listed = client.get(page).content.decode()
    assert "2025年结余.xlsx" in listed
    assert 'type="file"' not in listed
    assert "复核通过，入账 3 户" in client.get(own).content.decode()
    answer = client.post(check, {"answer": "back", "stamp": sheet.stamp})
    assert (answer.status_code, "退回要写原因" in answer.content.decode()) == (422, True)
    assert client.post(check, {"answer": "pass", "stamp": sheet.stamp}).status_code == 302
    sheet.refresh_from_db()
    work(sheet)
    assert "3 户期初 +201 分已入账，截至 2026-11-23，冉晓莉经办，覃正芬复核" in client.get(own).content.decode()
    book = signed_in(clerk).get(reverse("points:passbook", args=[district.homes[0].pk])).content.decode()
    assert "期初" in book


def test_the_maker_first_sees_what_to_change_and_the_second_person_what_would_be_posted(
    send, clerk, reviewer, district, signed_in
):
    source = send(workbook([HEAD, ("0101", "冉光明", 86), ("", "覃世明", "约 5")]), "opening")
    own = reverse("points:register", args=[source.pk])
    mine = signed_in(clerk).get(own).content.decode()
    assert ("只填整数" in mine, "期初：+86 分" in mine) == (True, False)

    handed_in(source, clerk)

    seen = signed_in(reviewer).get(own).content.decode()
    assert ("只填整数" in seen, "期初：+86 分" in seen) == (False, True)


def test_the_template_holds_whoever_has_no_entries(clerk, district, signed_in, send):
    give(district.homes[0], 3)
    response = signed_in(clerk).get(reverse("points:opening-template"), {"v": district.tongmu.code})
    content = b"".join(response.streaming_content)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values)
    assert rows[0] == ("户主", "户号", "组", "积分")
    assert [row[0] for row in rows[1:]] == [
        home.head_name for home in sorted(district.homes[1:], key=lambda h: h.number)
    ]
    assert send(content, "opening").counts["problem"] == 7
