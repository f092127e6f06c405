"""村规民约: carried by its meeting, kept as it was passed, filed once by the township."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY
from qianjiang_portal.foundation import calendar, metrics, periods
from villages import charters
from villages.charters import CannotAdopt, CannotFile, Passed
from villages.models import Charter


def text(response):
    """What stands on the page, apart from each other."""
    main = html.fromstring(response.content.decode()).xpath("//main")[0]
    return " ".join(" ".join(main.itertext()).split())


DAY = dt.date(2026, 3, 1)


def adopt(village, by, on=DAY, expected=60, attended=48, agreed=40, meeting="delegates", **more):
    given = {"text": "一、爱护公共环境。", "effective_on": on} | more
    passed = Passed(meeting, on, expected, attended, agreed, "记录 3")
    return charters.adopt(village=village, passed=passed, by=by, now=NOW, **given)


def test_versions_follow_each_other(district, clerk):
    assert [adopt(district.tongmu, clerk).version, adopt(district.tongmu, clerk, on=TODAY).version] == [1, 2]
    with pytest.raises(CannotAdopt, match="这一版要晚于它"):
        adopt(district.tongmu, clerk, on=DAY)


@pytest.mark.parametrize(
    ("heads", "said"),
    [
        ({"attended": 39, "agreed": 39}, "没有达到法定人数"),
        ({"attended": 30, "agreed": 30, "meeting": "all"}, "没有达到法定人数"),
        ({"agreed": 24}, "没有过半数"),
        ({"agreed": 49}, "同意人数不多于到会人数"),
    ],
)
def test_a_meeting_that_does_not_carry_it(heads, said, district, clerk):
    with pytest.raises(CannotAdopt, match=said):
        adopt(district.tongmu, clerk, **heads)
    facts = {"meeting": "delegates", "expected": 60, "attended": 48, "agreed": 40} | heads
    row = {"village": district.tongmu, "version": 1, "text": "一", "adopted_on": DAY, "effective_on": DAY}
    with pytest.raises(IntegrityError, match="carried_by_its_meeting"), transaction.atomic():
        Charter.objects.create(**row, **facts, made_by=clerk, made_at=NOW)


def test_what_was_passed_stands(district, clerk):
    made = adopt(district.tongmu, clerk)
    for change in (lambda: Charter.objects.update(text="别的"), made.delete):
        with pytest.raises(Exception, match=r"stands|kept"), transaction.atomic():
            change()
    with pytest.raises(CannotAdopt, match="写条文，或上传文件"):
        adopt(district.tongmu, clerk, on=TODAY, text="")


def test_the_leader_files_it_once(district, clerk, leader):
    made = adopt(district.tongmu, clerk)
    given = {"charter": made, "on": TODAY, "number": "濯水备〔2026〕3号", "now": NOW}
    with pytest.raises(CannotFile, match="由本乡镇街道的分管领导或区级登记"):
        charters.file_with_township(**given, by=clerk)
    with pytest.raises(CannotFile, match="备案日期在通过日期和今天之间"):
        charters.file_with_township(**given | {"on": DAY - dt.timedelta(days=1)}, by=leader)
    charters.file_with_township(**given, by=leader)
    with pytest.raises(CannotFile, match="已经在 2026-11-23 备案"):
        charters.file_with_township(**given, by=leader)
    year = periods.of(TODAY, "year")
    assert metrics.value("charters_filed", district.zhuoshui, year) == 1
    assert metrics.value("charters_filed", district.zhongyuan, year) == 0


def test_the_pages_say_where_each_village_stands(district, clerk, leader, signed_in):
    client = signed_in(clerk)
    fields = {"meeting": "delegates", "on": "2026-03-01", "expected": 60, "attended": 48, "agreed": 40}
    url = reverse("villages:charter-new", args=[district.tongmu.code])
    wrong = client.post(url, fields | {"effective_on": "2026-03-02"})
    assert (wrong.status_code, "上传文件，或把条文写在下面" in text(wrong)) == (422, True)
    saved = client.post(url, fields | {"effective_on": "2026-03-02", "text": "一、爱护环境。"}, follow=True)
    assert "村民代表会议，应到 60，到会 48，同意 40" in text(saved)
    assert "登记备案" not in text(saved)
    listed = text(client.get(reverse("villages:charter-list")))
    assert "桐木村 第 1 版 2026-03-01 2026-03-02 — 通过 267 天没有备案" in listed
    assert "三门社区 — — — — 还没有" in listed
    filed = signed_in(leader).post(
        reverse("villages:charter-file", args=[district.tongmu.code, 1]),
        {"on": "2026-03-05", "number": "3号"},
        follow=True,
    )
    assert "2026-03-05 3号（向副镇长）" in text(filed)


def test_a_version_holds_until_the_next_one_takes_effect(district, clerk, signed_in):
    adopt(district.tongmu, clerk)
    adopt(district.tongmu, clerk, on=TODAY, effective_on=TODAY + dt.timedelta(days=1))
    url = reverse("villages:charter", args=[district.tongmu.code])
    client = signed_in(clerk)

    assert "第 2 版 还没有施行 待备案" in (page := text(client.get(url)))
    assert "第 1 版 施行中 待备案" in page
    with calendar.at(NOW + dt.timedelta(days=1)):
        assert "第 2 版 施行中 待备案" in (page := text(client.get(url)))
        assert "第 1 版 已换新版" in page


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(count, district, clerk, officer_client, django_assert_num_queries):
    for at in range(count):
        adopt(district.tongmu, clerk, on=DAY + dt.timedelta(days=at))
    with django_assert_num_queries(11):
        officer_client.get(reverse("villages:charter-list"), {"t": district.zhuoshui.code})


@pytest.fixture
def officer_client(district_officer, signed_in):
    return signed_in(district_officer)
