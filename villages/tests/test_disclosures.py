"""三公开: put up for a period, measured by its last day, corrected and taken down without a trace being lost."""

import datetime as dt

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from conftest import NOW, TODAY
from qianjiang_portal.foundation import calendar, metrics, periods
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.tests.paper_files import photo
from qianjiang_portal.foundation.uploads import BadUpload
from villages import disclosures, dues
from villages.disclosures import CannotDisclose
from villages.models import Disclosure, DisclosureFile, DisclosureItem

OCTOBER, QUARTER = periods.parse("2026-10"), periods.parse("2026Q3")


@pytest.fixture
def items(db):
    disclosures.load_defaults(since=dt.date(2026, 7, 1))
    return {item.code: item for item in DisclosureItem.objects.all()}


def put_up(village, item, period, by, on=TODAY, **more):
    now = calendar.moment(on, 10)
    with calendar.at(now):
        return disclosures.publish(
            village=village, item=item, period=period, by=by, now=now, **{"text": "收入 1200 元，支出 800 元。"} | more
        )


def row(village, item, by, **more):
    """What goes straight into the table, past the function."""
    given = {
        "village": village, "item": item, "every": item.every, "period": "2026-10", "title": "10月收支", "text": "收支",
        "published_on": TODAY, "first_on": TODAY, "due_on": dt.date(2026, 11, 10), "made_by": by, "made_at": NOW,
    }  # fmt: skip
    return Disclosure.objects.create(**given | more)


def test_an_item_goes_up_for_a_period_once(district, clerk, items):
    made = put_up(district.tongmu, items["accounts"], OCTOBER, clerk)
    assert (made.title, made.due_on, made.on_time) == ("2026年10月收支明细", dt.date(2026, 11, 10), False)
    assert AuditEvent.objects.filter(action="disclosure.publish", place=district.tongmu.code).count() == 1
    with pytest.raises(CannotDisclose, match="已经公开，要改就打开它更正"):
        put_up(district.tongmu, items["accounts"], OCTOBER, clerk)
    with pytest.raises(IntegrityError, match="stands_once_a_period"), transaction.atomic():
        row(district.tongmu, items["accounts"], clerk)
    for at in (1, 2):
        put_up(district.tongmu, items["projects"], OCTOBER, clerk, title=f"项目 {at}")
    with pytest.raises(CannotDisclose, match="“项目 2”已经公开"):
        put_up(district.tongmu, items["projects"], OCTOBER, clerk, title="项目 2")


def all_up(district, by, *sheets):
    made = [disclosures.Sheet(village, item, period, "收入 1200 元。") for village, item, period in sheets]
    return disclosures.publish_all(township=district.zhuoshui, sheets=made, by=by, now=NOW)


def test_a_township_puts_up_what_its_villages_owe_in_one_go(district, clerk, items, django_assert_num_queries):
    both = [(one, items[code], span) for one in (district.tongmu, district.sanmen)
            for code, span in (("accounts", OCTOBER), ("assets", QUARTER))]  # fmt: skip
    with django_assert_num_queries(7):
        made = all_up(district, clerk, *both)
    assert {(one.village, one.title, one.due_on, one.first_on) for one in made} >= {
        (district.tongmu, "2026年10月收支明细", dt.date(2026, 11, 10), TODAY),
        (district.sanmen, "2026年第三季度资产资源和债权债务", dt.date(2026, 10, 15), TODAY),
    }
    event = AuditEvent.objects.get(action="disclosure.publish")
    assert (event.place, event.facts) == (district.zhuoshui.code, {"villages": 2, "items": 4})


def test_of_many_all_or_none_go_up(district, clerk, stranger, items):
    good, accounts = (district.tongmu, items["accounts"], OCTOBER), items["accounts"]
    refused = {
        "同一个村的同一项写了两次": (clerk, [good, good]),
        "不在濯水镇": (clerk, [good, (district.zhongyuan, accounts, OCTOBER)]),
        "不归本岗位公开": (stranger, [good]),
        "有了就公开，一份一份登记": (clerk, [good, (district.sanmen, items["projects"], OCTOBER)]),
        "还没有开始": (clerk, [good, (district.sanmen, accounts, periods.parse("2026-12"))]),
    }
    for said, (by, sheets) in refused.items():
        with pytest.raises(CannotDisclose, match=said):
            all_up(district, by, *sheets)
    assert not Disclosure.objects.exists()
    put_up(district.sanmen, accounts, OCTOBER, clerk)
    with pytest.raises(CannotDisclose, match="2026年10月的“收支明细”已经公开"):
        all_up(district, clerk, good, (district.sanmen, accounts, OCTOBER))
    assert Disclosure.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": " "}, "内容要写"),
        ({"text": "电话 13800000000"}, "内容里像是有手机号"),
        ({"title": "冉光明 500114199001011234"}, "标题里像是有身份证号"),
        ({"period": periods.parse("2026-12")}, "2026年12月还没有开始"),
        ({"period": QUARTER}, "时期不对"),
        ({"papers": [None] * 6}, "文件最多 5 个"),
    ],
)
def test_what_is_not_put_up(change, said, district, clerk, items):
    given = {"village": district.tongmu, "item": items["accounts"], "period": OCTOBER, "by": clerk} | change
    with pytest.raises(CannotDisclose, match=said):
        put_up(**given)
    assert not Disclosure.objects.exists()


def test_others_put_up_nothing(district, leader, stranger, items):
    for by in (leader, stranger):
        with pytest.raises(CannotDisclose, match="濯水镇桐木村不归本岗位公开"):
            put_up(district.tongmu, items["accounts"], OCTOBER, by)


@pytest.mark.parametrize(
    ("change", "wall"),
    [
        ({"every": "any", "due_on": None}, "suits_its_item"),
        ({"due_on": dt.date(2026, 11, 30)}, "suits_its_item"),
        ({"period": "2026Q3", "due_on": None}, "suits_its_item|period_is_of_its_rhythm"),
        ({"first_on": dt.date(2026, 11, 2)}, "first_went_up"),
        ({"published_on": dt.date(2026, 11, 2), "first_on": dt.date(2026, 11, 2)}, "not_dated_back"),
        ({"text": "账号 6222020000000000000"}, "no_personal_number"),
        ({"text": ""}, "says_something"),
    ],
)
def test_the_table_holds_the_rules_itself(change, wall, district, clerk, items):
    assert row(district.sanmen, items["accounts"], clerk).pk
    with pytest.raises(Exception, match=wall), transaction.atomic():
        row(district.tongmu, items["accounts"], clerk, **change)


def test_what_was_public_stands_and_is_corrected_by_another_version(district, clerk, items):
    made = put_up(district.tongmu, items["accounts"], OCTOBER, clerk, on=dt.date(2026, 11, 9))
    for change in (
        lambda: Disclosure.objects.update(text="别的"),
        made.delete,
        lambda: DisclosureItem.objects.filter(code="accounts").update(every="any"),
    ):
        with pytest.raises(Exception, match=r"stands|delete"), transaction.atomic():
            change()
    with pytest.raises(CannotDisclose, match="写明原因"):
        disclosures.correct(disclosure=made, text="收入 1300 元。", why=" ", by=clerk, now=NOW)
    new = disclosures.correct(disclosure=made, text="收入 1300 元。", why="漏了一笔", by=clerk, now=NOW)
    made.refresh_from_db()
    assert (made.withdrawn_why, new.replaces, new.on_time, new.published_on) == ("漏了一笔", made, True, TODAY)
    with pytest.raises(CannotDisclose, match="已经撤下"):
        disclosures.withdraw(disclosure=made, why="再撤", by=clerk, now=NOW)


def test_files_are_kept_with_it_and_none_is_hung_on_later(district, clerk, items):
    sent = SimpleUploadedFile("收支.jpg", photo())
    made = put_up(district.tongmu, items["accounts"], OCTOBER, clerk, papers=[sent])
    [paper] = made.papers.all()
    assert (made.file_count, paper.file.name, paper.file.place) == (1, "收支.jpg", district.tongmu.code)
    with pytest.raises(IntegrityError, match="was_published_with_it"), transaction.atomic():
        DisclosureFile.objects.create(disclosure=made, position=2, file=paper.file)
    new = disclosures.correct(disclosure=made, text="更正。", why="写错", by=clerk, now=NOW, keep_papers=True)
    assert [one.file for one in new.papers.all()] == [paper.file]


def test_a_file_that_is_not_taken_leaves_none_of_the_others_behind(district, clerk, items, tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "location", str(tmp_path))  # tests beside this one keep files too
    sent = [SimpleUploadedFile("收支.jpg", photo()), SimpleUploadedFile("a.exe", b"MZ")]
    with pytest.raises(BadUpload):
        put_up(district.tongmu, items["projects"], OCTOBER, clerk, papers=sent)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []
    assert not Disclosure.objects.exists()


def test_the_share_on_time(district, clerk, items):
    """In the third quarter: three months of accounts and four quarterly items, all over by November."""
    assert len(dues.owed(items.values(), QUARTER)) == 7
    assert metrics.value("disclosures_on_time", district.tongmu, QUARTER) == 0
    put_up(district.tongmu, items["assets"], QUARTER, clerk, on=dt.date(2026, 10, 15))
    late = put_up(district.tongmu, items["welfare"], QUARTER, clerk, on=dt.date(2026, 10, 16))
    assert dues.tallies([district.tongmu.pk], QUARTER, TODAY)[district.tongmu.pk] == dues.Tally(7, 1, 1)
    assert round(metrics.value("disclosures_on_time", district.tongmu, QUARTER)) == 14
    assert round(metrics.value("disclosures_on_time", district.zhuoshui, QUARTER)) == 7
    assert metrics.of_villages("disclosures_on_time", [district.sanmen], QUARTER) == {district.sanmen.pk: 0}
    disclosures.withdraw(disclosure=late, why="数字不对", by=clerk, now=NOW)
    assert dues.tallies([district.tongmu.pk], QUARTER, TODAY)[district.tongmu.pk].missing == 6


def test_nothing_is_owed_from_before_it_was_asked(items):
    assert dues.owed(items.values(), periods.parse("2026Q2")) == []
    assert [due.period.slug for due in dues.owed(items.values(), periods.parse("2026-10"))] == ["2026-10"]
    assert {due.period.slug for due in dues.owed(items.values(), periods.parse("2027Y"))} >= {"2027Y", "2027-12"}


def test_items_load_once(items):
    assert disclosures.load_defaults(since=TODAY) == 0
    assert len(items) == 10
