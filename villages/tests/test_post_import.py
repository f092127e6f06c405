"""批量登记人员: a list compared with who serves today, then written as a whole or not at all."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html
from openpyxl import load_workbook

from conftest import NOW, SINCE, TODAY
from qianjiang_portal.foundation import workbooks
from villages import bodies, people_pages, post_import, post_lines, register_workbooks
from villages.bodies import CannotName
from villages.lists import Changed
from villages.models import Post

HEAD = "\t".join(post_lines.COLUMNS)
IMPORT, WRITE = reverse("villages:people-import"), reverse("villages:people-write")
GOOD = (
    "濯水镇\t第一责任人\t向书记\t党委书记\t2026-01-01\t\t023-0000 0100",
    "桐木村\t驻村第一书记\t杨洋\t\t2026.3.1\t2028年2月29日\t",
    "濯水镇三门社区\t网格员\t罗昌碧\t第一网格\t\t\t",
)


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


@pytest.fixture
def places(district):
    return [district.zhuoshui], [district.tongmu, district.sanmen]


@pytest.fixture
def told(places):
    def compared(*rows):
        return [(line.does, line.why) for line in post_lines.compare("\n".join(rows), *places, TODAY).lines]

    return compared


@pytest.fixture
def write(places, clerk):
    def written(*rows, stamp=None, by=clerk):
        sent = "\n".join(rows)
        stamp = stamp or post_lines.compare(sent, *places, TODAY).stamp
        towns, villages = places
        return post_import.name_all(text=sent, stamp=stamp, townships=towns, villages=villages, by=by, now=NOW)

    return written


def test_a_list_is_written_as_it_was_shown(write, district):
    posts = write(HEAD, *GOOD, "")

    assert [str(post) for post in posts] == [
        "向书记 濯水镇第一责任人",
        "杨洋 濯水镇桐木村驻村第一书记",
        "罗昌碧 濯水镇三门社区网格员",
    ]
    yang = Post.objects.get(name="杨洋")
    assert (yang.begins_on, yang.ends_on) == (dt.date(2026, 3, 1), dt.date(2028, 2, 29))
    assert Post.objects.get(name="罗昌碧").begins_on == TODAY


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("濯水镇\t镇长\t向书记\t\t\t\t", "职务写这几个之一：第一责任人"),
        ("濯水镇\t专人\t\t\t\t\t", "写明姓名，最多 30 个字"),
        ("濯水镇\t专人\t向\t\t\t\t找办公室转", "办公电话只填一个号码，如 023-79240000，没有就空着"),
        ("濯水镇\t专人\t向\t\t\t\t023 - 0000 - 0236 ( 转 ) ( 8021 )", "分工和办公电话最多 30 个字"),
        ("濯水镇\t专人\t向\t" + "长" * 31 + "\t\t\t", "分工和办公电话最多 30 个字"),
        ("桐木村\t专人\t向\t\t\t\t", "专人写乡镇街道，本岗位登记的里面没有“桐木村”"),
        ("\t专人\t向\t\t\t\t", "专人写乡镇街道"),
        ("石会镇\t专人\t向\t\t\t\t", "专人写乡镇街道，本岗位登记的里面没有“石会镇”"),
        ("中元村\t网格员\t向\t\t\t\t", "网格员写村，本岗位登记的里面没有“中元村”"),
        ("桐木村\t网格员\t向\t\t去年\t\t", "任期开始写成 2026-11-30 这样"),
        ("桐木村\t网格员\t向\t\t\t2026-13-01\t", "任期到写成 2026-11-30 这样"),
        ("桐木村\t网格员\t向\t\t2026-11-30\t2026-11-01\t", "任期结束早于开始"),
    ],
)
def test_what_is_wrong_is_said_by_line(told, row, why):
    [(does, said)] = told(row)
    assert (does, said.startswith(why)) == ("wrong", True), said


def test_lines_are_laid_beside_each_other_and_beside_who_serves(told, district, clerk):
    bodies.name_post(
        kind="direct", name="田主任", township=district.zhuoshui, begins_on=SINCE, by=clerk, now=NOW, title="副镇长"
    )
    taken = "已有直接责任人田主任，任期还没有结束，先结束原来的任期"
    assert told("濯水镇\t直接责任人\t覃新\t\t\t\t") == [("wrong", taken)]
    assert told("濯水镇\t直接责任人\t田主任\t副镇长\t2026-01-01\t\t") == [("same", "")]
    differs = "已登记，分工、任期和电话和表里不一样，不从表里改"
    assert told("濯水镇\t直接责任人\t田主任\t镇长\t2026-01-01\t\t") == [("same", differs)]
    assert told("桐木村\t驻村第一书记\t甲\t\t\t\t", "桐木村\t驻村第一书记\t乙\t\t\t\t")[1] == (
        "wrong",
        "和第 1 行的任期重叠，驻村第一书记同一时间只有一个",
    )
    assert told("桐木村\t网格员\t甲\t\t\t\t", "桐木村\t网格员\t甲\t\t\t\t")[1] == (
        "wrong",
        "和第 1 行是同一条，删掉一行",
    )
    assert [does for does, _ in told("桐木村\t网格员\t甲\t\t\t\t", "桐木村\t网格员\t乙\t\t\t\t")] == ["new", "new"]


def test_one_wrong_line_writes_nothing(write):
    with pytest.raises(CannotName, match="有 1 行要改，还没有写入"):
        write(*GOOD, "中元村\t网格员\t向\t\t\t\t")
    assert not Post.objects.exists()


def test_what_changed_after_the_comparison_is_looked_at_again(write, places, district, clerk):
    stamp = post_lines.compare("\n".join(GOOD), *places, TODAY).stamp
    bodies.name_post(kind="secretary", name="杨洋", village=district.tongmu, begins_on=SINCE, by=clerk, now=NOW)
    with pytest.raises(Changed, match="比对以后人员又有变动，再看一遍"):
        write(*GOOD, stamp=stamp)
    assert Post.objects.count() == 1


def test_sending_it_twice_names_nobody_twice(write, places):
    stamp = post_lines.compare("\n".join(GOOD), *places, TODAY).stamp
    write(*GOOD, stamp=stamp)
    with pytest.raises(Changed):
        write(*GOOD, stamp=stamp)
    with pytest.raises(CannotName, match="没有要写入的行"):
        write(*GOOD)
    assert Post.objects.count() == 3


def test_comparing_costs_the_same_for_one_line_and_thirty(places):
    costs = []
    for count in (1, 30):
        rows = [f"桐木村\t网格员\t人{n}\t\t\t\t" for n in range(count)]
        rows += ["濯水镇\t专人\t甲\t\t\t\t"]
        with CaptureQueriesContext(connection) as asked:
            post_lines.compare("\n".join(rows), *places, TODAY)
        costs.append(len(asked))
    assert costs[0] == costs[1] == 2


def test_the_page_compares_first_and_then_writes(clerk, district, signed_in):
    client = signed_in(clerk)
    wrong = client.post(IMPORT, {"text": "\n".join((*GOOD, "桐木村\t网格\t甲\t\t\t\t"))})
    assert (wrong.status_code, "1 行要改，还没有写入" in text(wrong)) == (422, True)
    assert "桐木村\t网格\t甲" in wrong.content.decode()
    assert not Post.objects.exists()

    shown = client.post(IMPORT, {"text": "\n".join(GOOD)})
    assert "新登记 3 行，还没有写入" in text(shown)
    stamp = shown.context["page"].compared.stamp
    done = client.post(WRITE, {"text": "\n".join(GOOD), "stamp": stamp}, follow=True)
    assert "向书记" in text(done)
    assert Post.objects.count() == 3
    again = client.post(WRITE, {"text": "\n".join(GOOD), "stamp": stamp})
    assert (again.status_code, "比对以后人员又有变动，再看一遍" in text(again)) == (422, True)


def test_what_goes_out_comes_in_again(clerk, district, write, signed_in):
    write(*GOOD)
    lines = people_pages.lines(clerk, district.zhuoshui, "duty", TODAY)
    sent = SimpleUploadedFile("人员.xlsx", register_workbooks.people(lines), workbooks.XLSX)
    assert "1 行没有变化" in text(signed_in(clerk).post(IMPORT, {"file": sent}))


def test_the_empty_table_names_the_places_of_whoever_takes_it(clerk, district, signed_in):
    answer = signed_in(clerk).get(reverse("villages:people-template"))
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert [cell.value for cell in book["人员"][1]] == list(post_lines.COLUMNS)
    found = [cell.value for cell in book["可以填的"]["A"][1:] if cell.value]
    assert found == ["濯水镇", "濯水镇三门社区", "濯水镇桐木村"]
