"""A village's roster from a workbook: what each line would do, what is written, and what is refused."""

import io

import openpyxl
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from points import households, register_pages, registers
from points.models import Balance, Entry, HouseholdMove, PanelMember, RegisterFile
from points.registers import CannotTake, Changed
from points.tests.imports.conftest import workbook
from points.tests.registers.conftest import told, work
from points.tests.shop import give
from points.tests.test_households import books_are_clean
from points.workbooks import registers as sheets
from qianjiang_portal.foundation.models import AuditEvent
from villages import roster
from villages.models import Grid, Household, Resident

pytestmark = pytest.mark.django_db
HEAD = ("户主", "户号", "组", "人口", "别名", "家庭成员", "并入户号")
WHY = "按村里报来的名册"


def confirmed(source, clerk, reason=WHY):
    return work(registers.confirm(source=source, maker=clerk, stamp=source.stamp, reason=reason, now=NOW))


@pytest.fixture
def mixed(send, district):
    """One line of each kind. 冉光明 0101, 覃世明 0201, 单淑芬 0102, 曾国良 0202, 欧阳娜 0103, 庹世全 0203."""
    return send(
        workbook(
            [
                HEAD,
                ("冉光明", "", "1组", 4, "", "", ""),
                ("覃世民", "0201", "2组", 5, "", "覃小妹、覃小弟（子）", ""),
                ("单淑芬", "500114112202-01-0102", "2组", "", "", "", ""),
                ("庹世全", "0203", "", "", "", "", "0103"),
                ("张三", "", "第三组", "3人", "老三", "张小妹（女）", ""),
                ("冉光明", "新", "2", "", "", "", ""),
            ]
        )
    )


def test_each_line_says_what_it_would_do(mixed):
    assert told(mixed) == [
        (2, "same"),
        (3, "change", "户主", "人口", "添成员"),
        (4, "regroup", "组"),
        (5, "merge", "并入"),
        (6, "new", "户主", "组", "人口", "别名", "添成员"),
        (7, "new", "户主", "组", "人口"),
    ]
    counts = {"all": 6, "writes": 5, "same": 1, "change": 1, "regroup": 1, "merge": 1, "new": 2, "problem": 0}
    assert mixed.counts == counts | {"warning": 1, "absent": 4, "points": 0}
    assert not Household.objects.filter(head_name__in=("张三", "覃世民")).exists()


def test_what_was_shown_is_written_as_a_whole(mixed, clerk, district):
    give(district.homes[5], 7)
    with pytest.raises(AssertionError):
        assert confirmed(mixed, clerk).state == "done"
    source = RegisterFile.objects.get(pk=mixed.pk)
    assert (source.state, source.message) == ("checked", registers.STALE)
    assert not HouseholdMove.objects.exists()

    source = confirmed(source, clerk)
    assert (source.state, source.counts["writes"], source.lines.count()) == ("done", 5, 0)
    new = Household.objects.get(head_name="张三")
    assert (new.number, new.members, new.aliases, new.joined_on) == ("500114112202-03-0301", 3, "老三", TODAY)
    assert list(new.residents.order_by("pk").values_list("name", "relation", "is_head")) == [
        ("张三", "户主", True),
        ("张小妹", "女", False),
    ]
    changed = Household.objects.get(pk=district.homes[1].pk)
    assert (changed.head_name, changed.members, changed.version) == ("覃世民", 5, 2)
    assert changed.initials.startswith("qsm") or "qsm" in changed.initials
    assert sorted(changed.residents.values_list("name", "is_head")) == [
        ("覃世民", True),
        ("覃小妹", False),
        ("覃小弟", False),
    ]
    moved = Household.objects.get(pk=district.homes[2].pk)
    assert (moved.grid.number, moved.number) == (2, "500114112202-01-0102")
    gone = Household.objects.get(pk=district.homes[5].pk)
    assert (gone.state, gone.successor_id) == ("merged", district.homes[4].pk)
    assert Balance.objects.get(household=district.homes[4]).posted == 7
    assert sorted(HouseholdMove.objects.values_list("kind", "reason")) == [("grid", WHY), ("merge", WHY)]
    assert Household.objects.filter(head_name="冉光明").count() == 2
    assert books_are_clean()
    event = AuditEvent.objects.get(action="register.roster")
    assert event.facts == {"new": 2, "change": 1, "regroup": 1, "merge": 1}


def test_another_head_out_of_the_family_takes_the_books_over(send, clerk, district):
    source = send(workbook([HEAD, ("冉小妹", "0101", "1", "", "", "", "")]))
    assert not source.lines.get().warnings
    confirmed(source, clerk)
    home = district.homes[0]
    assert sorted(home.residents.values_list("name", "relation", "is_head")) == [
        ("冉光明", "", False),
        ("冉小妹", "户主", True),
    ]
    other = send(workbook([HEAD, ("石远方", "0101", "1", "", "", "", "")]))
    assert other.lines.get().warnings == ["新户主不在册上的家庭成员里，看看户号有没有填错行"]


WRONG = [
    (("冉光明", "", "2组", "", "", "", ""), "H-11", "册上已有“冉光明”（1组 0101）。是这一户就填户号，另是一户就写“新”"),
    (("张三", "", "", "", "", "", ""), "K-00", "组：没有填，新增的户要写明在哪个组"),
    (("张三", "", "河边院子", "", "", "", ""), "K-01", "组：没有“河边院子”，写成 3 或 3组"),
    (("张三", "9999", "1", "", "", "", ""), "H-03", "户号：桐木村没有户号“9999”"),
    (("罗昌碧", "500114112003-01-0101", "1", "", "", "", ""), "H-03", "不是桐木村的户号，看看是不是选错了村"),
    (("冉光明", "5.00114E+17", "1", "", "", "", ""), "H-04", "长数字被表格写成了科学计数，末几位已丢失"),
    (("冉光明", "0101", "1", "四口", "", "", ""), "M-01", "人口：填 1 到 30 的数字"),
    (("冉光明", "0101", "1", 0, "", "", ""), "M-01", "人口：填 1 到 30 的数字"),
    (("冉光明13800000000", "0101", "1", "", "", "", ""), "N-02", "户主：里面有数字，只写姓名，不写证件号和电话"),
    (("冉光明", "0101", "1", "", "", "冉小妹 500233198001011234", ""), "N-02", "家庭成员：里面有数字"),
    (("", "新", "1", "", "", "", ""), "H-00", "户主：没有填"),
    (("张三", "", "1", "", "", "", "0101"), "T-00", "这一户还不在册，没有户号的户不能并出"),
    (("冉光明", "0101", "1", "", "", "", "0101"), "T-01", "和本户是同一户"),
    (("冉光明", "0101", "1", "", "", "", "8888"), "T-03", "并入户号：桐木村没有户号“8888”"),
]


@pytest.mark.parametrize(("line", "code", "words"), WRONG)
def test_what_is_wrong_with_a_line_is_told_and_left_out(line, code, words, send, clerk, signed_in):
    source = send(workbook([HEAD, line, ("李新户", "", "1", "", "", "", "")]))
    assert told(source)[0][:3] == (2, "problem", code)
    page = signed_in(clerk).get(reverse("points:register", args=[source.pk])).content.decode()
    assert words in page
    assert "写入 1 户" in page
    before = list(Household.objects.exclude(head_name="李新户").values_list("pk", "version", "head_name"))
    confirmed(source, clerk)
    assert list(Household.objects.exclude(head_name="李新户").values_list("pk", "version", "head_name")) == before


def test_the_same_household_twice_is_told(send):
    rows = [("冉光明", "0101"), ("冉光明", "")], [("张三", ""), ("张三", "")]
    for pair, code in zip(rows, ("D-01", "D-03"), strict=True):
        source = send(workbook([HEAD, *((name, number, "1组", "", "", "", "") for name, number in pair)]))
        assert told(source)[1] == (3, "problem", code)
        assert source.lines.get(line=3).problems[0]["line"] == 2


def test_whatever_holds_a_merger_back_is_told_before_it_is_written(send, district, submitted, clerk, reviewer):
    claimed, seated = district.homes[0], district.homes[4]
    PanelMember.objects.create(village=district.tongmu, name="欧阳娜", household=seated, begins_on=SINCE, user=reviewer)
    lines = [(one.head_name, one.short_number, "", "", "", "", "0203") for one in (claimed, seated)]
    chain = [("曾国良", "0202", "", "", "", "", "0104"), ("龚素芳", "0104", "", "", "", "", "0203")]
    source = send(workbook([HEAD, *lines, *chain]))
    codes = [one[2] for one in told(source)[:3]]
    assert codes == ["T-11", "T-12", "T-04"]


def test_one_press_puts_right(send, clerk, signed_in):
    source = send(workbook([HEAD, ("冉光明", "", "2组", "", "", "", ""), ("张三", "", "七", "", "", "", "")]))
    client = signed_in(clerk)
    fix = reverse("points:register-fix", args=[source.pk])
    assert "是新的一户" in client.get(reverse("points:register", args=[source.pk])).content.decode()
    line = source.lines.get(line=2)
    assert client.post(fix, {"row": line.pk, "line": 2, "pick": "number||新"}).status_code == 302
    source.refresh_from_db()
    assert told(source) == [(2, "new", "户主", "组", "人口"), (3, "new", "户主", "组", "人口")]
    answer = client.post(fix, {"row": line.pk, "line": 2, "pick": "does||new"}, headers={"HX-Request": "true"})
    assert (answer.status_code, "没有找到这一行" in answer.content.decode()) == (422, True)


def test_a_list_that_went_stale_is_not_written(mixed, clerk, district, signed_in):
    """The harm: without the stamp the clerk's list would undo what somebody wrote in between."""
    households.regroup(household=district.homes[2], grid=Grid.objects.get(village=district.tongmu, number=2),
                       reason="搬家", by=clerk, now=NOW)  # fmt: skip
    with pytest.raises(Changed, match="比对以后名册或存折又有变动"):
        registers.confirm(source=mixed, maker=clerk, stamp="0" * 20, reason=WHY, now=NOW)
    source = confirmed(mixed, clerk)
    assert (source.state, source.message) == ("checked", registers.STALE)
    assert not Household.objects.filter(head_name="张三").exists()
    page = signed_in(clerk).get(reverse("points:register", args=[source.pk])).content.decode()
    assert registers.STALE in page
    assert told(source)[2] == (4, "same")


def test_a_refusal_while_writing_leaves_nothing_behind(send, clerk, district, monkeypatch):
    source = send(workbook([HEAD, ("张三", "", "1", "", "", "", ""), ("单淑芬", "0102", "2", "", "", "", "")]))
    registers.confirm(source=source, maker=clerk, stamp=source.stamp, reason=WHY, now=NOW)
    clerk.appointments.update(ends_on=SINCE)
    source.refresh_from_db()
    source = work(source)
    assert (source.state, source.message[:5]) == ("checked", "没有写入：")
    assert not Household.objects.filter(head_name="张三").exists()


def test_who_and_when(mixed, clerk, stranger, leader, district, send):
    with pytest.raises(CannotTake, match="没有在这个村录入的任职"):
        send(workbook([HEAD]), maker=stranger)
    with pytest.raises(CannotTake, match="有换组或并户，写明原因"):
        registers.confirm(source=mixed, maker=clerk, stamp=mixed.stamp, reason=" ", now=NOW)
    with pytest.raises(CannotTake, match="像是有手机号"):
        registers.confirm(source=mixed, maker=clerk, stamp=mixed.stamp, reason="问 13812345678", now=NOW)
    same = send(workbook([HEAD, ("冉光明", "0101", "1", "", "", "", "")]))
    with pytest.raises(CannotTake, match="没有要写入的户"):
        registers.confirm(source=same, maker=clerk, stamp=same.stamp, reason="", now=NOW)
    done = confirmed(mixed, clerk)
    assert registers.confirm(source=done, maker=clerk, stamp="", reason="", now=NOW).state == "done"
    with pytest.raises(CannotTake, match="不能再改"):
        registers.fix(source=done, line_id=1, field="name", value="x", now=NOW)
    assert not RegisterFile.objects.visible_to(leader).exists()


HOSTILE = [
    (b"PK\x03\x04 broken", "文件打不开"),
    (b"%PDF-1.7", "只收 .xlsx、.xls 和 .csv 表格文件"),
    (b"", "文件是空的"),
]


@pytest.mark.parametrize(("content", "words"), HOSTILE)
def test_files_that_are_none(content, words, send):
    with pytest.raises(CannotTake, match=words):
        send(content)


def test_files_that_cannot_be_understood(send):
    source = send(workbook([("姓名", "电话"), ("冉光明", "1")]))
    assert (source.state, source.message) == ("failed", "第 1 行没有认出“组”，请对照模板")
    assert send(workbook([HEAD])).message == "表里没有要导入的行，请对照模板填好再上传"
    many = workbook([HEAD, *(("冉光明", at, "1") for at in range(5_001))])
    assert "5,001 户，一个村最多 5,000 户" in send(many).message


def test_offices_write_their_rosters_in_many_ways(send):
    head = "濯水镇桐木村农户名册\n\n序号,村民小组,姓名（必填）,家庭人口,电话\n"
    text = f"{head}1,第１组,冉 光明,４人,\n合计,,,4,\n2,二社,向新民,3.0,138\n"
    source = send(text.encode("gb18030"), name="名册.csv")
    assert told(source) == [(4, "same"), (6, "new", "户主", "组", "人口")]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3", 3),
        ("３组", 3),
        ("第三组", 3),
        ("十二社", 12),
        ("二十小组", 20),
        ("二十三村民小组", 23),
        ("院子", None),
        ("1-2组", None),
    ],
)
def test_groups_as_they_are_written(typed, number):
    assert sheets.group(typed) == number


def test_the_template_is_the_roster_and_changes_nothing(send, clerk, district, signed_in):
    roster.amend_many(amendments=[roster.Amendment(district.homes[0], aliases="=冉老大")])
    response = signed_in(clerk).get(reverse("points:roster-template"), {"v": district.tongmu.code})
    content = b"".join(response.streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    rows = list(sheet.values)
    assert rows[0] == HEAD
    assert rows[1][:6] == ("冉光明", "0101", "1组", "4", "=冉老大", "冉小妹（女）")
    assert (sheet["E2"].data_type, sheet["E2"].quotePrefix) == ("s", True)
    source = send(content)
    assert (source.counts["same"], source.counts["writes"]) == (8, 0)


def test_the_error_workbook_comes_back_as_it_is(send, clerk, signed_in):
    source = send(workbook([HEAD, ("冉光明", "", "2组", "", "", "", ""), ("张三", "", "1", "", "", "", "")]))
    response = signed_in(clerk).get(reverse("points:register-errors", args=[source.pk]))
    content = b"".join(response.streaming_content)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    assert rows[0] == (*HEAD, "问题说明")
    assert rows[1][-1].startswith("户主：册上已有“冉光明”")
    assert told(send(content)) == [(2, "problem", "H-11")]


def test_pages_lead_there_and_show_it(mixed, clerk, leader, district, signed_in):
    client = signed_in(clerk)
    address = reverse("points:roster-new")
    listed = client.get(reverse("points:passbook-list"), {"village": district.tongmu.code}).content.decode()
    assert f'href="{address}?v={district.tongmu.code}"' in listed
    page = client.get(address).content.decode()
    assert "桐木村名册.xlsx" in page
    assert "待确认" in page
    body = client.get(reverse("points:register", args=[mixed.pk])).content.decode()
    shown = (
        "册上另有 4 户表里没有写到，不动",
        "户主：覃世明 → 覃世民",
        "组：1组 → 2组",
        "并入：4人，0 分 → 欧阳娜户 0103",
        "册上没有 3组，写入时新设",
        "换组、并户的原因",
        "写入 5 户",
        "并户不能撤回",
    )
    for words in shown:
        assert words in body
    answer = client.post(reverse("points:register-confirm", args=[mixed.pk]), {"stamp": mixed.stamp, "reason": ""})
    assert (answer.status_code, "有换组或并户，写明原因" in answer.content.decode()) == (422, True)
    answer = client.post(reverse("points:register-confirm", args=[mixed.pk]), {"stamp": mixed.stamp, "reason": WHY})
    assert answer.status_code == 302
    mixed.refresh_from_db()
    work(mixed)
    done = client.get(reverse("points:register", args=[mixed.pk])).content.decode()
    assert "新增 2 户，修改 1 户，换组 1 户，并户 1 户" in done
    assert address not in signed_in(leader).get(reverse("points:passbook-list")).content.decode()


def test_uploading_asks_for_village_and_file(clerk, signed_in, district):
    client = signed_in(clerk)
    answer = client.post(reverse("points:roster-new"), {})
    assert (answer.status_code, "选一个表格文件" in answer.content.decode()) == (422, True)
    file = io.BytesIO(workbook([HEAD, ("张三", "", "1", "", "", "", "")]))
    file.name = "名册.xlsx"
    answer = client.post(reverse("points:roster-new"), {"village": district.tongmu.code, "file": file})
    source = RegisterFile.objects.get()
    assert answer.headers["Location"] == reverse("points:register", args=[source.pk])
    assert "正在比对" in client.get(answer.headers["Location"]).content.decode()


def test_as_many_queries_for_three_lines_as_for_one(send, clerk, signed_in):
    costs = []
    client = signed_in(clerk)
    for count in (1, 3):
        source = send(workbook([HEAD, *((f"张{sign}", "", "1", "", "", "", "") for sign in "三四五"[:count])]))
        client.get(reverse("points:register", args=[source.pk]))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("points:register", args=[source.pk]))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_database_by_itself(mixed, district):
    """A file counts as compared only with a stamp; a household has one head, whoever writes."""
    with pytest.raises(DatabaseError, match="register_file_was_compared"), transaction.atomic():
        RegisterFile.objects.filter(pk=mixed.pk).update(stamp="")
    with pytest.raises(DatabaseError, match="household_has_one_head"), transaction.atomic():
        Resident.objects.filter(household=district.homes[0]).update(is_head=True)
    assert not Entry.objects.exists()
    assert register_pages.SHOWN.keys() >= {"new", "change", "regroup", "merge", "same", "problem"}
