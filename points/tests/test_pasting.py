"""What is read from a pasted text, before anybody looks into the register."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points import pasting


def read(text, **settled):
    return pasting.read(text, **settled)


def only(text):
    (line,) = read(text).lines
    return line


def test_cells_from_a_spreadsheet():
    sheet = read('姓名\t分值\t备注\r\n冉光明\t5\t\r\n覃世明\t\t"半天\n带队，""自愿"""\r\n单淑芬\t3\r\n')

    assert sheet.has_header
    assert [column.role for column in sheet.columns] == ["name", "points", "note"]
    assert [(line.at, line.names[0], line.points, line.note) for line in sheet.lines] == [
        (2, "冉光明", "5", ""),
        (3, "覃世明", "", '半天 带队，"自愿"'),
        (4, "单淑芬", "3", ""),
    ]


def test_a_quote_that_never_ends_spoils_its_own_cell_alone():
    sheet = read('"冉光明\t5\n覃世明\t5')

    assert [line.names[-1] for line in sheet.lines] == ["冉光明", "覃世明"]


def test_columns_without_a_heading_are_told_by_what_stands_in_them():
    sheet = read("1\t3组\t0301\t冉光荣\t5\t迟到\n2\t3组\t0302\t冉启荣\t5\t\n3\t3组\t0303\t冉隆贵\t5\t\n")

    assert [column.role for column in sheet.columns] == ["skip", "group", "number", "name", "points", "note"]
    assert sheet.lines[0] == pasting.Line(
        at=1,
        text="1　3组　0301　冉光荣　5　迟到",
        names=("冉光荣",),
        points="5",
        note="迟到",
        number="0301",
        group="3",
    )


def test_what_a_person_says_about_columns_counts():
    text = "姓名\t分值\n冉光明\t5"

    assert [line.names[0] for line in read(text, header=False).lines] == ["姓名", "冉光明"]
    assert read(text, roles={1: "note"}).lines[0].note == "5"
    assert read(text, roles={1: "nonsense", 7: "note"}).lines[0].points == "5"


def test_a_wechat_list_loses_its_head_and_its_numbers():
    text = (
        "#接龙\n11月23日全民清洁日\n例 张三 2人\n1. 冉光明 2人\n２．覃世明　５\n3、单 淑芬、\n④龚素芳\n（5）向德珍 家\n"
    )

    sheet = read(text)

    assert list(sheet.passed.values()) == ["#接龙", "11月23日全民清洁日", "例 张三 2人"]
    assert [(line.at, line.names[0], line.points, line.note) for line in sheet.lines] == [
        (4, "冉光明", "", "2人"),
        (5, "覃世明", "5", ""),
        (6, "单淑芬", "", ""),
        (7, "龚素芳", "", ""),
        (8, "向德珍家", "", ""),
    ]


@pytest.mark.parametrize(
    ("text", "names", "points", "note", "tidied"),
    [
        ("覃世明。", ("覃世明",), "", "", ("去掉标点",)),
        ("12. 杨秀英 2人", ("杨秀英",), "", "2人", ("去掉接龙序号", "“2人”记入备注")),
        ("李国华　５", ("李国华",), "5", "", ("全角数字改为半角",)),
        ("张 三、", ("张三",), "", "", ("去掉空格", "去掉标点")),
        ("张三家", ("张三家", "张三"), "", "", ("去掉“家”字",)),
        ("张三户 5分", ("张三户", "张三"), "5", "", ("去掉“户”字",)),
        ("户主：张三 +5", ("张三",), "+5", "", ()),
        ("张三 −2", ("张三",), "-2", "", ()),
        ("张三5分钟", ("张三",), "", "5分钟", ("“5分钟”记入备注",)),
        ("冉𪚥明\u200b", ("冉𪚥明",), "", "", ()),
    ],
)
def test_a_line_is_put_in_order_and_says_how(text, names, points, note, tidied):
    line = only(text)

    assert (line.names, line.points, line.note, line.tidied) == (names, points, note, tidied)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("张伟 0203", ("0203", "", "")),
        ("张伟 500114112202-02-0203", ("500114112202-02-0203", "", "")),
        ("张伟（尾号03）", ("", "03", "")),
        ("张伟(6组)", ("", "", "6")),
        ("6组张伟", ("", "", "6")),
    ],
)
def test_numbers_and_groups_behind_a_name_are_kept_apart(text, facts):
    line = only(text)

    assert (line.names, line.number, line.tail, line.group, line.points) == (("张伟",), *facts, "")


def test_sums_and_blank_lines_name_nobody():
    sheet = read("户主\t分值\n\n冉光明\t5\n \t \n合计\t5\n")

    assert [line.at for line in sheet.lines] == [3]
    assert sheet.passed == {1: "户主　分值", 5: "合计　5"}


def test_a_note_is_kept_as_long_as_a_note_may_be():
    (line,) = read("户主\t分值\t备注\n冉光明\t5\t" + "长" * 80).lines

    assert (line.note, line.tidied) == ("长" * 60, ("备注留前 60 个字",))


def test_more_than_a_thousand_lines_are_too_many():
    assert not read("冉光明\n" * 1000).too_many
    assert read("冉光明\n" * 1001).too_many


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("+5", 5), ("−2", -2), ("５分", 5), ("5.0", 5), ("5.5", None), ("五", None), ("", None)],
)
def test_points_are_whole_numbers(text, value):
    assert pasting.whole(text) == value


@given(st.text(alphabet='冉光明张5５\t\n\r"、. 　户家组0\x00\u200b#接龙', max_size=60))
def test_no_text_is_too_odd_to_read(text):
    sheet = read(text)

    assert len({line.at for line in sheet.lines}) == len(sheet.lines)
    assert all("\x00" not in line.note and len(line.note) <= 60 for line in sheet.lines)
