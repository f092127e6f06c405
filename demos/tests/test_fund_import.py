"""批量登记经费: a list compared with the book before anything is written, all of it or nothing."""

import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html
from openpyxl import Workbook, load_workbook

from conftest import NOW, TODAY
from demos import fund_import, fund_lines, funding
from demos.funding import CannotBook
from demos.models import FundLine
from villages.lists import Changed

IMPORT, WRITE = reverse("demos:fund-import"), reverse("demos:fund-write")
GOOD = (
    "桐木村\t2026-03-01\t区级补助\t治理专项\t20,000\t拨-1",
    "濯水镇三门社区\t2026/5/6\t活动开支\t乡风大集\t１２００.５元\t收-7",
)


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


@pytest.fixture
def villages(district):
    return [district.tongmu, district.sanmen]


@pytest.fixture
def told(villages):
    def compared(*rows):
        return [(line.does, line.why) for line in fund_lines.compare("\n".join(rows), villages, TODAY).lines]

    return compared


@pytest.fixture
def write(villages, clerk):
    def written(*rows, stamp=None):
        sent = "\n".join(rows)
        stamp = stamp or fund_lines.compare(sent, villages, TODAY).stamp
        return fund_import.book_all(text=sent, stamp=stamp, villages=villages, by=clerk, now=NOW)

    return written


def test_a_list_is_booked_as_it_was_shown(write, clerk):
    lines = write("\t".join(fund_lines.COLUMNS), *GOOD)
    assert [(line.village.short_name, line.kind, line.amount) for line in lines] == [
        ("桐木村", "district", 20000),
        ("三门社区", "activity", Decimal("1200.50")),
    ]
    assert {line.made_by for line in lines} == {clerk}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({0: ""}, "写明是哪个村的"),
        ({0: "中元村"}, "本岗位登记经费的村里没有“中元村”"),
        ({1: "三月"}, "日期写成 2026-11-30 这样"),
        ({1: "2026-11-24"}, "日期晚于今天，改为 2026-11-23 或更早"),
        ({2: "罚款"}, "来源·用途写这几个之一：区级补助、集体收益"),
        ({3: ""}, "摘要没有填写"),
        ({3: "长" * 81}, "摘要最多 80 个字"),
        ({4: "两万"}, "金额只填数字，如 1200.50"),
        ({4: "-5"}, "金额要大于 0；退回的钱用“冲销”登记"),
        ({4: "1.005"}, "金额最多 2 位小数"),
        ({4: "NaN"}, "金额太大了，核对一下"),
        ({4: "1e30"}, "金额太大了，核对一下"),
        ({5: ""}, "凭证号没有填写"),
    ],
)
def test_what_is_wrong_is_said_by_line(told, changed, why):
    cells = ["桐木村", "2026-03-01", "区级补助", "专项", "100", "拨-1"]
    for at, value in changed.items():
        cells[at] = value
    [(does, said)] = told("\t".join(cells))
    assert (does, said.startswith(why)) == ("wrong", True), said


def test_the_same_money_is_booked_once(told, write, clerk):
    [first, _] = write(*GOOD)
    assert told(*GOOD) == [("same", "已登记过")] * 2
    funding.take_back(line=first, reason="记重了", by=clerk, now=NOW)
    assert told(GOOD[0]) == [("new", "")]
    [_, (does, why)] = told(GOOD[0], GOOD[0])
    assert (does, why) == ("wrong", "和第 1 行完全一样：是同一笔就删掉，不是就在摘要里写出不同")


def test_one_wrong_line_books_nothing(write):
    with pytest.raises(CannotBook, match="有 1 行要改，还没有写入"):
        write(*GOOD, "桐木村\t2026-03-01\t区级补助\t专项\t0\t拨-2")
    assert not FundLine.objects.exists()


def test_sending_it_twice_books_once(write, villages):
    stamp = fund_lines.compare("\n".join(GOOD), villages, TODAY).stamp
    write(*GOOD, stamp=stamp)
    with pytest.raises(Changed, match="比对以后经费又有变动，再看一遍"):
        write(*GOOD, stamp=stamp)
    with pytest.raises(CannotBook, match="没有要写入的行"):
        write(*GOOD)
    assert FundLine.objects.count() == 2


def test_comparing_costs_the_same_for_one_line_and_thirty(villages):
    costs = []
    for count in (1, 30):
        rows = [f"桐木村\t2026-03-01\t区级补助\t专项{n}\t100\t拨-1" for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            fund_lines.compare("\n".join(rows), villages, TODAY)
        costs.append(len(asked))
    assert costs == [1, 1]


def test_a_filled_template_is_compared_and_then_booked(clerk, district, signed_in):
    client = signed_in(clerk)
    empty = load_workbook(io.BytesIO(b"".join(client.get(reverse("demos:fund-template")).streaming_content)))
    assert [cell.value for cell in empty["经费"][1]] == list(fund_lines.COLUMNS)
    filled = Workbook()
    filled.active.append(list(fund_lines.COLUMNS))
    filled.active.append(["桐木村", TODAY, "捐赠", "乡贤捐款", 0.1 + 0.2, 17])
    sent = io.BytesIO()
    filled.save(sent)
    sent.seek(0)
    sent.name = "经费.xlsx"
    shown = client.post(IMPORT, {"file": sent})
    assert "新登记 1 行，还没有写入" in text(shown)
    given = {"text": shown.context["form"]["text"].value(), "stamp": shown.context["page"].compared.stamp}
    assert not FundLine.objects.exists()
    assert client.post(WRITE, given)["Location"] == reverse("demos:fund-list")
    line = FundLine.objects.get()
    assert (line.amount, line.receipt, line.on) == (Decimal("0.30"), "17", TODAY)
    assert client.post(WRITE, given).status_code == 422


def test_a_wrong_list_comes_back_with_everything_typed(clerk, district, signed_in):
    answer = signed_in(clerk).post(IMPORT, {"text": "中元村\t2026-03-01\t区级补助\t专项\t100\t拨-1"})
    assert answer.status_code == 422
    assert "本岗位登记经费的村里没有“中元村”" in text(answer)
    assert "中元村\t2026-03-01" in answer.content.decode()
