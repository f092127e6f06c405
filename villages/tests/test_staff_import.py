"""批量建账号: a list compared before it is written, all of it or nothing, and passwords that are kept nowhere."""

import datetime as dt
import io
import re
from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from conftest import NOW, TODAY
from qianjiang_portal.foundation.models import AuditEvent
from villages import accounts, appointments, staff_import, staff_lines
from villages.accounts import CannotKeep
from villages.lists import Changed
from villages.models import Appointment, Unit, User

IMPORT, OPEN = reverse("villages:staff-import"), reverse("villages:staff-open")
HEAD = "姓名\t账号\t办公电话\t角色\t地方\t开始"


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def compared(*rows):
    return staff_lines.compare("\n".join(rows), TODAY)


def told(*rows):
    return [(line.username, line.does, line.why) for line in compared(*rows).lines]


def open_all(text, by, stamp=None):
    stamp = stamp or staff_lines.compare(text, TODAY).stamp
    return staff_import.open_all(text=text, stamp=stamp, by=by, now=NOW)


@pytest.fixture
def unit(district):
    return Unit.objects.create(code="minzheng", name="区民政局")


def test_two_units_of_one_name_are_impossible(unit):
    with pytest.raises(IntegrityError, match="villages_unit_name"), transaction.atomic():
        Unit.objects.create(code="other", name=unit.name)


def test_without_the_wall_a_line_would_open_an_account_for_the_other_of_two(unit, admin_person):
    """Nobody could tell from the list for which."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE villages_unit DROP CONSTRAINT villages_unit_name_843a0738_uniq")
    Unit.objects.create(code="other", name=unit.name)

    open_all(f"罗敏\tluomin\t\t成员单位联络员\t{unit.name}\t", admin_person)

    assert Appointment.objects.get(user__username="luomin").unit != unit


def test_a_list_is_understood_line_by_line(unit):
    seen = compared(
        HEAD,
        "向丽\txiang.li\t023-0000 0236\t乡镇经办\t濯水镇\t2026-12-01",
        "",
        "覃勇\t\t\t审核\t濯水镇桐木村\t2026/12/5",
        "罗敏\tluomin\t\t成员单位联络员\t区民政局\t",
        "罗敏\tluomin\t\t分管领导\t石会镇\t2026年12月1日",
        "杨芳\t\t\t兑换经办\t濯水镇桐木村、三门社区\t",
        "沈计\tshenji\t\t审计员\t\t",
    )

    assert [(line.number, line.username, line.post, line.does) for line in seen.lines] == [
        (2, "xiang.li", "濯水镇乡镇经办", "new"),
        (4, "qinyong", "濯水镇桐木村评议审核", "new"),
        (5, "luomin", "区民政局成员单位联络员", "new"),
        (6, "luomin", "石会镇分管领导", "new"),
        (7, "yangfang", "濯水镇桐木村、濯水镇三门社区兑换经办", "new"),
        (8, "shenji", "审计员", "new"),
    ]
    assert [line.begins_on for line in seen.lines][1:3] == [dt.date(2026, 12, 5), TODAY]
    assert (seen.accounts, seen.posts, seen.wrong, seen.is_ready) == (5, 6, 0, True)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("\tx.y\t\t乡镇经办\t濯水镇\t", "写明姓名，最多 40 个字"),
        ("向丽\tX Y\t\t乡镇经办\t濯水镇\t", "账号用 3 到 40 个小写字母、数字、点或横线；空着就按拼音起"),
        ("向丽\txiangli\t找办公室转\t乡镇经办\t濯水镇\t", "办公电话只填一个号码，如 023-79240000，没有就空着"),
        ("向丽\txiangli\t1234\t乡镇经办\t濯水镇\t", "办公电话只填一个号码"),
        ("向丽\txiangli\t023-00000236、023-00000237\t乡镇经办\t濯水镇\t", "办公电话只填一个号码"),
        ("向丽\txiangli\t023 - 0000 - 0236 ( 转 ) ( 8021 )\t乡镇经办\t濯水镇\t", "办公电话最多 30 个字"),
        ("向丽\txiangli\t\t镇长\t濯水镇\t", "角色写这几个之一"),
        ("向丽\txiangli\t\t乡镇经办\t\t", "乡镇经办写一个乡镇街道或一个村"),
        ("向丽\txiangli\t\t乡镇经办\t没有村\t", "没有“没有村”这个地方，写成“濯水镇”或“濯水镇桐木村”这样"),
        ("向丽\txiangli\t\t分管领导\t濯水镇桐木村\t", "分管领导写一个乡镇街道"),
        ("向丽\txiangli\t\t联络员\t没有局\t", "联络员写成员单位的名称"),
        ("向丽\txiangli\t\t审计员\t濯水镇\t", "审计员不写地方"),
        ("向丽\txiangli\t\t乡镇经办\t濯水镇\t明天", "开始写成 2026-11-30 这样，空着就是今天"),
        ("向丽\txiangli\t\t乡镇经办\t濯水镇\t2026-13-01", "开始写成 2026-11-30 这样，空着就是今天"),
        ("向丽\tclerk\t\t乡镇经办\t石会镇\t", "账号 clerk 是冉晓莉的，换一个"),
        ("冉晓莉\t\t\t乡镇经办\t石会镇\t", "已有同名的账号 clerk：是同一个人就写上，不是就另起一个"),
        ("杨店员\tcounter\t\t兑换经办\t濯水镇三门社区\t", "杨店员已是兑换经办，服务的村在“物品库存”的兑换点里改"),
    ],
)
def test_what_is_wrong_is_said(cast, row, why):
    [(_, does, said)] = told(row)

    assert does == "wrong"
    assert said.startswith(why)


def test_lines_are_laid_beside_each_other(district):
    assert [(does, why) for _, does, why in told(
        "向丽\t\t\t乡镇经办\t濯水镇\t",
        "向丽\t\t\t乡镇经办\t石会镇\t",
    )] == [("wrong", "有 2 行叫向丽，写上账号，看得出是不是一个人")] * 2  # fmt: skip
    assert told("向丽\txl1\t\t乡镇经办\t濯水镇\t", "向丽\txl1\t\t乡镇经办\t濯水镇\t2027-01-01")[1][1:] == (
        "wrong",
        "和第 1 行是同一条任职，删掉一行",
    )
    assert told("向丽\txl1\t\t乡镇经办\t濯水镇\t", "覃勇\txl1\t\t乡镇经办\t石会镇\t")[1][1:] == (
        "wrong",
        "账号 xl1 是向丽的，换一个",
    )


def test_lines_are_laid_beside_the_accounts_there_are(cast, district):
    assert [(name, does) for name, does, _ in told(
        "冉晓莉\tclerk\t\t乡镇经办\t濯水镇\t",
        "冉晓莉\tclerk\t\t乡镇经办\t石会镇\t",
        "杨店员\tcounter\t\t兑换经办\t濯水镇桐木村\t",
    )] == [("clerk", "same"), ("clerk", "more"), ("counter", "same")]  # fmt: skip
    [post] = cast["clerk"].appointments_now
    appointments.end(appointment=post, on=TODAY - dt.timedelta(days=1))
    assert told("冉晓莉\tclerk\t\t乡镇经办\t濯水镇\t")[0][1] == "more"
    accounts.switch_off(user=cast["clerk"], by=cast["admin"], now=NOW)
    assert told("冉晓莉\tclerk\t\t乡镇经办\t濯水镇\t")[0][2] == "账号 clerk 停用了，先在“账号”里启用"


def test_two_villages_of_one_name_need_their_township(district):
    from villages.models import Village

    Village.objects.create(
        township=district.shihui, code="500114106999", name="桐木村", short_name="桐木村", kind="village"
    )
    assert told("向丽\txiangli\t\t评议审核\t桐木村\t")[0][2] == "有 2 个“桐木村”，前面写上乡镇街道"
    assert told("向丽\txiangli\t\t评议审核\t石会镇桐木村\t")[0][1] == "new"


def test_names_that_read_alike_get_numbers(district):
    User.objects.create(username="xiangli", name="向莉")
    assert [name for name, _, _ in told("向丽\t\t\t乡镇经办\t濯水镇\t", "项力\t\t\t乡镇经办\t石会镇\t")] == [
        "xiangli2",
        "xiangli3",
    ]


def test_comparing_costs_the_same_for_one_line_and_thirty(cast):
    costs = []
    for count in (1, 30):
        rows = [f"冉晓莉\tclerk\t\t评议审核\t{place}\t" for place in ("濯水镇", "石会镇")]
        rows += [f"新人{n}\t\t\t乡镇经办\t濯水镇\t" for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            compared(*rows)
        costs.append(len(asked))

    assert costs[0] == costs[1] <= 9


def test_what_was_compared_is_written_and_each_new_person_has_a_password(admin_person, clerk, unit):
    text = "\n".join((
        "向丽\txiang.li\t023-0000 0236\t乡镇经办\t濯水镇\t2026-11-01",
        "向丽\txiang.li\t\t评议审核\t石会镇中元村\t2026-11-01",
        "冉晓莉\tclerk\t\t评议审核\t石会镇中元村\t",
    ))  # fmt: skip
    [given] = open_all(text, admin_person)

    assert given.posts == "濯水镇乡镇经办、石会镇中元村评议审核"
    person = User.objects.get(username="xiang.li")
    assert (person.phone, person.must_change_password) == ("023-0000 0236", True)
    assert [post.label for post in person.appointments_now] == ["濯水镇乡镇经办", "石会镇中元村评议审核"]
    client = Client()
    client.post("/accounts/login/", {"username": "xiang.li", "password": given.password})
    assert client.get("/home/")["Location"] == "/accounts/password/"
    event = AuditEvent.objects.get(action="account.open")
    assert (event.actor, event.facts) == (admin_person, {"accounts": 1, "posts": 3})
    assert not AuditEvent.objects.filter(facts__icontains=given.password).exists()


def test_a_telephone_is_kept_in_plain_digits(admin_person, district):
    open_all("向丽\txiang.li\t０２３－００００ ０２３６（转８０２１）\t乡镇经办\t濯水镇\t", admin_person)
    assert User.objects.get(username="xiang.li").phone == "023-0000 0236(转8021)"


def test_an_account_with_words_for_a_telephone_is_impossible(clerk):
    with pytest.raises(IntegrityError, match="villages_user_phone_is_a_number"), transaction.atomic():
        User.objects.filter(pk=clerk.pk).update(phone="找办公室转")


def test_without_the_wall_words_stand_where_people_look_for_a_number_to_call(clerk, admin_person, signed_in):
    drop_the_wall()
    User.objects.filter(pk=clerk.pk).update(phone="找办公室转")

    assert "办公电话 找办公室转" in words(signed_in(admin_person).get(reverse("villages:staff", args=[clerk.pk])))


def test_an_upgrade_keeps_the_number_that_stands_in_an_old_text(clerk):
    mended = import_module("villages.migrations.0026_office_telephones_are_numbers").MENDED
    drop_the_wall()

    def after(text):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE villages_user SET phone = %s WHERE id = %s", [text, clerk.pk])
            for statement in mended:
                cursor.execute(statement)
        clerk.refresh_from_db()
        return clerk.phone

    assert after("党政办 023-0000 0236") == "023-0000 0236"
    assert after("０２３-００００ ０２３６（转８０２１）找向丽") == "023-0000 0236(转8021"
    assert after("023-00000236、023-00000237") == "023-00000236"
    assert after("023-0000 0236 / 023-0000 0237") == "023-0000 0236"
    assert after("023-00000236") == "023-00000236"
    assert after("找办公室转") == ""


def drop_the_wall():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE villages_user DROP CONSTRAINT villages_user_phone_is_a_number")


def test_one_wrong_line_writes_nothing(admin_person, district):
    text = "向丽\txiang.li\t\t乡镇经办\t濯水镇\t\n覃勇\tqinyong\t\t乡镇经办\t没有镇\t"
    with pytest.raises(CannotKeep, match="有 1 行要改，还没有写入"):
        open_all(text, admin_person)
    assert not User.objects.filter(username="xiang.li").exists()


def test_what_changed_after_the_comparison_is_looked_at_again(admin_person, clerk, district):
    text = "冉晓莉\tclerk\t\t乡镇经办\t石会镇\t\n向丽\txiang.li\t\t乡镇经办\t濯水镇\t"
    stamp = staff_lines.compare(text, TODAY).stamp
    appointments.appoint(user=clerk, role="clerk", township=district.shihui, begins_on=TODAY)
    with pytest.raises(Changed, match="比对以后账号又有变动，再看一遍"):
        open_all(text, admin_person, stamp)
    assert not User.objects.filter(username="xiang.li").exists()


def test_sending_it_twice_makes_nobody_twice(admin_person, district):
    text = "向丽\txiang.li\t\t乡镇经办\t濯水镇\t"
    stamp = staff_lines.compare(text, TODAY).stamp
    open_all(text, admin_person, stamp)
    with pytest.raises(Changed):
        open_all(text, admin_person, stamp)
    with pytest.raises(CannotKeep, match="没有要写入的行"):
        open_all(text, admin_person)
    assert Appointment.objects.filter(user__username="xiang.li").count() == 1


def test_only_administrators_write(district_officer, district):
    with pytest.raises(CannotKeep, match="账号由系统管理员管理"):
        open_all("向丽\txiang.li\t\t乡镇经办\t濯水镇\t", district_officer)


def test_the_pages_compare_write_and_hand_out_slips(admin_person, signed_in, district):
    client = signed_in(admin_person)
    text = "向丽\txiang.li\t\t乡镇经办\t濯水镇\t\n覃勇\t\t\t评议审核\t濯水镇桐木村\t"
    page = client.post(IMPORT, {"text": text})
    assert "新账号 2 个，登记任职 2 条" in words(page)
    assert "覃勇 qinyong 濯水镇桐木村评议审核 2026-11-23 新账号" in words(page)
    assert not User.objects.filter(username="xiang.li").exists()
    [sent] = re.findall(r'<textarea name="text" hidden>\n(.*?)</textarea>', page.content.decode(), re.S)
    [stamp] = re.findall(r'name="stamp" value="(\w+)"', page.content.decode())

    slips = client.post(OPEN, {"text": sent, "stamp": stamp})
    assert len(re.findall(r"<code>[a-z0-9-]{14}</code>", slips.content.decode())) == 2
    assert "向丽 濯水镇乡镇经办" in words(slips)
    assert slips["Cache-Control"].startswith("max-age=0")
    again = client.post(OPEN, {"text": sent, "stamp": stamp})
    assert again.status_code == 422
    assert "还没有写入 比对以后账号又有变动，再看一遍" in words(again)


def test_a_wrong_list_comes_back_with_everything_typed(admin_person, signed_in, district):
    page = signed_in(admin_person).post(IMPORT, {"text": "向丽\txiang.li\t\t镇长\t濯水镇\t"})

    assert "1 行要改" in words(page)
    assert "要改 角色写这几个之一：乡镇经办、评议审核" in words(page)
    assert "向丽\txiang.li\t\t镇长\t濯水镇" in page.content.decode()
    assert "建 1 个账号" not in words(page)


def book_of(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile("名单.xlsx", target.getvalue())


def test_a_workbook_is_read_as_it_is_filled_in(admin_person, signed_in, district):
    sent = book_of(HEAD.split("\t"), ["向丽", None, 2300000236, "乡镇经办", 500114112, dt.datetime(2026, 12, 1)])
    page = signed_in(admin_person).post(IMPORT, {"text": "", "file": sent})

    assert "向丽 xiangli 濯水镇乡镇经办 2026-12-01 新账号" in words(page)
    assert "2300000236" in page.content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": ""}, "粘贴几行，或选一个文件"),
        ({"text": "x\n" * 302}, "有 302 行，一次最多 300 行，分几次来"),
        ({"text": "", "file": SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0")}, "只收 .xlsx 表格文件"),
        ({"text": "", "file": SimpleUploadedFile("a.xlsx", b"x" * (1024 * 1024 + 1))}, "文件超过 1 MB"),
    ],
)
def test_what_is_no_list_is_explained(admin_person, signed_in, sent, said):
    page = signed_in(admin_person).post(IMPORT, sent)

    assert page.status_code == 422
    assert said in words(page)


def test_the_empty_table_has_the_columns_that_are_read(admin_person, signed_in):
    answer = signed_in(admin_person).get(reverse("villages:staff-template"))
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book["账号"]

    assert [cell.value for cell in sheet[1]] == list(staff_lines.COLUMNS)
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert lists == ["可以填的!$D$2:$D$9"]
    assert [row[0].value for row in book["可以填的"]["D2:D9"]] == Appointment.Role.labels


def test_a_list_of_heads_alone_is_told_as_such(admin_person, signed_in):
    heads = "\t".join(staff_lines.COLUMNS)
    page = signed_in(admin_person).post("/staff/import/", {"text": heads}).content.decode()

    assert "只有表头，下面还没有填" in page
    assert "这些任职都已登记" not in page
