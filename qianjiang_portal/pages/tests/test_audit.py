"""审计: the log narrowed, paged, looked at and taken away, by auditors alone."""

import csv
import datetime as dt
import io
import re

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from conftest import NOW, SINCE
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation import audit, audit_seals
from qianjiang_portal.foundation.models import AuditEvent, AuditSeal
from qianjiang_portal.pages.auditing import events, export
from qianjiang_portal.pages.auditing.events import Filters

LIST = "/audit/"


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows(response):
    """What the table shows, a text for each row."""
    body = re.search(r"<tbody.*?</tbody>", response.content.decode(), re.S)
    parts = re.findall(r"<tr>.*?</tr>", body[0], re.S) if body else []
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)).strip() for part in parts]


@pytest.fixture
def log(district, clerk, stranger):
    """Six events: two people, three places, one that was refused."""
    home, far = district.tongmu.code, district.zhongyuan.code
    day = dt.timedelta(days=1)
    audit.record(actor=clerk, action="batch.submit", target="B-1", place=home, facts={"rows": 3}, at=NOW - 4 * day)
    audit.record(actor=clerk, action="batch.recall", target="B-1", place=home, at=NOW - 3 * day)
    audit.record(actor=stranger, action="batch.submit", target="B-2", place=far, at=NOW - 2 * day)
    audit.record(actor=None, action="account.sign-in", target="clerk", outcome="refused", address="10.0.0.7", at=NOW)
    audit.record(actor=clerk, action="account.sign-in", address="10.0.0.7", at=NOW)
    audit.record(actor=None, action="notice.post", target="GS-1", place=district.zhuoshui.code, at=NOW)


def test_a_row_tells_who_did_what_where(log, auditor, signed_in):
    shown = rows(signed_in(auditor).get(LIST, {"action": "batch.submit"}))

    assert len(shown) == 2
    assert "冉晓莉 濯水镇乡镇经办 提交批次 B-1 濯水镇桐木村 行 3 完成" in shown[1]


@pytest.mark.parametrize(
    ("asked", "targets"),
    [
        ({"person": "冉晓"}, ["", "B-1", "B-1"]),
        ({"person": "stranger"}, ["B-2"]),
        ({"action": "batch."}, ["B-2", "B-1", "B-1"]),
        ({"action": "batch.recall"}, ["B-1"]),
        ({"place": "500114112"}, ["GS-1", "B-1", "B-1"]),
        ({"outcome": "refused"}, ["clerk"]),
        ({"since": "2026-11-20", "until": "2026-11-21"}, ["B-2", "B-1"]),
        ({"person": "冉晓莉", "until": "2026-11-19"}, ["B-1"]),
        ({"since": "昨天", "place": "x", "action": "nothing.at-all", "outcome": "odd"}, None),
    ],
)
def test_the_log_is_narrowed(log, asked, targets):
    found = list(events.found(Filters.read(asked)))

    if targets is None:
        assert len(found) == AuditEvent.objects.count()
    else:
        assert [event.target for event in found if event.action != "appointment.appoint"] == targets


def test_what_finds_nothing_says_how_to_go_on(log, auditor, signed_in):
    assert "没有这样的记录 换一个动作，或把时间放宽" in words(signed_in(auditor).get(LIST, {"person": "没有这个人"}))


def test_pages_go_on_from_the_last_row_while_the_log_grows(district, clerk, auditor, signed_in):
    for number in range(120):
        audit.record(actor=clerk, action="batch.submit", target=f"B-{number}", at=NOW)
    filters, seen, before = Filters(action="batch."), [], ""
    while True:
        page = events.page(filters, before)
        seen += [line.event.target for line in page.lines]
        audit.record(actor=clerk, action="batch.submit", target="late", at=NOW + dt.timedelta(minutes=1))
        if not page.older:
            break
        before = page.older.rpartition("=")[2]

    assert seen == [f"B-{number}" for number in reversed(range(120))]
    assert rows(signed_in(auditor).get(LIST + events.page(filters).older))[0].count("B-") == 1


@pytest.mark.parametrize("odd", ["x", "9" * 30, "-1", "0"])
def test_an_odd_page_is_the_first(log, odd):
    assert events.page(Filters(), odd).is_first


def test_digits_of_another_width_are_no_row(log):
    newest = str(AuditEvent.objects.latest("pk").pk)
    wide = newest.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})

    assert not events.page(Filters(), newest).is_first
    assert events.page(Filters(), wide).is_first


def test_the_list_costs_the_same_for_one_row_and_many(log, auditor, signed_in):
    client = signed_in(auditor)
    client.get(LIST)
    one = own_queries(client, f"{LIST}?action=notice.post")

    assert own_queries(client, LIST) <= one <= 6


def test_one_event_shows_all_that_was_written_down(log, auditor, signed_in):
    event = AuditEvent.objects.get(outcome="refused")
    text = words(signed_in(auditor).get(reverse("audit-event", args=[event.pk])))

    assert "登录" in text
    assert "10.0.0.7" in text
    assert "未通过" in text


def test_the_export_holds_what_the_filters_show_and_is_written_down(log, auditor, signed_in):
    answer = signed_in(auditor).post(reverse("audit-export"), {"format": "xlsx", "action": "batch."})
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["操作记录"]

    shown = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert [row[6] for row in shown] == ["B-2", "B-1", "B-1"]
    assert shown[0][7] == "石会镇中元村"
    taken = AuditEvent.objects.get(action="audit.export")
    assert taken.actor == auditor
    assert taken.facts == {"rows": 3, "format": "xlsx", "filters": {"action": "batch."}}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝", " ="])
def test_nothing_in_the_csv_can_be_worked_out(district, start):
    evil = f'{start}HYPERLINK("http://x","点我")'
    audit.record(actor=None, action="account.sign-in", target=evil, outcome="refused", at=NOW)
    _, content = export.export(filters=Filters(), form="csv", by=None, now=NOW)

    found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert found[0]["对象"] == f"'{evil}"
    assert found[0]["动作"] == "登录"


def test_too_much_is_refused_with_a_way_on(log, auditor, signed_in, monkeypatch):
    monkeypatch.setattr(export, "MOST", 2)
    answer = signed_in(auditor).post(reverse("audit-export"), {"format": "csv"}, follow=True)

    assert "一次最多导出 2 条，先把时间缩短一些" in words(answer)
    assert not AuditEvent.objects.filter(action="audit.export").exists()


def test_the_log_opens_to_auditors_alone_and_only_while_they_are(log, auditor, admin_person, signed_in):
    assert signed_in(admin_person).get(LIST).status_code == 403
    auditor.appointments.update(begins_on=SINCE, ends_on=NOW.date() - dt.timedelta(days=1))
    assert signed_in(auditor).get(LIST).status_code == 403


@pytest.mark.parametrize(
    "change", ["UPDATE foundation_auditevent SET target = 'x'", "DELETE FROM foundation_auditevent"]
)
def test_the_database_keeps_what_was_written(log, change):
    from django.db import connection

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_seals_are_listed_and_worked_out_again(log, auditor, signed_in):
    audit_seals.nightly(now=NOW)
    client = signed_in(auditor)
    made = AuditSeal.objects.get()

    text = words(client.get(reverse("audit-seals")))
    assert f"第 1 枚 2026-11-22 {made.count} {made.first}—{made.last} {made.short}" in text
    assert f"第 1 枚，{made.count} 条" in text
    assert f"第 1 枚：{made.count} 条记录相符" in words(client.get(reverse("audit-seals"), {"seal": 1}))
    assert client.get(reverse("audit-seals"), {"seal": 7}).status_code == 404


def test_the_list_of_seals_costs_the_same_for_one_and_many(log, auditor, signed_in):
    client = signed_in(auditor)
    address = reverse("audit-seals")
    audit_seals.nightly(now=NOW)
    client.get(address)
    one = own_queries(client, address)
    for day in (1, 2):
        audit.record(actor=None, action="batch.submit", at=NOW + dt.timedelta(days=day - 1))
        audit_seals.nightly(now=NOW + dt.timedelta(days=day))

    assert AuditSeal.objects.count() == 3
    assert own_queries(client, address) == one


def test_the_number_of_the_request_is_shown_and_taken_away(clerk, auditor, signed_in):
    client = signed_in(auditor)
    client.post(reverse("audit-export"), {"format": "csv"}, headers={"X-Request-ID": "0123456789abcdef" * 2})
    event = AuditEvent.objects.get(action="audit.export")

    assert "请求编号 0123456789abcdef0123456789abcdef" in words(client.get(reverse("audit-event", args=[event.pk])))
    _, content = export.export(filters=Filters(action="audit.export"), form="csv", by=auditor, now=NOW)
    [row] = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (row["网络地址"], row["请求编号"]) == ("127.0.0.1", event.request)


def test_without_a_seal_the_page_says_when_there_is_one(auditor, signed_in):
    assert "还没有封签 每天夜里" in words(signed_in(auditor).get(reverse("audit-seals")))


def test_a_sign_in_that_did_not_match_is_nobody_s_and_found_by_the_account(district, clerk, auditor, client, signed_in):
    """Whose password was tried is known, who tried it is not; what no one asked for is the system's own."""
    client.post("/accounts/login/", {"username": "clerk", "password": "no-such-password"})
    audit.record(actor=None, action="notice.post", target="GS-1", at=NOW)
    page = signed_in(auditor)

    [tried] = rows(page.get(LIST, {"person": "clerk", "outcome": "refused"}))
    assert "没有登录 登录 clerk" in tried
    assert "未通过" in tried
    assert ["系统 入账 GS-1" in row for row in rows(page.get(LIST, {"action": "notice.post"}))] == [True]
