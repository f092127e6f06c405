"""Every file a village office really sends, one by one, with what the clerk is told. Nothing is half-written."""

import io
import subprocess
import sys
import zipfile

import openpyxl
import pytest
import xlsxwriter

from conftest import TODAY
from points import import_words, imports
from points.models import Batch, Claim, Import
from points.tests.imports.biff import compound, xls
from points.tests.imports.conftest import HEAD, told, workbook
from points.workbooks import limits, reader
from points.workbooks.limits import BadWorkbook

pytestmark = pytest.mark.django_db

GOOD = ("冉光明", "", "Z01", "2026-11-20", 5, "")


@pytest.fixture(autouse=True)
def nothing_is_written():
    yield
    assert (Batch.objects.count(), Claim.objects.count()) == (0, 0)


def refused(upload, content, name="表.xlsx"):
    """What is said of a file that cannot be read, at the door or after the worker has tried."""
    try:
        source = upload(content, name)
    except imports.CannotImport as refusal:
        return str(refusal)
    assert source.state == Import.State.FAILED
    assert not source.rows.exists()
    return source.message


def messages(source):
    words = import_words.Words(source)
    return [import_words.explained(words.problems(row)) for row in source.rows.exclude(standing="new").order_by("line")]


def read(source, *columns):
    return list(source.rows.order_by("line", "part").values_list(*columns))


def csv_text(*rows):
    return "\r\n".join(",".join(str(cell) for cell in row) for row in rows)


# --- read as they are ----------------------------------------------------


def test_an_old_xls_is_read(upload):
    source = upload(xls([HEAD, GOOD, ("覃世明", 102, "Z02", 46346.0, 5, "")]), "旧表.xls")

    assert source.counts["new"] == 1
    assert read(source, "number", "day")[1][1].isoformat() == "2026-11-20"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("name", ["表.csv", "其实是CSV.xlsx"])
def test_a_csv_is_read_in_any_encoding_and_under_any_name(upload, encoding, name):
    source = upload(csv_text(HEAD, GOOD).encode(encoding), name)

    assert (source.state, source.counts["new"]) == ("checked", 1)


def test_titles_blank_rows_and_a_sum_are_passed_over(upload):
    rows = [("桐木村11月积分表",), (), ("单位：分",), (), HEAD, GOOD, (), HEAD, ("合计", "", "", "", 5)]

    assert read(upload(workbook(rows)), "line", "standing") == [(6, "new")]


def test_merged_and_two_rows_of_headings(upload):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.merge_range("A1:E1", "桐木村积分表")
    sheet.merge_range("A2:A3", "序号")
    sheet.merge_range("B2:B3", "户主")
    sheet.merge_range("C2:D2", "加分项")
    sheet.write_row("C3", ["Z01", "Z04"])
    sheet.merge_range("E2:E3", "备注")
    sheet.write_row("A4", [1, "冉光明", 5, 5, "带队"])
    sheet.write_row("A5", [2, "覃世明", "", 5, ""])
    book.close()

    source = upload(target.getvalue())

    assert source.wide
    assert read(source, "line", "raw_rule", "points", "standing") == [
        (4, "Z01", 5, "new"), (4, "Z04", 5, "new"), (5, "Z04", 5, "new")
    ]  # fmt: skip


def test_columns_in_another_order_under_other_names(upload):
    source = upload(
        workbook([("分值（分）", "姓 名*", "积分事项", "时间"), (5, "冉光明", "参加村级活动", "2026-11-20")])
    )

    assert read(source, "standing", "points", "rule__code") == [("new", 5, "Z04")]


def test_a_million_used_rows_are_no_rows(upload):
    """Formatted down to the last line, with a blank in it: what some programs leave behind."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    for at, row in enumerate((HEAD, GOOD)):
        sheet.write_row(at, 0, row)
    sheet.write_string(1048575, 5, " ")
    book.close()

    assert upload(target.getvalue()).counts["all"] == 1


@pytest.mark.parametrize(
    "typed",
    ["2026-11-20", "2026/11/20", "2026.11.20", "2026年11月20日", "２０２６-１１-２０", 46346, "46346", 20261120],
)
def test_days_in_every_writing(upload, typed):
    assert read(upload(workbook([HEAD, ("冉光明", "", "Z01", typed, 5, "")])), "day")[0][0].isoformat() == "2026-11-20"


@pytest.mark.parametrize("typed", ["9" * 5000, "9" * 30_000, "٢" * 6000])
def test_a_day_of_thousands_of_digits_is_a_wrong_day_of_its_line(upload, typed):
    """Python reads no number of more than 4,300 digits: the whole file came back as too large."""
    source = upload(workbook([HEAD, ("冉光明", "", "Z01", typed, 5, ""), GOOD]))

    assert (source.state, [line for line, *_ in told(source)]) == (Import.State.CHECKED, [2])


def test_a_short_day_is_a_day(upload):
    assert (
        read(upload(workbook([HEAD, ("冉光明", "", "Z01", "2026.11.3", 5, "")])), "day")[0][0].isoformat()
        == "2026-11-03"
    )


@pytest.mark.parametrize("typed", ["５", "+5", " 5 ", "5分", "5.0", "\u200b5\ufeff"])
def test_points_in_every_writing(upload, typed):
    assert read(upload(workbook([HEAD, ("冉光明", "", "Z01", "2026-11-20", typed, "")])), "points", "standing") == [
        (5, "new")
    ]


@pytest.mark.parametrize("typed", ["冉光明 ", "冉 光 明", "冉光明\u200b", "冉光明、", "\u3000冉光明\xa0"])
def test_names_with_what_cannot_be_seen(upload, typed):
    assert upload(workbook([HEAD, (typed, "", "z01", "2026-11-20", 5, "")])).counts["new"] == 1


@pytest.mark.parametrize("shape", ["full", "digits", "short", "figure"])
def test_household_numbers_typed_as_numbers(upload, district, shape):
    number = district.homes[0].number
    typed = {"full": number, "digits": number.replace("-", ""), "short": number[-4:], "figure": int(number[-4:])}[shape]

    assert upload(workbook([HEAD, ("", typed, "Z01", "2026-11-20", 5, "")])).counts["new"] == 1


def test_formulas_are_read_as_their_values(upload):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    sheet.write_row(1, 0, GOOD)
    sheet.write_formula("E2", "=2+3", None, 5)
    book.close()

    source = upload(target.getvalue())

    assert (source.counts["new"], source.remarks) == (1, ["表里有公式，按公式最后一次算出的结果读取"])


def test_macros_are_left_alone(upload):
    target = io.BytesIO(workbook([HEAD, GOOD]))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"not run")

    assert upload(target.getvalue(), "表.xlsm").remarks == ["表里有宏，没有运行"]


def test_hidden_sheets_are_not_read(upload):
    source = upload(
        workbook([("说明",)], name="封面", also=[("旧", [HEAD, GOOD, GOOD], True), ("数据", [HEAD, GOOD], False)])
    )

    assert (source.counts["all"], source.remarks) == (1, ["有 1 张隐藏的表没有读"])


# --- refused, with the reason --------------------------------------------


def test_a_password(upload):
    expected = "文件设了打开密码，请在 Excel 或 WPS 里去掉密码后再上传"

    assert refused(upload, compound("EncryptedPackage", b"secret")) == expected


def test_a_zip_bomb(upload):
    target = io.BytesIO(workbook([HEAD, GOOD]))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (60 << 20))

    assert refused(upload, target.getvalue()) == "文件展开后太大，请只留要导入的表，另存为 .xlsx 再上传"


def test_a_directory_full_of_entries(upload):
    target = io.BytesIO(workbook([HEAD, GOOD]))
    with zipfile.ZipFile(target, "a") as archive:
        for at in range(2001):
            archive.writestr(f"xl/media/{at}", b"")

    assert refused(upload, target.getvalue()) == limits.TOO_MUCH


def test_a_file_that_eats_memory_ends_in_its_child_alone(tmp_path):
    path = tmp_path / "表.xlsx"
    path.write_bytes(workbook([HEAD, *([GOOD] * 60_000)]))

    with pytest.raises(BadWorkbook, match="文件展开后太大"):
        with reader.reading(str(path), label=1, default_day=TODAY, memory=40 << 20):
            pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7 x", "只收 .xlsx、.xls 和 .csv 表格文件"),
        (b"\x89PNG\r\n\x1a\n\0\0", "只收 .xlsx、.xls 和 .csv 表格文件"),
        (b"<html><table><tr><td>1", "这个文件其实是网页，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"),
        (b"PK\x03\x04 cut short", limits.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut short", limits.DAMAGED),
        (b"", "文件是空的，请换一个文件"),
        (b"x" * (20 * 1024 * 1024 + 104858), "文件 20.1 MB，最大 20 MB。可以分村上传"),
    ],
)
def test_what_is_no_workbook(upload, content, message):
    assert refused(upload, content) == message


def test_a_document_in_a_zip(upload):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")

    assert refused(upload, target.getvalue()) == "只收 .xlsx、.xls 和 .csv 表格文件"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "表里没有要导入的行，请对照模板填好再上传"),
        ([HEAD], "表里没有要导入的行，请对照模板填好再上传"),
        ([("甲", "乙"), (1, 2)], "第 1 行没有认出“户主”“事项”“日期”“分值”，请对照模板"),
        ([("户主", "日期", "分值"), ("冉光明", "2026-11-20", 5)], "第 1 行没有认出“事项”，请对照模板"),
    ],
)
def test_tables_without_rows_or_headings(upload, rows, message):
    assert refused(upload, workbook(rows)) == message


def test_too_many_rows(upload):
    content = csv_text(HEAD, *([("冉光明", "", "Z01", "2026-11-20", 5, "")] * 150_021)).encode()

    assert "最多 150,000 行。可以分村上传" in refused(upload, content, "表.csv")


def test_the_same_file_under_another_name(upload):
    content = workbook([HEAD, GOOD])
    upload(content, "一.xlsx")

    assert refused(upload, content, "二.xlsx") == "这个文件由冉晓莉在 2026-11-23 上传过，没有再收一次"


# --- taken in, with lines to change --------------------------------------


def test_thirty_thousand_rows_are_all_there(upload):
    source = upload(workbook([HEAD, *([("冉光明", "", "Z03", "2026-11-20", 10, "")] * 30_001)]))

    assert (source.counts["all"], source.counts["duplicate"]) == (30_001, 30_000)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("冉光朋", "", "Z01", "2026-11-20", 5, ""), "户主：没有“冉光朋”。是不是“冉光明”（1组 0101）？"),
        (("王老五", "", "Z01", "2026-11-20", 5, ""), "户主：没有“王老五”，请看看是不是选错了村，或先在名册里添这一户"),
        (("", "", "Z01", "2026-11-20", 5, ""), "户主：没有填"),
        (("冉光明", "", "", "2026-11-20", 5, ""), "事项：没有填"),
        (("冉光明", "", "Z70", "2026-11-20", 5, ""), "事项：没有“Z70”。濯水镇积分细则(2026版)自治类编码到 Z14 为止"),
        (("冉光明", "", "公共劳动", "2026-11-20", 5, ""), "事项：没有“公共劳动”。是不是 Z02 参加公共劳动/投工投劳？"),
        (("冉光明", "", "Z01", "20261132", 5, ""), "日期：写成 2026-11-30 这样"),
        (("冉光明", "", "Z01", "2026-12-01", 5, ""), "日期晚于今天，改为 2026-11-23 或更早"),
        (("冉光明", "", "Z01", "2026-08-01", 5, ""),
         "日期：2026年8月的积分只收到 2026-10-10。需要更正请在存折里做冲正"),
        (("冉光明", "", "Z02", "2026-11-20", 50, ""), "分值：Z02 每次 +2 到 +8 分，这里是 +50 分"),
        (("冉光明", "", "Z02", "2026-11-20", -5, ""), "分值：Z02 每次 +2 到 +8 分，这里是 −5 分"),
        (("冉光明", "", "Z02", "2026-11-20", "五", ""), "分值：只填数字，如 5 或 -2"),
        (("冉光明", "", "Z02", "2026-11-20", "", ""), "分值：没有填"),
        (("冉光明", "", "Z01", "2026-11-20", 5, "长" * 61), "备注：最多 60 个字"),
        (("冉光明", "", "Z01", "2026-11-20", 5, "打13812345678"), "备注：里面像是有手机号，去掉再导入"),
        (("冉光明", "0999", "Z01", "2026-11-20", 5, ""), "户号：桐木村没有户号“0999”"),
        (("冉光明", 500114112202010101, "Z01", "2026-11-20", 5, ""),
         "户号：长数字被表格写成了科学计数，末几位已丢失。只填户号后 4 位，或只填户主"),
    ],
)  # fmt: skip
def test_lines_to_change(upload, row, message):
    source = upload(workbook([HEAD, (*GOOD[:2], "Z04", *GOOD[3:]), row]))

    assert messages(source) == [message]
    assert source.counts["new"] == 1


def test_a_household_of_the_next_village(upload, district):
    number = district.next_door[0].number
    source = upload(workbook([HEAD, ("罗昌碧", number, "Z01", "2026-11-20", 5, "")]))

    assert messages(source) == [f"户号：“{number}”不是桐木村的户号，看看是不是选错了村"]


def test_the_list_of_another_village(upload, district):
    source = upload(
        workbook([HEAD, *((home.head_name, "", "Z01", "2026-11-20", 5, "") for home in district.next_door)])
    )

    assert source.remarks == ["多数户主不在桐木村的名册上，看看是不是选错了村"]


def test_namesakes_are_never_guessed(upload, district):
    district.homes[1].head_name = "冉光明"
    district.homes[1].save()
    source = upload(workbook([HEAD, GOOD, ("冉光明", district.homes[1].short_number, "Z01", "2026-11-20", 5, "")]))

    assert messages(source) == ["户主：有 2 户叫“冉光明”，按组和户号选一户"]
    assert told(source) == [(2, "problem", "G-03")]


def test_the_same_line_twice_and_with_other_points(upload):
    rows = [("冉光明", "", "Z02", "2026-11-20", points, "") for points in (5, 5, 4)]

    assert messages(upload(workbook([HEAD, *rows]))) == [
        "和第 2 行重复",
        "户主：冉光明 已在第 2 行，同一天同一事项分值不同",
    ]


def test_a_cap_that_is_used_up(upload):
    source = upload(workbook([HEAD, GOOD, ("冉光明", "", "Z01", "2026-11-19", 5, "")]))

    assert messages(source) == ["户主：本月 1 次已用完，可从下月起再录"]


def test_what_a_child_imports_is_little():
    """It is started for each file, and what it imports is most of its time with a small one."""
    heavy = "{'django', 'dataclasses', 'inspect', 'subprocess', 'xlsxwriter'}"
    script = f"import sys; from points.workbooks import child; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], cwd=reader.ROOT, text=True, capture_output=True, check=True)
    assert done.stdout == "set()\n"


def test_a_table_with_nothing_but_text_opens_in_the_reader_of_the_tests():
    """The helper that writes .xls is itself right: what it makes is no xlsx in disguise."""
    with pytest.raises(Exception, match="File is not a zip file"):
        openpyxl.load_workbook(io.BytesIO(xls([HEAD])))
